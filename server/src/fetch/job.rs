//! Fetches that need more building than a request should wait for.
//!
//! The job puts the residual mpacks together and stores them; the plan itself is made when the job is
//! asked for, from what is stored by then, so that its URLs are always fresh.

use muse_wire::api::fetch::{FetchPlan, FetchRequest};
use muse_wire::api::job::JobStatus;
use muse_wire::id::Hasher;
use muse_wire::problem::ProblemCode;

use super::plan::{Building, plan};
use crate::app::AppState;
use crate::failure::{Failure, Interruption};
use crate::jobs::status::job_status;
use crate::store::Repo;
use crate::store::jobs::{ClaimedJob, Job, JobKind, JobReport, Lease, NewJob};

/// Queues the building that a fetch needs; the same fetch gets the same job.
///
/// # Errors
/// [`Failure`] where it cannot be queued.
pub(super) async fn enqueue(
    state: &AppState,
    repo: &Repo,
    mut request: FetchRequest,
) -> Result<JobStatus, Failure> {
    request.want.sort_unstable();
    request.have.sort_unstable();
    let payload = rmp_serde::to_vec_named(&request)
        .map_err(|error| Failure::internal("encoding a job", error))?;
    let mut digest = Hasher::new();
    digest.update(b"fetch");
    digest.update(&payload);
    let job = NewJob {
        repo: repo.id,
        kind: JobKind::BuildFetch,
        request_digest: digest.finish(),
        payload,
        owner: None,
        updates: Vec::new(),
        queue_limit: state.config.queued_jobs_per_repo,
    };
    Ok(job_status(repo, &state.store.enqueue(&job).await?))
}

/// Runs a claimed [`JobKind::BuildFetch`].
///
/// # Errors
/// [`Failure`] where the job is not done.
pub(crate) async fn run_build(state: &AppState, claimed: ClaimedJob) -> Result<(), Failure> {
    let request = request_of(&claimed.job)?;
    let repo = state
        .store
        .repo_by_id(claimed.job.repo)
        .await?
        .ok_or_else(|| Failure::refused(ProblemCode::NotFound, "the repository is gone"))?;
    plan(state, &repo, &request, Building::Any).await?;
    complete(state, &claimed.lease).await
}

/// Ends a job that has nothing to report.
///
/// # Errors
/// [`Failure::Interrupted`] where another worker holds it by now.
pub(super) async fn complete(state: &AppState, lease: &Lease) -> Result<(), Failure> {
    if state.store.complete(lease, &JobReport::default()).await? {
        Ok(())
    } else {
        Err(Interruption::LeaseLost.into())
    }
}

/// The plan that a finished job has made possible.
///
/// # Errors
/// [`Failure::Refused`] where that is so long ago that what it built has expired, or the branches have moved
/// away from what was wanted: the client fetches again.
pub(crate) async fn plan_of_job(
    state: &AppState,
    repo: &Repo,
    job: &Job,
) -> Result<FetchPlan, Failure> {
    let request = request_of(job)?;
    plan(state, repo, &request, Building::Small)
        .await?
        .ok_or_else(|| {
            Failure::refused(
                ProblemCode::NotFound,
                "what this job built has expired: fetch again",
            )
        })
}

fn request_of(job: &Job) -> Result<FetchRequest, Failure> {
    rmp_serde::from_slice(&job.payload).map_err(|error| Failure::internal("decoding a job", error))
}
