//! What can be wrong with changes to a tree.

use crate::id::SnapshotId;
use crate::limits::{MAX_SNAPSHOT_CHANGES, MAX_SNAPSHOT_DIRECTORIES, MAX_SNAPSHOT_LISTING_BYTES};
use crate::quote::quote;

/// Why changes cannot be applied to a tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TreeError {
    /// A change takes away what is not there.
    #[error("{} is removed, but the base does not have it", quote(.0))]
    NotThere(String),
    /// One name is to be a file and a directory.
    #[error("{} would be both a file and a directory", quote(.0))]
    FileAndDirectory(String),
    /// More directories than the format allows.
    #[error("the tree has more than {MAX_SNAPSHOT_DIRECTORIES} directories")]
    TooManyDirectories,
    /// A record that lists all files would be longer than the format allows.
    #[error(
        "the tree has too many files or too long paths to be listed in one record, which holds at \
         most {MAX_SNAPSHOT_CHANGES} files and {MAX_SNAPSHOT_LISTING_BYTES} bytes of paths"
    )]
    TooLarge,
    /// Applying a record's changes gives another tree than its id says.
    #[error("the changes give snapshot {actual}, not {expected}")]
    WrongId {
        /// What the record says.
        expected: SnapshotId,
        /// What its changes give.
        actual: SnapshotId,
    },
}
