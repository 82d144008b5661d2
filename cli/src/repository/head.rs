//! `HEAD`: the current branch, or a commit on its own.

use muse_wire::id::CommitId;
use muse_wire::name::RefName;

/// Where `HEAD` points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// A branch, which may have no commits yet.
    Branch(RefName),
    /// A commit, without a branch that would move.
    Detached(CommitId),
}
