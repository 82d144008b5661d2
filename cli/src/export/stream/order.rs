//! Under which ref each commit stands in a stream.

use std::collections::HashMap;

use muse_wire::dag::CommitSource as _;
use muse_wire::id::CommitId;

use crate::repository::{ObjectStore, Result};

/// For each of `commits`, parents first, the place in `tips` of the first ref that reaches it. Some
/// tools take that for the commit's branch.
pub(super) fn refs_of_commits(
    store: &ObjectStore,
    commits: &[CommitId],
    tips: &[CommitId],
) -> Result<HashMap<CommitId, usize>> {
    let mut places = HashMap::with_capacity(commits.len());
    for (place, tip) in tips.iter().enumerate() {
        places.entry(*tip).or_insert(place);
    }
    for id in commits.iter().rev() {
        let place = places[id];
        let node = store.node(id)?;
        for parent in node.iter().flat_map(|node| &node.parents) {
            let of_parent = places.entry(*parent).or_insert(place);
            *of_parent = place.min(*of_parent);
        }
    }
    Ok(places)
}
