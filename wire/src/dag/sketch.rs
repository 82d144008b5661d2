//! Small commit graphs for tests, written as text.

use std::collections::HashMap;
use std::convert::Infallible;

use super::{CommitNode, CommitSource};
use crate::id::CommitId;

/// A commit graph written as `child: parent parent` between commas, each name one character.
/// Parents come first, and each commit is a second younger than the one before it.
pub(super) struct Sketch(pub(super) HashMap<CommitId, CommitNode>);

/// The commit of this name.
pub(super) fn id(name: char) -> CommitId {
    CommitId::from_bytes([u8::try_from(name).expect("ASCII"); 32])
}

/// The names of these commits.
pub(super) fn names(ids: &[CommitId]) -> String {
    ids.iter().map(|id| char::from(id.as_bytes()[0])).collect()
}

impl Sketch {
    pub(super) fn new(lines: &str) -> Self {
        let mut nodes: HashMap<CommitId, CommitNode> = HashMap::new();
        for (time, line) in (0..).zip(lines.split(',')) {
            let mut names = line.chars().filter(|c| c.is_alphanumeric()).map(id);
            let child = names.next().expect("a line names a commit");
            let parents: smallvec::SmallVec<[CommitId; 2]> = names.collect();
            let highest = parents.iter().map(|parent| nodes[parent].generation).max();
            let node = CommitNode {
                parents,
                generation: 1 + highest.unwrap_or(0),
                committed_at: time,
            };
            nodes.insert(child, node);
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
