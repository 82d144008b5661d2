//! What `musehub user|token|key|member|repo|audit` do, without the command line.

mod audit;
mod blocks;
mod keys;
mod members;
mod protections;
mod quarantine;
mod repos;
mod tokens;
mod users;

use muse_wire::api::key::InvalidKey;
use muse_wire::commit::PublicKey;
use muse_wire::id::{MpackKey, ObjectId};
use muse_wire::name::{NameError, RefName, RepoName};

pub use self::audit::audit_log;
pub use self::blocks::{block, list_blocks, restore_object, take_down, unblock};
pub use self::keys::{add_key, list_keys, remove_key};
pub use self::members::{add_member, list_members, remove_member};
pub use self::protections::{list_protections, protect_branch, unprotect_branch};
pub use self::quarantine::{Quarantined, delete_quarantined, list_quarantine, release_mpack};
pub use self::repos::{create_repo, delete_repo, list_repos, rename_repo, set_private, usage};
pub use self::tokens::{TokenOptions, create_token, list_tokens, revoke_token};
pub use self::users::{
    create_user, delete_user, disable_user, enable_user, list_users, rename_user,
};

use crate::blobs::BlobError;
use crate::store::accounts::User;
use crate::store::members::Role;
use crate::store::tokens::TokenId;
use crate::store::{Repo, Store, StoreError};

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
    /// A key, or its name, breaks the rules.
    #[error(transparent)]
    Key(#[from] InvalidKey),
    /// The user has not registered this key.
    #[error("{user} has no key {key}")]
    UnknownKey {
        /// The user.
        user: String,
        /// The key.
        key: PublicKey,
    },
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
    /// The user has no role to take away.
    #[error("{user} is no member of {repo}")]
    NoMember {
        /// The user.
        user: String,
        /// The repository.
        repo: RepoName,
    },
    /// The user lacks the role that a token for one repository is to be used in.
    #[error("{user} lacks the role `{}` in {repo}: make them a member first", role.as_str())]
    LacksRole {
        /// The user.
        user: String,
        /// The role.
        role: Role,
        /// The repository.
        repo: RepoName,
    },
    /// A token for one repository would administer all of them.
    #[error(
        "a token of scope `admin` is good for every repository: leave --repo out, or use `write`"
    )]
    AdminOfOneRepo,
    /// The owner of a repository needs no role in it.
    #[error("{user} owns {repo}, and may do everything in it")]
    Owner {
        /// The user.
        user: String,
        /// The repository.
        repo: RepoName,
    },
    /// A protection allows everything.
    #[error("{} would be protected against nothing", .0.short())]
    NoRule(RefName),
    /// The branch is not protected.
    #[error("{} of {repo} is not protected", .branch.short())]
    Unprotected {
        /// The branch.
        branch: RefName,
        /// The repository.
        repo: RepoName,
    },
    /// The mpack is not in the quarantine.
    #[error("{0} is not in the quarantine of this repository")]
    NotQuarantined(MpackKey),
    /// The database failed, or refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The blob store failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

/// The user of this name.
async fn find_user(store: &Store, name: &str) -> Result<User, AdminError> {
    let found = store.user(name).await?;
    Ok(found.ok_or_else(|| StoreError::UnknownUser(name.to_owned()))?)
}

/// The repository of this name.
///
/// # Errors
/// [`AdminError::UnknownRepo`].
pub async fn find_repo(store: &Store, name: &RepoName) -> Result<Repo, AdminError> {
    let found = store.repo(name).await?;
    found.ok_or_else(|| AdminError::UnknownRepo(name.clone()))
}
