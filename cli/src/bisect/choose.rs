//! Which commit to try next: the one that halves what is left.

use std::collections::{HashMap, HashSet};

use muse_wire::dag::{CommitSource as _, Revwalk, Sorting, WalkError};
use muse_wire::id::CommitId;

use crate::repository::{ObjectStore, RepositoryError};

/// How many commits near the middle are counted exactly. A line of development has its best commit
/// in the middle; merges move it a little.
const COUNTED: usize = 64;

/// What is left to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Left {
    /// The commits of which one is the first bad one; the last of them is known to be bad.
    pub(super) candidates: Vec<CommitId>,
    /// The one to try; none where only one is left, or the others cannot be tried.
    pub(super) next: Option<CommitId>,
}

/// What is left between commits that are good and one that is bad.
pub(super) fn choose(
    objects: &ObjectStore,
    bad: CommitId,
    good: &[CommitId],
    skipped: &[CommitId],
) -> Result<Left, WalkError<RepositoryError>> {
    let mut walk = Revwalk::new(objects);
    walk.push(bad)?;
    for &commit in good {
        walk.hide(commit)?;
    }
    walk.sorting(Sorting::ParentsFirst);
    let candidates = walk.run()?.commits;
    let graph = Graph::of(objects, &candidates)?;
    let middle = candidates.len() / 2;
    let mut near: Vec<usize> = (0..candidates.len().saturating_sub(1)).collect();
    near.retain(|&index| !skipped.contains(&candidates[index]));
    near.sort_by_key(|&index| index.abs_diff(middle.saturating_sub(1)));
    near.truncate(COUNTED);
    let halves = |&index: &usize| {
        let reached = graph.count(index);
        reached.min(candidates.len() - reached)
    };
    // Of several that are as good, the one nearest to the middle.
    let best = near.iter().rev().copied().max_by_key(halves);
    Ok(Left {
        next: best.map(|index| candidates[index]),
        candidates,
    })
}

/// The candidates with their parents among them.
struct Graph {
    parents: Vec<Vec<usize>>,
}

impl Graph {
    fn of(
        objects: &ObjectStore,
        candidates: &[CommitId],
    ) -> Result<Self, WalkError<RepositoryError>> {
        let places: HashMap<CommitId, usize> = candidates
            .iter()
            .enumerate()
            .map(|(index, id)| (*id, index))
            .collect();
        let mut parents = Vec::with_capacity(candidates.len());
        for id in candidates {
            let node = objects.node(id).map_err(WalkError::Source)?;
            let node = node.ok_or(WalkError::Missing(*id))?;
            let known = node.parents.iter().filter_map(|id| places.get(id).copied());
            parents.push(known.collect());
        }
        Ok(Self { parents })
    }

    /// How many candidates a candidate reaches, itself included.
    fn count(&self, from: usize) -> usize {
        let mut seen = HashSet::from([from]);
        let mut left = vec![from];
        while let Some(index) = left.pop() {
            let fresh = self.parents[index]
                .iter()
                .filter(|&&parent| seen.insert(parent));
            left.extend(fresh);
        }
        seen.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    #[test]
    fn a_line_is_halved_until_one_commit_is_left() {
        let sandbox = Sandbox::new();
        let commits = sandbox.add_line(None, "main", 100);
        let objects = &sandbox.repository.objects;
        for first_bad in [1, 2, 50, 63, 98, 99] {
            let (mut good, mut bad) = (vec![commits[0]], commits[99]);
            let mut tries = 0;
            while let Left {
                next: Some(next), ..
            } = choose(objects, bad, &good, &[]).expect("readable")
            {
                tries += 1;
                let place = commits.iter().position(|id| *id == next);
                if place.expect("one of them") < first_bad {
                    good.push(next);
                } else {
                    bad = next;
                }
            }
            assert_eq!(bad, commits[first_bad]);
            assert!(tries <= 7, "{tries} tries for {first_bad}");
        }
    }

    #[test]
    fn a_commit_that_cannot_be_tried_is_not_chosen() {
        let sandbox = Sandbox::new();
        let commits = sandbox.add_line(None, "main", 5);
        let objects = &sandbox.repository.objects;
        let skipped = &commits[1..4];
        let left = choose(objects, commits[4], &commits[..1], skipped).expect("readable");
        assert_eq!(left.next, None);
        assert_eq!(left.candidates, commits[1..]);
        let left = choose(objects, commits[4], &commits[..1], &skipped[1..]).expect("readable");
        assert_eq!(left.next, Some(commits[1]));
    }
}
