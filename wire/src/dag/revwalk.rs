//! The walk itself: push tips, hide what is known, read the rest in order.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{DfsPostOrder, IntoNeighborsDirected, NodeFiltered};

use super::frontier::{Marks, Rules, Visited};
use super::graph::Vertex;
use super::{CommitGraph, CommitSource, WalkError};
use crate::id::CommitId;

/// Reachable from a pushed commit.
const PUSHED: Marks = 1;
/// Reachable from a hidden commit.
const HIDDEN: Marks = 2;

/// The order in which a walk gives commits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sorting {
    /// Children before parents, newer first where the graph leaves a choice.
    #[default]
    Time,
    /// Children before parents, and a line of development in one piece before the next.
    Topological,
    /// Parents before children, and a line of development in one piece: the order in which commits
    /// are written and sent.
    ParentsFirst,
}

/// A walk over everything that the pushed commits reach and the hidden ones do not.
pub struct Revwalk<S> {
    graph: CommitGraph<S>,
    starts: Vec<(NodeIndex, Marks)>,
    sorting: Sorting,
}

/// What a walk found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Walked {
    /// The commits, in the walk's order.
    pub commits: Vec<CommitId>,
    /// Hidden commits that are parents of walked ones: what the other side must have.
    pub boundary: Vec<CommitId>,
}

impl<S: CommitSource> Revwalk<S> {
    /// A walk that has nowhere to start yet.
    pub fn new(source: S) -> Self {
        Self {
            graph: CommitGraph::new(source),
            starts: Vec::new(),
            sorting: Sorting::default(),
        }
    }

    /// Starts at `id` too.
    ///
    /// # Errors
    /// [`WalkError::Missing`] where the source does not have it.
    pub fn push(&mut self, id: CommitId) -> Result<(), WalkError<S::Error>> {
        let index = self.graph.require(id)?;
        self.starts.push((index, PUSHED));
        Ok(())
    }

    /// Leaves out `id` and all that it reaches. An id that the source does not have hides nothing.
    ///
    /// # Errors
    /// [`WalkError::Source`] where the source fails.
    pub fn hide(&mut self, id: CommitId) -> Result<(), WalkError<S::Error>> {
        let index = self.graph.find(id)?;
        self.starts.extend(index.map(|index| (index, HIDDEN)));
        Ok(())
    }

    /// Sets the order; [`Sorting::Time`] unless set.
    pub fn sorting(&mut self, sorting: Sorting) {
        self.sorting = sorting;
    }

    /// How many commits have been read from the source so far.
    pub fn read_count(&self) -> usize {
        self.graph.read_count()
    }

    /// Walks to the end.
    ///
    /// # Errors
    /// [`WalkError`] where a parent is missing or the source fails.
    pub fn run(&mut self) -> Result<Walked, WalkError<S::Error>> {
        let rules = Rules {
            passed_on: |marks| marks,
            is_open: |marks| marks & HIDDEN == 0,
        };
        let visited = self.graph.visit(self.starts.iter().copied(), &rules)?;
        let graph = self.graph.petgraph();
        let selection = Selection::new(graph, &visited);
        let order = match self.sorting {
            Sorting::Time => selection.by_time(),
            Sorting::ParentsFirst => selection.post_order(),
            Sorting::Topological => {
                let mut order = selection.post_order();
                order.reverse();
                order
            }
        };
        let id = |index: NodeIndex| graph[index].id;
        Ok(Walked {
            commits: order.into_iter().map(id).collect(),
            boundary: selection.boundary().into_iter().map(id).collect(),
        })
    }
}

/// The commits that a walk gives, and their part of the graph.
struct Selection<'a> {
    graph: &'a DiGraph<Vertex, ()>,
    visited: &'a Visited,
    /// In falling generation order.
    members: Vec<NodeIndex>,
}

impl<'a> Selection<'a> {
    fn new(graph: &'a DiGraph<Vertex, ()>, visited: &'a Visited) -> Self {
        let members = visited.order.iter().copied();
        Self {
            graph,
            visited,
            members: members
                .filter(|&index| visited.marks(index) == PUSHED)
                .collect(),
        }
    }

    /// Whether the walk gives this commit.
    fn has(&self, index: NodeIndex) -> bool {
        self.visited.marks(index) == PUSHED
    }

    /// Parents of members that are no members.
    fn boundary(&self) -> Vec<NodeIndex> {
        let mut seen = HashSet::new();
        let parents = self
            .members
            .iter()
            .flat_map(|&index| self.graph.neighbors(index));
        parents
            .filter(|&parent| !self.has(parent) && seen.insert(parent))
            .collect()
    }

