//! Walking the commit graph: a git2-style revwalk, ancestor tests and merge bases.
//!
//! The graph is a petgraph that is filled on demand through a [`CommitSource`], so the cost of a
//! walk follows what it visits and not the length of history. Generation numbers prune: a commit
//! can only reach commits of a lower generation. They also prove that the graph has no cycle, so it
//! needs no check of its own.
//!
//! * `graph`: the part of the graph that has been read.
//! * `frontier`: visits it in falling generation order and ends early; this is where pruning
//!   happens.
//! * `ancestry`: ancestor tests and merge bases.
//! * `revwalk`: what is reachable from some commits and not from others, in order.
//! * `lazy_walk`: one commit at a time, for whoever may stop early.
//! * `shallow`: what a fetch brings where history is not to be, or not known to be, whole.

mod ancestry;
mod frontier;
mod graph;
mod lazy_walk;
mod revwalk;
mod shallow;
#[cfg(test)]
mod sketch;

use smallvec::SmallVec;

pub use graph::{CommitGraph, WalkError};
pub use lazy_walk::{LazyOrder, LazyWalk, Step};
pub use revwalk::{Revwalk, Sorting, Walked};
pub use shallow::{Grafted, Reach, ShallowFetch, ShallowOutcome};

use crate::id::CommitId;

/// What a walk needs to know of one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitNode {
    /// Parents in the order of the record.
    pub parents: SmallVec<[CommitId; 2]>,
    /// One more than the highest of the parents'; 1 for a root.
    pub generation: u32,
    /// Seconds since 1970, for sorting by time.
    pub committed_at: i64,
}

/// Where commits come from: local mpack tables, a database, a test's map.
pub trait CommitSource {
    /// Why a look-up can fail.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The node of a commit; `None` where the source does not have it.
    ///
    /// # Errors
    /// Only where the source itself fails; an unknown commit is not an error.
    fn node(&self, id: &CommitId) -> Result<Option<CommitNode>, Self::Error>;
}

impl<S: CommitSource + ?Sized> CommitSource for &S {
    type Error = S::Error;

    fn node(&self, id: &CommitId) -> Result<Option<CommitNode>, Self::Error> {
        (**self).node(id)
    }
}
