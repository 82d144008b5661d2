//! Why branches cannot be changed, or switched to.

use muse_wire::dag::WalkError;
use muse_wire::name::{NameError, RefName};

use crate::repository::RepositoryError;
use crate::worktree::WorktreeError;

/// Why branches cannot be changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BranchError {
    /// There is no such branch.
    #[error("there is no branch {}", .0.short())]
    Unknown(RefName),
    /// There already is a branch of this name.
    #[error("there already is a branch {}", .0.short())]
    AlreadyExists(RefName),
    /// The current branch cannot be deleted.
    #[error("{} is the current branch", .0.short())]
    IsCurrent(RefName),
    /// Deleting the branch would lose commits.
    #[error(
        "{} has commits that are neither in the current branch nor in what it follows on a server",
        .0.short()
    )]
    WouldLoseCommits(RefName),
    /// `HEAD` is on no branch.
    #[error("there is no current branch")]
    Detached,
    /// No branch of a remote is called so, as far as was seen.
    #[error("no branch of a server is called {0:?}")]
    UnknownUpstream(String),
    /// The branch follows nothing.
    #[error("{} follows no branch of a server", .0.short())]
    FollowsNothing(RefName),
    /// A name that is not allowed.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The commit graph cannot be walked.
    #[error(transparent)]
    Walk(#[from] WalkError<RepositoryError>),
    /// The repository failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

/// Why a switch was refused or failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SwitchError {
    /// There is no such branch, here or on a server.
    #[error("there is no branch {name}")]
    Unknown {
        /// As it was named.
        name: String,
        /// Whether the name is that of a commit.
        is_commit: bool,
    },
    /// Several remotes have a branch of this name.
    #[error(
        "there is no branch {name}, but there are {}",
        .candidates.iter().map(RefName::short).collect::<Vec<_>>().join(" and ")
    )]
    Ambiguous {
        /// As it was named.
        name: String,
        /// The remotes' branches.
        candidates: Vec<RefName>,
    },
    /// There already is a branch of this name.
    #[error("there already is a branch {}", .0.short())]
    AlreadyExists(RefName),
    /// `HEAD` has never been elsewhere.
    #[error("HEAD has not been anywhere else yet")]
    NoPrevious,
    /// There is nothing to finish or undo.
    #[error("no checkout was interrupted")]
    NothingToResume,
    /// A name that is not allowed.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The files could not be switched.
    #[error(transparent)]
    Worktree(#[from] WorktreeError),
    /// The repository failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}
