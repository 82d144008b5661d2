//! Why changes could not be brought onto the branch.

use muse_wire::dag::WalkError;
use muse_wire::id::CommitId;
use muse_wire::path::RepoPath;
use muse_wire::quote::quote;

use crate::merge::MergeError;
use crate::repository::{Action, RepositoryError};
use crate::worktree::WorktreeError;

/// Why changes could not be brought onto the branch.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IntegrateError {
    /// Only a fast-forward was allowed.
    #[error("the histories have diverged, so a fast-forward is not possible")]
    NotFastForward,
    /// The histories have no commit in common.
    #[error("the two histories have no commit in common")]
    Unrelated,
    /// The histories have no commit in common as far as they are here.
    #[error("the two histories have no commit in common here, where the history is not whole")]
    UnrelatedHere,
    /// A commit without parents has nothing that it changed.
    #[error("{} has no parent", .0.short())]
    NoParent(CommitId),
    /// Of which parent the changes are meant is not said.
    #[error("{} is a merge", .0.short())]
    IsMerge(CommitId),
    /// A merge has no such parent.
    #[error("{} has no parent number {number}", .commit.short())]
    NoSuchParent {
        /// The commit.
        commit: CommitId,
        /// Counted from 1.
        number: usize,
    },
    /// There are conflicts to settle, and local changes that would be committed with them.
    /// Ascending by path.
    #[error("there are conflicts, and local changes that would be committed together with them")]
    LocalChanges(Vec<RepoPath>),
    /// There are local changes, and the operation moves between commits. Ascending by path.
    #[error("there are local changes")]
    NotClean(Vec<RepoPath>),
    /// Nothing of the kind is unfinished.
    #[error("no {0} is unfinished")]
    NothingUnfinished(Action),
    /// Something else is unfinished.
    #[error("a {0} is unfinished")]
    OtherUnfinished(Action),
    /// The files with the conflicts were not all written.
    #[error("the {0} was interrupted while it wrote the conflicts into the files")]
    NotWritten(Action),
    /// Conflicts have not been settled. Ascending by path.
    #[error("conflicts are not settled yet")]
    Unsettled(Vec<RepoPath>),
    /// Nothing is in conflict at a path.
    #[error("nothing is in conflict at {}", quote(.0))]
    NotInConflict(String),
    /// The changes cannot be put together.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// The commit graph cannot be walked.
    #[error(transparent)]
    Walk(#[from] WalkError<RepositoryError>),
    /// The files cannot be read or written.
    #[error(transparent)]
    Worktree(#[from] WorktreeError),
    /// The repository failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}
