//! The walk itself: push tips, hide what is known, read the rest in order.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use petgraph::graph::NodeIndex;

use super::{CommitGraph, CommitSource, WalkError};
use crate::id::CommitId;

/// The order in which a walk gives commits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sorting {
    /// Children before parents, newer first where the graph leaves a choice.
    #[default]
    Time,
    /// Children before parents, and a line of development in one piece before the next.
    Topological,
    /// Parents before children: the order in which commits are written and sent.
    ParentsFirst,
}

/// A walk over everything that the pushed commits reach and the hidden ones do not.
pub struct Revwalk<S> {
    graph: CommitGraph<S>,
    tips: Vec<NodeIndex>,
    hidden: Vec<NodeIndex>,
    sorting: Sorting,
}

impl<S: CommitSource> Revwalk<S> {
    /// A walk that has nowhere to start yet.
    pub fn new(source: S) -> Self {
        Self {
            graph: CommitGraph::new(source),
            tips: Vec::new(),
            hidden: Vec::new(),
            sorting: Sorting::default(),
        }
    }

    /// Starts at `id` too.
    ///
    /// # Errors
    /// [`WalkError::Missing`] where the source does not have it.
    pub fn push(&mut self, id: CommitId) -> Result<(), WalkError<S::Error>> {
        let index = self.graph.require(id)?;
        self.tips.push(index);
        Ok(())
    }

    /// Leaves out `id` and all that it reaches. An id that the source does not have hides nothing.
    ///
    /// # Errors
    /// [`WalkError::Source`] where the source fails.
    pub fn hide(&mut self, id: CommitId) -> Result<(), WalkError<S::Error>> {
        self.hidden.extend(self.graph.load(id)?);
        Ok(())
    }

    /// Sets the order; [`Sorting::Time`] unless set.
    pub fn sorting(&mut self, sorting: Sorting) {
        self.sorting = sorting;
    }

    /// How many commits have been read from the source so far.
    pub fn loaded_count(&self) -> usize {
        self.graph.loaded_count()
    }

    /// Walks to the end.
    ///
    /// # Errors
    /// [`WalkError`] where a parent is missing or the source fails.
    pub fn run(&mut self) -> Result<Walked, WalkError<S::Error>> {
        let selected = self.select()?;
        let order = match self.sorting {
            Sorting::Time => self.order_by_time(&selected.members)?,
            Sorting::Topological => self.order_by_line(&selected.members)?,
            Sorting::ParentsFirst => {
                let mut order = self.order_by_time(&selected.members)?;
                order.reverse();
                order
            }
        };
        Ok(Walked {
            commits: order
                .into_iter()
                .map(|index| self.graph.id(index))
                .collect(),
            boundary: selected
                .boundary
                .into_iter()
                .map(|index| self.graph.id(index))
                .collect(),
        })
    }

    /// Visits in falling generation order: when a commit comes up, all its descendants have been seen,
    /// so whether it is hidden is settled. Ends when only hidden commits are left.
    fn select(&mut self) -> Result<Selected, WalkError<S::Error>> {
        let mut hidden: HashMap<NodeIndex, bool> = HashMap::new();
        let mut queue = BinaryHeap::new();
        let mut wanted_in_queue = HashSet::new();
        for (&index, hide) in self
            .hidden
            .iter()
            .map(|index| (index, true))
            .chain(self.tips.iter().map(|index| (index, false)))
        {
            let flag = hidden.entry(index).or_insert(hide);
            *flag |= hide;
            if !*flag {
                wanted_in_queue.insert(index);
            }
            queue.push((self.graph.generation(index), index));
        }
        let mut selected = Selected::default();
        let mut visited = HashSet::new();
        while !wanted_in_queue.is_empty() {
            let Some((_, index)) = queue.pop() else { break };
            if !visited.insert(index) {
                continue;
            }
            let hide = hidden[&index];
            if !hide {
                wanted_in_queue.remove(&index);
                selected.members.push(index);
            }
            for parent in self.graph.parents(index)? {
                let flag = hidden.entry(parent).or_insert(hide);
                *flag |= hide;
                if *flag {
                    wanted_in_queue.remove(&parent);
                } else {
                    wanted_in_queue.insert(parent);
                }
                queue.push((self.graph.generation(parent), parent));
            }
        }
        let members: HashSet<_> = selected.members.iter().copied().collect();
        let mut boundary = HashSet::new();
        for &index in &selected.members {
            for parent in self.graph.parents(index)? {
                if !members.contains(&parent) && boundary.insert(parent) {
                    selected.boundary.push(parent);
                }
            }
        }
        Ok(selected)
    }

