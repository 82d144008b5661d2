//! The part of the commit graph that has been read so far.

use std::hash::BuildHasher as _;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use smallvec::SmallVec;

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

/// A commit in the graph.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vertex {
    pub(super) id: CommitId,
    /// 0 for a commit that is only known as a parent and has not been read.
    pub(super) generation: u32,
    pub(super) committed_at: i64,
}

/// The part of the commit graph that has been read so far. Edges point from child to parent, in the
/// order of the child's record.
pub struct CommitGraph<S> {
    source: S,
    graph: DiGraph<Vertex, ()>,
    /// The vertices by id; the ids themselves stand in the graph alone.
    indexes: HashTable<NodeIndex>,
    hasher: DefaultHashBuilder,
    read_count: usize,
}

impl<S: CommitSource> CommitGraph<S> {
    /// An empty view of what `source` holds.
    pub fn new(source: S) -> Self {
        Self {
            source,
            graph: DiGraph::default(),
            indexes: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            read_count: 0,
        }
    }

    /// How many commits have been read from the source.
    pub fn read_count(&self) -> usize {
        self.read_count
    }

    /// The graph, for petgraph's visitors. It ends at commits that have not been read.
    pub(super) fn petgraph(&self) -> &DiGraph<Vertex, ()> {
        &self.graph
    }

    /// A commit's place in the graph, where it is read already or the source has it.
    ///
    /// # Errors
    /// [`WalkError::Source`] where the source fails.
    pub(super) fn find(&mut self, id: CommitId) -> Result<Option<NodeIndex>, WalkError<S::Error>> {
        let known = self.indexes.find(self.hasher.hash_one(id), |&index| {
            self.graph[index].id == id
        });
        if let Some(&index) = known
            && self.graph[index].generation > 0
        {
            return Ok(Some(index));
        }
        let Some(node) = self.source.node(&id).map_err(WalkError::Source)? else {
            return Ok(None);
        };
        let index = self.index_of(id);
        self.fill(index, &node)?;
        Ok(Some(index))
    }

    /// As [`Self::find`], for a commit that must be there.
    pub(super) fn require(&mut self, id: CommitId) -> Result<NodeIndex, WalkError<S::Error>> {
        self.find(id)?.ok_or(WalkError::Missing(id))
    }

    /// The parents of a commit that has been read, in the order of its record, all of them read.
    pub(super) fn parents(
        &mut self,
        index: NodeIndex,
    ) -> Result<SmallVec<[NodeIndex; 2]>, WalkError<S::Error>> {
        // petgraph gives the edge first that was added last.
        let mut parents: SmallVec<[NodeIndex; 2]> = self.graph.neighbors(index).collect();
        parents.reverse();
        for &parent in &parents {
            let Vertex { id, generation, .. } = self.graph[parent];
            if generation == 0 {
                let node = self.source.node(&id).map_err(WalkError::Source)?;
                self.fill(parent, &node.ok_or(WalkError::Missing(id))?)?;
            }
        }
        Ok(parents)
    }

    /// Notes what was read of a commit. Checks every edge once, when the later of its two ends is
    /// read.
    fn fill(&mut self, index: NodeIndex, node: &CommitNode) -> Result<(), WalkError<S::Error>> {
        if node.generation == 0 {
            return Err(WalkError::BadGeneration(self.graph[index].id));
        }
        let children = self.graph.neighbors_directed(index, Direction::Incoming);
        for child in children {
            if self.graph[child].generation <= node.generation {
                return Err(WalkError::BadGeneration(self.graph[child].id));
            }
        }
        for &parent in &node.parents {
            let parent = self.index_of(parent);
            if self.graph[parent].generation >= node.generation {
                return Err(WalkError::BadGeneration(self.graph[index].id));
            }
            self.graph.add_edge(index, parent, ());
        }
        let vertex = &mut self.graph[index];
        vertex.generation = node.generation;
        vertex.committed_at = node.committed_at;
        self.read_count += 1;
        Ok(())
    }

    /// A commit's place in the graph; a new one where it has none.
    fn index_of(&mut self, id: CommitId) -> NodeIndex {
        let (graph, hasher) = (&mut self.graph, &self.hasher);
        let known = self.indexes.entry(
            hasher.hash_one(id),
            |&index| graph[index].id == id,
            |&index| hasher.hash_one(graph[index].id),
        );
        match known {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(unknown) => {
                let index = graph.add_node(Vertex {
                    id,
                    generation: 0,
                    committed_at: 0,
                });
                unknown.insert(index);
                index
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dag::sketch::{Sketch, id};

    #[test]
    fn damage_is_an_error_and_not_a_wrong_answer() {
        let mut sketch = Sketch::new("a,b:a,c:b");
        sketch.0.remove(&id('b'));
        let missing = CommitGraph::new(sketch).is_ancestor(id('a'), id('c'));
        assert!(matches!(missing, Err(WalkError::Missing(lost)) if lost == id('b')));
    }

    #[test]
    fn a_wrong_generation_is_found_whichever_end_is_read_first() {
        let damaged = || {
            let mut sketch = Sketch::new("a,b:a,c:b");
            sketch.0.get_mut(&id('b')).expect("there").generation = 9;
            CommitGraph::new(sketch)
        };
        let child_first = damaged().is_ancestor(id('a'), id('c'));
        assert!(matches!(child_first, Err(WalkError::BadGeneration(bad)) if bad == id('c')));
        let parent_first = damaged().is_ancestor(id('b'), id('c'));
        assert!(matches!(parent_first, Err(WalkError::BadGeneration(bad)) if bad == id('c')));
    }

    #[test]
    fn a_generation_of_zero_is_damage() {
        let mut sketch = Sketch::new("a");
        sketch.0.get_mut(&id('a')).expect("there").generation = 0;
        let damaged = CommitGraph::new(sketch).is_ancestor(id('a'), id('a'));
        assert!(matches!(damaged, Err(WalkError::BadGeneration(bad)) if bad == id('a')));
    }
}
