//! Waiting for a server's job.

use std::time::{Duration, Instant};

use muse_wire::api::job::{JobState, JobStatus};

use super::Connection;
use crate::report::{Reporter as _, Unit};
use crate::transport::TransportError;
use crate::ui::error::{CliError, ErrorKind};

/// The first waits are short, so that a person sees the stages; later ones are as long as a server takes part in.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(20);

impl Connection<'_> {
    /// Waits until a job has ended, for `timeout` at most, and shows its stages under `label`.
    ///
    /// # Errors
    /// [`ErrorKind::JobUnfinished`] where the time is over first; the job goes on. What the last call gives.
    pub fn wait_for_job(
        &self,
        mut job: JobStatus,
        timeout: Duration,
        label: &str,
    ) -> Result<JobStatus, CliError> {
        let deadline = Instant::now() + timeout;
        let phase = self.context.phase(label, None, Unit::Steps);
        let mut wait = FIRST_WAIT;
        while !job.status.is_final() {
            phase.set_detail(job.stage.as_deref().unwrap_or(job.status.as_str()));
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(CliError::new(
                    ErrorKind::JobUnfinished,
                    format!(
                        "the server is still working on job {} after {} s",
                        job.job_id,
                        timeout.as_secs()
                    ),
                )
                .with_hint(format!(
                    "it goes on without us; to wait for it: `muse job wait {}`",
                    job.job_id
                )));
            }
            // A wait of less than a second is not in the protocol.
            let poll = wait.min(left).max(FIRST_WAIT);
            job = self.wait(self.client.job(&job.job_id, poll))?;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        Ok(job)
    }

    /// The error of a job that failed; none where it is done.
    pub fn job_error(&self, job: &JobStatus) -> Option<CliError> {
        if job.status != JobState::Failed {
            return None;
        }
        Some(match &job.error {
            Some(problem) => self.explain(TransportError::Problem {
                problem: problem.clone(),
                retry_after: None,
            }),
            None => CliError::new(
                ErrorKind::PushFailed,
                format!(
                    "job {} failed for a reason that the server does not give",
                    job.job_id
                ),
            ),
        })
    }
}
