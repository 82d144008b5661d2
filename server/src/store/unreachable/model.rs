//! Which commits a publication leaves unreachable, as far as its own rows tell.

use std::collections::{HashMap, HashSet};

use muse_wire::id::CommitId;

use crate::store::commits::model::NewCommit;

/// The commits that an mpack brings, new or not, and how the refs that come with it reach them.
pub(in crate::store) struct BroughtCommits {
    /// With their parents.
    reached: HashMap<CommitId, Vec<CommitId>>,
    unreached: Vec<CommitId>,
}

impl BroughtCommits {
    /// Walks down from the new targets of refs, as far as there are `commits`.
    pub(in crate::store) fn new(commits: &[NewCommit], targets: &[CommitId]) -> Self {
        let mut left: HashMap<CommitId, Vec<CommitId>> = commits
            .iter()
            .map(|commit| (commit.id, commit.node.parents.to_vec()))
            .collect();
        let mut reached = HashMap::new();
        let mut stack = targets.to_vec();
        while let Some(id) = stack.pop() {
            if let Some(parents) = left.remove(&id) {
                stack.extend(&parents);
                reached.insert(id, parents);
            }
        }
        Self {
            reached,
            unreached: left.into_keys().collect(),
        }
    }

    /// The commits that no new target reaches. Another ref may reach those that are not new.
    pub(in crate::store) fn unreached(&self) -> &[CommitId] {
        &self.unreached
    }

    /// All commits that the refs which come with the mpack reach by it: its own, what those build
    /// on, and the targets.
    pub(in crate::store) fn touched(&self, targets: &[CommitId]) -> HashSet<CommitId> {
        let parents = self.reached.values().flatten();
        let own = self.reached.keys();
        own.chain(parents).chain(targets).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use muse_wire::commit::CommitEnvelope;
    use muse_wire::dag::CommitNode;
    use muse_wire::id::SnapshotId;

    use super::*;

    fn id(number: u8) -> CommitId {
        CommitId::from_bytes([number; 32])
    }

    fn commit(number: u8, parents: &[u8]) -> NewCommit {
        NewCommit {
            id: id(number),
            node: CommitNode {
                parents: parents.iter().map(|&parent| id(parent)).collect(),
                generation: number.into(),
                committed_at: 0,
            },
            snapshot: SnapshotId::from_bytes([number; 32]),
            envelope: CommitEnvelope::plain(Vec::new()),
        }
    }

    #[test]
    fn what_the_targets_do_not_reach_is_left_over() {
        let commits = [commit(3, &[1]), commit(4, &[3, 2]), commit(5, &[3])];
        let brought = BroughtCommits::new(&commits, &[id(4)]);
        assert_eq!(brought.unreached(), [id(5)]);
        let touched = brought.touched(&[id(4)]);
        assert_eq!(touched, [1, 2, 3, 4].map(id).into_iter().collect());
        let none = BroughtCommits::new(&commits, &[]);
        assert_eq!(none.unreached().len(), 3);
        assert!(none.touched(&[]).is_empty());
    }
}
