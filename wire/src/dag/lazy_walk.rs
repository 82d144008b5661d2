//! A walk that gives one commit at a time and reads no further than it must.
//!
//! Children come before their parents. All children of a commit are known once everything of a
//! higher generation has been looked at, so the walk looks ahead that far, and no further. What was
//! given is forgotten: memory follows how far the walk looks ahead, and not the length of history.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::hash_map::{Entry, HashMap};

use smallvec::SmallVec;

use super::{CommitNode, CommitSource, WalkError};
use crate::id::CommitId;

/// The order in which a lazy walk gives commits, children before parents in any case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LazyOrder {
    /// Newer ones first where the graph leaves a choice.
    #[default]
    Time,
    /// Each line of development in one piece where possible; the last tip's comes first.
    Lines,
}

/// What is made of a commit when the walk looks at it: where to go from there, and a value that is
/// given with the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step<T> {
    /// The parents that the walk goes on to.
    pub parents: SmallVec<[CommitId; 2]>,
    /// Whatever the caller wants to know when the commit is given.
    pub value: T,
}

/// An iterator over commits, children before parents.
pub struct LazyWalk<S, F, T> {
    source: S,
    look: F,
    /// Commits that were reached and not looked at yet, highest generation first.
    ahead: BinaryHeap<(u32, CommitId)>,
    /// Commits that were reached and not given yet.
    waiting: HashMap<CommitId, Waiting<T>>,
    /// Commits of which no child is known that waits. One may turn up before their turn comes.
    ready: Ready,
    not_before: Option<i64>,
    /// How many commits wait that are not older than `not_before`.
    recent_count: usize,
}

struct Waiting<T> {
    node: CommitNode,
    /// Children that were looked at and have not been given.
    children: usize,
    /// None until the walk has looked at it.
    step: Option<Step<T>>,
}

/// Commits whose turn may have come.
enum Ready {
    /// The newest first.
    ByTime(BinaryHeap<(i64, u32, Reverse<CommitId>)>),
    /// The one first that came last.
    Stack(Vec<CommitId>),
}

impl Ready {
    fn push(&mut self, id: CommitId, node: &CommitNode) {
        match self {
            Self::ByTime(heap) => heap.push((node.committed_at, node.generation, Reverse(id))),
            Self::Stack(stack) => stack.push(id),
        }
    }

    fn pop(&mut self) -> Option<CommitId> {
        match self {
            Self::ByTime(heap) => heap.pop().map(|(_, _, Reverse(id))| id),
            Self::Stack(stack) => stack.pop(),
        }
    }

    fn clear(&mut self) {
        match self {
            Self::ByTime(heap) => heap.clear(),
            Self::Stack(stack) => stack.clear(),
        }
    }
}

