//! What a push makes visible, and why it may not.

use diesel::result::Error as DieselError;
use muse_wire::api::job::StepTiming;
use muse_wire::api::push::RefUpdate;
use muse_wire::id::{ChunkId, CommitId, MpackKey, ObjectId};
use muse_wire::mpack::{ChunkRow, Counts, ObjectRow};
use muse_wire::name::{RefCollision, RefName};

use crate::store::accounts::model::UserId;
use crate::store::commits::model::NewCommit;
use crate::store::error::StoreError;
use crate::store::fetch_plans::model::NewFetchPlan;
use crate::store::jobs::model::{Lease, NewJob};
use crate::store::large_objects::model::NewLargeObject;
use crate::store::mpacks::model::{MpackFile, StoredFrame};
use crate::store::protections::model::{BranchRule, SignedMove};
use crate::store::repos::model::RepoId;
use crate::store::snapshots::model::StoredSnapshot;

/// A verified push: everything that becomes visible together.
#[derive(Debug)]
pub struct Publication {
    /// The repository.
    pub repo: RepoId,
    /// Who pushed, for the ref log.
    pub actor: Option<UserId>,
    /// The mpack and what it holds; none where refs only move.
    pub mpack: Option<NewMpack>,
    /// Bytes that came for that, as they travelled.
    pub received_bytes: u64,
    /// How often content had been deleted from the repository when the push was first checked.
    pub collections: u64,
    /// Refs to move. A move that is not forced was checked to be a fast-forward from `old`, so the
    /// ref must still be at `old`.
    pub updates: Vec<RefUpdate>,
    /// The updates of protected branches whose new commits were found to be all signed.
    pub signed: Vec<SignedMove>,
    /// The job that this ends; it must still be held.
    pub job: Option<Lease>,
    /// Milliseconds of the steps so far; the publication adds its own step.
    pub timings: Vec<StepTiming>,
    /// What is written in the same transaction besides.
    pub follow_ups: FollowUps,
}

/// What a publication makes necessary, or known.
#[derive(Debug, Default)]
pub struct FollowUps {
    /// Jobs to queue.
    pub jobs: Vec<NewJob>,
    /// The job that merges mpacks, which is queued where there is reason to.
    pub consolidation: Option<NewJob>,
    /// Plans of fetches that the mpack answers by itself; they are kept where the mpack is.
    pub plans: Vec<NewFetchPlan>,
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
    /// Whom it can be given by itself, if anybody.
    pub step: Option<Step>,
    /// The thin form in which it was pushed, already in the blob store.
    pub thin: Option<MpackFile>,
    /// Its frames of objects and chunks, in the order of their numbers.
    pub frames: Vec<StoredFrame>,
    /// Its whole objects; those that the repository already has stay where they are.
    pub objects: Vec<ObjectRow>,
    /// Its chunks; those that the repository already has stay where they are.
    pub chunks: Vec<ChunkRow>,
    /// Its large objects; those that the repository already has keep their lists. All their chunks
    /// are here or in the repository.
    pub large_objects: Vec<NewLargeObject>,
    /// Its commits; those that the repository already has are skipped.
    pub commits: Vec<NewCommit>,
    /// Its snapshots; those that the repository already has are skipped.
    pub snapshots: Vec<StoredSnapshot>,
    /// Objects of the repository that its records name.
    pub outside_objects: Vec<ObjectId>,
    /// Chunks of the repository that its large objects have.
    pub outside_chunks: Vec<ChunkId>,
}

impl NewMpack {
    /// The mpack in its thick form.
    pub(crate) const fn file(&self) -> MpackFile {
        MpackFile {
            key: self.key,
            size_bytes: self.size_bytes,
            counts: self.counts,
        }
    }

    /// All objects and chunks that it holds or relies on.
    pub(in crate::store) fn contents(&self) -> (Vec<ObjectId>, Vec<ChunkId>) {
        let large = self.large_objects.iter().map(|large| large.id);
        let objects = self.objects.iter().map(|row| row.id).chain(large);
        let objects = objects.chain(self.outside_objects.iter().copied());
        let chunks = self.chunks.iter().map(|row| row.id);
        let chunks = chunks.chain(self.outside_chunks.iter().copied());
        (objects.collect(), chunks.collect())
    }
}

/// What an mpack by itself is to a reader: everything below `tip` that is not below `base`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The latest of its commits, from which all others are reached.
    pub tip: CommitId,
    /// The one commit that it builds on; `None` where it builds on nothing.
    pub base: Option<CommitId>,
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// Another worker has taken the job over.
    #[error("another worker has taken the job over")]
    Fenced,
    /// The repository has been deleted.
    #[error("the repository is gone")]
    RepoGone,
    /// The ref is not where the pusher last saw it.
    #[error("{name} has moved: it is at {}, not at {}", or_nothing(.actual), or_nothing(.expected))]
    Stale {
        /// The ref.
        name: RefName,
        /// Where the pusher last saw it.
        expected: Option<CommitId>,
        /// Where it is.
        actual: Option<CommitId>,
    },
    /// The default branch would be deleted, and its update does not allow that.
    #[error("{name} is the default branch")]
    DefaultBranch {
        /// The branch.
        name: RefName,
    },
    /// A branch is protected against its update.
    #[error("{name} {}", .rule.as_str())]
    Protected {
        /// The branch.
        name: RefName,
        /// What it does not allow.
        rule: BranchRule,
    },
    /// Two refs cannot have these names at the same time.
    #[error(transparent)]
    RefCollision(#[from] RefCollision),
    /// A ref would point to a commit that is not in the repository.
    #[error("{name} would point to {target}, which is not in the repository")]
    UnknownTarget {
        /// The ref.
        name: RefName,
        /// The commit.
        target: CommitId,
    },
    /// The database failed; trying again may help.
    #[error("publishing failed")]
    Store(#[from] StoreError),
}

impl From<DieselError> for PublishError {
    fn from(error: DieselError) -> Self {
        Self::Store(error.into())
    }
}

fn or_nothing(id: &Option<CommitId>) -> String {
    id.map_or_else(|| "nothing".to_owned(), |id| id.to_string())
}
