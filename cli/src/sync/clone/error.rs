//! Why a clone failed, and what is left of it.

use std::path::PathBuf;

use crate::repository::RepositoryError;
use crate::sync::FetchError;
use crate::transport::TransportError;

/// Why a clone failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CloneError {
    /// The server's repository has no such branch.
    #[error("the remote has no branch {branch:?}")]
    UnknownBranch {
        /// The branch.
        branch: String,
    },
    /// The directory is not empty.
    #[error("{} already exists and is not empty", .directory.display())]
    NotEmpty {
        /// The directory.
        directory: PathBuf,
    },
    /// The directory holds an unfinished clone of another repository.
    #[error("{} holds an unfinished clone of {url}", .directory.display())]
    OtherClone {
        /// The directory.
        directory: PathBuf,
        /// The other repository.
        url: String,
    },
    /// The directory cannot be used.
    #[error("cannot use {}", .directory.display())]
    Directory {
        /// The directory.
        directory: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The mark of an unfinished clone cannot be removed.
    #[error("cannot remove {}", .path.display())]
    Marker {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The server cannot be reached, or refused; nothing was written.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The repository cannot be created.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// The download failed, or the files could not be written.
    #[error("the clone failed")]
    Failed {
        /// Why.
        #[source]
        source: Box<FetchError>,
        /// What is left of it.
        leftovers: Leftovers,
    },
}

/// What is left of a clone that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leftovers {
    /// Nothing.
    None,
    /// Downloads, from which the same clone resumes.
    Downloads,
    /// A directory that could not be removed.
    Directory(PathBuf),
}
