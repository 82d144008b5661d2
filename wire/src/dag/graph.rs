//! The on-demand graph, and the questions that need no order: ancestry and merge bases.

use std::collections::{BinaryHeap, HashMap, HashSet};

use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef as _;

use super::{CommitNode, CommitSource};
use crate::id::CommitId;

/// Why a walk stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WalkError<E: std::error::Error + 'static> {
    /// A commit that must be there, a tip or a parent, is not.
    #[error("commit {0} is missing")]
    Missing(CommitId),
    /// A parent's generation is not below its child's, so the graph is damaged.
    #[error("commit {0} has a generation that does not fit its parents'")]
    BadGeneration(CommitId),
    /// The source failed.
    #[error("reading the commit graph failed")]
    Source(#[source] E),
}

/// One loaded commit.
#[derive(Debug, Clone)]
struct Vertex {
    id: CommitId,
    generation: u32,
    committed_at: i64,
    /// Whether its parents' edges are in the graph.
    expanded: bool,
}

/// The part of the commit graph that has been looked at so far. Edges point from child to parent and
/// carry the parent's place in the record.
pub struct CommitGraph<S> {
    source: S,
    graph: DiGraph<Vertex, u32, u32>,
    loaded: HashMap<CommitId, NodeIndex>,
    nodes: HashMap<CommitId, CommitNode>,
}

impl<S: CommitSource> CommitGraph<S> {
    /// An empty view of what `source` holds.
    pub fn new(source: S) -> Self {
        Self {
            source,
            graph: DiGraph::default(),
            loaded: HashMap::new(),
            nodes: HashMap::new(),
        }
    }

    /// How many commits have been read from the source.
    pub fn loaded_count(&self) -> usize {
        self.loaded.len()
    }

    /// Loads a commit; `None` where the source does not have it.
    ///
    /// # Errors
    /// [`WalkError::Source`] where the source fails.
    pub(super) fn load(&mut self, id: CommitId) -> Result<Option<NodeIndex>, WalkError<S::Error>> {
        if let Some(&index) = self.loaded.get(&id) {
            return Ok(Some(index));
        }
        let Some(node) = self.source.node(&id).map_err(WalkError::Source)? else {
            return Ok(None);
        };
        let index = self.graph.add_node(Vertex {
            id,
            generation: node.generation,
            committed_at: node.committed_at,
            expanded: false,
        });
        self.loaded.insert(id, index);
        self.nodes.insert(id, node);
        Ok(Some(index))
    }

    /// Loads a commit that must be there.
    pub(super) fn require(&mut self, id: CommitId) -> Result<NodeIndex, WalkError<S::Error>> {
        self.load(id)?.ok_or(WalkError::Missing(id))
    }

    /// The parents of a loaded commit, in the record's order.
    pub(super) fn parents(
        &mut self,
        index: NodeIndex,
    ) -> Result<Vec<NodeIndex>, WalkError<S::Error>> {
        if !self.graph[index].expanded {
            let Vertex { id, generation, .. } = self.graph[index];
            let node = self
                .nodes
                .remove(&id)
                .expect("a commit's node is kept until it is expanded");
            for (place, &parent) in (0u32..).zip(&node.parents) {
                let parent = self.require(parent)?;
                if self.graph[parent].generation >= generation {
                    return Err(WalkError::BadGeneration(id));
                }
                self.graph.add_edge(index, parent, place);
            }
            self.graph[index].expanded = true;
        }
        let mut parents: Vec<_> = self
            .graph
            .edges(index)
            .map(|edge| (*edge.weight(), edge.target()))
            .collect();
        parents.sort_unstable();
        Ok(parents.into_iter().map(|(_, parent)| parent).collect())
    }

    pub(super) fn id(&self, index: NodeIndex) -> CommitId {
        self.graph[index].id
    }

    pub(super) fn generation(&self, index: NodeIndex) -> u32 {
        self.graph[index].generation
    }

    pub(super) fn committed_at(&self, index: NodeIndex) -> i64 {
        self.graph[index].committed_at
    }

