//! Repositories.

use muse_wire::api::repo::UpdateRepoRequest;
use muse_wire::name::{RefName, RepoName};

use super::{AdminError, find_repo};
use crate::store::repos::{DEFAULT_BRANCH, NewRepo};
use crate::store::usage::Usage;
use crate::store::{Actor, Repo, Store};

/// Creates a repository for an existing user.
///
/// # Errors
/// [`AdminError`] where the owner is unknown or the name taken.
pub async fn create_repo(store: &Store, name: RepoName, private: bool) -> Result<Repo, AdminError> {
    let default_branch = RefName::new(DEFAULT_BRANCH)?;
    let new = NewRepo {
        name,
        private,
        default_branch,
    };
    Ok(store.create_repo(&new, Actor::Operator).await?)
}

/// All repositories, sorted by name.
///
/// # Errors
/// [`AdminError::Store`] only.
pub async fn list_repos(store: &Store) -> Result<Vec<Repo>, AdminError> {
    Ok(store.repos(None).await?)
}

/// What every repository takes in the blob store.
///
/// # Errors
/// [`AdminError::Store`] only.
pub async fn usage(store: &Store) -> Result<Vec<(RepoName, Usage)>, AdminError> {
    let usage = store.usage().await?;
    let repos = store.repos(None).await?.into_iter();
    let of_repo = |id| usage.get(&id).copied().unwrap_or_default();
    Ok(repos.map(|repo| (repo.name, of_repo(repo.id))).collect())
}

/// Deletes a repository. A worker of the server deletes its blobs soon.
///
/// # Errors
/// [`AdminError::UnknownRepo`] where there is none of this name.
pub async fn delete_repo(store: &Store, name: RepoName) -> Result<(), AdminError> {
    let repo = find_repo(store, &name).await?;
    if store.delete_repo(repo.id, Actor::Operator).await? {
        Ok(())
    } else {
        Err(AdminError::UnknownRepo(name))
    }
}

/// Renames a repository below its owner.
///
/// # Errors
/// [`AdminError`] where there is no such repository, or the new name is not allowed or taken.
pub async fn rename_repo(store: &Store, name: &RepoName, slug: &str) -> Result<(), AdminError> {
    RepoName::new(name.owner(), slug)?;
    let change = UpdateRepoRequest {
        slug: Some(slug.to_owned()),
        ..UpdateRepoRequest::default()
    };
    update_repo(store, name, &change).await
}

/// Lets everybody see a repository, or its owner and members alone.
///
/// # Errors
/// [`AdminError::UnknownRepo`] where there is no such repository.
pub async fn set_private(store: &Store, name: &RepoName, private: bool) -> Result<(), AdminError> {
    let change = UpdateRepoRequest {
        private: Some(private),
        ..UpdateRepoRequest::default()
    };
    update_repo(store, name, &change).await
}

async fn update_repo(
    store: &Store,
    name: &RepoName,
    change: &UpdateRepoRequest,
) -> Result<(), AdminError> {
    let repo = find_repo(store, name).await?;
    match store.update_repo(repo.id, change, Actor::Operator).await? {
        Some(_) => Ok(()),
        None => Err(AdminError::UnknownRepo(repo.name)),
    }
}
