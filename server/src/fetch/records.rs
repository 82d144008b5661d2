//! The snapshot records of the missing commits: what they add, and in which form the client can use
//! them.

use std::collections::{HashMap, HashSet};

use muse_wire::id::{ChunkId, CommitId, ObjectId, SnapshotId};
use muse_wire::snapshot::{SnapshotRecord, Tree};

use super::missing::MissingCommits;
use super::withheld::Withholding;
use crate::error::{Error, Result};
use crate::history::{decode_record, for_each_addition, load_known_tree};
use crate::store::Store;
use crate::store::repos::RepoId;
use crate::store::snapshots::StoredSnapshot;

/// How many of the client's trees are searched for objects that it has. Searching fewer only sends
/// some objects twice.
const MAX_SEARCHED_TREES: usize = 16;

/// How the record of a snapshot is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RecordForm {
    /// As it is stored, where the client has what it builds on.
    Stored,
    /// As changes to the first parent's snapshot where a full listing is stored: for a client that
    /// writes the listing itself, as whoever makes an mpack thick does.
    Changes,
}

/// The records of all missing commits, as they are stored: each is decoded when it is asked for,
/// because together they may be large.
pub(super) struct Records<'a> {
    store: &'a Store,
    repo: RepoId,
    missing: &'a MissingCommits,
    stored: HashMap<SnapshotId, StoredSnapshot>,
    /// Snapshots that the client has from the start.
    client_has: HashSet<SnapshotId>,
    /// Where history is cut: a tree that the client has, or gets first, which others are like.
    like: Option<Tree>,
}

impl<'a> Records<'a> {
    /// Loads them.
    ///
    /// # Errors
    /// [`Error`] where the database fails or is damaged.
    pub(super) async fn load(
        store: &'a Store,
        repo: RepoId,
        missing: &'a MissingCommits,
    ) -> Result<Self> {
        let snapshots = |ids: &[CommitId]| -> HashSet<SnapshotId> {
            let commits = ids.iter().filter_map(|id| missing.loaded.stored(id));
            commits.map(|commit| commit.snapshot).collect()
        };
        let wanted: Vec<_> = snapshots(&missing.commits).into_iter().collect();
        let stored = store.snapshot_records(repo, &wanted).await?;
        let mut client_has = snapshots(&missing.haves);
        client_has.extend(snapshots(&missing.boundary));
        let mut this = Self {
            store,
            repo,
            missing,
            stored,
            client_has,
            like: None,
        };
        if !missing.absent.is_empty() {
            this.like = this.client_tree().await?;
            for commit in &missing.commits {
                if this.like.is_some() {
                    break;
                }
                let record = this.record_of(commit)?;
                if !this.has_base(record) {
                    this.like = Some(this.tree(record.id).await?);
                }
            }
        }
        Ok(this)
    }

    /// Snapshots that the client has from the start.
    pub(super) const fn client_has(&self) -> &HashSet<SnapshotId> {
        &self.client_has
    }

    /// The snapshot that a loaded commit records.
    pub(super) fn snapshot_of(&self, commit: &CommitId) -> Result<SnapshotId> {
        let stored = self.missing.loaded.stored(commit);
        stored.map(|stored| stored.snapshot).ok_or_else(|| {
            Error::internal("planning a fetch", format!("commit {commit} is not loaded"))
        })
    }

    /// The record of a missing commit's snapshot, as it is stored.
    pub(super) fn record_of(&self, commit: &CommitId) -> Result<&StoredSnapshot> {
        let id = self.snapshot_of(commit)?;
        self.stored.get(&id).ok_or_else(|| {
            Error::internal("planning a fetch", format!("snapshot {id} has no record"))
        })
    }

    /// The snapshots of what these commits build on, each once.
    pub(super) fn boundary_of(&self, commits: &[CommitId]) -> Result<Vec<SnapshotId>> {
        let own: HashSet<&CommitId> = commits.iter().collect();
        let stored = commits
            .iter()
            .filter_map(|id| self.missing.loaded.stored(id));
        let mut parents = stored.flat_map(|commit| &commit.node.parents);
        let mut seen = HashSet::new();
        let mut boundary = Vec::new();
        let absent = &self.missing.absent;
        let is_built_on = |parent: &&CommitId| !own.contains(parent) && !absent.contains(parent);
        while let Some(parent) = parents.find(is_built_on) {
            let snapshot = self.snapshot_of(parent)?;
            if seen.insert(snapshot) {
                boundary.push(snapshot);
            }
        }
        let has_absent = |id: &CommitId| {
            let stored = self.missing.loaded.stored(id);
            stored.is_some_and(|one| one.node.parents.iter().any(|id| absent.contains(id)))
        };
        if commits.iter().any(has_absent) {
            // In place of the parents that the client does not have.
            for commit in &self.missing.boundary {
                let snapshot = self.snapshot_of(commit)?;
                if seen.insert(snapshot) {
                    boundary.push(snapshot);
                }
            }
        }
        Ok(boundary)
    }

