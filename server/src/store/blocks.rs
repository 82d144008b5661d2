//! Objects that are not given any more: blocked on the whole server, or taken down in one
//! repository. They stay where they are, so that both can be undone.

pub(in crate::store) mod model;

use std::collections::HashMap;

use muse_wire::id::ObjectId;

pub use model::Block;

use super::audit::Actor;
use super::columns::now_ms;
use super::database::{Store, query, transaction};
use super::error::Result;
use super::repos::{Repo, RepoId};

impl Store {
    /// The first of `ids` that is blocked on this server, if any is.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn first_blocked(&self, ids: &[ObjectId]) -> Result<Option<ObjectId>> {
        query!(self, blocks::first_of(ids))
    }

    /// The objects of a repository that it does not give, with the reasons: those that are blocked
    /// and those that are taken down.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn blocked_objects(&self, repo: RepoId) -> Result<HashMap<ObjectId, String>> {
        query!(self, blocks::of_repo(repo))
    }

    /// Why a repository does not give an object; `None` where nothing speaks against it.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn block_reason(&self, repo: RepoId, id: &ObjectId) -> Result<Option<String>> {
        query!(self, blocks::reason(repo, id))
    }

    /// All objects that are blocked on this server, the latest first.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn blocks(&self) -> Result<Vec<Block>> {
        query!(self, blocks::list())
    }

    /// Blocks an object: every later push that holds it is refused, and no repository gives it. The
    /// reason of an earlier block is replaced.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn block_object(&self, id: &ObjectId, reason: &str, by: Actor<'_>) -> Result<()> {
        transaction!(self, blocks::add(id, reason, by, now_ms()))
    }

    /// Lifts the block of an object; `false` where there is none.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn unblock_object(&self, id: &ObjectId, by: Actor<'_>) -> Result<bool> {
        transaction!(self, blocks::remove(id, by, now_ms()))
    }

    /// The objects that are taken down in a repository, the latest first.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn takedowns(&self, repo: RepoId) -> Result<Vec<Block>> {
        query!(self, blocks::list_takedowns(repo))
    }

    /// Takes an object down in one repository, which has it. The reason of an earlier takedown is
    /// replaced.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn take_down(
        &self,
        repo: &Repo,
        id: &ObjectId,
        reason: &str,
        by: Actor<'_>,
    ) -> Result<()> {
        transaction!(self, blocks::add_takedown(repo, id, reason, by, now_ms()))
    }

    /// Gives an object again that was taken down in a repository; `false` where it was not.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn restore_object(&self, repo: &Repo, id: &ObjectId, by: Actor<'_>) -> Result<bool> {
        transaction!(self, blocks::remove_takedown(repo, id, by, now_ms()))
    }
}
