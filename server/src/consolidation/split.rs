//! Which part of some mpacks goes to which lane.

use std::collections::{HashMap, HashSet};

use muse_wire::id::{ChunkId, CommitId, ObjectId, SnapshotId};
use muse_wire::mpack::{
    ChunkRow, CommitRow, MergeSelection, Mpack, MpackError, ObjectRow, SnapshotRow, Tables,
};

use super::lanes::Lanes;
use crate::error::{Error, Result};
use crate::history::{CommitWindow, VisibleObjects, load_known_tree};
use crate::store::mpacks::{Lane, MpackId};
use crate::store::{Repo, Store};

/// The lane of everything that some mpacks hold.
#[derive(Default)]
pub(super) struct Split {
    pub(super) commits: HashMap<CommitId, Lane>,
    snapshots: HashMap<SnapshotId, Lane>,
    objects: HashMap<ObjectId, Lane>,
    chunks: HashMap<ChunkId, Lane>,
    /// Snapshots outside of these mpacks that records of a lane may build on.
    bases: HashMap<SnapshotId, Lane>,
}

/// What goes to one lane.
pub(super) struct Part<'a> {
    pub(super) split: &'a Split,
    pub(super) lane: Lane,
}

impl Split {
    /// Finds the lanes of the commits of these sources, and of their snapshots.
    ///
    /// # Errors
    /// [`Error`] where the database fails or lacks a commit.
    pub(super) async fn of_commits(
        sources: &[(MpackId, &Mpack)],
        lanes: &Lanes,
        window: &mut CommitWindow<'_>,
    ) -> Result<Self> {
        let mut split = Self::default();
        let ids: HashSet<CommitId> = sources
            .iter()
            .flat_map(|(_, open)| open.tables().commits().map(|row| row.id))
            .collect();
        let all: Vec<CommitId> = ids.iter().copied().collect();
        window.load(&all).await?;
        let held_here: HashSet<MpackId> = sources.iter().map(|(id, _)| *id).collect();
        let mut parents = HashSet::new();
        for id in ids {
            // Another mpack may have brought it, too, and be collected.
            let Some(commit) = window.loaded().stored(&id) else {
                continue;
            };
            if held_here.contains(&lanes.holder(commit)) {
                split.commits.insert(id, lanes.of(&id, commit));
                parents.extend(commit.node.parents.iter().copied());
            }
        }
        let outside: Vec<CommitId> = parents
            .into_iter()
            .filter(|id| !split.commits.contains_key(id))
            .collect();
        window.load(&outside).await?;
        for id in &outside {
            // What is below commits that no ref reaches may be collected.
            if let Some(commit) = window.loaded().stored(id) {
                put_first(&mut split.bases, commit.snapshot, lanes.of(id, commit));
            }
        }
        for (id, lane) in &split.commits {
            put_first(&mut split.snapshots, window.stored(id)?.snapshot, *lane);
        }
        Ok(split)
    }

    /// Finds the lanes of the objects and chunks in these sources, which are open.
    ///
    /// What only lost commits need is lost. Of the rest, what commits of the trunk add is the
    /// trunk's. What the index says to lie elsewhere is left out: there it stays as long as it is
    /// needed.
    ///
    /// # Errors
    /// [`Error`] where the database fails or an mpack is damaged.
    pub(super) async fn add_contents(
        &mut self,
        store: &Store,
        visible: &VisibleObjects,
        repo: &Repo,
        sources: &[(MpackId, &Mpack)],
        lanes: &Lanes,
    ) -> Result<()> {
        let here: HashSet<MpackId> = sources.iter().map(|(id, _)| *id).collect();
        let mut ids: Vec<ObjectId> = Vec::new();
        for (_, open) in sources {
            ids.extend(objects_of(open.tables()));
        }
        let mut located = store.object_holders(repo.id, &ids).await?;
        located.retain(|(_, holder)| here.contains(holder));
        let objects = located.iter().map(|(id, _)| (*id, Lane::Side));
        self.objects = objects.collect();
        let mut rebased = Vec::new();
        for (_, open) in sources {
            for row in open.tables().snapshots() {
                if self.snapshots.get(&row.id) != Some(&Lane::Trunk) {
                    continue;
                }
                match row.base {
                    Some(base) if !self.is_of_trunk(&base) => rebased.push(row.id),
                    _ => self.add_trunk_record(open, &row.id)?,
                }
            }
        }
        for id in rebased {
            let tree = load_known_tree(store, repo.id, id).await?;
            tree.for_each_object(|object| self.add_trunk_object(&object));
        }
        for id in &lanes.borrowed.objects {
            self.add_trunk_object(id);
        }
        let any_lost = lanes.any_unreachable();
        if any_lost {
            let seen = visible.among(repo.id, &located).await?;
            for (id, _) in located {
                if !seen.contains(&id) {
                    self.objects.insert(id, Lane::Lost);
                }
            }
        }
        let mut ids: Vec<ChunkId> = Vec::new();
        for (_, open) in sources {
            ids.extend(open.tables().chunks().map(|row| row.id));
        }
        let mut located = store.chunk_locations(repo.id, &ids).await?;
        located.retain(|_, location| here.contains(&location.mpack));
        self.add_chunks(sources);
        // What no large object has may be lost, too.
        let rest = if any_lost { Lane::Lost } else { Lane::Side };
        let found = |id| (id, self.chunks.get(&id).copied().unwrap_or(rest));
        self.chunks = located.into_keys().map(found).collect();
        for id in &lanes.borrowed.chunks {
            if let Some(lane) = self.chunks.get_mut(id) {
                *lane = Lane::Trunk;
            }
        }
        if any_lost {
            self.keep_needed_chunks(store, visible, repo).await?;
        }
        Ok(())
    }

