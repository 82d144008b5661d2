//! Why tags cannot be changed.

use muse_wire::commit::CommitError;
use muse_wire::id::CommitId;
use muse_wire::name::{NameError, RefName};

use crate::repository::RepositoryError;

/// Why tags cannot be changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TagError {
    /// There is no such tag.
    #[error("there is no tag {}", .0.short())]
    Unknown(RefName),
    /// There already is a tag of this name.
    #[error("there already is a tag {}, at {}", name.short(), commit.short())]
    AlreadyExists {
        /// The tag.
        name: RefName,
        /// The tagged commit.
        commit: CommitId,
    },
    /// A name that is not allowed.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Tagger, message or time cannot be part of a tag.
    #[error("the tag cannot be recorded")]
    Annotation(#[from] CommitError),
    /// The repository failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}