    /// The objects of a missing commit's snapshot that are in no earlier snapshot, and perhaps some
    /// that are.
    ///
    /// # Errors
    /// [`Error`] where the database fails or is damaged.
    pub(super) async fn additions(&self, commit: &CommitId) -> Result<Vec<ObjectId>> {
        let record = self.record_of(commit)?;
        let mut objects = Vec::new();
        if self.has_base(record) {
            for_each_addition(record, |_, entry| objects.push(entry.object))?;
            return Ok(objects);
        }
        let tree = self.tree(record.id).await?;
        match &self.like {
            Some(like) if like.id() != record.id => {
                let entries = like.diff(&tree).into_iter();
                objects.extend(entries.filter_map(|change| Some(change.entry?.object)));
            }
            _ => tree.for_each_object(|object| objects.push(object)),
        }
        Ok(objects)
    }

    /// Where history is cut: a tree that the client has, if it has any.
    ///
    /// # Errors
    /// [`Error`] where the database fails or is damaged.
    pub(super) async fn client_tree(&self) -> Result<Option<Tree>> {
        match self.missing.boundary.first() {
            Some(commit) if !self.missing.absent.is_empty() => {
                Ok(Some(self.tree(self.snapshot_of(commit)?).await?))
            }
            _ => Ok(None),
        }
    }

    /// Whether the client has, or gets, what a record builds on, if it builds on anything.
    fn has_base(&self, record: &StoredSnapshot) -> bool {
        let base = record.base.as_ref();
        base.is_none_or(|base| self.client_has.contains(base) || self.stored.contains_key(base))
    }

    /// The record of a missing commit's snapshot, in a form for a client that has these snapshots,
    /// and knows this tree if it is `beside` them.
    ///
    /// # Errors
    /// [`Error`] where the database fails or is damaged.
    pub(super) async fn for_client(
        &self,
        commit: &CommitId,
        has: &HashSet<SnapshotId>,
        form: RecordForm,
        beside: Option<&Tree>,
    ) -> Result<SnapshotRecord> {
        let record = self.record_of(commit)?;
        let fits = match record.base {
            Some(base) => has.contains(&base),
            None => form == RecordForm::Stored,
        };
        if fits {
            return decode_record(record);
        }
        let stored = self.missing.loaded.stored(commit);
        let parent = stored.and_then(|stored| stored.node.parents.first());
        let parent = parent.filter(|parent| !self.missing.absent.contains(parent));
        let base = match parent {
            Some(parent) => Some(self.snapshot_of(parent)?).filter(|base| has.contains(base)),
            None => None,
        };
        if base.is_none() && record.base.is_none() {
            return decode_record(record);
        }
        let tree = self.tree(record.id).await?;
        Ok(match base {
            Some(base) => tree.record_against(Some(&self.tree(base).await?)),
            None => tree.record_beside(beside),
        })
    }

    /// Removes from `objects` those in the snapshots at the edge of what the client has.
    ///
    /// # Errors
    /// [`Error`] where the database fails or is damaged.
    pub(super) async fn remove_known(&self, objects: &mut HashSet<ObjectId>) -> Result<()> {
        for commit in self.missing.boundary.iter().take(MAX_SEARCHED_TREES) {
            if objects.is_empty() {
                break;
            }
            let snapshot = self.snapshot_of(commit)?;
            self.tree(snapshot).await?.for_each_object(|object| {
                objects.remove(&object);
            });
        }
        Ok(())
    }

    /// The chunks of large objects in the snapshots at the edge of what the client has, unless
    /// those objects were withheld.
    ///
    /// # Errors
    /// [`Error`] where the database fails or is damaged.
    pub(super) async fn known_chunks(&self, withholding: &Withholding) -> Result<HashSet<ChunkId>> {
        if self.missing.boundary.is_empty() {
            return Ok(HashSet::new());
        }
        let mut large = self.store.large_object_ids(self.repo).await?;
        large.retain(|object| !withholding.may_be_lacking(object));
        let mut there = HashSet::new();
        for commit in self.missing.boundary.iter().take(MAX_SEARCHED_TREES) {
            let snapshot = self.snapshot_of(commit)?;
            self.tree(snapshot).await?.for_each_object(|object| {
                if large.contains(&object) {
                    there.insert(object);
                }
            });
        }
        let there: Vec<ObjectId> = there.into_iter().collect();
        let lists = self.store.large_objects(self.repo, &there).await?;
        let chunks = lists.into_values().flat_map(|large| large.chunks);
        Ok(chunks.map(|(id, _)| id).collect())
    }

    /// The tree of a snapshot of the repository.
    ///
    /// # Errors
    /// [`Error`] where the database fails or is damaged.
    pub(super) async fn tree(&self, id: SnapshotId) -> Result<Tree> {
        load_known_tree(self.store, self.repo, id).await
    }
}
