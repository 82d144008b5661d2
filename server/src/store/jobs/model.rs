//! What a job is, and the row that it is read from.

use std::fmt;
use std::str::FromStr;

use diesel::prelude::*;
use muse_wire::api::job::{JobState, StepTiming};
use muse_wire::api::push::RefUpdate;
use muse_wire::id::CommitId;
use muse_wire::problem::Problem;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::store::accounts::model::UserId;
use crate::store::columns::{from_column, unpack};
use crate::store::error::{Result, StoreError};
use crate::store::repos::model::RepoId;
use crate::store::schema::jobs;

/// How often a job is tried before it fails for good. Attempts that an outage ended do not count.
pub const MAX_ATTEMPTS: u32 = 5;

/// The pause after the first failed attempt, and after the first outage; it doubles with each one.
const FIRST_PAUSE_MS: i64 = 1_000;

/// The longest pause.
const MAX_PAUSE_MS: i64 = 60_000;

/// A job's id, as clients see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub Uuid);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for JobId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::from_str(text).map(Self)
    }
}

/// Workers of their own for each purpose, so that pushes have theirs however much else there is to
/// do, and fetches do not wait until large mpacks are merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crew {
    /// For jobs that pushes wait for.
    Pushes,
    /// For what fetches wait for, or will.
    Fetches,
    /// For what nobody waits for.
    Upkeep,
}

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// Ingest an uploaded mpack and move refs.
    Unpack,
    /// Build the mpacks that a fetch needs.
    BuildFetch,
    /// Work out the plans of those who follow the refs that a push moved.
    PlanFetches,
    /// Merge mpacks, so that there are few of them.
    Consolidate,
    /// Delete the blobs of a deleted repository, whose id in blob keys is the payload.
    DeleteBlobs,
}

impl JobKind {
    /// Every kind.
    pub(crate) const ALL: [Self; 5] = [
        Self::Unpack,
        Self::BuildFetch,
        Self::PlanFetches,
        Self::Consolidate,
        Self::DeleteBlobs,
    ];

    /// Which workers run it.
    pub(crate) const fn crew(self) -> Crew {
        match self {
            Self::Unpack => Crew::Pushes,
            Self::BuildFetch | Self::PlanFetches => Crew::Fetches,
            Self::Consolidate | Self::DeleteBlobs => Crew::Upkeep,
        }
    }

    /// The kinds for which the same workers are.
    pub(in crate::store) fn claimed_with(kind: Self) -> impl Iterator<Item = Self> {
        let kinds = Self::ALL.into_iter();
        kinds.filter(move |other| other.crew() == kind.crew())
    }

    /// The text form, as stored and logged.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unpack => "unpack",
            Self::BuildFetch => "build_fetch",
            Self::PlanFetches => "plan_fetches",
            Self::Consolidate => "consolidate",
            Self::DeleteBlobs => "delete_blobs",
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A job to queue.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// The repository that it works on.
    pub repo: RepoId,
    /// What it does.
    pub kind: JobKind,
    /// Digest of the request; the same request gets the same job.
    pub request_digest: [u8; 32],
    /// The job's input, in the encoding of its handler.
    pub payload: Vec<u8>,
    /// Who asked for it.
    pub owner: Option<UserId>,
    /// An earlier job of this digest that is done is returned instead, as long as the refs are
    /// where these updates left them. Without updates only an unfinished job is.
    pub updates: Vec<RefUpdate>,
    /// How many unfinished jobs of this kind the repository may have, this one included.
    pub queue_limit: u64,
}

/// The outcome of a job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobReport {
    /// Commits that were new to the repository.
    pub commits_written: Option<u64>,
    /// Objects that were new to the repository.
    pub objects_written: Option<u64>,
    /// Where the first updated ref points now.
    pub branch_head: Option<CommitId>,
    /// Why it failed, or why its last attempt failed.
    pub error: Option<Problem>,
    /// Milliseconds of each step, in order.
    pub timings: Vec<StepTiming>,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// The repository that it works on.
    pub repo: RepoId,
    /// What it does.
    pub kind: JobKind,
    /// Digest of the request.
    pub request_digest: [u8; 32],
    /// The job's input.
    pub payload: Vec<u8>,
    /// Who asked for it.
    pub owner: Option<UserId>,
    /// Where it stands.
    pub state: JobState,
    /// The step that it is at, while it runs.
    pub stage: Option<String>,
    /// How often it has been claimed, without the claims that an outage or a stop ended.
    pub attempts: u32,
    /// Its outcome, or that of its last attempt.
    pub report: JobReport,
    /// When it was queued, in milliseconds since 1970.
    pub created_at_ms: i64,
    /// The request that asked for it.
    pub request_id: Option<String>,
}

/// A worker's claim to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job: JobId,
    /// The fencing token: higher with each claim.
    pub fence: i64,
}

/// A job that a worker may now run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedJob {
    /// The job, running.
    pub job: Job,
    /// The claim, to be named in everything that is written about the job.
    pub lease: Lease,
}

/// A job without its lease.
#[derive(Queryable, Selectable)]
#[diesel(table_name = jobs)]
pub(in crate::store) struct JobRow {
    id: String,
    repo_id: i64,
    kind: String,
    request_digest: Vec<u8>,
    payload: Vec<u8>,
    owner_id: Option<i64>,
    state: String,
    stage: Option<String>,
    attempts: i64,
    report: Vec<u8>,
    created_at_ms: i64,
    request_id: Option<String>,
}

impl TryFrom<JobRow> for Job {
    type Error = StoreError;

    fn try_from(row: JobRow) -> Result<Self> {
        Ok(Self {
            id: job_id(&row.id)?,
            repo: RepoId(row.repo_id),
            kind: JobKind::from_text(&row.kind).ok_or(StoreError::Corrupt("job kind"))?,
            request_digest: row
                .request_digest
                .try_into()
                .map_err(|_| StoreError::Corrupt("request digest"))?,
            payload: row.payload,
            owner: row.owner_id.map(UserId),
            state: job_state(&row.state)?,
            stage: row.stage,
            attempts: from_column(row.attempts)?,
            report: unpack(&row.report, "job report")?,
            created_at_ms: row.created_at_ms,
            request_id: row.request_id,
        })
    }
}

pub(in crate::store) fn job_id(text: &str) -> Result<JobId> {
    text.parse().map_err(|_| StoreError::Corrupt("job id"))
}

fn job_state(text: &str) -> Result<JobState> {
    [
        JobState::Pending,
        JobState::Running,
        JobState::Done,
        JobState::Failed,
    ]
    .into_iter()
    .find(|state| state.as_str() == text)
    .ok_or(StoreError::Corrupt("job state"))
}

/// The pause after the first, second, … failed attempt or outage.
pub(in crate::store) fn pause_ms(count: i64) -> i64 {
    let doublings = count.clamp(1, 32) - 1;
    (FIRST_PAUSE_MS << doublings).min(MAX_PAUSE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute() {
        let pauses = [0, 1, 2, 6, 7, 8, i64::MAX].map(pause_ms);
        assert_eq!(
            pauses,
            [1_000, 1_000, 2_000, 32_000, 60_000, 60_000, 60_000]
        );
    }
}
