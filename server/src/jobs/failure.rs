//! How a job failed, and what becomes of it then.

use muse_wire::problem::{Problem, ProblemCode};

use crate::error::{Error, with_causes};
use crate::store::jobs::{JobId, JobReport, Lease};
use crate::store::{Store, StoreError};

/// How a job failed.
#[derive(Debug)]
pub(super) enum JobFailure {
    /// What it was asked to do breaks a rule: it has failed for good.
    Refused(Box<Problem>),
    /// The database or a store is away: it goes on when they are back.
    Outage(Error),
    /// Anything else: it is tried again, a few times.
    Fault(Error),
    /// The process stops: it goes on elsewhere.
    Interrupted,
    /// Another worker has it: there is nothing to record.
    Lost,
}

impl JobFailure {
    /// The failure that an error of a handler is.
    pub(super) fn of(error: Error) -> Self {
        match error {
            Error::Problem(problem) => Self::Refused(problem),
            Error::LeaseLost => Self::Lost,
            Error::ShuttingDown => Self::Interrupted,
            error if error.is_outage() => Self::Outage(error),
            error => Self::Fault(error),
        }
    }

    /// How the attempt ended, in one word.
    pub(super) const fn as_str(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::Outage(_) => "outage",
            Self::Fault(_) => "fault",
            Self::Interrupted => "interrupted",
            Self::Lost => "lost",
        }
    }

    /// Writes one log line about it.
    pub(super) fn log(&self, job: JobId) {
        match self {
            Self::Refused(problem) => {
                tracing::info!(%job, code = problem.code, detail = problem.detail, "job refused");
            }
            Self::Outage(error) => {
                tracing::warn!(%job, error = with_causes(error), "job put off by an outage");
            }
            Self::Fault(error) => {
                tracing::error!(%job, error = with_causes(error), "job failed");
            }
            Self::Interrupted => tracing::info!(%job, "job queued again"),
            Self::Lost => tracing::warn!(%job, "another worker has taken the job over"),
        }
    }

    /// Records it on the job, unless the lease is lost.
    ///
    /// # Errors
    /// Only where the database fails.
    pub(super) async fn record(&self, store: &Store, lease: &Lease) -> Result<(), StoreError> {
        match self {
            Self::Refused(problem) => {
                store.fail(lease, &report(Problem::clone(problem))).await?;
            }
            Self::Outage(_) => {
                let detail = "the server's database or storage fails; the job goes on after that";
                let problem = Problem::new(ProblemCode::Unavailable, detail);
                store.postpone(lease, &report(problem)).await?;
            }
            Self::Fault(_) => {
                let problem = Problem::new(ProblemCode::Internal, "the server failed");
                store.retry(lease, &report(problem)).await?;
            }
            Self::Interrupted => {
                store.release(lease).await?;
            }
            Self::Lost => {}
        }
        Ok(())
    }
}

fn report(problem: Problem) -> JobReport {
    JobReport {
        error: Some(problem),
        ..JobReport::default()
    }
}
