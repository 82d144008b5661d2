//! Stored mpacks, where objects lie in them, and what may not be stored at all.

use std::collections::{HashMap, HashSet};

use muse_wire::id::{MpackKey, ObjectId};
use muse_wire::mpack::Counts;

use super::convert::now_ms;
use super::error::Result;
use super::repos::RepoId;
use super::{Engine, Store, postgres, query, sqlite, transaction};

/// An mpack's key in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MpackId(pub(crate) i64);

/// An mpack of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMpack {
    /// Its key in the database.
    pub id: MpackId,
    /// The SHA-256 of its bytes, and so its place in the blob store.
    pub key: MpackKey,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// What it holds, whether or not that was new to the repository.
    pub counts: Counts,
    /// When it was published, in milliseconds since 1970.
    pub created_at_ms: i64,
}

/// Where an object lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectPlace {
    /// The mpack.
    pub mpack: MpackId,
    /// Its key in the blob store.
    pub mpack_key: MpackKey,
    /// Index of the object's (first) frame.
    pub frame: u32,
    /// Offset in the frame's raw bytes.
    pub offset: u32,
    /// Length in bytes.
    pub length: u64,
}

impl Store {
    /// The repository's mpacks, in the order in which they were published.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn mpacks(&self, repo: RepoId) -> Result<Vec<StoredMpack>> {
        query!(self, mpacks::list(repo))
    }

    /// How many mpacks the repository has.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn mpack_count(&self, repo: RepoId) -> Result<u64> {
        query!(self, mpacks::count(repo))
    }

    /// The repository's mpack of this key.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn mpack(&self, repo: RepoId, key: &MpackKey) -> Result<Option<StoredMpack>> {
        query!(self, mpacks::by_key(repo, key))
    }

    /// Those of `ids` that the repository has.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn known_objects(&self, repo: RepoId, ids: &[ObjectId]) -> Result<HashSet<ObjectId>> {
        query!(self, mpacks::known_objects(repo, ids))
    }

    /// Where the objects among `ids` lie that the repository has.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn object_places(
        &self,
        repo: RepoId,
        ids: &[ObjectId],
    ) -> Result<HashMap<ObjectId, ObjectPlace>> {
        query!(self, mpacks::object_places(repo, ids))
    }

    /// The first of `ids` that is blocked on this server, if any is.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn first_blocked(&self, ids: &[ObjectId]) -> Result<Option<ObjectId>> {
        query!(self, mpacks::first_blocked(ids))
    }

    /// Refuses an object in every later push.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn block_object(&self, id: &ObjectId, reason: &str) -> Result<()> {
        transaction!(self, mpacks::block(id, reason, now_ms()))
    }
}
