//! Why changes could not be put aside or brought back.

use crate::integrate::IntegrateError;
use crate::merge::MergeError;
use crate::repository::RepositoryError;
use crate::worktree::WorktreeError;

/// Why changes could not be put aside or brought back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StashError {
    /// The work tree is as the current commit has it.
    #[error("there are no local changes to put aside")]
    NothingToStash,
    /// There is none.
    #[error("nothing is stashed")]
    NoStash,
    /// No stash has this number.
    #[error("there is no stash number {number}; there are {count}")]
    NoSuchStash {
        /// As it was named.
        number: usize,
        /// How many there are.
        count: usize,
    },
    /// Conflicts are in the way.
    #[error(transparent)]
    Integrate(#[from] IntegrateError),
    /// The changes cannot be put together with the current commit.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// The files cannot be read or written.
    #[error(transparent)]
    Worktree(#[from] WorktreeError),
    /// The repository failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}