    /// Whether `ancestor` is `descendant` or can be reached from it.
    ///
    /// # Errors
    /// [`WalkError`] where one of the two, or a parent, is missing or the source fails.
    pub fn is_ancestor(
        &mut self,
        ancestor: CommitId,
        descendant: CommitId,
    ) -> Result<bool, WalkError<S::Error>> {
        let target = self.require(ancestor)?;
        let start = self.require(descendant)?;
        let floor = self.generation(target);
        let mut seen = HashSet::from([start]);
        let mut stack = vec![start];
        while let Some(index) = stack.pop() {
            if index == target {
                return Ok(true);
            }
            if self.generation(index) <= floor {
                continue;
            }
            stack.extend(
                self.parents(index)?
                    .into_iter()
                    .filter(|&parent| seen.insert(parent)),
            );
        }
        Ok(false)
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
        const ONE: u8 = 1;
        const TWO: u8 = 2;
        const STALE: u8 = 4;
        let (one, two) = (self.require(one)?, self.require(two)?);
        let mut flags: HashMap<NodeIndex, u8> = HashMap::new();
        let mut queue = BinaryHeap::new();
        // Commits in the queue that are not yet known to lie below a common ancestor.
        let mut fresh = HashSet::new();
        for (index, flag) in [(one, ONE), (two, TWO)] {
            *flags.entry(index).or_default() |= flag;
            queue.push((self.generation(index), index));
            fresh.insert(index);
        }
        let mut bases = Vec::new();
        let mut visited = HashSet::new();
        while let Some((_, index)) = queue.pop() {
            if !visited.insert(index) {
                continue;
            }
            fresh.remove(&index);
            let mut passed = flags[&index];
            if passed & (ONE | TWO) == ONE | TWO {
                if passed & STALE == 0 {
                    bases.push(self.id(index));
                }
                passed |= STALE;
            }
            for parent in self.parents(index)? {
                let flag = flags.entry(parent).or_default();
                *flag |= passed;
                if *flag & STALE == 0 {
                    fresh.insert(parent);
                } else {
                    fresh.remove(&parent);
                }
                queue.push((self.generation(parent), parent));
            }
            if fresh.is_empty() {
                break;
            }
        }
        bases.sort_unstable();
        Ok(bases)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::convert::Infallible;

    use super::*;

    /// A commit graph written as lines of `child: parent parent`, each name one character; parents come first.
    pub(in crate::dag) struct Sketch(pub(in crate::dag) HashMap<CommitId, CommitNode>);

    pub(in crate::dag) fn id(name: char) -> CommitId {
        CommitId::from_bytes([u8::try_from(name).expect("ASCII"); 32])
    }

    impl Sketch {
        pub(in crate::dag) fn new(lines: &str) -> Self {
            let mut nodes: HashMap<CommitId, CommitNode> = HashMap::new();
            for (time, line) in (0..).zip(lines.split(',')) {
                let mut names = line.chars().filter(|c| c.is_alphanumeric()).map(id);
                let child = names.next().expect("a line names a commit");
                let parents: smallvec::SmallVec<[CommitId; 2]> = names.collect();
                let generation = 1 + parents
                    .iter()
                    .map(|parent| nodes[parent].generation)
                    .max()
                    .unwrap_or(0);
                nodes.insert(
                    child,
                    CommitNode {
                        parents,
                        generation,
                        committed_at: time,
                    },
                );
            }
            Self(nodes)
        }
    }

    impl CommitSource for Sketch {
        type Error = Infallible;

        fn node(&self, id: &CommitId) -> Result<Option<CommitNode>, Infallible> {
            Ok(self.0.get(id).cloned())
        }
    }

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
        assert!(
            pruned.loaded_count() <= 3,
            "the walk went below the generation of what it looks for"
        );
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
    }

    #[test]
    fn damage_is_an_error_and_not_a_wrong_answer() {
        let mut sketch = Sketch::new("a,b:a,c:b");
        sketch.0.remove(&id('b'));
        let missing = CommitGraph::new(sketch).is_ancestor(id('a'), id('c'));
        assert!(matches!(missing, Err(WalkError::Missing(lost)) if lost == id('b')));
        let mut sketch = Sketch::new("a,b:a,c:b");
        sketch.0.get_mut(&id('b')).expect("there").generation = 9;
        let damaged = CommitGraph::new(sketch).is_ancestor(id('a'), id('c'));
        assert!(matches!(damaged, Err(WalkError::BadGeneration(_))));
    }
}
