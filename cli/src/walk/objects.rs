//! Which objects are sent, in which order.

use std::collections::HashSet;

use muse_wire::id::CommitId;
use muse_wire::mpack::{OrderedObject, write_order};
use muse_wire::snapshot::Tree;

use super::CollectError;
use super::snapshots::Selected;
use crate::repository::Repository;

/// Most of the receiver's heads whose trees are looked at, beside the new commits' own parents.
const MAX_HEADS_SUBTRACTED: usize = 64;

/// What the new commits add, minus what the receiver's trees hold, in the order of an mpack.
pub(super) fn select(
    repository: &Repository,
    boundary: &[CommitId],
    have: &[CommitId],
    selected: &Selected,
) -> Result<Vec<OrderedObject>, CollectError> {
    let mut wanted = selected.added.clone();
    let mut seen = HashSet::new();
    let mut previous = Tree::empty();
    for id in boundary
        .iter()
        .chain(have.iter().take(MAX_HEADS_SUBTRACTED))
    {
        if wanted.is_empty() || !repository.objects.has_commit(id)? {
            continue;
        }
        let snapshot = repository.objects.commit(id)?.snapshot;
        if !seen.insert(snapshot) {
            continue;
        }
        // Only what differs from the tree before: heads of one project share most of theirs.
        let tree = repository.objects.tree(&snapshot)?;
        for change in previous.diff(&tree) {
            if let Some(entry) = change.entry {
                wanted.remove(&entry.object);
            }
        }
        previous = tree;
    }
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut ordered = write_order(&selected.records);
    ordered.retain(|object| wanted.remove(&object.id));
    Ok(ordered)
}
