//! Repositories.

use muse_wire::name::{RefName, RepoName};

use super::{AdminError, find_repo};
use crate::store::repos::{DEFAULT_BRANCH, NewRepo};
use crate::store::{Repo, Store};

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
    Ok(store.create_repo(&new).await?)
}

/// All repositories, sorted by name.
///
/// # Errors
/// [`AdminError::Store`] only.
pub async fn list_repos(store: &Store) -> Result<Vec<Repo>, AdminError> {
    Ok(store.repos(None).await?)
}

/// Deletes a repository. A worker of the server deletes its blobs soon.
///
/// # Errors
/// [`AdminError::UnknownRepo`] where there is none of this name.
pub async fn delete_repo(store: &Store, name: RepoName) -> Result<(), AdminError> {
    let repo = find_repo(store, &name).await?;
    if store.delete_repo(repo.id).await? {
        Ok(())
    } else {
        Err(AdminError::UnknownRepo(name))
    }
}
