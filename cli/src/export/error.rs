//! Why an export failed.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use muse_wire::dag::WalkError;
use muse_wire::id::CommitId;
use muse_wire::quote::quote_path;

use crate::repository::RepositoryError;
use crate::walk::CollectError;

/// Why an export failed; no ref of the git repository has moved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// Something is there that is no git repository.
    #[error("{} is not a git repository", quote_path(.path))]
    NotGit {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The git repository uses ids that are not SHA-1.
    #[error("the git repository does not use SHA-1, which is all that an export can write")]
    ObjectFormat,
    /// Git's data cannot be read or written.
    #[error("cannot {what} the git repository")]
    Git {
        /// What was to be done with what, such as `write the objects of`.
        what: &'static str,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A file of the git repository cannot be written or read.
    #[error("cannot use {}", quote_path(.path))]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The output does not take the stream.
    #[error("cannot write the stream")]
    Stream(#[source] io::Error),
    /// More objects than a pack can hold.
    #[error("the history has more objects than a pack of git can hold")]
    TooManyObjects,
    /// What a commit notes about its tree in git cannot be read.
    #[error("commit {commit} has metadata of git that is malformed: {line}")]
    Note {
        /// The commit.
        commit: CommitId,
        /// The line.
        line: String,
    },
    /// The commit graph cannot be walked.
    #[error("the history cannot be walked")]
    Walk(#[from] WalkError<RepositoryError>),
    /// What is to be exported cannot be put together.
    #[error(transparent)]
    Collect(#[from] CollectError),
    /// The local repository failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

impl ExportError {
    /// For `map_err`: git's data cannot be used.
    pub(super) fn git<E: Into<Box<dyn Error + Send + Sync>>>(
        what: &'static str,
    ) -> impl FnOnce(E) -> Self {
        move |source| Self::Git {
            what,
            source: source.into(),
        }
    }

    /// For `map_err`: a file of the git repository cannot be used.
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}
