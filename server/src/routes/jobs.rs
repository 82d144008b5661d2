//! Where a job stands.

use hyper::StatusCode;
use hyper::header::{self, HeaderName, HeaderValue};
use muse_wire::api::job::JobStatus;
use muse_wire::problem::ProblemCode;
use std::time::Duration;

use crate::auth;
use crate::http::{Call, CallError, Response, refused};
use crate::ingest;
use crate::store::jobs::JobId;

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// `GET /{owner}/{slug}/push/jobs/{job_id}`; with `Prefer: wait=N` the answer comes when the job ends,
/// N seconds are over or the server stops.
pub(crate) async fn status(call: &mut Call) -> Result<Response, CallError> {
    // Who may read may also build a fetch, so a reader may ask after jobs.
    let repo = auth::readable_repo(call).await?;
    let id: JobId = call.parsed("job_id")?;
    let preferred = call.preferred_wait();
    let wait = preferred.unwrap_or_default();
    let found = tokio::select! {
        found = ingest::status(&call.state, &repo, id, wait) => found?,
        () = call.state.stopping.cancelled() => {
            ingest::status(&call.state, &repo, id, Duration::ZERO).await?
        }
    };
    let status = found.ok_or_else(|| {
        let detail = format!("{} has no job {id}", repo.name);
        refused(ProblemCode::NotFound, detail)
    })?;
    let mut response = call.answer(StatusCode::OK, &status);
    if let Some(wait) = preferred {
        let applied = HeaderValue::from_str(&format!("wait={}", wait.as_secs()))
            .expect("digits are a header value");
        response.headers_mut().insert(PREFERENCE_APPLIED, applied);
    }
    Ok(response)
}

/// 202 and where to ask for the rest.
pub(super) fn accepted(call: &Call, status: &JobStatus) -> Response {
    let mut response = call.answer(StatusCode::ACCEPTED, status);
    let location =
        HeaderValue::from_str(&status.poll_url).expect("repository names and ids are ASCII");
    response.headers_mut().insert(header::LOCATION, location);
    response
}
