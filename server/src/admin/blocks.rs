//! Blocking objects on the whole server, and taking them down in one repository.

use muse_wire::id::ObjectId;
use muse_wire::name::RepoName;

use super::{AdminError, find_repo};
use crate::store::blocks::Block;
use crate::store::{Actor, Store};

/// Blocks an object in every repository, and in pushes to come.
///
/// # Errors
/// [`AdminError::NoReason`] where the reason is empty, which readers are told.
pub async fn block(store: &Store, object: &ObjectId, reason: &str) -> Result<(), AdminError> {
    check_reason(reason)?;
    Ok(store.block_object(object, reason, Actor::Operator).await?)
}

/// Lifts the block of an object.
///
/// # Errors
/// [`AdminError::NotBlocked`] where there is none.
pub async fn unblock(store: &Store, object: &ObjectId) -> Result<(), AdminError> {
    if store.unblock_object(object, Actor::Operator).await? {
        return Ok(());
    }
    Err(AdminError::NotBlocked(*object))
}

/// The objects that are blocked everywhere, or taken down in one repository, the latest first.
///
/// # Errors
/// [`AdminError::UnknownRepo`].
pub async fn list_blocks(store: &Store, repo: Option<&RepoName>) -> Result<Vec<Block>, AdminError> {
    match repo {
        Some(name) => Ok(store.takedowns(find_repo(store, name).await?.id).await?),
        None => Ok(store.blocks().await?),
    }
}

/// Takes an object down in one repository: it still clones, without that object.
///
/// # Errors
/// [`AdminError`] where there is no such repository, it has no such object, or the reason is empty.
pub async fn take_down(
    store: &Store,
    name: &RepoName,
    object: &ObjectId,
    reason: &str,
) -> Result<(), AdminError> {
    check_reason(reason)?;
    let repo = find_repo(store, name).await?;
    if store.known_objects(repo.id, &[*object]).await?.is_empty() {
        return Err(AdminError::UnknownObject {
            repo: name.clone(),
            object: *object,
        });
    }
    Ok(store
        .take_down(&repo, object, reason, Actor::Operator)
        .await?)
}

/// Gives an object again that was taken down.
///
/// # Errors
/// [`AdminError`] where there is no such repository, or the object is not taken down in it.
pub async fn restore_object(
    store: &Store,
    name: &RepoName,
    object: &ObjectId,
) -> Result<(), AdminError> {
    let repo = find_repo(store, name).await?;
    if store.restore_object(&repo, object, Actor::Operator).await? {
        return Ok(());
    }
    Err(AdminError::NotBlocked(*object))
}

fn check_reason(reason: &str) -> Result<(), AdminError> {
    if reason.trim().is_empty() {
        return Err(AdminError::NoReason);
    }
    Ok(())
}
