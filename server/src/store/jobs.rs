//! The job queue: a table, leases with fencing tokens, and long-polling.
//!
//! A worker that claims a job holds it until its lease runs out; a heartbeat extends the lease. Every
//! claim gets a higher fencing token, and whatever a worker writes about a job names its token: a
//! worker that was taken for dead can no longer touch the job, however late it wakes up.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use muse_wire::api::job::{JobState, StepTiming};
use muse_wire::api::push::RefUpdate;
use muse_wire::id::CommitId;
use muse_wire::problem::Problem;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::accounts::UserId;
use super::convert::now_ms;
use super::error::Result;
#[cfg(doc)]
use super::error::StoreError;
pub use super::events::QueueWatch;
use super::events::wait_for_end;
use super::repos::RepoId;
use super::{Engine, Store, postgres, query, sqlite, transaction};

/// How often a job is tried before it fails for good.
pub const MAX_ATTEMPTS: u32 = 5;

/// The pause after the first attempt that failed; it doubles with each.
const FIRST_PAUSE_MS: i64 = 1_000;

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

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// Ingest an uploaded mpack and move refs.
    Unpack,
    /// Build what a fetch needs.
    BuildFetch,
    /// Put mpacks together that later fetches will need.
    Bundle,
}

impl JobKind {
    const ALL: [Self; 3] = [Self::Unpack, Self::BuildFetch, Self::Bundle];

    /// The text form, as stored and logged.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unpack => "unpack",
            Self::BuildFetch => "build_fetch",
            Self::Bundle => "bundle",
        }
    }

    pub(super) fn from_text(text: &str) -> Option<Self> {
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
    /// What the worker needs, in the worker's encoding.
    pub payload: Vec<u8>,
    /// Who asked.
    pub owner: Option<UserId>,
    /// A job of this digest that is done is the answer as long as the refs are where these updates
    /// left them; with no updates, only an unfinished job is.
    pub updates: Vec<RefUpdate>,
    /// Most jobs of the repository that may be unfinished, this one included.
    pub queue_limit: u64,
}

/// What a finished job leaves behind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobReport {
    /// Commits that were new to the repository.
    pub commits_written: Option<u64>,
    /// Objects that were new to the repository.
    pub objects_written: Option<u64>,
    /// Where the first updated ref points now.
    pub branch_head: Option<CommitId>,
    /// Why it failed, or why its last attempt did.
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
    /// What the worker needs.
    pub payload: Vec<u8>,
    /// Who asked.
    pub owner: Option<UserId>,
    /// Where it stands.
    pub state: JobState,
    /// The step that it is at, while it runs.
    pub stage: Option<String>,
    /// How often it has been claimed.
    pub attempts: u32,
    /// What came of it so far.
    pub report: JobReport,
    /// When it was queued, in milliseconds since 1970.
    pub created_at_ms: i64,
}

/// A worker's hold on a job.
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
    /// The hold on it, to be named in all that is written about it.
    pub lease: Lease,
}

impl Store {
    /// Queues a job, or finds the one that answers the same request already.
    ///
    /// # Errors
    /// [`StoreError::QueueFull`] where it would be one job too many, and where the database fails.
    pub async fn enqueue(&self, new: &NewJob) -> Result<Job> {
        let (job, queued) = transaction!(self, jobs::enqueue(new, now_ms()))?;
        if queued {
            self.events.job_queued();
        }
        Ok(job)
    }

    /// A repository's job.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn job(&self, repo: RepoId, id: JobId) -> Result<Option<Job>> {
        query!(self, jobs::find(repo, id))
    }

    /// As [`Store::job`], but waits up to `wait` for the job to end.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn wait_for_job(
        &self,
        repo: RepoId,
        id: JobId,
        wait: Duration,
    ) -> Result<Option<Job>> {
        // Listening starts before the first look, so that no end falls between the two.
        let mut ended = self.events.watch_ended();
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            let job = self.job(repo, id).await?;
            let is_over = job.as_ref().is_none_or(|job| job.state.is_final());
            if is_over || tokio::time::Instant::now() >= deadline {
                return Ok(job);
            }
            // A timeout is as good as a signal: the next turn looks either way.
            let _ = tokio::time::timeout_at(deadline, wait_for_end(&mut ended, id)).await;
        }
    }

    /// How many jobs of a repository have not ended.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn unfinished_jobs(&self, repo: RepoId) -> Result<u64> {
        query!(self, jobs::unfinished_count(repo))
    }

    /// Takes the oldest job of these kinds that is due: one that waits, or one whose worker let its
    /// lease run out. One that has used up its attempts is failed instead.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn claim(
        &self,
        kinds: &[JobKind],
        worker: &str,
        lease: Duration,
    ) -> Result<Option<ClaimedJob>> {
        // Most calls find nothing: they shall not keep a writer waiting.
        if !query!(self, jobs::any_due(kinds, now_ms()))? {
            return Ok(None);
        }
        let (claimed, ended) = transaction!(
            self,
            jobs::claim(kinds, worker, duration_ms(lease), now_ms())
        )?;
        for id in ended {
            self.events.job_ended(id);
        }
        Ok(claimed)
    }

    /// Extends a lease; `false` where it is lost, and the worker must stop.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn heartbeat(&self, lease: &Lease, extend: Duration) -> Result<bool> {
        transaction!(self, jobs::heartbeat(lease, duration_ms(extend), now_ms()))
    }

    /// Notes the step that a job is at; `false` where the lease is lost.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn set_stage(&self, lease: &Lease, stage: &str) -> Result<bool> {
        transaction!(self, jobs::set_stage(lease, stage, now_ms()))
    }

    /// Ends a job that moves no refs; `false` where the lease is lost.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn complete(&self, lease: &Lease, report: &JobReport) -> Result<bool> {
        self.finish(lease, JobState::Done, report).await
    }

    /// Fails a job for good; `false` where the lease is lost.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn fail(&self, lease: &Lease, report: &JobReport) -> Result<bool> {
        self.finish(lease, JobState::Failed, report).await
    }

    /// Gives a job back for another attempt after a pause that doubles each time, or fails it for
    /// good where its attempts are used up; `None` where the lease is lost.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn retry(&self, lease: &Lease, report: &JobReport) -> Result<Option<JobState>> {
        let state = transaction!(self, jobs::retry(lease, report, now_ms()))?;
        if state == Some(JobState::Failed) {
            self.events.job_ended(lease.job);
        }
        Ok(state)
    }

    /// Gives a job back untouched, as when the server stops: the attempt does not count.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn release(&self, lease: &Lease) -> Result<bool> {
        let released = transaction!(self, jobs::release(lease, now_ms()))?;
        if released {
            self.events.job_queued();
        }
        Ok(released)
    }

    /// What tells a worker that a job was queued. Make it before the first claim: nothing that is
    /// queued later is missed.
    pub fn queue(&self) -> QueueWatch {
        self.events.watch_queue()
    }

    async fn finish(&self, lease: &Lease, state: JobState, report: &JobReport) -> Result<bool> {
        let held = transaction!(self, jobs::finish(lease, state, report, now_ms()))?;
        if held {
            self.events.job_ended(lease.job);
        }
        Ok(held)
    }
}

fn duration_ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// The pause before the next attempt of a job that has had this many.
pub(super) fn pause_ms(attempts: u32) -> i64 {
    FIRST_PAUSE_MS << attempts.saturating_sub(1).min(MAX_ATTEMPTS)
}
