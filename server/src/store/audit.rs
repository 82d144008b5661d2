//! The log of administrative acts: who did what, and when. Every act is logged by the transaction
//! that does it.
//!
//! Moves of refs are not among them: they have a log of their own.

pub(in crate::store) mod model;

pub use model::{Actor, AuditEntry, AuditFilter};

use super::database::{Store, query};
use super::error::Result;

impl Store {
    /// The latest acts that pass the filter, the latest first, at most `limit`.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn audit_log(&self, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditEntry>> {
        query!(self, audit::list(filter, limit))
    }
}
