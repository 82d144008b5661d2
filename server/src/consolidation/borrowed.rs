//! What the commits that have come to the trunk need of mpacks that are not of it.

use std::collections::HashSet;

use muse_wire::id::{ChunkId, CommitId, ObjectId, SnapshotId};

#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::history::{CommitWindow, for_each_object_of};
use crate::store::mpacks::MpackId;
use crate::store::{Repo, Store};

/// How many snapshot records are in memory at a time.
const RECORDS_AT_A_TIME: usize = 1_000;

/// Contents that are the trunk's from now on, and the mpacks that hold them.
#[derive(Default)]
pub(super) struct Borrowed {
    pub(super) mpacks: HashSet<MpackId>,
    pub(super) objects: HashSet<ObjectId>,
    pub(super) chunks: HashSet<ChunkId>,
}

impl Borrowed {
    /// Looks for what these commits add in these mpacks, which hold no commit of the trunk.
    ///
    /// # Errors
    /// [`Error`] where the database fails or is damaged.
    pub(super) async fn find(
        store: &Store,
        repo: &Repo,
        commits: &HashSet<CommitId>,
        mpacks: &HashSet<MpackId>,
        window: &mut CommitWindow<'_>,
    ) -> Result<Self> {
        let mut borrowed = Self::default();
        if mpacks.is_empty() {
            return Ok(borrowed);
        }
        let mut parents = HashSet::new();
        for id in commits {
            parents.extend(window.stored(id)?.node.parents.iter().copied());
        }
        let parents: Vec<CommitId> = parents.into_iter().collect();
        window.load(&parents).await?;
        let mut of_trunk: HashSet<SnapshotId> = HashSet::new();
        for id in parents.iter().chain(commits) {
            of_trunk.insert(window.stored(id)?.snapshot);
        }
        let snapshots: HashSet<SnapshotId> = commits
            .iter()
            .map(|id| Ok(window.stored(id)?.snapshot))
            .collect::<Result<_>>()?;
        let snapshots: Vec<SnapshotId> = snapshots.into_iter().collect();
        for some in snapshots.chunks(RECORDS_AT_A_TIME) {
            let mut added = HashSet::new();
            for record in store.snapshot_records(repo.id, some).await?.values() {
                let add = |object| {
                    added.insert(object);
                };
                for_each_object_of(store, repo.id, record, &of_trunk, add).await?;
            }
            borrowed.look_for(store, repo, &added, mpacks).await?;
        }
        Ok(borrowed)
    }

    async fn look_for(
        &mut self,
        store: &Store,
        repo: &Repo,
        objects: &HashSet<ObjectId>,
        mpacks: &HashSet<MpackId>,
    ) -> Result<()> {
        let ids: Vec<ObjectId> = objects.iter().copied().collect();
        for (id, location) in store.object_locations(repo.id, &ids).await? {
            if mpacks.contains(&location.mpack) {
                self.mpacks.insert(location.mpack);
                self.objects.insert(id);
            }
        }
        let large = store.large_objects(repo.id, &ids).await?;
        let chunks: HashSet<ChunkId> = large
            .values()
            .flat_map(|large| large.chunks.iter().map(|(chunk, _)| *chunk))
            .collect();
        for (id, large) in &large {
            if mpacks.contains(&large.mpack) {
                self.mpacks.insert(large.mpack);
                self.objects.insert(*id);
            }
        }
        let ids: Vec<ChunkId> = chunks.into_iter().collect();
        for (id, location) in store.chunk_locations(repo.id, &ids).await? {
            if mpacks.contains(&location.mpack) {
                self.mpacks.insert(location.mpack);
                self.chunks.insert(id);
            }
        }
        Ok(())
    }
}
