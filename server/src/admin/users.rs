//! Users.

use muse_wire::name::check_name;

use super::{AdminError, find_user};
use crate::store::accounts::User;
use crate::store::{Actor, Store, StoreError};

/// Creates a user.
///
/// # Errors
/// [`AdminError`] where the name is not allowed or taken.
pub async fn create_user(store: &Store, name: &str) -> Result<(), AdminError> {
    check_name("owner", name)?;
    store.create_user(name, Actor::Operator).await?;
    Ok(())
}

/// All users, sorted by name.
///
/// # Errors
/// [`AdminError::Store`] only.
pub async fn list_users(store: &Store) -> Result<Vec<User>, AdminError> {
    Ok(store.users().await?)
}

/// Renames a user, and with them the addresses of their repositories.
///
/// # Errors
/// [`AdminError`] where there is no such user, or the new name is not allowed or taken.
pub async fn rename_user(store: &Store, name: &str, new_name: &str) -> Result<(), AdminError> {
    check_name("owner", new_name)?;
    let user = find_user(store, name).await?;
    expect_found(
        store.rename_user(&user, new_name, Actor::Operator).await?,
        name,
    )
}

/// Disables a user: their tokens are good for nothing until they are enabled again. Nothing is
/// lost.
///
/// # Errors
/// [`AdminError`] where there is no such user.
pub async fn disable_user(store: &Store, name: &str) -> Result<(), AdminError> {
    let user = find_user(store, name).await?;
    expect_found(
        store
            .set_user_disabled(&user, true, Actor::Operator)
            .await?,
        name,
    )
}

/// Enables a user again.
///
/// # Errors
/// [`AdminError`] where there is no such user.
pub async fn enable_user(store: &Store, name: &str) -> Result<(), AdminError> {
    let user = find_user(store, name).await?;
    expect_found(
        store
            .set_user_disabled(&user, false, Actor::Operator)
            .await?,
        name,
    )
}

/// Deletes a user with their tokens and memberships. What they pushed stays.
///
/// # Errors
/// [`AdminError`] where there is no such user, or the user owns repositories.
pub async fn delete_user(store: &Store, name: &str) -> Result<(), AdminError> {
    let user = find_user(store, name).await?;
    expect_found(store.delete_user(&user, Actor::Operator).await?, name)
}

/// The error where somebody else has deleted the user between two queries.
fn expect_found(found: bool, name: &str) -> Result<(), AdminError> {
    match found {
        true => Ok(()),
        false => Err(StoreError::UnknownUser(name.to_owned()).into()),
    }
}
