//! What `musehub user|token|repo` do, without the command line.

mod blocks;

use muse_wire::id::ObjectId;
use muse_wire::name::{NameError, RefName, RepoName, check_name};

pub use blocks::{block, list_blocks, restore_object, take_down, unblock};

use crate::store::accounts::{Scope, Token, TokenId, TokenSecret};
use crate::store::repos::{DEFAULT_BRANCH, NewRepo, Repo};
use crate::store::{Store, StoreError};

/// Why an administrative command failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// A name breaks the rules.
    #[error(transparent)]
    Name(#[from] NameError),
    /// There is no repository of this name.
    #[error("there is no repository {0}")]
    UnknownRepo(RepoName),
    /// There is no such token, or it is already revoked.
    #[error("there is no valid token {}", .0.0)]
    UnknownToken(TokenId),
    /// The repository has no such object.
    #[error("{repo} has no object {object}")]
    UnknownObject {
        /// The repository.
        repo: RepoName,
        /// The object.
        object: ObjectId,
    },
    /// The object is given as ever.
    #[error("{0} is not blocked there")]
    NotBlocked(ObjectId),
    /// An object is to be blocked without a reason, which its readers are told.
    #[error("say why: readers are told the reason")]
    NoReason,
    /// The database failed, or refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Creates a user.
///
/// # Errors
/// [`AdminError`] where the name is not allowed or taken.
pub async fn create_user(store: &Store, name: &str) -> Result<(), AdminError> {
    check_name("owner", name)?;
    store.create_user(name).await?;
    Ok(())
}

/// Creates a token and returns its secret, which cannot be shown again.
///
/// # Errors
/// [`AdminError`] where there is no such user.
pub async fn create_token(
    store: &Store,
    user: &str,
    scope: Scope,
    label: &str,
) -> Result<TokenSecret, AdminError> {
    let user_id = store
        .user(user)
        .await?
        .ok_or_else(|| StoreError::UnknownUser(user.to_owned()))?;
    Ok(store.create_token(user_id, scope, label).await?)
}

/// All tokens of one user, or of all.
///
/// # Errors
/// [`AdminError`] where there is no such user.
pub async fn list_tokens(store: &Store, user: Option<&str>) -> Result<Vec<Token>, AdminError> {
    let user_id = match user {
        Some(user) => Some(
            store
                .user(user)
                .await?
                .ok_or_else(|| StoreError::UnknownUser(user.to_owned()))?,
        ),
        None => None,
    };
    Ok(store.tokens(user_id).await?)
}

/// Revokes a token.
///
/// # Errors
/// [`AdminError::UnknownToken`] where there is no such valid token.
pub async fn revoke_token(store: &Store, id: TokenId) -> Result<(), AdminError> {
    if store.revoke_token(id).await? {
        Ok(())
    } else {
        Err(AdminError::UnknownToken(id))
    }
}

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

/// The repository of this name.
///
/// # Errors
/// [`AdminError::UnknownRepo`].
pub async fn find_repo(store: &Store, name: &RepoName) -> Result<Repo, AdminError> {
    let repo = store.repo(name).await?;
    repo.ok_or_else(|| AdminError::UnknownRepo(name.clone()))
}

/// Deletes a repository. A worker of the server deletes its blobs soon.
///
/// # Errors
/// [`AdminError::UnknownRepo`] where there is none of this name.
pub async fn delete_repo(store: &Store, name: RepoName) -> Result<(), AdminError> {
    let repo = store.repo(&name).await?;
    match repo {
        Some(repo) if store.delete_repo(repo.id).await? => Ok(()),
        _ => Err(AdminError::UnknownRepo(name)),
    }
}
