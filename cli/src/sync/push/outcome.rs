//! How a push ended.

use muse_wire::api::job::JobStatus;
use muse_wire::api::push::RefUpdate;
use muse_wire::mpack::Counts;

/// A push that did not fail.
#[derive(Debug, Clone)]
pub struct Pushed {
    /// The repository's id on the server.
    pub repo_id: String,
    /// The refs that moved, or would move or will move; empty if all were up to date.
    pub updates: Vec<RefUpdate>,
    /// How it ended.
    pub outcome: PushOutcome,
}

/// How a push ended.
#[derive(Debug, Clone)]
pub enum PushOutcome {
    /// The server has everything; nothing was sent.
    UpToDate,
    /// Nothing was sent, because only this was asked for.
    DryRun {
        /// Commits that would be sent.
        commits: u64,
        /// Objects that would be sent.
        objects: u64,
    },
    /// The refs have moved.
    Done(Sent),
    /// The server's job goes on by itself.
    Detached(Sent),
}

/// What was sent in total, and the server's last answer.
#[derive(Debug, Clone)]
pub struct Sent {
    /// What the mpacks held.
    pub counts: Counts,
    /// Bytes of the mpacks that were sent; 0 where the server already had them or none was needed.
    pub bytes: u64,
    /// The server's last answer.
    pub job: JobStatus,
}
