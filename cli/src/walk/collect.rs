//! Everything that a push sends.

use std::collections::{HashMap, HashSet};

use muse_wire::dag::Walked;
use muse_wire::id::{ChunkId, CommitId, SnapshotId};
use muse_wire::mpack::OrderedObject;
use muse_wire::snapshot::SnapshotRecord;

use super::commits::{heads, new_commits};
use super::{CollectError, objects, snapshots};
use crate::repository::ObjectStore;

/// Everything that a receiver needs and does not have.
#[derive(Debug, Default)]
pub struct PushSet {
    /// Commits, parents first.
    pub commits: Vec<CommitId>,
    /// Commits that the receiver must have: parents of the ones above.
    pub boundary: Vec<CommitId>,
    /// Snapshot records, each after its base.
    pub snapshots: Vec<SnapshotRecord>,
    /// For those of the records that are full listings: the changes to the first parent's snapshot.
    pub changes_of_listings: HashMap<SnapshotId, SnapshotRecord>,
    /// Objects, in the order in which they are written.
    pub objects: Vec<OrderedObject>,
    /// Chunks that the receiver has, of those that the large objects among them may have.
    pub known_chunks: HashSet<ChunkId>,
}

/// Finds what has to be sent so that a receiver that has all of `have` gets all of `tips`.
///
/// # Errors
/// [`CollectError`] if the repository lacks something that its own commits name.
pub fn collect(
    store: &ObjectStore,
    tips: &[CommitId],
    have: &[CommitId],
) -> Result<PushSet, CollectError> {
    let walked = new_commits(store, tips, have)?;
    collect_walked(store, walked, &HashSet::new(), have)
}

/// As [`collect`], of commits that were found otherwise, some of them `shallow`: their parents are
/// neither sent nor there.
///
/// # Errors
/// As [`collect`].
pub fn collect_walked(
    store: &ObjectStore,
    walked: Walked,
    shallow: &HashSet<CommitId>,
    have: &[CommitId],
) -> Result<PushSet, CollectError> {
    let snapshots = snapshots::select(store, &walked, shallow)?;
    // Each more would cost a look into its tree.
    let have = heads(store, have)?;
    let objects = objects::select(store, &walked.boundary, &have, &snapshots)?;
    Ok(PushSet {
        commits: walked.commits,
        boundary: walked.boundary,
        snapshots: snapshots.records,
        changes_of_listings: snapshots.changes_of_listings,
        objects: objects.ordered,
        known_chunks: objects.known_chunks,
    })
}
