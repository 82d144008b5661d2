//! Which snapshot records are sent, and in which form.

use std::collections::{HashMap, HashSet};

use muse_wire::dag::Walked;
use muse_wire::id::{CommitId, ObjectId, SnapshotId};
use muse_wire::snapshot::{SnapshotRecord, Tree};

use super::CollectError;
use crate::repository::{ObjectStore, RepositoryError};

/// The records to send, and the objects that they bring.
pub(super) struct SnapshotSelection {
    /// Each after its base.
    pub(super) records: Vec<SnapshotRecord>,
    /// For those that are full listings: the changes to the first parent's snapshot.
    pub(super) changes_of_listings: HashMap<SnapshotId, SnapshotRecord>,
    /// The objects that the commits add to their first parents.
    pub(super) added: HashSet<ObjectId>,
}

/// Takes each new commit's snapshot as it is stored, if the receiver will know its base, and as
/// changes to the first parent's tree if not.
///
/// A stored keyframe stays one: it was written where the chain of changes had outgrown it, and a
/// receiver keeps what it is sent. In a thin mpack it is sent as changes: its receiver writes
/// keyframes of its own. Of a `shallow` commit, the receiver knows no parent.
pub(super) fn select(
    store: &ObjectStore,
    walked: &Walked,
    shallow: &HashSet<CommitId>,
) -> Result<SnapshotSelection, CollectError> {
    let mut known: HashSet<SnapshotId> = HashSet::new();
    for id in &walked.boundary {
        known.insert(store.commit(id)?.snapshot);
    }
    let mut selection = SnapshotSelection {
        records: Vec::new(),
        changes_of_listings: HashMap::new(),
        added: HashSet::new(),
    };
    // Where history is cut, the first tree: others are like it.
    let mut first: Option<Tree> = None;
    for id in &walked.commits {
        let commit = store.commit(id)?;
        if !known.insert(commit.snapshot) {
            continue;
        }
        let parent = match commit.parents.first().filter(|_| !shallow.contains(id)) {
            Some(parent) => Some(store.commit(parent)?.snapshot),
            None => None,
        };
        let stored = match store.snapshot_record(&commit.snapshot)? {
            Some(record) => record,
            // The empty tree needs no stored record, but a receiver cannot know that it is meant.
            None if commit.snapshot == Tree::empty().id() => SnapshotRecord {
                id: commit.snapshot,
                base: None,
                changes: Vec::new(),
            },
            None => return Err(RepositoryError::missing_snapshot(&commit.snapshot).into()),
        };
        if stored.base == parent {
            selection
                .added
                .extend(stored.additions().map(|(_, entry)| entry.object));
            selection.records.push(stored);
            continue;
        }
        let tree = store.tree(&commit.snapshot)?;
        let changes = match parent {
            Some(parent) => tree.record_against(Some(&store.tree(&parent)?)),
            None => tree.record_beside(first.as_ref()),
        };
        if parent.is_none() {
            first.get_or_insert(tree);
        }
        selection
            .added
            .extend(changes.additions().map(|(_, entry)| entry.object));
        if stored.base.is_some_and(|base| !known.contains(&base)) {
            selection.records.push(changes);
            continue;
        }
        if stored.base.is_none() && changes.base.is_some() {
            selection.changes_of_listings.insert(stored.id, changes);
        }
        selection.records.push(stored);
    }
    Ok(selection)
}
