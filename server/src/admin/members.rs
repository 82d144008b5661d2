//! Members of repositories.

use muse_wire::name::RepoName;

use super::{AdminError, find_repo, find_user};
use crate::store::members::{Member, Role};
use crate::store::{Actor, Store};

/// Makes a user a member of a repository, or changes their role.
///
/// # Errors
/// [`AdminError`] where there is no such repository or user, and where the user owns it.
pub async fn add_member(
    store: &Store,
    name: &RepoName,
    user: &str,
    role: Role,
) -> Result<(), AdminError> {
    let repo = find_repo(store, name).await?;
    let user = find_user(store, user).await?;
    if user.id == repo.owner_id {
        return Err(AdminError::Owner {
            user: user.name,
            repo: repo.name,
        });
    }
    Ok(store
        .set_member(&repo, &user, role, Actor::Operator)
        .await?)
}

/// Takes a member's role away.
///
/// # Errors
/// [`AdminError`] where there is no such repository, or no such member of it.
pub async fn remove_member(store: &Store, name: &RepoName, user: &str) -> Result<(), AdminError> {
    let repo = find_repo(store, name).await?;
    let user = find_user(store, user).await?;
    if store.remove_member(&repo, &user, Actor::Operator).await? {
        Ok(())
    } else {
        Err(AdminError::NoMember {
            user: user.name,
            repo: repo.name,
        })
    }
}

/// All members of a repository, sorted by name. Its owner is not among them.
///
/// # Errors
/// [`AdminError::UnknownRepo`] where there is no such repository.
pub async fn list_members(store: &Store, name: &RepoName) -> Result<Vec<Member>, AdminError> {
    let repo = find_repo(store, name).await?;
    Ok(store.members(repo.id).await?)
}
