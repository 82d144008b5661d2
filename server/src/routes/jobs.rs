//! Where a job stands.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue, LOCATION};
use muse_wire::api::job::{JobState, JobStatus};
use muse_wire::problem::ProblemCode;
use tokio_util::sync::CancellationToken;

use super::auth::Auth;
use crate::error::{Error, Result};
use crate::fetch::Fetch;
use crate::http::{Request, Response};
use crate::jobs::job_status;
use crate::store::Store;
use crate::store::jobs::{JobId, JobKind};

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

pub(super) struct JobRoutes {
    pub(super) auth: Auth,
    pub(super) store: Store,
    pub(super) fetch: Arc<Fetch>,
    pub(super) stopping: CancellationToken,
}

impl JobRoutes {
    /// `GET /{owner}/{slug}/push/jobs/{job_id}`; with `Prefer: wait=N` the answer comes when the
    /// job ends, N seconds are over or the server stops.
    pub(super) async fn status(&self, request: &mut Request) -> Result<Response> {
        // A fetch can be a job, too, so everybody who may read may ask for jobs.
        let repo = self.auth.readable_repo(request).await?;
        let id: JobId = request.parsed("job_id")?;
        let preferred = request.preferred_wait();
        let wait = self
            .store
            .wait_for_job(repo.id, id, preferred.unwrap_or_default());
        let found = match self.stopping.run_until_cancelled(wait).await {
            Some(found) => found?,
            None => self.store.job(repo.id, id).await?,
        };
        let job = found.ok_or_else(|| {
            let detail = format!("{} has no job {id}", repo.name);
            Error::problem(ProblemCode::NotFound, detail)
        })?;
        let mut status = job_status(&repo, &job);
        if job.kind == JobKind::BuildFetch && job.state == JobState::Done {
            status.fetch = Some(self.fetch.plan_of_job(&repo, &job).await?);
        }
        let mut response = request.answer(StatusCode::OK, &status);
        if let Some(wait) = preferred {
            let applied = HeaderValue::from_str(&format!("wait={}", wait.as_secs()))
                .expect("digits are a header value");
            response.headers_mut().insert(PREFERENCE_APPLIED, applied);
        }
        Ok(response)
    }
}

/// 202, and where to ask for the rest.
pub(super) fn accepted(request: &Request, status: &JobStatus) -> Response {
    let mut response = request.answer(StatusCode::ACCEPTED, status);
    let location =
        HeaderValue::from_str(&status.poll_url).expect("repository names and ids are ASCII");
    response.headers_mut().insert(LOCATION, location);
    response
}