    /// Newer commits are greater; the rest makes the order total.
    fn age(&self, index: NodeIndex) -> (i64, u32, Reverse<CommitId>) {
        let Vertex {
            id,
            generation,
            committed_at,
        } = self.graph[index];
        (committed_at, generation, Reverse(id))
    }

    /// Depth first, parents before children, the first parent's line before the others'. A walk
    /// that starts with the oldest tip ends with the newest.
    fn post_order(&self) -> Vec<NodeIndex> {
        let members = NodeFiltered::from_fn(self.graph, |index| self.has(index));
        let is_tip = |index: &NodeIndex| {
            let mut children = (&members).neighbors_directed(*index, Direction::Incoming);
            children.next().is_none()
        };
        let mut tips: Vec<NodeIndex> = self.members.iter().copied().filter(is_tip).collect();
        tips.sort_unstable_by_key(|&tip| self.age(tip));
        let mut order = Vec::with_capacity(self.members.len());
        let mut walk = DfsPostOrder::empty(self.graph);
        for tip in tips {
            walk.move_to(tip);
            while let Some(index) = walk.next(&members) {
                order.push(index);
            }
        }
        order
    }

    /// The newest commit first of those whose children have all been given.
    fn by_time(&self) -> Vec<NodeIndex> {
        let members = NodeFiltered::from_fn(self.graph, |index| self.has(index));
        let mut children_left = vec![0_usize; self.graph.node_count()];
        let mut ready = BinaryHeap::new();
        for &index in &self.members {
            let children = (&members)
                .neighbors_directed(index, Direction::Incoming)
                .count();
            children_left[index.index()] = children;
            if children == 0 {
                ready.push((self.age(index), index));
            }
        }
        let mut order = Vec::with_capacity(self.members.len());
        while let Some((_, index)) = ready.pop() {
            order.push(index);
            for parent in self
                .graph
                .neighbors(index)
                .filter(|&parent| self.has(parent))
            {
                children_left[parent.index()] -= 1;
                if children_left[parent.index()] == 0 {
                    ready.push((self.age(parent), parent));
                }
            }
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dag::sketch::{Sketch, id, names};

    fn walk(lines: &str, push: &str, hide: &str, sorting: Sorting) -> (String, String, usize) {
        let mut walk = Revwalk::new(Sketch::new(lines));
        push.chars()
            .for_each(|name| walk.push(id(name)).expect("there"));
        hide.chars()
            .for_each(|name| walk.hide(id(name)).expect("no failure"));
        walk.sorting(sorting);
        let walked = walk.run().expect("whole graph");
        (
            names(&walked.commits),
            names(&walked.boundary),
            walk.read_count(),
        )
    }

    #[test]
    fn gives_what_is_pushed_and_not_hidden() {
        let lines = "a,b:a,c:b,d:c,x:b,y:x";
        assert_eq!(walk(lines, "y", "d", Sorting::Time).0, "yx");
        assert_eq!(walk(lines, "y", "d", Sorting::Time).1, "b");
        assert_eq!(walk(lines, "d", "", Sorting::ParentsFirst).0, "abcd");
        assert_eq!(walk(lines, "d", "d", Sorting::Time).0, "");
        assert_eq!(walk(lines, "b", "d", Sorting::Time).0, "");
        assert_eq!(walk(lines, "dy", "a", Sorting::Time).0, "yxdcb");
    }

    #[test]
    fn unknown_hidden_ids_are_harmless() {
        assert_eq!(walk("a,b:a", "b", "z", Sorting::Time).0, "ba");
    }

    #[test]
    fn hidden_wins_however_late_it_is_found() {
        // `b` is reached first from the short pushed line, then hidden through the long one.
        assert_eq!(
            walk("a,b:a,c:b,d:c,e:d,x:b", "x", "e", Sorting::Time).0,
            "x"
        );
    }

    #[test]
    fn cost_follows_the_new_commits() {
        let letters: Vec<char> = ('A'..='Z').chain('a'..='z').collect();
        let mut lines = letters[0].to_string();
        for pair in letters.windows(2) {
            lines += &format!(",{}:{}", pair[1], pair[0]);
        }
        let (commits, boundary, read) = walk(&lines, "z", "x", Sorting::Time);
        assert_eq!((commits.as_str(), boundary.as_str()), ("zy", "x"));
        assert_eq!(read, 3, "the two new commits and their boundary");
    }

    #[test]
    fn topological_order_keeps_a_line_together() {
        let lines = "a,b:a,x:a,c:b,y:x,m:c y";
        assert_eq!(walk(lines, "m", "", Sorting::Time).0, "mycxba");
        assert_eq!(walk(lines, "m", "", Sorting::Topological).0, "myxcba");
    }
}
