//! Which part of its sources a merge takes.

use crate::id::{ObjectId, SnapshotId};
use crate::mpack::{ChunkRow, CommitRow, ObjectRow, SnapshotRow};

/// Says of each entry of the sources, which are numbered, whether a merge takes it. Of an entry
/// that several sources have, each is asked for until one is taken.
pub trait MergeSelection {
    /// Whether this commit is taken.
    fn takes_commit(&self, source: usize, row: &CommitRow) -> bool;

    /// Whether this snapshot record is taken.
    fn takes_snapshot(&self, source: usize, row: &SnapshotRow) -> bool;

    /// Whether this object, which is stored whole, is taken.
    fn takes_object(&self, source: usize, row: &ObjectRow) -> bool;

    /// Whether the list of this large object is taken.
    fn takes_large_object(&self, source: usize, id: &ObjectId) -> bool;

    /// Whether this chunk is taken.
    fn takes_chunk(&self, source: usize, row: &ChunkRow) -> bool;

    /// Whether a record may build on this snapshot, which is not taken. Where it may not, the whole
    /// listing stands in for the record.
    fn has_base(&self, _id: &SnapshotId) -> bool {
        true
    }
}

/// Takes all.
pub(super) struct Everything;

impl MergeSelection for Everything {
    fn takes_commit(&self, _source: usize, _row: &CommitRow) -> bool {
        true
    }

    fn takes_snapshot(&self, _source: usize, _row: &SnapshotRow) -> bool {
        true
    }

    fn takes_object(&self, _source: usize, _row: &ObjectRow) -> bool {
        true
    }

    fn takes_large_object(&self, _source: usize, _id: &ObjectId) -> bool {
        true
    }

    fn takes_chunk(&self, _source: usize, _row: &ChunkRow) -> bool {
        true
    }
}
