//! What a push does.

use std::time::Duration;

use muse_wire::api::push::Force;

/// How long a push waits for the server's job unless told otherwise.
const DEFAULT_WAIT: Duration = Duration::from_secs(300);

/// What a push does.
#[derive(Debug, Clone)]
pub struct PushOptions {
    /// Which refs to push; the current branch if empty.
    pub refs: Vec<RefSpec>,
    /// Refs that may lose commits on the server, each from one place only.
    pub leases: Vec<Lease>,
    /// How the mpack is sent.
    pub transfer: Transfer,
    /// How long to wait for the server's job; `None` to leave it to the server.
    pub wait: Option<Duration>,
    /// Find out what would be pushed, and send nothing.
    pub dry_run: bool,
    /// Delete the server's default branch, if it is among the refs to delete.
    pub delete_default_branch: bool,
    /// Let the pushed branches follow the remote's.
    pub set_upstream: bool,
}

impl Default for PushOptions {
    /// Pushes the current branch and waits until the server is done.
    fn default() -> Self {
        Self {
            refs: Vec::new(),
            leases: Vec::new(),
            transfer: Transfer::Auto,
            wait: Some(DEFAULT_WAIT),
            dry_run: false,
            delete_default_branch: false,
            set_upstream: false,
        }
    }
}

/// Some refs to push, and whether they may lose commits on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefSpec {
    /// Which refs.
    pub refs: RefSelection,
    /// What may be lost on the server.
    pub force: Force,
}

/// Which refs to push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefSelection {
    /// The current branch, to the remote branch that it follows or the one of the same name.
    Current,
    /// All branches.
    Branches,
    /// All tags.
    Tags,
    /// `NAME`, a branch or tag, or `LOCAL:REMOTE`, where `LOCAL` is any revision. A `+` before it
    /// is [`Force::WithLease`].
    Named(String),
    /// The remote's branch or tag of this name, which is deleted there.
    Deleted(String),
}

/// [`Force::WithLease`] for one of the pushed refs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The remote's ref.
    pub name: String,
    /// Where it must be.
    pub at: LeaseAt,
}

/// Where the server's ref must be, so that a forced push loses nothing that nobody has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeaseAt {
    /// Where this repository last saw it.
    LastSeen,
    /// At this revision.
    Revision(String),
    /// Nowhere: the server has no such ref.
    Absent,
}

/// How a push is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// Small pushes as a stream, others by presigned upload.
    Auto,
    /// In one request to the server.
    Stream,
    /// Uploaded to a presigned URL, then unpacked by a job.
    Presign,
}