impl<S, F, T> LazyWalk<S, F, T>
where
    S: CommitSource,
    F: FnMut(&CommitId, &CommitNode) -> Result<Step<T>, S::Error>,
{
    /// A walk from `tips`. `look` is called once for each commit, by falling generation, some time
    /// before the commit is given.
    ///
    /// # Errors
    /// [`WalkError::Missing`] where the source does not have a tip.
    pub fn new(
        source: S,
        tips: impl IntoIterator<Item = CommitId>,
        order: LazyOrder,
        look: F,
    ) -> Result<Self, WalkError<S::Error>> {
        let ready = match order {
            LazyOrder::Time => Ready::ByTime(BinaryHeap::new()),
            LazyOrder::Lines => Ready::Stack(Vec::new()),
        };
        let mut walk = Self {
            source,
            look,
            ahead: BinaryHeap::new(),
            waiting: HashMap::new(),
            ready,
            not_before: None,
            recent_count: 0,
        };
        for tip in tips {
            let node = walk.reach(tip)?.node.clone();
            walk.ready.push(tip, &node);
        }
        Ok(walk)
    }

    /// Ends the walk when no commit that it has reached is as young as this, in seconds since 1970.
    /// Older ones come before that where a younger one waits for them.
    #[must_use]
    pub fn not_before(mut self, seconds: i64) -> Self {
        self.not_before = Some(seconds);
        let is_recent = |waiting: &&Waiting<T>| waiting.node.committed_at >= seconds;
        self.recent_count = self.waiting.values().filter(is_recent).count();
        self
    }

    fn is_recent(&self, node: &CommitNode) -> bool {
        let not_before = self.not_before;
        not_before.is_some_and(|seconds| node.committed_at >= seconds)
    }

    /// The commit, which waits from now on if it did not.
    fn reach(&mut self, id: CommitId) -> Result<&mut Waiting<T>, WalkError<S::Error>> {
        if !self.waiting.contains_key(&id) {
            let node = self.source.node(&id).map_err(WalkError::Source)?;
            let node = node.ok_or(WalkError::Missing(id))?;
            self.recent_count += usize::from(self.is_recent(&node));
            self.ahead.push((node.generation, id));
            let waiting = Waiting {
                node,
                children: 0,
                step: None,
            };
            self.waiting.insert(id, waiting);
        }
        Ok(self.waiting.get_mut(&id).expect("it waits by now"))
    }

    /// Looks at everything of this generation and above.
    fn look_ahead(&mut self, generation: u32) -> Result<(), WalkError<S::Error>> {
        while let Some(&(next, id)) = self.ahead.peek()
            && next >= generation
        {
            self.ahead.pop();
            let node = &self.waiting[&id].node;
            let step = (self.look)(&id, node).map_err(WalkError::Source)?;
            for &parent in &step.parents {
                let parent = self.reach(parent)?;
                if parent.node.generation >= next {
                    return Err(WalkError::BadGeneration(id));
                }
                parent.children += 1;
            }
            self.reach(id)?.step = Some(step);
        }
        Ok(())
    }

    fn advance(&mut self) -> Result<Option<(CommitId, T)>, WalkError<S::Error>> {
        loop {
            if self.not_before.is_some() && self.recent_count == 0 {
                return Ok(None);
            }
            let Some(id) = self.ready.pop() else {
                return Ok(None);
            };
            let Some(waiting) = self.waiting.get(&id) else {
                continue;
            };
            let generation = waiting.node.generation;
            self.look_ahead(generation)?;
            let Entry::Occupied(waiting) = self.waiting.entry(id) else {
                continue;
            };
            // A child turned up: when it is given, this one comes again.
            if waiting.get().children > 0 {
                continue;
            }
            let Waiting { node, step, .. } = waiting.remove();
            self.recent_count -= usize::from(self.is_recent(&node));
            let Some(step) = step else {
                continue;
            };
            for parent in step.parents {
                let Some(waiting) = self.waiting.get_mut(&parent) else {
                    continue;
                };
                waiting.children -= 1;
                if waiting.children == 0 {
                    self.ready.push(parent, &waiting.node);
                }
            }
            return Ok(Some((id, step.value)));
        }
    }
}

