//! A job, as its owner sees it.

use muse_wire::api::job::JobStatus;

use crate::store::Repo;
use crate::store::jobs::Job;

/// What a client is told of a job. The plan of a fetch job is not part of it: its URLs are made
/// only when somebody asks for the plan.
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
        wanted_refs: Vec::new(),
    }
}
