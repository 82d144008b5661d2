//! Whether an mpack by itself leads a reader from one commit to another.

use std::collections::HashSet;

use muse_wire::id::{CommitId, SnapshotId};
use muse_wire::mpack::Tables;

use super::verify::Verified;
use crate::mpacks::names_all_records;
use crate::store::publish::Step;

/// From where to where the mpack of these tables leads, if it needs nothing but the commit that it
/// begins at: it has one tip, builds on at most one of the repository's commits (`parents` are
/// those, with their snapshots), and holds every object and chunk that its records name.
pub(super) fn of(
    tables: &Tables,
    verified: &Verified,
    parents: &[(CommitId, SnapshotId)],
) -> Option<Step> {
    let base = match (tables.external_commits().as_slice(), parents) {
        ([], _) => None,
        ([base], [(known, snapshot)]) if base == known => Some((*base, *snapshot)),
        _ => return None,
    };
    let fits = |external: &SnapshotId| base.is_some_and(|(_, snapshot)| snapshot == *external);
    let is_complete = verified.outside.all.is_empty()
        && tables.external_chunks().is_empty()
        && tables.external_snapshots().iter().all(fits)
        && names_all_records(tables);
    let built_on: HashSet<CommitId> = verified
        .commits
        .iter()
        .flat_map(|commit| commit.node.parents.iter().copied())
        .collect();
    let mut tips = verified.commits.iter().map(|commit| commit.id);
    let tip = tips.find(|id| !built_on.contains(id))?;
    let is_only_tip = tips.all(|id| built_on.contains(&id));
    (is_complete && is_only_tip).then_some(Step {
        tip,
        base: base.map(|(id, _)| id),
    })
}
