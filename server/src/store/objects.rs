//! The objects of a repository: where those lie that are stored whole, and which are blocked.

pub(in crate::store) mod model;

use std::collections::{HashMap, HashSet};

use muse_wire::id::ObjectId;

use super::columns::now_ms;
use super::database::{Store, query, transaction};
use super::error::Result;
use super::mpacks::ContentLocation;
use super::repos::RepoId;

impl Store {
    /// Those of `ids` that the repository has, whole or as lists of chunks.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn known_objects(&self, repo: RepoId, ids: &[ObjectId]) -> Result<HashSet<ObjectId>> {
        query!(self, objects::known(repo, ids))
    }

    /// Where the objects among `ids` lie that the repository has and that are stored whole.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn object_locations(
        &self,
        repo: RepoId,
        ids: &[ObjectId],
    ) -> Result<HashMap<ObjectId, ContentLocation>> {
        query!(self, objects::locations(repo, ids))
    }

    /// The first of `ids` that is blocked on this server, if any is.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn first_blocked(&self, ids: &[ObjectId]) -> Result<Option<ObjectId>> {
        query!(self, objects::first_blocked(ids))
    }

    /// The blocked objects that the repository has, with the reasons.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn blocked_objects(&self, repo: RepoId) -> Result<HashMap<ObjectId, String>> {
        query!(self, objects::blocked_of(repo))
    }

    /// Blocks an object: every later push that holds it is refused, and fetches withhold it.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn block_object(&self, id: &ObjectId, reason: &str) -> Result<()> {
        transaction!(self, objects::block(id, reason, now_ms()))
    }

    /// Lifts the block of an object, if there is one.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn unblock_object(&self, id: &ObjectId) -> Result<()> {
        transaction!(self, objects::unblock(id))
    }
}
