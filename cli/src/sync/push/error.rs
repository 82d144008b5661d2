//! Why a push failed.

use std::path::PathBuf;

use muse_wire::dag::WalkError;
use muse_wire::id::CommitId;
use muse_wire::name::{NameError, RefName};
use muse_wire::problem::ProblemCode;

use crate::repository::RepositoryError;
use crate::sync::FetchError;
use crate::sync::job::JobError;
use crate::transport::TransportError;
use crate::walk::CollectError;

/// Why it is not clear what to push.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RefspecError {
    /// Nothing is named, and `HEAD` is on no branch.
    #[error("HEAD is on no branch, and no branch is named")]
    Detached,
    /// The current branch has no commits.
    #[error("the branch {branch} has no commits yet")]
    NoCommits {
        /// The branch.
        branch: String,
    },
    /// Neither a branch nor a tag.
    #[error("there is no branch or tag {name:?}")]
    Unknown {
        /// As it was named.
        name: String,
    },
    /// The branch follows something that is no ref.
    #[error("branch.{branch}.merge is not usable")]
    BadUpstream {
        /// The branch.
        branch: String,
        /// What is wrong with the setting.
        #[source]
        source: NameError,
    },
    /// One ref of the remote is named more than once, and not in the same way.
    #[error("{name} is named more than once, in different ways")]
    Conflict {
        /// The remote's ref.
        name: RefName,
    },
    /// A lease is for a ref that is not pushed.
    #[error("{name} is not pushed, so nothing can be forced there")]
    LeaseWithoutPush {
        /// The remote's ref.
        name: RefName,
    },
    /// A name that is not allowed.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The repository failed, or a revision is unknown.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

/// A limit of the server that a push is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushLimit {
    /// Commits in one push.
    Commits,
    /// Objects in one push.
    Objects,
    /// Bytes of one object.
    LargestObject,
    /// Uncompressed bytes of all objects.
    ObjectBytes,
    /// Uncompressed bytes of commits and snapshots.
    RecordBytes,
    /// Bytes of the mpack.
    MpackBytes,
}

impl PushLimit {
    /// What is limited, behind a number.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Commits => "commits",
            Self::Objects => "objects",
            Self::LargestObject => "bytes in one file",
            Self::ObjectBytes => "bytes of files",
            Self::RecordBytes => "bytes of commits and snapshots",
            Self::MpackBytes => "bytes to send",
        }
    }
}

/// Why a push failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// It is not clear what to push.
    #[error(transparent)]
    Refspec(#[from] RefspecError),
    /// The ref to delete is not there.
    #[error("{remote} has no {} {}", kind(.name), .name.short())]
    NothingToDelete {
        /// The remote.
        remote: String,
        /// The ref.
        name: RefName,
    },
    /// The branch to delete is the one that clones start on, and nobody has said that it may go.
    #[error("{} is the default branch of {remote}", .name.short())]
    DefaultBranch {
        /// The remote.
        remote: String,
        /// The branch.
        name: RefName,
    },
    /// The remote's tag names another commit.
    #[error("the tag {} on {remote} names another commit", .name.short())]
    TagExists {
        /// The remote.
        remote: String,
        /// The tag.
        name: RefName,
    },
    /// The remote's branch would lose commits.
    #[error(
        "rejected: the {} {} on {remote} has commits that yours does not contain",
        kind(.name), .name.short()
    )]
    Diverged {
        /// The remote.
        remote: String,
        /// The branch.
        name: RefName,
    },
    /// A ref that is forced with a lease is not where the lease says.
    #[error(
        "rejected: the {} {} on {remote} is {}, and was last seen {}",
        kind(.name), .name.short(), place(.current), place(.seen)
    )]
    LeaseLost {
        /// The remote.
        remote: String,
        /// The ref.
        name: RefName,
        /// Where it was last seen, or must be.
        seen: Option<CommitId>,
        /// Where it is.
        current: Option<CommitId>,
    },
    /// One commit alone is more than the server takes.
    #[error(
        "the push has {actual} {}; this server takes {limit} at a time", .what.as_str()
    )]
    OverLimit {
        /// What is limited.
        what: PushLimit,
        /// How much there is.
        actual: u64,
        /// How much the server takes.
        limit: u64,
    },
    /// Too much for one request.
    #[error(
        "the push has {actual} {}; a stream takes fewer than {limit}", .what.as_str()
    )]
    TooLargeForStream {
        /// What is limited.
        what: PushLimit,
        /// How much there is.
        actual: u64,
        /// How much is too much.
        limit: u64,
    },
    /// The branch is checked out where it is pushed to.
    #[error("{} is checked out in {}", .name.short(), .path.display())]
    CheckedOut {
        /// The branch.
        name: RefName,
        /// The work tree.
        path: PathBuf,
    },
    /// The other side lacks what this repository lacks, too.
    #[error(
        "the history here ends at {}, and {remote} does not have what is below it", .commit.short()
    )]
    Shallow {
        /// The remote.
        remote: String,
        /// A commit that would have to be sent without its parents.
        commit: CommitId,
    },
    /// A bundle is made as a whole.
    #[error("{} is a bundle, which takes no pushes", .path.display())]
    Bundle {
        /// The file.
        path: PathBuf,
    },
    /// The other repository on this machine could not take what was sent.
    #[error(transparent)]
    Receive(#[from] Box<FetchError>),
    /// The mpack cannot be put together.
    #[error(transparent)]
    Collect(#[from] CollectError),
    /// The server's job failed, or is still running.
    #[error(transparent)]
    Job(#[from] JobError),
    /// The network failed after some parts of the mpack had arrived, which are kept.
    #[error(transparent)]
    UploadCut(TransportError),
    /// The server or a storage host cannot be reached, or refused.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The commit graph cannot be walked.
    #[error(transparent)]
    Walk(#[from] WalkError<RepositoryError>),
    /// The repository failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

impl From<FetchError> for PushError {
    fn from(error: FetchError) -> Self {
        Box::new(error).into()
    }
}

impl PushError {
    /// Whether the server lacks a commit that its refs had promised.
    pub(super) fn is_missing_dependency(&self) -> bool {
        self.code() == Some(ProblemCode::MissingDependency)
    }

    /// Whether the push is over a limit of the server.
    pub(super) fn is_too_large(&self) -> bool {
        self.code() == Some(ProblemCode::PushTooLarge)
    }

    /// Whether the server has no longer what was uploaded.
    pub(super) fn is_not_uploaded(&self) -> bool {
        self.code() == Some(ProblemCode::MpackNotUploaded)
    }

    fn code(&self) -> Option<ProblemCode> {
        match self {
            Self::Transport(error) => error.code(),
            Self::Job(error) => error.code(),
            _ => None,
        }
    }
}

fn place(commit: &Option<CommitId>) -> String {
    commit.map_or_else(
        || "nowhere".to_owned(),
        |commit| format!("at {}", commit.short()),
    )
}

fn kind(name: &RefName) -> &'static str {
    if name.as_tag().is_some() {
        "tag"
    } else {
        "branch"
    }
}
