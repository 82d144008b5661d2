//! What is reached, and so is kept.

use std::collections::HashSet;

use muse_wire::id::{ChunkId, CommitId, ObjectId, SnapshotId};
use muse_wire::mpack::Tables;

use crate::repository::{ObjectStore, RepositoryError};
use crate::walk::PushSet;

/// The ids of all that is reached.
pub(super) struct Kept {
    pub(super) commits: HashSet<CommitId>,
    pub(super) snapshots: HashSet<SnapshotId>,
    pub(super) objects: HashSet<ObjectId>,
    pub(super) chunks: HashSet<ChunkId>,
}

impl Kept {
    pub(super) fn of(objects: &ObjectStore, set: &PushSet) -> Result<Self, RepositoryError> {
        let mut chunks = HashSet::new();
        for object in &set.objects {
            let list = objects.large_object(&object.id)?;
            chunks.extend(list.into_iter().flatten().map(|(chunk, _)| chunk));
        }
        Ok(Self {
            commits: set.commits.iter().copied().collect(),
            snapshots: set.snapshots.iter().map(|record| record.id).collect(),
            objects: set.objects.iter().map(|object| object.id).collect(),
            chunks,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.commits.is_empty()
    }

    /// Whether an mpack holds something else, too.
    pub(super) fn lacks_some(&self, tables: &Tables) -> bool {
        tables.commits().any(|row| !self.commits.contains(&row.id))
            || tables
                .snapshots()
                .any(|row| !self.snapshots.contains(&row.id))
            || tables.objects().any(|row| !self.objects.contains(&row.id))
            || tables
                .large_objects()
                .any(|row| !self.objects.contains(&row.id))
            || tables.chunks().any(|row| !self.chunks.contains(&row.id))
    }

    /// Whether an mpack holds some of it.
    pub(super) fn has_some(&self, tables: &Tables) -> bool {
        tables.commits().any(|row| self.commits.contains(&row.id))
            || tables
                .snapshots()
                .any(|row| self.snapshots.contains(&row.id))
            || tables.objects().any(|row| self.objects.contains(&row.id))
            || tables
                .large_objects()
                .any(|row| self.objects.contains(&row.id))
            || tables.chunks().any(|row| self.chunks.contains(&row.id))
    }

    /// Whether an mpack that holds nothing else holds all of it.
    pub(super) fn is_all_in(&self, tables: &Tables) -> bool {
        tables.commit_count() == self.commits.len()
            && tables.snapshot_count() == self.snapshots.len()
            && tables.object_count() + tables.large_object_count() == self.objects.len()
            && tables.chunk_count() == self.chunks.len()
    }
}
