//! Which snapshot records are sent, and in which form.

use std::collections::HashSet;

use muse_wire::dag::Walked;
use muse_wire::id::{ObjectId, SnapshotId};
use muse_wire::snapshot::SnapshotRecord;

use super::CollectError;
use crate::repository::{Repository, RepositoryError};

/// The records to send, and what they bring.
pub(super) struct Selected {
    /// Each after its base.
    pub(super) records: Vec<SnapshotRecord>,
    /// What the commits add to their first parents.
    pub(super) added: HashSet<ObjectId>,
}

/// Takes each new commit's snapshot as it is stored, if the receiver will know its base, and as
/// changes to the first parent's tree if not.
///
/// A stored keyframe stays one: it was written where the chain of changes had outgrown it, and a
/// receiver keeps what it is sent.
pub(super) fn select(repository: &Repository, walked: &Walked) -> Result<Selected, CollectError> {
    let mut known: HashSet<SnapshotId> = HashSet::new();
    for id in &walked.boundary {
        known.insert(repository.objects.commit(id)?.snapshot);
    }
    let mut selected = Selected {
        records: Vec::new(),
        added: HashSet::new(),
    };
    for id in &walked.commits {
        let commit = repository.objects.commit(id)?;
        if !known.insert(commit.snapshot) {
            continue;
        }
        let parent = match commit.parents.first() {
            Some(parent) => Some(repository.objects.commit(parent)?.snapshot),
            None => None,
        };
        let stored = match repository.objects.snapshot_record(&commit.snapshot)? {
            Some(record) => record,
            // The empty tree needs no stored record, but a receiver cannot know that it is meant.
            None if commit.snapshot == muse_wire::snapshot::Tree::empty().id() => SnapshotRecord {
                id: commit.snapshot,
                base: None,
                changes: Vec::new(),
            },
            None => return Err(RepositoryError::missing_snapshot(&commit.snapshot).into()),
        };
        if stored.base == parent {
            selected
                .added
                .extend(stored.additions().map(|(_, entry)| entry.object));
            selected.records.push(stored);
            continue;
        }
        let base = match parent {
            Some(parent) => Some(repository.objects.tree(&parent)?),
            None => None,
        };
        let changes = repository
            .objects
            .tree(&commit.snapshot)?
            .record_against(base.as_ref());
        selected
            .added
            .extend(changes.additions().map(|(_, entry)| entry.object));
        let is_sendable = stored.base.is_none_or(|base| known.contains(&base));
        selected
            .records
            .push(if is_sendable { stored } else { changes });
    }
    Ok(selected)
}
