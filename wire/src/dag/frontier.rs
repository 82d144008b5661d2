//! Visits commits in falling generation order, passing marks from children to parents.
//!
//! When a commit comes up, all its descendants have been visited, so its marks are final. The visit
//! ends when no commit that waits is of interest any more: what is left is never read.

use std::collections::BinaryHeap;

use petgraph::graph::NodeIndex;

use super::{CommitGraph, CommitSource, WalkError};

/// What has been learned of a commit from its descendants: a set of bits, whose meaning is the
/// caller's.
pub(super) type Marks = u8;

/// The rules of one visit.
pub(super) struct Rules {
    /// The marks that a commit with these marks passes to its parents.
    pub(super) passed_on: fn(Marks) -> Marks,
    /// Whether a commit with these marks that still waits keeps the visit going.
    pub(super) is_open: fn(Marks) -> bool,
}

/// The commits that a visit came to.
pub(super) struct Visited {
    /// In falling generation order.
    pub(super) order: Vec<NodeIndex>,
    marks: Vec<Marks>,
}

impl Visited {
    /// The marks of a commit; none where the visit has not seen it.
    pub(super) fn marks(&self, index: NodeIndex) -> Marks {
        self.marks.get(index.index()).copied().unwrap_or(0)
    }
}

impl<S: CommitSource> CommitGraph<S> {
    /// Visits from `starts`, each with the marks that it starts with.
    ///
    /// # Errors
    /// [`WalkError`] where a parent is missing or the source fails.
    pub(super) fn visit(
        &mut self,
        starts: impl IntoIterator<Item = (NodeIndex, Marks)>,
        rules: &Rules,
    ) -> Result<Visited, WalkError<S::Error>> {
        let mut frontier = Frontier::default();
        for (index, marks) in starts {
            frontier.mark(index, self.petgraph()[index].generation, marks, rules);
        }
        let mut order = Vec::new();
        while frontier.open_count > 0
            && let Some((index, marks)) = frontier.next(rules)
        {
            order.push(index);
            for parent in self.parents(index)? {
                let generation = self.petgraph()[parent].generation;
                frontier.mark(parent, generation, (rules.passed_on)(marks), rules);
            }
        }
        Ok(Visited {
            order,
            marks: frontier.marks,
        })
    }
}

/// The commits that wait to be visited.
#[derive(Default)]
struct Frontier {
    /// Each commit once, with its generation.
    queue: BinaryHeap<(u32, NodeIndex)>,
    /// By index; 0 for a commit that has not been seen.
    marks: Vec<Marks>,
    /// How many commits in the queue keep the visit going.
    open_count: usize,
}

impl Frontier {
    /// Adds marks, at least one, to a commit that has not been visited.
    fn mark(&mut self, index: NodeIndex, generation: u32, marks: Marks, rules: &Rules) {
        let at = index.index();
        if at >= self.marks.len() {
            self.marks.resize(at + 1, 0);
        }
        let before = self.marks[at];
        let after = before | marks;
        self.marks[at] = after;
        if before == 0 {
            self.queue.push((generation, index));
        }
        let was_open = before != 0 && (rules.is_open)(before);
        self.open_count += usize::from((rules.is_open)(after));
        self.open_count -= usize::from(was_open);
    }

    /// Takes the commit of the highest generation.
    fn next(&mut self, rules: &Rules) -> Option<(NodeIndex, Marks)> {
        let (_, index) = self.queue.pop()?;
        let marks = self.marks[index.index()];
        self.open_count -= usize::from((rules.is_open)(marks));
        Some((index, marks))
    }
}
