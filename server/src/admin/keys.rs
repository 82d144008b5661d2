//! Keys that users sign commits with.

use muse_wire::api::key::RegisterKeyRequest;
use muse_wire::commit::PublicKey;

use super::{AdminError, find_user};
use crate::store::signing_keys::RegisteredKey;
use crate::store::{Actor, Store};

/// Registers a key of a user, or names it anew.
///
/// # Errors
/// [`AdminError`] where there is no such user, the key or its name is not allowed, or the user has
/// as many keys as there may be.
pub async fn add_key(
    store: &Store,
    user: &str,
    public_key: PublicKey,
    name: &str,
) -> Result<(), AdminError> {
    let name = name.to_owned();
    let new = RegisterKeyRequest { public_key, name };
    new.check()?;
    let user = find_user(store, user).await?;
    store.register_key(user.id, &new, Actor::Operator).await?;
    Ok(())
}

/// Removes a key of a user.
///
/// # Errors
/// [`AdminError`] where there is no such user, or no such key of theirs.
pub async fn remove_key(store: &Store, user: &str, key: PublicKey) -> Result<(), AdminError> {
    let user = find_user(store, user).await?;
    match store.remove_key(user.id, &key, Actor::Operator).await? {
        true => Ok(()),
        false => Err(AdminError::UnknownKey {
            user: user.name,
            key,
        }),
    }
}

/// The keys of a user, sorted by name.
///
/// # Errors
/// [`AdminError`] where there is no such user.
pub async fn list_keys(store: &Store, user: &str) -> Result<Vec<RegisteredKey>, AdminError> {
    let user = find_user(store, user).await?;
    Ok(store.registered_keys(user.id).await?)
}
