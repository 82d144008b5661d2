//! Answers "everything in `want` but not in `have`" with a short list of mpacks.

use muse_wire::api::fetch::{FetchPlan, FetchRequest};
use muse_wire::api::job::JobStatus;

use crate::app::AppState;
use crate::failure::Failure;
use crate::store::Repo;
use crate::store::jobs::{ClaimedJob, Job};

/// The answer to a fetch.
#[derive(Debug)]
pub enum FetchOutcome {
    /// What to download.
    Plan(FetchPlan),
    /// Something large has to be put together first; the job's status will hold the plan.
    Job(JobStatus),
}

/// Plans a fetch.
///
/// # Errors
/// [`Failure::Refused`] where a wanted commit is not reachable from a ref.
pub async fn plan(
    state: &AppState,
    repo: &Repo,
    request: FetchRequest,
) -> Result<FetchOutcome, Failure> {
    unimplemented!("{state:?} {repo:?} {request:?}")
}
pub(crate) async fn run_build(state: &AppState, claimed: ClaimedJob) -> Result<(), Failure> {
    unimplemented!("{state:?} {claimed:?}")
}
pub(crate) async fn plan_of_job(
    state: &AppState,
    repo: &Repo,
    job: &Job,
) -> Result<FetchPlan, Failure> {
    unimplemented!("{state:?} {repo:?} {job:?}")
}
