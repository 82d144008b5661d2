//! The snapshot records of the needed commits: what they add, and in what form the client can use them.

use std::collections::{HashMap, HashSet};

use muse_wire::id::{CommitId, ObjectId, SnapshotId};
use muse_wire::snapshot::{SnapshotRecord, Tree};

use super::reach::Needed;
use crate::app::AppState;
use crate::failure::Failure;
use crate::history::{decode_record, load_tree};
use crate::store::Repo;

/// This many of the client's trees are searched for objects that it has. Searching fewer
/// sends some objects twice and is never wrong.
const MAX_HELD_TREES: usize = 16;

/// The records of all needed commits.
pub(super) struct Records<'a> {
    state: &'a AppState,
    repo: &'a Repo,
    needed: &'a Needed,
    stored: HashMap<SnapshotId, SnapshotRecord>,
    /// Snapshots that the client has from the start.
    held: HashSet<SnapshotId>,
}

impl<'a> Records<'a> {
    /// Loads them.
    ///
    /// # Errors
    /// [`Failure`] where the database fails or is damaged.
    pub(super) async fn load(
        state: &'a AppState,
        repo: &'a Repo,
        needed: &'a Needed,
    ) -> Result<Self, Failure> {
        let snapshots = |ids: &[CommitId]| -> HashSet<SnapshotId> {
            let commits = ids.iter().filter_map(|id| needed.loaded.stored(id));
            commits.map(|commit| commit.snapshot).collect()
        };
        let wanted: Vec<_> = snapshots(&needed.commits).into_iter().collect();
        let found = state.store.snapshot_records(repo.id, &wanted).await?;
        let mut stored = HashMap::with_capacity(found.len());
        for (id, snapshot) in found {
            stored.insert(id, decode_record(&snapshot)?);
        }
        let mut held = snapshots(&needed.held);
        held.extend(snapshots(&needed.boundary));
        Ok(Self {
            state,
            repo,
            needed,
            stored,
            held,
        })
    }

    /// Snapshots that the client has from the start.
    pub(super) const fn held(&self) -> &HashSet<SnapshotId> {
        &self.held
    }

    /// The snapshot that a needed or held commit records.
    pub(super) fn snapshot_of(&self, commit: &CommitId) -> Result<SnapshotId, Failure> {
        let stored = self.needed.loaded.stored(commit);
        stored.map(|stored| stored.snapshot).ok_or_else(|| {
            Failure::internal("planning a fetch", format!("commit {commit} is not loaded"))
        })
    }

    fn record(&self, id: &SnapshotId) -> Result<&SnapshotRecord, Failure> {
        self.stored.get(id).ok_or_else(|| {
            Failure::internal("planning a fetch", format!("snapshot {id} has no record"))
        })
    }

    /// The objects of a needed commit's snapshot that are not in any snapshot before it, and perhaps some
    /// that are.
    ///
    /// # Errors
    /// [`Failure`] where the database fails or is damaged.
    pub(super) async fn additions(&self, commit: &CommitId) -> Result<Vec<ObjectId>, Failure> {
        let record = self.record(&self.snapshot_of(commit)?)?;
        let reachable =
            |base: &SnapshotId| self.held.contains(base) || self.stored.contains_key(base);
        if record.base.as_ref().is_none_or(reachable) {
            return Ok(record.additions().map(|(_, entry)| entry.object).collect());
        }
        let entries = self.tree(record.id).await?.entries();
        Ok(entries.into_iter().map(|(_, entry)| entry.object).collect())
    }

    /// The record to send for a needed commit's snapshot to a client that has these snapshots by then.
    ///
    /// # Errors
    /// [`Failure`] where the database fails or is damaged.
    pub(super) async fn for_client(
        &self,
        commit: &CommitId,
        has: &HashSet<SnapshotId>,
    ) -> Result<SnapshotRecord, Failure> {
        let record = self.record(&self.snapshot_of(commit)?)?;
        if record.base.is_none_or(|base| has.contains(&base)) {
            return Ok(record.clone());
        }
        let tree = self.tree(record.id).await?;
        let stored = self.needed.loaded.stored(commit);
        let parent = stored.and_then(|stored| stored.node.parents.first());
        let base = match parent {
            Some(parent) => Some(self.snapshot_of(parent)?).filter(|base| has.contains(base)),
            None => None,
        };
        Ok(match base {
            Some(base) => tree.record_against(Some(&self.tree(base).await?)),
            None => tree.record_against(None),
        })
    }

    /// Takes from `objects` those that are in the snapshots at the edge of what the client has.
    ///
    /// # Errors
    /// [`Failure`] where the database fails or is damaged.
    pub(super) async fn remove_held(&self, objects: &mut HashSet<ObjectId>) -> Result<(), Failure> {
        for commit in self.needed.boundary.iter().take(MAX_HELD_TREES) {
            if objects.is_empty() {
                break;
            }
            let snapshot = self.snapshot_of(commit)?;
            for (_, entry) in self.tree(snapshot).await?.entries() {
                objects.remove(&entry.object);
            }
        }
        Ok(())
    }

    async fn tree(&self, id: SnapshotId) -> Result<Tree, Failure> {
        let base = load_tree(&self.state.store, self.repo.id, id).await?;
        base.map(|base| base.tree).ok_or_else(|| {
            Failure::internal("planning a fetch", format!("snapshot {id} has no record"))
        })
    }
}
