//! What the mpacks hold that is not damaged.

use std::collections::HashSet;
use std::sync::Arc;

use muse_wire::id::{ChunkId, CommitId, ObjectId, SnapshotId};
use muse_wire::mpack::{CommitRow, Mpack, SnapshotRow};

use crate::repository::{StoredMpack, Withheld};

/// An mpack that was checked.
#[derive(Debug)]
pub(super) struct CheckedMpack {
    pub(super) stored: StoredMpack,
    /// What is wrong with it.
    pub(super) damage: Option<String>,
    /// The frames that hold something else than they must.
    pub(super) bad_frames: HashSet<u32>,
    /// Large objects whose chunks do not make them.
    pub(super) bad_objects: HashSet<ObjectId>,
}

impl CheckedMpack {
    pub(super) fn has_sound_frame(&self, frame: u32) -> bool {
        !self.bad_frames.contains(&frame)
    }

    pub(super) fn has_commit(&self, id: &CommitId) -> bool {
        let row = self.stored.mpack.tables().find_commit(id);
        row.is_some_and(|row| self.has_sound_frame(row.place.frame))
    }

    pub(super) fn has_snapshot(&self, id: &SnapshotId) -> bool {
        let row = self.stored.mpack.tables().find_snapshot(id);
        row.is_some_and(|row| self.has_sound_frame(row.place.frame))
    }

    pub(super) fn has_whole_object(&self, id: &ObjectId) -> bool {
        let row = self.stored.mpack.tables().find_object(id);
        row.is_some_and(|row| self.has_sound_frame(row.frame))
    }

    pub(super) fn has_list(&self, id: &ObjectId) -> bool {
        let row = self.stored.mpack.tables().find_large_object(id);
        row.is_some() && !self.bad_objects.contains(id)
    }

    pub(super) fn has_chunk(&self, id: &ChunkId) -> bool {
        let row = self.stored.mpack.tables().find_chunk(id);
        row.is_some_and(|row| self.has_sound_frame(row.frame))
    }
}

/// All mpacks.
pub(super) struct Contents {
    mpacks: Vec<CheckedMpack>,
    withheld: Withheld,
    shallow: Arc<HashSet<CommitId>>,
}

/// What is not here of an object.
pub(super) enum Lacking {
    /// All of it.
    Object,
    /// One of its chunks.
    Chunk(ChunkId),
}

impl Contents {
    pub(super) const fn new(
        mpacks: Vec<CheckedMpack>,
        withheld: Withheld,
        shallow: Arc<HashSet<CommitId>>,
    ) -> Self {
        Self {
            mpacks,
            withheld,
            shallow,
        }
    }

    pub(super) fn into_mpacks(self) -> Vec<CheckedMpack> {
        self.mpacks
    }

    /// A commit. One that is here without its parents has none.
    pub(super) fn commit(&self, id: &CommitId) -> Option<CommitRow> {
        let mut row = self.mpacks.iter().find_map(|mpack| {
            let row = mpack.stored.mpack.tables().find_commit(id)?;
            mpack.has_sound_frame(row.place.frame).then_some(row)
        })?;
        if self.shallow.contains(id) {
            row.parents.clear();
        }
        Some(row)
    }

    /// The records of a snapshot.
    pub(super) fn records(
        &self,
        id: &SnapshotId,
    ) -> impl Iterator<Item = (&Mpack, SnapshotRow)> + use<'_> {
        let id = *id;
        self.mpacks.iter().filter_map(move |mpack| {
            let row = mpack.stored.mpack.tables().find_snapshot(&id)?;
            let is_sound = mpack.has_sound_frame(row.place.frame);
            is_sound.then_some((&*mpack.stored.mpack, row))
        })
    }

    /// What is not here of an object; nothing of one that a server withholds.
    pub(super) fn lacking(&self, id: &ObjectId) -> Option<Lacking> {
        if self.mpacks.iter().any(|mpack| mpack.has_whole_object(id)) {
            return None;
        }
        let mut lacking = Lacking::Object;
        for mpack in self.mpacks.iter().filter(|mpack| mpack.has_list(id)) {
            let tables = mpack.stored.mpack.tables();
            let Some(row) = tables.find_large_object(id) else {
                continue;
            };
            let mut chunks = tables.chunks_of(&row).map(|chunk| chunk.id);
            match chunks.find(|chunk| !self.has_chunk(chunk)) {
                Some(chunk) => lacking = Lacking::Chunk(chunk),
                None => return None,
            }
        }
        (!self.withheld.contains_key(id)).then_some(lacking)
    }

    fn has_chunk(&self, id: &ChunkId) -> bool {
        self.mpacks.iter().any(|mpack| mpack.has_chunk(id))
    }
}
