//! The one transaction that makes a push visible.

use muse_wire::api::job::StepTiming;
use muse_wire::api::push::RefUpdate;
use muse_wire::commit::CommitEnvelope;
use muse_wire::dag::CommitNode;
use muse_wire::id::{CommitId, MpackKey, SnapshotId};
use muse_wire::mpack::{Counts, ObjectRow};
use muse_wire::name::RefName;

use super::Store;
use super::accounts::UserId;
use super::error::StoreError;
use super::history::StoredSnapshot;
use super::jobs::{JobReport, Lease, NewJob};
use super::repos::RepoId;

/// A verified push: everything that becomes visible together.
#[derive(Debug)]
pub struct Publication {
    /// The repository.
    pub repo: RepoId,
    /// Who pushed, for the ref log.
    pub actor: Option<UserId>,
    /// The mpack and what of it is new; none where refs only move.
    pub mpack: Option<NewMpack>,
    /// Refs to move. That a move which is not forced is a fast-forward has been checked against `old`,
    /// and the ref must still be at `old` now.
    pub updates: Vec<RefUpdate>,
    /// The job that this ends; it must still be held.
    pub job: Option<Lease>,
    /// Milliseconds of the steps so far; the publication adds its own.
    pub timings: Vec<StepTiming>,
    /// Jobs that this makes necessary.
    pub follow_ups: Vec<NewJob>,
}

/// A verified mpack, already at its final place in the blob store.
#[derive(Debug)]
pub struct NewMpack {
    /// The SHA-256 of its bytes.
    pub key: MpackKey,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// What it holds.
    pub counts: Counts,
    /// Its objects; those that the repository has by now stay where they are.
    pub objects: Vec<ObjectRow>,
    /// Its commits, likewise.
    pub commits: Vec<NewCommit>,
    /// Its snapshots, likewise.
    pub snapshots: Vec<StoredSnapshot>,
}

/// A commit to store.
#[derive(Debug, Clone)]
pub struct NewCommit {
    /// Its id.
    pub id: CommitId,
    /// Parents, checked generation and time.
    pub node: CommitNode,
    /// The tree that it records.
    pub snapshot: SnapshotId,
    /// What to keep verbatim.
    pub envelope: CommitEnvelope,
}

/// What a publication changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// What was new, and how long all steps took; as kept on the job.
    pub report: JobReport,
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// Another worker holds the job by now.
    #[error("the job is held by another worker")]
    Fenced,
    /// The repository was deleted meanwhile.
    #[error("the repository is gone")]
    RepoGone,
    /// The ref is not where the pusher last saw it.
    #[error("{name} has moved: it is at {}, not at {}", target(.actual), target(.expected))]
    Stale {
        /// The ref.
        name: RefName,
        /// Where the pusher last saw it.
        expected: Option<CommitId>,
        /// Where it is.
        actual: Option<CommitId>,
    },
    /// Two refs cannot have these names beside each other.
    #[error("{name} cannot stand beside {existing}: {reason}")]
    RefConflict {
        /// The new ref.
        name: RefName,
        /// The one that is in its way.
        existing: String,
        /// Why.
        reason: &'static str,
    },
    /// A ref would point to a commit that is not in the repository.
    #[error("{name} would point to {target}, which is not in the repository")]
    UnknownTarget {
        /// The ref.
        name: RefName,
        /// The commit.
        target: CommitId,
    },
    /// The database failed; the same again may succeed.
    #[error("publishing failed")]
    Store(#[from] StoreError),
}

fn target(id: &Option<CommitId>) -> String {
    id.map_or_else(|| "nothing".to_owned(), |id| id.to_string())
}

impl Store {
    /// Makes a push visible in one transaction: rows that are new, refs by compare-and-swap with a log row
    /// each, the job's end, and the jobs that follow. Where nothing is new, no row but the job's is written.
    ///
    /// # Errors
    /// [`PublishError`]; nothing at all was written then.
    pub async fn publish(&self, publication: Publication) -> Result<Published, PublishError> {
        unimplemented!("{publication:?}")
    }
}
