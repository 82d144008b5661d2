//! Repositories, their refs and the log of every ref's moves.

use muse_wire::api::refs::RefEntry;
use muse_wire::api::repo::UpdateRepoRequest;
use muse_wire::id::{CommitId, MpackKey};
use muse_wire::name::{RefName, RepoName};
use uuid::Uuid;

use super::accounts::UserId;
use super::convert::now_ms;
use super::error::Result;
use super::{Engine, Store, postgres, query, sqlite, transaction};

/// A repository's key in the database; never leaves the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RepoId(pub(crate) i64);

/// A repository to make.
#[derive(Debug, Clone)]
pub struct NewRepo {
    /// Its address; the owner is an existing user.
    pub name: RepoName,
    /// Whether only its owner may see it.
    pub private: bool,
    /// The branch that a clone checks out.
    pub default_branch: RefName,
}

/// A repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repo {
    /// Its key in the database.
    pub id: RepoId,
    /// Its id everywhere else: in answers and in blob keys. It survives renames.
    pub uuid: Uuid,
    /// Its address.
    pub name: RepoName,
    /// Who it belongs to.
    pub owner_id: UserId,
    /// Whether only its owner may see it.
    pub private: bool,
    /// The branch that a clone checks out.
    pub default_branch: RefName,
    /// When it was made, in milliseconds since 1970.
    pub created_at_ms: i64,
}

/// What a deleted repository leaves in the blob store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedRepo {
    /// Its id in blob keys.
    pub uuid: Uuid,
    /// The mpacks that nothing refers to any more.
    pub mpacks: Vec<MpackKey>,
}

/// One move of a ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefLogEntry {
    /// Where it was; `None` where it was made.
    pub old: Option<CommitId>,
    /// Where it went; `None` where it was deleted.
    pub new: Option<CommitId>,
    /// Whether the pusher allowed the loss of commits.
    pub forced: bool,
    /// Who moved it.
    pub actor: Option<UserId>,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

impl Store {
    /// Makes a repository.
    ///
    /// # Errors
    /// [`super::StoreError::UnknownUser`] where the owner is none;
    /// [`super::StoreError::AlreadyExists`] where the address is taken.
    pub async fn create_repo(&self, new: &NewRepo) -> Result<Repo> {
        transaction!(self, repos::create(new, now_ms()))
    }

    /// The repository at this address.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn repo(&self, name: &RepoName) -> Result<Option<Repo>> {
        query!(self, repos::by_name(name))
    }

    /// The repository of this key.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn repo_by_id(&self, id: RepoId) -> Result<Option<Repo>> {
        query!(self, repos::by_id(id))
    }

    /// A user's repositories, or everybody's, sorted by address.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn repos(&self, owner: Option<UserId>) -> Result<Vec<Repo>> {
        query!(self, repos::list(owner))
    }

    /// Changes what `update` names, whose slug is already checked; `None` where the repository is gone.
    ///
    /// # Errors
    /// [`super::StoreError::AlreadyExists`] where the new address is taken.
    pub async fn update_repo(
        &self,
        id: RepoId,
        update: &UpdateRepoRequest,
    ) -> Result<Option<Repo>> {
        transaction!(self, repos::update(id, update))
    }

    /// Removes a repository and every row of it; its blobs stay, and are named in the answer.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn delete_repo(&self, id: RepoId) -> Result<Option<DeletedRepo>> {
        transaction!(self, repos::delete(id))
    }

    /// All branches and tags, sorted by name.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn refs(&self, repo: RepoId) -> Result<Vec<RefEntry>> {
        query!(self, refs::list(repo))
    }

    /// Every move of a ref, the latest first.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn ref_log(&self, repo: RepoId, name: &RefName) -> Result<Vec<RefLogEntry>> {
        query!(self, refs::log(repo, name))
    }
}
