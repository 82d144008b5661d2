//! Members of repositories.

use muse_wire::name::RepoName;

use super::{AdminError, find_repo, find_user};
use crate::store::Store;
use crate::store::members::{Member, Role};

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
    let user_id = find_user(store, user).await?.id;
    if user_id == repo.owner_id {
        return Err(AdminError::Owner {
            user: user.to_owned(),
            repo: repo.name,
        });
    }
    Ok(store.set_member(repo.id, user_id, role).await?)
}

/// Takes a member's role away.
///
/// # Errors
/// [`AdminError`] where there is no such repository, or no such member of it.
pub async fn remove_member(store: &Store, name: &RepoName, user: &str) -> Result<(), AdminError> {
    let repo = find_repo(store, name).await?;
    let user_id = find_user(store, user).await?.id;
    if store.remove_member(repo.id, user_id).await? {
        Ok(())
    } else {
        Err(AdminError::NoMember {
            user: user.to_owned(),
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