    fn is_of_trunk(&self, snapshot: &SnapshotId) -> bool {
        let lanes = [self.snapshots.get(snapshot), self.bases.get(snapshot)];
        lanes.contains(&Some(&Lane::Trunk))
    }

    /// Notes that a commit of the trunk adds what this record adds.
    fn add_trunk_record(&mut self, open: &Mpack, snapshot: &SnapshotId) -> Result<()> {
        let record = open.read_snapshot(snapshot).map_err(damaged)?;
        let changes = record.into_iter().flat_map(|record| record.changes);
        for object in changes.filter_map(|change| Some(change.entry?.object)) {
            self.add_trunk_object(&object);
        }
        Ok(())
    }

    /// Notes that a commit of the trunk has this object.
    fn add_trunk_object(&mut self, object: &ObjectId) {
        if let Some(lane) = self.objects.get_mut(object) {
            *lane = Lane::Trunk;
        }
    }

    /// A chunk is of the first lane of the large objects in these sources that have it.
    fn add_chunks(&mut self, sources: &[(MpackId, &Mpack)]) {
        for (_, open) in sources {
            let tables = open.tables();
            for row in tables.large_objects() {
                let Some(&lane) = self.objects.get(&row.id) else {
                    continue;
                };
                for (chunk, _) in tables.chunk_list(&row) {
                    put_first(&mut self.chunks, chunk, lane);
                }
            }
        }
    }

    /// Keeps the chunks of large objects that readers see, wherever their lists are.
    async fn keep_needed_chunks(
        &mut self,
        store: &Store,
        visible: &VisibleObjects,
        repo: &Repo,
    ) -> Result<()> {
        let lost = self.chunks.iter().filter(|(_, lane)| **lane == Lane::Lost);
        let lost: HashSet<ChunkId> = lost.map(|(id, _)| *id).collect();
        for id in chunks_of_seen(store, visible, repo, &lost).await? {
            self.chunks.insert(id, Lane::Side);
        }
        Ok(())
    }
}

/// Those of `chunks` that large objects have which readers see.
///
/// # Errors
/// [`Error`] where the database fails.
pub(super) async fn chunks_of_seen(
    store: &Store,
    visible: &VisibleObjects,
    repo: &Repo,
    chunks: &HashSet<ChunkId>,
) -> Result<HashSet<ChunkId>> {
    let mut found = HashSet::new();
    if chunks.is_empty() {
        return Ok(found);
    }
    let ids: Vec<ObjectId> = store.large_object_ids(repo.id).await?.into_iter().collect();
    for some in ids.chunks(LISTS_AT_A_TIME) {
        let large = store.large_objects(repo.id, some).await?;
        let located: Vec<_> = large.iter().map(|(id, large)| (*id, large.mpack)).collect();
        let seen = visible.among(repo.id, &located).await?;
        let seen = large.iter().filter(|(id, _)| seen.contains(id));
        let of_seen = seen.flat_map(|(_, large)| &large.chunks);
        found.extend(of_seen.map(|(id, _)| *id).filter(|id| chunks.contains(id)));
    }
    Ok(found)
}

/// How many lists of chunks are in memory at a time.
const LISTS_AT_A_TIME: usize = 256;

/// The objects that an mpack holds, whole or as lists of chunks.
pub(super) fn objects_of(tables: &Tables) -> impl Iterator<Item = ObjectId> + '_ {
    let whole = tables.objects().map(|row| row.id);
    whole.chain(tables.large_objects().map(|row| row.id))
}

/// Of several lanes, the first counts: what the trunk has is not also given elsewhere.
fn put_first<K: std::hash::Hash + Eq>(lanes: &mut HashMap<K, Lane>, key: K, lane: Lane) {
    let first = lanes.entry(key).or_insert(lane);
    *first = lane.min(*first);
}

fn damaged(error: MpackError) -> Error {
    Error::internal("merging mpacks", error)
}

impl MergeSelection for Part<'_> {
    fn takes_commit(&self, _source: usize, row: &CommitRow) -> bool {
        self.split.commits.get(&row.id) == Some(&self.lane)
    }

    fn takes_snapshot(&self, _source: usize, row: &SnapshotRow) -> bool {
        self.split.snapshots.get(&row.id) == Some(&self.lane)
    }

    fn takes_object(&self, _source: usize, row: &ObjectRow) -> bool {
        self.split.objects.get(&row.id) == Some(&self.lane)
    }

    fn takes_large_object(&self, _source: usize, id: &ObjectId) -> bool {
        self.split.objects.get(id) == Some(&self.lane)
    }

    fn takes_chunk(&self, _source: usize, row: &ChunkRow) -> bool {
        self.split.chunks.get(&row.id) == Some(&self.lane)
    }

    /// Readers of a lane have everything of the lanes before it.
    fn has_base(&self, id: &SnapshotId) -> bool {
        let inside = self.split.snapshots.get(id);
        let outside = self.split.bases.get(id);
        let lane = self.lane;
        inside.is_some_and(|other| *other < lane) || outside.is_some_and(|other| *other <= lane)
    }
}
