//! Why a bisection cannot go on.

use muse_wire::dag::WalkError;
use muse_wire::id::CommitId;

use crate::branches::SwitchError;
use crate::repository::RepositoryError;

/// Why a bisection cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BisectError {
    /// None was started.
    #[error("no bisection is under way")]
    NotStarted,
    /// One was started, and has not been ended.
    #[error("a bisection is under way")]
    AlreadyStarted,
    /// A good commit is not an ancestor of the bad one.
    #[error("the good commit {} is no ancestor of the bad one, {}", .good.short(), .bad.short())]
    NoAncestor {
        /// The good commit.
        good: CommitId,
        /// The bad commit.
        bad: CommitId,
    },
    /// The commit graph cannot be walked.
    #[error(transparent)]
    Walk(#[from] WalkError<RepositoryError>),
    /// The commit to try cannot be checked out.
    #[error(transparent)]
    Switch(#[from] SwitchError),
    /// The repository failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}
