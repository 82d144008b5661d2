//! The job queue: a table, leases with fencing tokens, and long-polling.
//!
//! A worker that claims a job holds it until its lease runs out; a heartbeat extends the lease.
//! Every claim gets a higher fencing token, and whatever a worker writes about a job names its
//! token. So a worker that was taken for dead can no longer touch the job, however late it wakes.
//!
//! Repositories and users take turns: whoever queues many jobs does not keep the others waiting.
//!
//! Leases, pauses and the age of finished jobs go by the database's clock.
//!
//! The queue is a table of this database, and no library, because a job is queued and ended in the
//! same transaction as the change that it belongs to.

pub(in crate::store) mod model;

use std::time::Duration;

use muse_wire::api::job::JobState;
use tokio::time::{Instant, timeout_at};

pub(crate) use model::Crew;
pub use model::{ClaimedJob, Job, JobId, JobKind, JobReport, Lease, MAX_ATTEMPTS, NewJob};

use super::columns::duration_ms;
use super::database::{Store, query, transaction};
use super::error::Result;
#[cfg(doc)]
use super::error::StoreError;
use super::repos::RepoId;
pub use super::signals::QueueWatch;

impl Store {
    /// Queues a job, unless there is one for the same request already; returns the job.
    ///
    /// # Errors
    /// [`StoreError::QueueFull`] where the repository has too many jobs, and where the database
    /// fails.
    pub async fn enqueue(&self, new: &NewJob) -> Result<Job> {
        let (job, queued) = transaction!(self, jobs::enqueue(new))?;
        if queued {
            self.signals.job_queued();
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

    /// The jobs of this kind in a repository whose ids begin with `prefix`, the latest first, each
    /// with the name of who asked for it.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn jobs_of(
        &self,
        repo: RepoId,
        kind: JobKind,
        prefix: &str,
        limit: u32,
    ) -> Result<Vec<(Job, Option<String>)>> {
        query!(self, jobs::of_repo(repo, kind, prefix, limit))
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
        // Watching starts before the job is read, so that its end cannot fall between the two.
        let mut ended = self.signals.watch_ended();
        let deadline = Instant::now() + wait;
        loop {
            let job = self.job(repo, id).await?;
            let is_over = job.as_ref().is_none_or(|job| job.state.is_final());
            if is_over || Instant::now() >= deadline {
                return Ok(job);
            }
            // A time-out is as good as a signal: the loop reads the job either way.
            let _ = timeout_at(deadline, ended.wait(id)).await;
        }
    }

    /// How many jobs of this kind have not ended in a repository.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn unfinished_jobs(&self, repo: RepoId, kind: JobKind) -> Result<u64> {
        query!(self, jobs::unfinished_count(repo, kind))
    }

    /// Claims the job of these kinds that is due and whose turn it is: one that waits, or one whose
    /// lease ran out. A job that has used up its attempts is failed instead.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn claim(
        &self,
        kinds: &[JobKind],
        worker: &str,
        lease: Duration,
    ) -> Result<Option<ClaimedJob>> {
        // Most calls find nothing, and those must not make a writer wait.
        if !query!(self, jobs::any_due(kinds))? {
            return Ok(None);
        }
        let (claimed, ended) = transaction!(self, jobs::claim(kinds, worker, duration_ms(lease)))?;
        for id in ended {
            self.signals.job_ended(id);
        }
        Ok(claimed)
    }

    /// How the database finds the job to claim, in its own words.
    ///
    /// # Errors
    /// Only where the database fails.
    #[cfg(any(test, feature = "testing"))]
    pub async fn explain_claim(&self, kinds: &[JobKind]) -> Result<Vec<String>> {
        transaction!(self, jobs::explain_claim(kinds))
    }

    /// Extends a lease; `false` where it is lost, and the worker must stop.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn heartbeat(&self, lease: &Lease, extend: Duration) -> Result<bool> {
        transaction!(self, jobs::heartbeat(lease, duration_ms(extend)))
    }

    /// Records the step that a job is at; `false` where the lease is lost.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn set_stage(&self, lease: &Lease, stage: &str) -> Result<bool> {
        transaction!(self, jobs::set_stage(lease, stage))
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

    /// Queues a job again, to be tried after a pause that doubles each time, or fails it for good
    /// where its attempts are used up; `None` where the lease is lost.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn retry(&self, lease: &Lease, report: &JobReport) -> Result<Option<JobState>> {
        let state = transaction!(self, jobs::retry(lease, report))?;
        if state == Some(JobState::Failed) {
            self.signals.job_ended(lease.job);
        }
        Ok(state)
    }

    /// Queues a job again because of an outage, to be tried after a pause that doubles each time,
    /// up to a minute. The attempt does not count. `false` where the lease is lost.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn postpone(&self, lease: &Lease, report: &JobReport) -> Result<bool> {
        transaction!(self, jobs::postpone(lease, report))
    }

    /// Queues a job again without counting the attempt, as when the server stops; `false` where the
    /// lease is lost.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn release(&self, lease: &Lease) -> Result<bool> {
        let released = transaction!(self, jobs::release(lease))?;
        if released {
            self.signals.job_queued();
        }
        Ok(released)
    }

    /// Deletes jobs that ended at least `age` ago, at most `limit` of them; returns how many.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn delete_finished_jobs(&self, age: Duration, limit: u16) -> Result<usize> {
        let age_ms = duration_ms(age);
        // Most calls find nothing, and those must not make a writer wait.
        let ids = query!(self, jobs::finished_before(age_ms, limit.into()))?;
        if ids.is_empty() {
            return Ok(0);
        }
        transaction!(self, jobs::delete_finished(&ids))
    }

    /// Wakes a worker when a job is queued. Called before the first claim, it misses no job.
    pub fn watch_queue(&self) -> QueueWatch {
        self.signals.watch_queue()
    }

    async fn finish(&self, lease: &Lease, state: JobState, report: &JobReport) -> Result<bool> {
        let held = transaction!(self, jobs::finish(lease, state, report))?;
        if held {
            self.signals.job_ended(lease.job);
        }
        Ok(held)
    }
}
