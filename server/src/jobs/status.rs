//! A job, as its owner sees it.

use muse_wire::api::job::JobStatus;

use crate::store::Repo;
use crate::store::jobs::Job;

/// What is told of a job. A fetch job's plan is not part of it: its URLs are made when they are asked for.
pub(crate) fn job_status(repo: &Repo, job: &Job) -> JobStatus {
    JobStatus {
        job_id: job.id.to_string(),
        status: job.state,
        stage: job.stage.clone(),
        poll_url: format!("/{}/push/jobs/{}", repo.name, job.id),
        commits_written: job.report.commits_written,
        objects_written: job.report.objects_written,
        branch_head: job.report.branch_head,
        error: job.report.error.clone(),
        timings: job.report.timings.clone(),
        fetch: None,
    }
}
