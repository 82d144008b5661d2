//! Why something about the work tree failed.

use std::path::{Path, PathBuf};

use muse_wire::commit::CommitError;
use muse_wire::path::RepoPath;
use muse_wire::quote::{quote, quote_path};
use muse_wire::snapshot::TreeError;

use super::unrecordable::Unrecordable;
use crate::repository::RepositoryError;
use crate::signing::SigningError;

/// The result of everything in [`crate::worktree`].
pub(super) type Result<T, E = WorktreeError> = std::result::Result<T, E>;

/// Why something about the work tree failed. Each variant exists because a command handles it in
/// its own way.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorktreeError {
    /// A checkout would overwrite local changes; nothing was touched. Ascending by path.
    #[error("local changes to {} would be overwritten", count(.0.len(), "file"))]
    WouldOverwrite(Vec<RepoPath>),
    /// What no snapshot can hold. Ascending by path.
    #[error("{} cannot be recorded", count(.0.len(), "file"))]
    Forbidden(Vec<Unrecordable>),
    /// Nothing differs from the last commit.
    #[error("nothing to commit: the files are as in the last commit")]
    NothingToCommit,
    /// A file was written to while it was read.
    #[error("{0} changed while it was being read")]
    ChangedMeanwhile(RepoPath),
    /// Something other than a directory is where one must be.
    #[error("{} is in the way: a directory must be there", quote(.0))]
    NotADirectory(String),
    /// Something that is neither file nor link nor directory is where a file must be.
    #[error("{0} is in the way: it is neither a file nor a link nor a directory")]
    InTheWay(RepoPath),
    /// A file has to be where the directory is that somebody is in; nothing was touched.
    #[error("a file has to be at {0}, and that is the directory you are in, or one above it")]
    StoodIn(RepoPath),
    /// The files of a checkout are larger than the disk has room for; nothing was touched.
    #[error("the files take {needed_bytes} bytes, and there is room for {room_bytes}")]
    NoRoom {
        /// Bytes of the files.
        needed_bytes: u64,
        /// Bytes that are free, with those of files that go.
        room_bytes: u64,
    },
    /// A link whose target no link can have.
    #[error("the target of the link {0} is empty, longer than 4095 bytes or has a NUL in it")]
    BadLinkTarget(RepoPath),
    /// The files do not make a tree.
    #[error("the files cannot be recorded")]
    Tree(#[from] TreeError),
    /// Author, message or time cannot be part of a commit.
    #[error("the commit cannot be recorded")]
    Commit(#[from] CommitError),
    /// The commit could not be signed.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// A file could not be read.
    #[error("cannot read {}", quote_path(.path))]
    Read {
        /// Which.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// A file could not be written, made or removed.
    #[error("cannot write {}", quote_path(.path))]
    Write {
        /// Which.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The repository failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

impl WorktreeError {
    /// For `map_err`: a failed read.
    pub(super) fn reading(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Read {
            path: path.to_owned(),
            source,
        }
    }

    /// For `map_err`: a failed write.
    pub(super) fn writing(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Write {
            path: path.to_owned(),
            source,
        }
    }
}

/// `1 file`, `2 files`.
fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
