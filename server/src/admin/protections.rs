//! Protected branches.

use muse_wire::name::{RefName, RepoName};

use super::{AdminError, find_repo};
use crate::store::protections::{Protection, SignatureRule};
use crate::store::{Actor, Store};

/// Protects a branch, or changes how it is protected.
///
/// # Errors
/// [`AdminError`] where there is no such repository, or the protection allows everything.
pub async fn protect_branch(
    store: &Store,
    name: &RepoName,
    protection: &Protection,
) -> Result<(), AdminError> {
    let asks_for_nothing = protection.signatures == SignatureRule::Unsigned;
    if protection.allows_force && protection.allows_deletion && asks_for_nothing {
        return Err(AdminError::NoRule(protection.branch.clone()));
    }
    let repo = find_repo(store, name).await?;
    Ok(store.protect(&repo, protection, Actor::Operator).await?)
}

/// Lifts the protection of a branch.
///
/// # Errors
/// [`AdminError`] where there is no such repository, or no such protected branch.
pub async fn unprotect_branch(
    store: &Store,
    name: &RepoName,
    branch: &RefName,
) -> Result<(), AdminError> {
    let repo = find_repo(store, name).await?;
    if store.unprotect(&repo, branch, Actor::Operator).await? {
        Ok(())
    } else {
        Err(AdminError::Unprotected {
            branch: branch.clone(),
            repo: repo.name,
        })
    }
}

/// How the branches of a repository are protected, sorted by name.
///
/// # Errors
/// [`AdminError::UnknownRepo`] where there is no such repository.
pub async fn list_protections(
    store: &Store,
    name: &RepoName,
) -> Result<Vec<Protection>, AdminError> {
    let repo = find_repo(store, name).await?;
    Ok(store.protections(repo.id).await?)
}
