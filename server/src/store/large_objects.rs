//! Objects that are stored as lists of chunks, and where the chunks lie.
//!
//! Every chunk of every list has a location: a publication adds both in one transaction, and was
//! checked before.

pub(in crate::store) mod model;

use std::collections::{HashMap, HashSet};

use muse_wire::id::{ChunkId, ObjectId};

pub use model::{LargeObject, NewLargeObject};

use super::database::{Store, query};
use super::error::Result;
use super::mpacks::ContentLocation;
use super::repos::RepoId;

impl Store {
    /// The large objects among `ids` that the repository has.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn large_objects(
        &self,
        repo: RepoId,
        ids: &[ObjectId],
    ) -> Result<HashMap<ObjectId, LargeObject>> {
        query!(self, large_objects::lists(repo, ids))
    }

    /// The ids of all large objects that the repository has.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn large_object_ids(&self, repo: RepoId) -> Result<HashSet<ObjectId>> {
        query!(self, large_objects::ids(repo))
    }

    /// Where the chunks among `ids` lie that the repository has.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn chunk_locations(
        &self,
        repo: RepoId,
        ids: &[ChunkId],
    ) -> Result<HashMap<ChunkId, ContentLocation>> {
        query!(self, large_objects::chunk_locations(repo, ids))
    }
}