    /// Number of children that each member has among the members.
    fn child_counts(
        &mut self,
        members: &[NodeIndex],
    ) -> Result<HashMap<NodeIndex, u32>, WalkError<S::Error>> {
        let mut counts: HashMap<_, _> = members.iter().map(|&index| (index, 0)).collect();
        for &index in members {
            for parent in self.graph.parents(index)? {
                if let Some(count) = counts.get_mut(&parent) {
                    *count += 1;
                }
            }
        }
        Ok(counts)
    }

    fn order_by_time(
        &mut self,
        members: &[NodeIndex],
    ) -> Result<Vec<NodeIndex>, WalkError<S::Error>> {
        let mut waiting_for = self.child_counts(members)?;
        let key = |graph: &CommitGraph<S>, index| {
            (
                graph.committed_at(index),
                graph.generation(index),
                Reverse(graph.id(index)),
                index,
            )
        };
        let ready = members.iter().filter(|index| waiting_for[index] == 0);
        let mut ready: BinaryHeap<_> = ready.map(|&index| key(&self.graph, index)).collect();
        let mut order = Vec::with_capacity(members.len());
        while let Some((.., index)) = ready.pop() {
            order.push(index);
            for parent in self.graph.parents(index)? {
                if let Some(count) = waiting_for.get_mut(&parent) {
                    *count -= 1;
                    if *count == 0 {
                        ready.push(key(&self.graph, parent));
                    }
                }
            }
        }
        Ok(order)
    }

    fn order_by_line(
        &mut self,
        members: &[NodeIndex],
    ) -> Result<Vec<NodeIndex>, WalkError<S::Error>> {
        let mut waiting_for = self.child_counts(members)?;
        let mut stack: Vec<_> = members
            .iter()
            .copied()
            .filter(|index| waiting_for[index] == 0)
            .collect();
        stack.sort_by_key(|&index| {
            (
                self.graph.committed_at(index),
                self.graph.generation(index),
                Reverse(self.graph.id(index)),
            )
        });
        let mut order = Vec::with_capacity(members.len());
        while let Some(index) = stack.pop() {
            order.push(index);
            // The first parent last onto the stack, so that it comes next only after the merged line.
            for parent in self.graph.parents(index)? {
                if let Some(count) = waiting_for.get_mut(&parent) {
                    *count -= 1;
                    if *count == 0 {
                        stack.push(parent);
                    }
                }
            }
        }
        Ok(order)
    }
}

/// What a walk found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Walked {
    /// The commits, in the walk's order.
    pub commits: Vec<CommitId>,
    /// Hidden commits that are parents of walked ones: what the other side must have.
    pub boundary: Vec<CommitId>,
}

#[derive(Default)]
struct Selected {
    members: Vec<NodeIndex>,
    boundary: Vec<NodeIndex>,
}

#[cfg(test)]
mod tests {
    use super::super::graph::tests::{Sketch, id};
    use super::*;

    fn walk(lines: &str, push: &str, hide: &str, sorting: Sorting) -> (String, String, usize) {
        let mut walk = Revwalk::new(Sketch::new(lines));
        push.chars()
            .for_each(|name| walk.push(id(name)).expect("there"));
        hide.chars()
            .for_each(|name| walk.hide(id(name)).expect("no failure"));
        walk.sorting(sorting);
        let walked = walk.run().expect("whole graph");
        let text = |ids: Vec<CommitId>| ids.iter().map(|id| char::from(id.as_bytes()[0])).collect();
        (
            text(walked.commits),
            text(walked.boundary),
            walk.loaded_count(),
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
        let (commits, boundary, loaded) = walk(&lines, "z", "x", Sorting::Time);
        assert_eq!((commits.as_str(), boundary.as_str()), ("zy", "x"));
        assert!(loaded <= 4, "{loaded} commits were read for two new ones");
    }

    #[test]
    fn topological_order_keeps_a_line_together() {
        let lines = "a,b:a,x:a,c:b,y:x,m:c y";
        assert_eq!(walk(lines, "m", "", Sorting::Time).0, "mycxba");
        assert_eq!(walk(lines, "m", "", Sorting::Topological).0, "myxcba");
    }
}
