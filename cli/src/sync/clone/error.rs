//! Why a clone failed, and what is left of it.

use std::path::PathBuf;

use crate::repository::RepositoryError;
use crate::sync::FetchError;

/// Why a clone failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CloneError {
    /// The remote has no such branch, and no such tag.
    #[error("the remote has no branch or tag {name:?}")]
    UnknownStart {
        /// As it was named.
        name: String,
    },
    /// A name that no remote can have.
    #[error("{0:?} cannot be the name of a remote")]
    BadRemoteName(String),
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
    /// What is to be cloned cannot be read; nothing was written.
    #[error(transparent)]
    Remote(#[from] Box<FetchError>),
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

impl From<FetchError> for CloneError {
    fn from(error: FetchError) -> Self {
        Box::new(error).into()
    }
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
