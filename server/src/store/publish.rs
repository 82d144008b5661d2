//! The transaction that makes a push visible.

mod model;

use std::time::Instant;

pub use model::{FollowUps, NewMpack, Publication, PublishError, Step};

use super::columns::now_ms;
use super::database::{Store, transaction};
use super::jobs::JobReport;

impl Store {
    /// Makes a push visible in one transaction: it inserts new rows, moves refs by compare-and-swap
    /// with a log row each, ends the job and queues the jobs that follow. Where nothing is new,
    /// only the job's row is written. Returns what was new and how long all steps took.
    ///
    /// # Errors
    /// [`PublishError`]; nothing was written.
    pub async fn publish(&self, publication: Publication) -> Result<JobReport, PublishError> {
        let started = Instant::now();
        let job = publication.job;
        let follow_ups = &publication.follow_ups;
        let queues = !follow_ups.jobs.is_empty() || follow_ups.consolidation.is_some();
        let report = transaction!(self, publish::publish(publication, started, now_ms()))?;
        if let Some(lease) = job {
            self.signals.job_ended(lease.job);
        }
        if queues {
            self.signals.job_queued();
        }
        Ok(report)
    }
}
