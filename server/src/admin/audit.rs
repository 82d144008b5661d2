//! The log of administrative acts.

use super::AdminError;
use crate::store::Store;
use crate::store::audit::{AuditEntry, AuditFilter};

/// The latest acts that pass the filter, the latest first, at most `limit`.
///
/// # Errors
/// [`AdminError::Store`] only.
pub async fn audit_log(
    store: &Store,
    filter: &AuditFilter,
    limit: u32,
) -> Result<Vec<AuditEntry>, AdminError> {
    Ok(store.audit_log(filter, limit).await?)
}
