//! Questions that need no order: ancestry and merge bases.

use std::collections::HashSet;

use petgraph::graph::NodeIndex;
use petgraph::visit::{Dfs, NodeFiltered};

use super::frontier::{Marks, Rules};
use super::{CommitGraph, CommitSource, WalkError};
use crate::id::CommitId;

/// Reachable from the first commit.
const ONE: Marks = 1;
/// Reachable from the second commit.
const TWO: Marks = 2;
/// Reachable from both.
const COMMON: Marks = ONE | TWO;
/// Below a common ancestor.
const BELOW: Marks = 4;

impl<S: CommitSource> CommitGraph<S> {
    /// Whether `ancestor` is `descendant` or can be reached from it.
    ///
    /// # Errors
    /// [`WalkError`] where one of the two, or a parent, is missing or the source fails.
    pub fn is_ancestor(
        &mut self,
        ancestor: CommitId,
        descendant: CommitId,
    ) -> Result<bool, WalkError<S::Error>> {
        let reached = self.reached_among(&[ancestor], &[descendant])?;
        Ok(!reached.is_empty())
    }

    /// Those of `targets` that are one of `starts` or can be reached from one. One walk finds them
    /// all.
    ///
    /// # Errors
    /// [`WalkError`] where one of them, or a parent, is missing or the source fails.
    pub fn reached_among(
        &mut self,
        targets: &[CommitId],
        starts: &[CommitId],
    ) -> Result<HashSet<CommitId>, WalkError<S::Error>> {
        let mut reached = HashSet::new();
        let mut wanted = HashSet::new();
        let mut floor = u32::MAX;
        for &target in targets {
            let index = self.require(target)?;
            floor = floor.min(self.petgraph()[index].generation);
            wanted.insert(index);
        }
        let mut dfs = Dfs::empty(self.petgraph());
        for &start in starts {
            if wanted.is_empty() {
                break;
            }
            dfs.move_to(self.require(start)?);
            // petgraph walks what has been read, so each commit's parents are read before its turn.
            while let Some(&next) = dfs.stack.last()
                && !wanted.is_empty()
            {
                if self.petgraph()[next].generation > floor {
                    self.parents(next)?;
                }
                let graph = self.petgraph();
                dfs.discovered.grow(graph.node_count());
                let may_lead_there = |index: NodeIndex| graph[index].generation >= floor;
                if let Some(visited) = dfs.next(&NodeFiltered::from_fn(graph, may_lead_there))
                    && wanted.remove(&visited)
                {
                    reached.insert(graph[visited].id);
                }
            }
        }
        Ok(reached)
    }

    /// The best common ancestors of two commits: those that no other common ancestor can reach.
    /// More than one after a criss-cross merge, none for unrelated histories; sorted by id.
    ///
    /// # Errors
    /// [`WalkError`] where one of the two, or a parent, is missing or the source fails.
    pub fn merge_bases(
        &mut self,
        one: CommitId,
        two: CommitId,
    ) -> Result<Vec<CommitId>, WalkError<S::Error>> {
        let starts = [(self.require(one)?, ONE), (self.require(two)?, TWO)];
        let rules = Rules {
            passed_on: |marks| match marks & COMMON {
                COMMON => marks | BELOW,
                _ => marks,
            },
            is_open: |marks| marks & BELOW == 0,
        };
        let visited = self.visit(starts, &rules)?;
        let mut bases: Vec<CommitId> = visited
            .order
            .iter()
            .filter(|&&index| visited.marks(index) == COMMON)
            .map(|&index| self.petgraph()[index].id)
            .collect();
        bases.sort_unstable();
        Ok(bases)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dag::sketch::{Sketch, id, names};

    fn bases(lines: &str, one: char, two: char) -> Vec<CommitId> {
        CommitGraph::new(Sketch::new(lines))
            .merge_bases(id(one), id(two))
            .expect("whole graph")
    }

    #[test]
    fn ancestry_stops_at_the_generation() {
        let mut graph = CommitGraph::new(Sketch::new("a,b:a,c:b,d:c,x:a"));
        assert!(graph.is_ancestor(id('a'), id('d')).expect("whole graph"));
        assert!(graph.is_ancestor(id('d'), id('d')).expect("whole graph"));
        assert!(!graph.is_ancestor(id('x'), id('d')).expect("whole graph"));
        let mut pruned = CommitGraph::new(Sketch::new("a,b:a,c:b,d:c,x:c"));
        assert!(!pruned.is_ancestor(id('x'), id('d')).expect("whole graph"));
        assert_eq!(
            pruned.read_count(),
            2,
            "the walk went to the generation of what it looks for, or below"
        );
    }

    #[test]
    fn what_a_walk_has_read_serves_the_next_one() {
        let mut graph = CommitGraph::new(Sketch::new("a,b:a,c:b"));
        assert!(graph.is_ancestor(id('c'), id('c')).expect("whole graph"));
        // `b` is known by now as the parent of `c`, but not read.
        assert!(graph.is_ancestor(id('a'), id('b')).expect("whole graph"));
        assert_eq!(graph.read_count(), 3);
        assert!(graph.is_ancestor(id('a'), id('c')).expect("whole graph"));
        assert_eq!(graph.read_count(), 3);
    }

    #[test]
    fn one_walk_finds_all_that_is_reached() {
        let mut graph = CommitGraph::new(Sketch::new("a,b:a,c:b,d:c,x:a,y:x,z"));
        let mut reached = |targets: &str, starts: &str| {
            let ids = |names: &str| names.chars().map(id).collect::<Vec<_>>();
            let found = graph.reached_among(&ids(targets), &ids(starts));
            let mut found: Vec<_> = found.expect("whole graph").into_iter().collect();
            found.sort_unstable();
            names(&found)
        };
        assert_eq!(reached("abcdxyz", "d"), "abcd");
        assert_eq!(reached("bxz", "cx"), "bx");
        assert_eq!(reached("bxz", "dyz"), "bxz");
        assert_eq!(reached("dz", "y"), "");
        assert_eq!(reached("a", ""), "");
        assert_eq!(reached("", "d"), "");
    }

    #[test]
    fn merge_bases_are_found_without_reading_what_lies_below() {
        let sketch = Sketch::new("a,b:a,c:b,d:c,e:d,x:e,y:e");
        let mut graph = CommitGraph::new(&sketch);
        let bases = graph.merge_bases(id('x'), id('y')).expect("whole graph");
        assert_eq!(bases, [id('e')]);
        // The two, their base, and its parent.
        assert_eq!(graph.read_count(), 4);
    }

    #[test]
    fn merge_bases_of_the_usual_shapes() {
        assert_eq!(bases("a,b:a,c:a", 'b', 'c'), [id('a')]);
        assert_eq!(bases("a,b:a,c:b", 'a', 'c'), [id('a')]);
        assert_eq!(bases("a,b", 'a', 'b'), []);
        assert_eq!(bases("a,b:a,c:a,d:b c,e:c b", 'd', 'e'), [id('b'), id('c')]);
        // A common ancestor below another one is not a base.
        assert_eq!(bases("a,b:a,c:b,d:b,x:a c,y:a d", 'x', 'y'), [id('b')]);
        assert_eq!(bases("a,b:a", 'b', 'b'), [id('b')]);
        // The old root `z` keeps the walk going far below the base.
        assert_eq!(bases("z,a,b:a,c:b,x:c z,y:c", 'x', 'y'), [id('c')]);
    }
}
