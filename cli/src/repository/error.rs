//! Why something about the local repository failed.

use std::path::{Path, PathBuf};

use muse_wire::id::{ChunkId, CommitId, ObjectId, SnapshotId};
use muse_wire::mpack::{MpackError, WriteError};
use muse_wire::name::{NameError, RefCollision, RefName};

use super::head::Head;
use super::lock_holder::LockHolder;
use super::unfinished::Action;

/// The result of everything in [`crate::repository`].
pub type Result<T, E = RepositoryError> = std::result::Result<T, E>;

/// Why something about the local repository failed. Each variant exists because a command handles
/// it in its own way.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RepositoryError {
    /// No `.muse` here or above.
    #[error(
        "{} is not in a muse repository (no .muse there or in any parent directory)",
        .0.display()
    )]
    NotARepository(PathBuf),
    /// `init` where there already is one.
    #[error("{} already holds a muse repository", .0.display())]
    AlreadyExists(PathBuf),
    /// Written by another version.
    #[error("the repository has format {found}, and this version of muse reads format {supported}")]
    UnsupportedFormat {
        /// What `.muse/format` says.
        found: u32,
        /// What this version reads.
        supported: u32,
    },
    /// `.muse/format` is missing or damaged.
    #[error("{} does not say which format the repository has", .path.display())]
    LostFormat {
        /// The file.
        path: PathBuf,
        /// What it says where this version has made the repository.
        usual: u32,
    },
    /// Another process is changing the repository.
    #[error("the repository is locked by another process{}", describe_holder(.holder))]
    Locked {
        /// Which, where the lock file names it.
        holder: Option<LockHolder>,
    },
    /// A file of the repository does not hold what it must.
    #[error("the repository is damaged: {}: {reason}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An mpack of the repository is damaged.
    #[error("the repository is damaged: {} cannot be read", .path.display())]
    DamagedMpack {
        /// The mpack file.
        path: PathBuf,
        /// What is wrong, and where.
        #[source]
        source: MpackError,
    },
    /// The reflog alone names a commit that is not here any more.
    #[error("commit {} is not here any more", .0.short())]
    Forgotten(CommitId),
    /// The parents of a commit are needed, and were not fetched.
    #[error("the history here ends at {}, whose parents were not fetched", .0.short())]
    Shallow(CommitId),
    /// Something that other records name is not there.
    #[error(
        "the repository is damaged: {kind} {id} is missing{}", describe_unreadable(.unreadable)
    )]
    Missing {
        /// `object`, `commit` or `snapshot`.
        kind: &'static str,
        /// Its id.
        id: String,
        /// An mpack that cannot be read and may hold it.
        unreadable: Option<PathBuf>,
    },
    /// A server does not give an object, and it is not here.
    #[error("object {object} is withheld by the server: {reason}")]
    Withheld {
        /// Which.
        object: ObjectId,
        /// What the server says why.
        reason: String,
    },
    /// A revision that names nothing.
    #[error("no branch, tag or commit is called {revision:?}")]
    UnknownRevision {
        /// As it was typed.
        revision: String,
    },
    /// `HEAD` on a branch without commits.
    #[error("there are no commits yet")]
    NoCommits,
    /// A shortened id that fits several commits.
    #[error("{prefix:?} is ambiguous: several commits have ids that start with it")]
    Ambiguous {
        /// As it was typed.
        prefix: String,
        /// Some of the commits that it fits, with their subjects.
        candidates: Vec<(CommitId, String)>,
    },
    /// The files of the work tree are of two commits, because a checkout was interrupted.
    #[error("a checkout of {} was interrupted", name_of(.0))]
    UnfinishedCheckout(Head),
    /// A repository without a work tree, where one is needed.
    #[error("{} is a bare repository, which has no files to work on", .0.display())]
    Bare(PathBuf),
    /// A clone was interrupted, so that files may be missing.
    #[error("this is an unfinished clone of {url}")]
    UnfinishedClone {
        /// The repository on the server.
        url: String,
        /// The work tree.
        root: PathBuf,
    },
    /// A ref is not what its update expected.
    #[error(
        "{name} has changed in the meantime: expected {}, found {}",
        describe(.expected), describe(.actual)
    )]
    RefChanged {
        /// The ref.
        name: RefName,
        /// What the update expected.
        expected: Option<CommitId>,
        /// What it is.
        actual: Option<CommitId>,
    },
    /// A new ref that cannot exist beside another one.
    #[error(transparent)]
    RefCollision(#[from] RefCollision),
    /// A merge or the like stopped at a conflict.
    #[error("a {0} is unfinished")]
    Unfinished(Action),
    /// A ref has not moved that often.
    #[error("{name}@{{{number}}} is not known: the reflog goes back less far")]
    NotInReflog {
        /// The ref.
        name: String,
        /// How many moves were asked for.
        number: usize,
        /// The reflog.
        path: PathBuf,
    },
    /// A branch name that is not allowed.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The configuration cannot be read, or a key or value is not allowed.
    #[error("{}: {reason}", .path.display())]
    Config {
        /// The configuration file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A record or mpack could not be made from what was given.
    #[error("the mpack could not be written")]
    Write(#[source] WriteError),
    /// The disk is full or may not be written to.
    #[error("cannot write {}", .path.display())]
    CannotWrite {
        /// What was to be written.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The file system failed in another way.
    #[error("cannot {action} {}", .path.display())]
    Storage {
        /// What was tried: `read`, `list`, …
        action: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
}

impl RepositoryError {
    /// For `map_err`: a failed read, or whatever `action` says.
    pub(crate) fn storage(
        action: &'static str,
        path: &Path,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Storage {
            action,
            path,
            source,
        }
    }

    /// For `map_err`: a failed write, told apart by whether the user can do something about it.
    pub(crate) fn writing(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        use std::io::ErrorKind as Kind;
        let path = path.to_owned();
        move |source| match source.kind() {
            Kind::StorageFull
            | Kind::QuotaExceeded
            | Kind::FileTooLarge
            | Kind::PermissionDenied
            | Kind::ReadOnlyFilesystem => Self::CannotWrite { path, source },
            _ => Self::Storage {
                action: "write",
                path,
                source,
            },
        }
    }

    pub(crate) fn damaged(path: &Path, reason: impl Into<String>) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            reason: reason.into(),
        }
    }

    pub(crate) fn missing_object(id: &ObjectId) -> Self {
        Self::Missing {
            kind: "object",
            id: id.to_string(),
            unreadable: None,
        }
    }

    pub(crate) fn missing_chunk(id: &ChunkId) -> Self {
        Self::Missing {
            kind: "chunk",
            id: id.to_string(),
            unreadable: None,
        }
    }

    pub(crate) fn missing_commit(id: &CommitId) -> Self {
        Self::Missing {
            kind: "commit",
            id: id.to_string(),
            unreadable: None,
        }
    }

    pub(crate) fn missing_snapshot(id: &SnapshotId) -> Self {
        Self::Missing {
            kind: "snapshot",
            id: id.to_string(),
            unreadable: None,
        }
    }
}

impl From<WriteError> for RepositoryError {
    fn from(error: WriteError) -> Self {
        match error {
            // Mpacks are written here before they are renamed.
            WriteError::Io(source) => Self::writing(Path::new(".muse/tmp"))(source),
            other => Self::Write(other),
        }
    }
}

fn describe_holder(holder: &Option<LockHolder>) -> String {
    holder
        .as_ref()
        .map_or_else(String::new, |holder| format!(" ({holder})"))
}

/// The branch's short name, or the commit's shortened id.
fn name_of(head: &Head) -> String {
    match head {
        Head::Branch(name) => name.short().to_owned(),
        Head::Detached(commit) => commit.short(),
    }
}

fn describe_unreadable(mpack: &Option<PathBuf>) -> String {
    mpack.as_deref().map_or_else(String::new, |path| {
        format!("; it may be in {}, which cannot be read", path.display())
    })
}

fn describe(id: &Option<CommitId>) -> String {
    id.map_or_else(|| "nothing".to_owned(), |id| id.short())
}
