//! What is not reached, and stays for a while.

use muse_wire::id::ObjectId;
use muse_wire::mpack::{ChunkRow, CommitRow, MergeSelection, ObjectRow, SnapshotRow};

use super::kept::Kept;

/// Takes what is not kept anyway.
pub(super) struct Rest<'a>(pub(super) &'a Kept);

impl MergeSelection for Rest<'_> {
    fn takes_commit(&self, _source: usize, row: &CommitRow) -> bool {
        !self.0.commits.contains(&row.id)
    }

    fn takes_snapshot(&self, _source: usize, row: &SnapshotRow) -> bool {
        !self.0.snapshots.contains(&row.id)
    }

    fn takes_object(&self, _source: usize, row: &ObjectRow) -> bool {
        !self.0.objects.contains(&row.id)
    }

    fn takes_large_object(&self, _source: usize, id: &ObjectId) -> bool {
        !self.0.objects.contains(id)
    }

    fn takes_chunk(&self, _source: usize, row: &ChunkRow) -> bool {
        !self.0.chunks.contains(&row.id)
    }
}
