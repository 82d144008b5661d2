//! Answers "everything in `want` but not in `have`" with a short list of mpacks.
//!
//! 1. `reach`: which commits the client needs, by a walk over the commit graph.
//! 2. `cover`: which stored mpacks can be given whole. A pushed mpack is exactly what lies between
//!    two states of a branch, so the usual clone and the usual pull need nothing else.
//! 3. `residual`: mpacks put together for the rest, kept for the next client that needs the same.
//!
//! Behind runs of small mpacks stand bundles of them, made in the background: `bundle`.
//!
//! The mpacks of a plan are in an order in which each one fits onto what the client has by then.

mod built;
mod bundle;
mod cover;
mod job;
mod plan;
mod reach;
mod records;
mod residual;
mod sources;
#[cfg(test)]
mod tests;

use muse_wire::api::fetch::{FetchPlan, FetchRequest};
use muse_wire::api::job::JobStatus;

pub(crate) use bundle::{follow_up, run_bundle};
pub(crate) use job::{plan_of_job, run_build};

use crate::app::AppState;
use crate::failure::Failure;
use crate::store::Repo;

/// The answer to a fetch.
#[derive(Debug)]
pub enum FetchOutcome {
    /// What to download.
    Plan(FetchPlan),
    /// Something large has to be put together first; the job's status will hold the plan.
    Job(Box<JobStatus>),
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
    match plan::plan(state, repo, &request, plan::Building::Small).await? {
        Some(plan) => Ok(FetchOutcome::Plan(plan)),
        None => {
            let status = job::enqueue(state, repo, request).await?;
            Ok(FetchOutcome::Job(Box::new(status)))
        }
    }
}
