//! Which objects are sent, in which order.

use std::collections::HashSet;

use muse_wire::id::{ChunkId, CommitId};
use muse_wire::mpack::{OrderedObject, write_order};
use muse_wire::snapshot::Tree;

use super::CollectError;
use super::snapshots::SnapshotSelection;
use crate::repository::ObjectStore;

/// Most of the receiver's heads whose trees are subtracted, beside the new commits' own parents.
const MAX_HEADS_SUBTRACTED: usize = 64;

/// The objects to send.
#[derive(Default)]
pub(super) struct ObjectSelection {
    /// In the order of an mpack.
    pub(super) ordered: Vec<OrderedObject>,
    /// Chunks that the receiver has, if one of the objects is a large one.
    pub(super) known_chunks: HashSet<ChunkId>,
}

/// The objects that the new commits add, minus those in the receiver's trees and those that were
/// withheld here: a receiver that lacks one of them, too, refuses the push.
pub(super) fn select(
    store: &ObjectStore,
    boundary: &[CommitId],
    have: &[CommitId],
    snapshots: &SnapshotSelection,
) -> Result<ObjectSelection, CollectError> {
    let mut wanted = snapshots.added.clone();
    for withheld in store.withheld()?.keys() {
        wanted.remove(withheld);
    }
    let mut has_large = false;
    for object in &wanted {
        has_large = has_large || store.large_object(object)?.is_some();
    }
    let mut known_chunks = HashSet::new();
    let mut seen = HashSet::new();
    let mut previous = Tree::empty();
    for id in boundary
        .iter()
        .chain(have.iter().take(MAX_HEADS_SUBTRACTED))
    {
        if wanted.is_empty() || !store.has_commit(id)? {
            continue;
        }
        let snapshot = store.commit(id)?.snapshot;
        if !seen.insert(snapshot) {
            continue;
        }
        // Only what differs from the tree before: heads of one project share most of theirs.
        let tree = store.tree(&snapshot)?;
        for change in previous.diff(&tree) {
            if let Some(entry) = change.entry {
                wanted.remove(&entry.object);
                if has_large && let Some(chunks) = store.large_object(&entry.object)? {
                    known_chunks.extend(chunks.into_iter().map(|(chunk, _)| chunk));
                }
            }
        }
        previous = tree;
    }
    if wanted.is_empty() {
        return Ok(ObjectSelection::default());
    }
    let mut ordered = write_order(&snapshots.records);
    ordered.retain(|object| wanted.remove(&object.id));
    Ok(ObjectSelection {
        ordered,
        known_chunks,
    })
}
