//! Waiting for a server's job.

use std::thread;
use std::time::{Duration, Instant};

use muse_wire::api::job::{JobState, JobStatus, ListedJob};
use muse_wire::api::push::RefUpdate;
use muse_wire::problem::{Problem, ProblemCode};

use super::Connection;
use crate::report::Unit;
use crate::transport::TransportError;

/// The first waits are short, so that a person sees the stages; later ones are as long as a server
/// takes part in.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// Least time from one question to the next: a server need not take part in the wait.
const LEAST_INTERVAL: Duration = Duration::from_millis(500);

/// Characters of a whole id.
const ID_LENGTH: usize = 36;

/// Why a job has no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobError {
    /// The server does not know the job.
    #[error("the server has no job {job_id}")]
    Unknown {
        /// The id that was asked for.
        job_id: String,
    },
    /// Several ids begin like this.
    #[error("several jobs begin with {prefix}")]
    Ambiguous {
        /// What was asked for.
        prefix: String,
        /// Their ids, the latest first.
        job_ids: Vec<String>,
    },
    /// The wait ended before the job did; the job goes on.
    #[error("the server is still working on job {job_id} after {} s", .waited.as_secs())]
    Unfinished {
        /// The job.
        job_id: String,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The job failed.
    #[error("{problem}")]
    Failed {
        /// The server's reason.
        problem: Problem,
    },
    /// The job failed for a reason that the server does not give.
    #[error("job {job_id} failed for a reason that the server does not give")]
    FailedWithoutReason {
        /// The job.
        job_id: String,
    },
    /// The server could not be asked.
    #[error(transparent)]
    Transport(#[from] TransportError),
}

impl JobError {
    /// The code of the server's reason, where there is one that this version knows.
    pub fn code(&self) -> Option<ProblemCode> {
        match self {
            Self::Failed { problem } => problem.known_code(),
            Self::Transport(error) => error.code(),
            _ => None,
        }
    }
}

/// The jobs of pushes that the server remembers, the latest first.
///
/// # Errors
/// [`JobError::Transport`].
pub fn list_jobs(connection: &Connection<'_>) -> Result<Vec<ListedJob>, JobError> {
    Ok(connection.wait(connection.client().jobs(""))?.jobs)
}

/// Asks where the job stands whose id this is, or how its id begins.
///
/// # Errors
/// [`JobError::Unknown`], [`JobError::Ambiguous`] and [`JobError::Transport`].
pub fn find_job(connection: &Connection<'_>, id: &str) -> Result<JobStatus, JobError> {
    if id.len() >= ID_LENGTH {
        return job_status(connection, id);
    }
    let unknown = || JobError::Unknown {
        job_id: id.to_owned(),
    };
    // No id begins with anything else.
    if !id
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    {
        return Err(unknown());
    }
    let prefix = id.to_ascii_lowercase();
    let mut jobs = connection.wait(connection.client().jobs(&prefix))?.jobs;
    if jobs.len() > 1 {
        let ids = jobs.into_iter().map(|listed| listed.job.job_id);
        return Err(JobError::Ambiguous {
            prefix,
            job_ids: ids.collect(),
        });
    }
    let found = jobs.pop().ok_or_else(unknown)?;
    Ok(found.job)
}

/// What a push moves, as its job says: some of it, and how many more refs there are. `None` where
/// the server does not tell: it is for those who may push.
pub fn job_updates(connection: &Connection<'_>, job_id: &str) -> Option<(Vec<RefUpdate>, u64)> {
    let listed = connection.wait(connection.client().jobs(job_id)).ok()?;
    let listed = listed.jobs.into_iter().next()?;
    Some((listed.updates, listed.more_updates))
}

fn job_status(connection: &Connection<'_>, job_id: &str) -> Result<JobStatus, JobError> {
    let asked = connection.wait(connection.client().job(job_id, Duration::ZERO));
    asked.map_err(|error| match error.code() {
        Some(ProblemCode::NotFound) => JobError::Unknown {
            job_id: job_id.to_owned(),
        },
        _ => error.into(),
    })
}

/// Waits until a job has ended, for `timeout` at most, and reports its stages under `label`. The
/// job may have failed: see [`check_job`].
///
/// # Errors
/// [`JobError::Unfinished`] if the time is over first, and [`JobError::Transport`].
pub fn wait_for_job(
    connection: &Connection<'_>,
    mut job: JobStatus,
    timeout: Duration,
    label: &str,
) -> Result<JobStatus, JobError> {
    let deadline = Instant::now() + timeout;
    let phase = connection.reporter().phase(label, None, Unit::Steps);
    let mut wait = FIRST_WAIT;
    while !job.status.is_final() {
        phase.set_detail(job.stage.as_deref().unwrap_or(job.status.as_str()));
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(JobError::Unfinished {
                job_id: job.job_id,
                waited: timeout,
            });
        }
        // A wait of less than a second is not in the protocol.
        let poll = wait.min(left).max(FIRST_WAIT);
        let asked_at = Instant::now();
        job = connection.wait(connection.client().job(&job.job_id, poll))?;
        if !job.status.is_final() {
            thread::sleep(LEAST_INTERVAL.saturating_sub(asked_at.elapsed()));
        }
        wait = (wait * 2).min(LONGEST_WAIT);
    }
    Ok(job)
}

/// Tells a job that failed from others.
///
/// # Errors
/// [`JobError::Failed`] and [`JobError::FailedWithoutReason`].
pub fn check_job(job: &JobStatus) -> Result<(), JobError> {
    if job.status != JobState::Failed {
        return Ok(());
    }
    Err(match &job.error {
        Some(problem) => JobError::Failed {
            problem: problem.clone(),
        },
        None => JobError::FailedWithoutReason {
            job_id: job.job_id.clone(),
        },
    })
}
