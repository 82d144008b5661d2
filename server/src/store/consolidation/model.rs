//! What takes the place of what, and what is deleted.

use muse_wire::id::{ChunkId, CommitId, MpackKey, ObjectId};
use muse_wire::mpack::{ChunkRow, ObjectRow};
use uuid::Uuid;

use crate::store::jobs::model::Lease;
use crate::store::mpacks::model::{Lane, MpackFile, MpackId, StoredFrame};
use crate::store::repos::model::RepoId;

/// How many pushed mpacks are reason enough to merge them.
pub(in crate::store) const MANY_PUSHED: i64 = 4;

/// Merged mpacks, and whose place they take.
#[derive(Debug)]
pub struct Consolidation {
    /// The repository.
    pub repo: RepoId,
    /// The job that does this; it must still be held.
    pub lease: Lease,
    /// The new mpacks, already in the blob store.
    pub merged: Vec<MergedMpack>,
    /// Mpacks whose place is taken, each with the index of the merged one that holds its commits
    /// from now on; none where it holds no commit.
    pub sources: Vec<(MpackId, Option<usize>)>,
    /// Commits that another merged mpack holds than their source says, with its index.
    pub moved: Vec<(usize, Vec<CommitId>)>,
    /// Pushed mpacks that are of one lane as they are, in order. Merged ones of their lane come
    /// after them.
    pub kept: Vec<(MpackId, Lane)>,
}

/// An mpack that was merged from others.
#[derive(Debug)]
pub struct MergedMpack {
    /// The mpack.
    pub file: MpackFile,
    /// Whose commits it holds. A lost one is one of [`Lane::Side`] until
    /// [`set_lost`](crate::store::Store::set_lost).
    pub lane: Lane,
    /// Its frames of objects and chunks, in the order of their numbers.
    pub frames: Vec<StoredFrame>,
    /// Its whole objects.
    pub objects: Vec<ObjectRow>,
    /// Its chunks.
    pub chunks: Vec<ChunkRow>,
    /// Its large objects.
    pub large_objects: Vec<ObjectId>,
}

/// What a repository holds, as far as readers see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RepoState {
    /// The version of its refs.
    pub refs_version: u64,
    /// Its latest mpack.
    pub latest_mpack: Option<MpackId>,
}

/// An mpack whose place another one has taken, or that is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetiredMpack {
    /// Its key in the database.
    pub id: MpackId,
    /// The repository.
    pub repo: RepoId,
    /// The repository's id in blob keys.
    pub repo_uuid: Uuid,
    /// The SHA-256 of its bytes.
    pub key: MpackKey,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// When its place was taken or it was found to be lost, in milliseconds since 1970.
    pub retired_at_ms: i64,
}

/// What the tables of a lost mpack name.
#[derive(Debug, Default)]
pub struct LostContent {
    /// Its whole objects and large objects.
    pub objects: Vec<ObjectId>,
    /// Its chunks.
    pub chunks: Vec<ChunkId>,
}
