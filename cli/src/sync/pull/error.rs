//! Why a pull failed.

use muse_wire::dag::WalkError;
use muse_wire::name::{NameError, RefName};

use crate::repository::RepositoryError;
use crate::sync::fetch::{FetchError, Fetched};
use crate::sync::remotes::RemoteError;
use crate::worktree::WorktreeError;

/// Why a pull failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PullError {
    /// `HEAD` is on no branch.
    #[error("HEAD is on no branch that could be brought up to date")]
    Detached,
    /// It is not clear which remote is meant.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The fetch failed; nothing has changed.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The branch could not follow the remote's. What was fetched stays.
    #[error("the branch could not be moved")]
    NotMoved {
        /// What the fetch changed.
        fetched: Fetched,
        /// Why the branch has not moved.
        #[source]
        source: Box<FastForwardError>,
    },
    /// The repository failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

/// Why a branch cannot follow the remote's.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FastForwardError {
    /// The remote has no such branch.
    #[error("{remote} has no branch {branch:?}")]
    UnknownBranch {
        /// The remote.
        remote: String,
        /// The branch.
        branch: String,
        /// The local branch that was to follow it.
        local: RefName,
    },
    /// Both branches have commits that the other lacks.
    #[error(
        "your branch {} and {} have diverged: each has commits that the other lacks",
        .local.short(), .tracking.short()
    )]
    Diverged {
        /// The local branch.
        local: RefName,
        /// Where the remote's branch was last seen.
        tracking: RefName,
    },
    /// Another process switched to another branch while this one fetched.
    #[error("{} is no longer the current branch", .0.short())]
    Switched(RefName),
    /// A branch name that is not allowed.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The commit graph cannot be walked.
    #[error(transparent)]
    Walk(#[from] WalkError<RepositoryError>),
    /// The files could not be brought up to date.
    #[error(transparent)]
    Worktree(#[from] WorktreeError),
    /// The repository failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}
