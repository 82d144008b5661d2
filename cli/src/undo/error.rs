//! Why going back was refused or failed.

use muse_wire::name::RefName;
use muse_wire::path::RepoPath;
use muse_wire::quote::quote;

use crate::repository::RepositoryError;
use crate::worktree::WorktreeError;

/// Why going back was refused or failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UndoError {
    /// No operation has moved a branch, a tag or `HEAD`.
    #[error("there is nothing to undo")]
    NothingToUndo,
    /// A ref is not where the operation has left it.
    #[error("{} has moved since `{reason}`", .name.short())]
    MovedSince {
        /// The ref.
        name: RefName,
        /// What the operation did.
        reason: String,
    },
    /// Neither commit has a file there.
    #[error("no commit that is asked has {}", quote(.0))]
    NoSuchPath(String),
    /// A conflict at the path has not been settled.
    #[error("{0} is in conflict")]
    InConflict(RepoPath),
    /// The files could not be brought along.
    #[error(transparent)]
    Worktree(#[from] WorktreeError),
    /// The repository failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}