impl<S, F, T> Iterator for LazyWalk<S, F, T>
where
    S: CommitSource,
    F: FnMut(&CommitId, &CommitNode) -> Result<Step<T>, S::Error>,
{
    type Item = Result<(CommitId, T), WalkError<S::Error>>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.advance();
        if next.is_err() {
            self.ready.clear();
        }
        next.transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::dag::Revwalk;
    use crate::dag::sketch::{Sketch, id, names};

    fn walk<'a>(
        sketch: &'a Sketch,
        tips: &str,
        in_order: LazyOrder,
    ) -> impl Iterator<Item = CommitId> + 'a {
        let look = |_: &CommitId, node: &CommitNode| {
            Ok(Step {
                parents: node.parents.clone(),
                value: (),
            })
        };
        let walk = LazyWalk::new(sketch, tips.chars().map(id), in_order, look);
        walk.expect("the tips are there")
            .map(|step| step.expect("whole graph").0)
    }

    fn order(lines: &str, tips: &str, in_order: LazyOrder) -> String {
        names(&walk(&Sketch::new(lines), tips, in_order).collect::<Vec<_>>())
    }

    #[test]
    fn the_order_by_time_is_that_of_a_whole_walk() {
        for lines in [
            "a,b:a,c:b,d:a,e:d,m:c e",
            "a,x:a,b:a,c:b x,d:x,m:c d",
            "z,a,b:a,c:b,x:c z,y:c,m:x y",
        ] {
            let sketch = Sketch::new(lines);
            let mut whole = Revwalk::new(&sketch);
            whole.push(id('m')).expect("there");
            let whole = whole.run().expect("whole graph").commits;
            assert_eq!(order(lines, "m", LazyOrder::Time), names(&whole), "{lines}");
        }
    }

    #[test]
    fn a_parent_waits_for_a_child_that_is_older() {
        let mut sketch = Sketch::new("a,b:a,c:b,m:c b");
        sketch.0.get_mut(&id('c')).expect("there").committed_at = -9;
        let order: Vec<CommitId> = walk(&sketch, "m", LazyOrder::Time).collect();
        assert_eq!(names(&order), "mcba");
    }

    #[test]
    fn lines_of_development_are_in_one_piece() {
        let lines = "a,b:a,x:a,c:b,y:x,m:c y";
        assert_eq!(order(lines, "m", LazyOrder::Time), "mycxba");
        assert_eq!(order(lines, "m", LazyOrder::Lines), "myxcba");
        assert_eq!(order(lines, "yc", LazyOrder::Lines), "cbyxa");
    }

    #[test]
    fn what_is_not_asked_for_is_not_looked_at() {
        let lines: Vec<String> = ('a'..='y')
            .zip('b'..='z')
            .map(|(parent, child)| format!("{child}:{parent}"))
            .collect();
        let sketch = Sketch::new(&format!("a,{}", lines.join(",")));
        let looked = Cell::new(0);
        let look = |_: &CommitId, node: &CommitNode| {
            looked.set(looked.get() + 1);
            Ok(Step {
                parents: node.parents.clone(),
                value: (),
            })
        };
        let mut walk = LazyWalk::new(&sketch, [id('z')], LazyOrder::Time, look).expect("there");
        assert!(walk.by_ref().take(3).all(|step| step.is_ok()));
        assert_eq!(looked.get(), 3);
        assert_eq!(walk.waiting.len(), 1, "what was given is forgotten");
    }

    #[test]
    fn parents_that_are_not_followed_are_not_reached() {
        let sketch = Sketch::new("a,b:a,x:a,c:b,y:x,m:c y");
        let look = |id: &CommitId, node: &CommitNode| {
            Ok(Step {
                parents: node.parents.first().copied().into_iter().collect(),
                value: *id,
            })
        };
        let walk = LazyWalk::new(&sketch, [id('m')], LazyOrder::Time, look).expect("there");
        let order: Vec<CommitId> = walk.map(|step| step.expect("whole graph").1).collect();
        assert_eq!(names(&order), "mcba");
    }

    #[test]
    fn the_walk_ends_when_nothing_that_waits_is_recent() {
        let mut sketch = Sketch::new("a,b:a,c:b,d:c,m:d c");
        // Older than `c`, its parent, which waits for it.
        sketch.0.get_mut(&id('d')).expect("there").committed_at = 0;
        let look = |_: &CommitId, node: &CommitNode| {
            Ok(Step {
                parents: node.parents.clone(),
                value: (),
            })
        };
        let walk = LazyWalk::new(&sketch, [id('m')], LazyOrder::Time, look).expect("there");
        let order: Vec<CommitId> = walk
            .not_before(2)
            .map(|step| step.expect("whole graph").0)
            .collect();
        assert_eq!(names(&order), "mdc");
    }

    #[test]
    fn damage_ends_the_walk() {
        let mut sketch = Sketch::new("a,b:a,c:b,d:c");
        sketch.0.remove(&id('b'));
        let look = |_: &CommitId, node: &CommitNode| {
            Ok(Step {
                parents: node.parents.clone(),
                value: (),
            })
        };
        let walk = LazyWalk::new(&sketch, [id('d')], LazyOrder::Time, look).expect("there");
        let steps: Vec<_> = walk.collect();
        assert!(matches!(steps[..], [Ok(_), Err(WalkError::Missing(lost))] if lost == id('b')));
    }
}
