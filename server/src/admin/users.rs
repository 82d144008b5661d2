//! Users.

use muse_wire::name::check_name;

use super::AdminError;
use crate::store::Store;

/// Creates a user.
///
/// # Errors
/// [`AdminError`] where the name is not allowed or taken.
pub async fn create_user(store: &Store, name: &str) -> Result<(), AdminError> {
    check_name("owner", name)?;
    store.create_user(name).await?;
    Ok(())
}
