//! Why trees cannot be merged.

use muse_wire::dag::WalkError;
use muse_wire::path::PathError;
use muse_wire::snapshot::TreeError;

use crate::repository::RepositoryError;

/// Why trees cannot be merged. Conflicts are no error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// What the sides have together is no tree that can be recorded.
    #[error("the merged files cannot be recorded as one tree")]
    Tree(#[from] TreeError),
    /// A file has to make way for a directory, and its new path would not be allowed.
    #[error("a file that is in the way of a directory cannot be given another name")]
    Path(#[from] PathError),
    /// The commit graph cannot be walked.
    #[error(transparent)]
    Walk(#[from] WalkError<RepositoryError>),
    /// The repository failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}
