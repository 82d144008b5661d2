//! Repositories.

pub(in crate::store) mod model;

use muse_wire::api::repo::UpdateRepoRequest;
use muse_wire::name::RepoName;

pub use model::{DEFAULT_BRANCH, NewRepo, Repo, RepoId};

use super::accounts::UserId;
use super::audit::Actor;
use super::columns::now_ms;
use super::database::{Store, query, transaction};
use super::error::Result;
#[cfg(doc)]
use super::error::StoreError;

impl Store {
    /// Creates a repository.
    ///
    /// # Errors
    /// [`StoreError::UnknownUser`] where there is no such owner; [`StoreError::AlreadyExists`]
    /// where the address is taken.
    pub async fn create_repo(&self, new: &NewRepo, by: Actor<'_>) -> Result<Repo> {
        transaction!(self, repos::create(new, by, now_ms()))
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

    /// The repositories that a user owns or is a member of, or all, sorted by address.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn repos(&self, user: Option<UserId>) -> Result<Vec<Repo>> {
        query!(self, repos::list(user))
    }

    /// Changes what `update` names, whose slug is already checked; `None` where the repository is
    /// gone.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] where the new address is taken.
    pub async fn update_repo(
        &self,
        id: RepoId,
        update: &UpdateRepoRequest,
        by: Actor<'_>,
    ) -> Result<Option<Repo>> {
        transaction!(self, repos::update(id, update, by, now_ms()))
    }

    /// Deletes a repository with every row of it, and queues the jobs that delete its blobs;
    /// `false` where there is none.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn delete_repo(&self, id: RepoId, by: Actor<'_>) -> Result<bool> {
        let deleted = transaction!(self, repos::delete(id, by, now_ms()))?;
        if deleted {
            self.signals.job_queued();
        }
        Ok(deleted)
    }
}
