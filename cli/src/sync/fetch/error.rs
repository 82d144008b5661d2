//! Why a fetch, or the download of a clone, failed.

use std::error::Error;
use std::path::PathBuf;

use muse_wire::dag::WalkError;
use muse_wire::id::CommitId;
use muse_wire::mpack::VerifyError;
use muse_wire::name::NameError;

use crate::repository::RepositoryError;
use crate::sync::job::JobError;
use crate::sync::tracking::TrackingError;
use crate::transport::TransportError;
use crate::walk::CollectError;
use crate::worktree::WorktreeError;

/// Why a fetch, or the download of a clone, failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The remote has no such branch.
    #[error("{remote} has no branch {branch:?}")]
    UnknownBranch {
        /// The remote.
        remote: String,
        /// The branch.
        branch: String,
    },
    /// What was received is invalid.
    #[error("what was received is not valid, and was dropped")]
    Invalid(#[source] Box<dyn Error + Send + Sync>),
    /// The repository lacks what the server compressed against.
    #[error("what the server sent builds on files that are not here")]
    MissingBase(#[source] Box<dyn Error + Send + Sync>),
    /// A bundle builds on commits that are not here.
    #[error("the bundle builds on commits that are not here")]
    BundleRequires {
        /// The commits.
        commits: Vec<CommitId>,
    },
    /// A bundle is taken as it is.
    #[error("a bundle is taken as a whole, however deep its history is")]
    BundleIsWhole,
    /// There is nothing to deepen.
    #[error("the history here is whole already")]
    NotShallow,
    /// The history ends at more commits than a request can name.
    #[error("the history here ends at {0} commits, which are too many to fetch more")]
    TooShallow(usize),
    /// Another repository on this machine does not have all of what is fetched.
    #[error("{} does not have the whole history either", .path.display())]
    ShallowSource {
        /// Its directory.
        path: PathBuf,
    },
    /// What another repository on this machine has cannot be put together.
    #[error(transparent)]
    Collect(#[from] CollectError),
    /// The server's job gave no plan.
    #[error("the server's job ended without a plan")]
    NoPlan,
    /// The mpacks are larger than the disk has room for; nothing was downloaded.
    #[error("the download takes {needed_bytes} bytes, and there is room for {room_bytes}")]
    NoRoom {
        /// Bytes that are still to come.
        needed_bytes: u64,
        /// Bytes that are free.
        room_bytes: u64,
    },
    /// What was being downloaded stopped to come while it was read, or begins anew.
    #[error("the download ended")]
    DownloadEnded,
    /// A downloaded file cannot be read.
    #[error("cannot read what was downloaded")]
    Downloaded(#[source] std::io::Error),
    /// A branch of the remote has a name that no tracking ref can have.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The commit graph cannot be walked.
    #[error(transparent)]
    Walk(#[from] WalkError<RepositoryError>),
    /// The server's job did not give a plan.
    #[error(transparent)]
    Job(#[from] JobError),
    /// The server or a storage host cannot be reached, or refused.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// A file of the work tree cannot be written.
    #[error(transparent)]
    Worktree(#[from] WorktreeError),
    /// The repository failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

impl FetchError {
    /// The error for invalid data from the server.
    pub(in crate::sync) fn invalid(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Invalid(reason.into())
    }

    /// What is missing was not sent, unless it may be in an mpack of the repository that is
    /// damaged.
    pub(in crate::sync) fn missing(error: RepositoryError) -> Self {
        match error {
            RepositoryError::Missing {
                kind,
                id,
                unreadable: None,
            } => Self::invalid(format!("the {kind} {id} is missing")),
            error => error.into(),
        }
    }

    /// Whether it stopped before it wrote files, or downloaded, because the disk has no room for
    /// them.
    pub const fn is_lack_of_room(&self) -> bool {
        matches!(
            self,
            Self::NoRoom { .. } | Self::Worktree(WorktreeError::NoRoom { .. })
        )
    }

    /// Whether the network is to blame, so that the next attempt may succeed.
    pub fn is_network_failure(&self) -> bool {
        match self {
            Self::Transport(error) | Self::Job(JobError::Transport(error)) => {
                error.is_network_failure()
            }
            _ => false,
        }
    }
}

impl From<VerifyError> for FetchError {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Io(error) => Self::Downloaded(error),
            error => Self::invalid(error),
        }
    }
}

impl From<TrackingError> for FetchError {
    fn from(error: TrackingError) -> Self {
        match error {
            TrackingError::Name(error) => error.into(),
            TrackingError::Walk(error) => error.into(),
            TrackingError::Repository(error) => error.into(),
        }
    }
}
