//! Why a push cannot be put together.

use muse_wire::dag::WalkError;
use muse_wire::mpack::{MpackError, WriteError};

use crate::repository::RepositoryError;

/// Why a push cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The commit graph cannot be walked.
    #[error("the history cannot be walked")]
    Walk(#[from] WalkError<RepositoryError>),
    /// The repository cannot be read.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// A stored mpack is damaged.
    #[error("an mpack of the repository cannot be read")]
    Damaged(#[from] MpackError),
    /// The mpack cannot be written.
    #[error("the mpack cannot be written")]
    Write(#[from] WriteError),
    /// The file for it cannot be used.
    #[error("the file of the mpack cannot be written")]
    Io(#[from] std::io::Error),
}
