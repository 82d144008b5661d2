//! Where jobs stand.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue, LOCATION};
use muse_wire::api::job::{JobState, JobStatus, JobsResponse, ListedJob};
use muse_wire::api::push::UnpackRequest;
use muse_wire::limits::{MAX_LISTED_JOBS, MAX_LISTED_UPDATES};
use muse_wire::problem::ProblemCode;
use tokio_util::sync::CancellationToken;

use super::auth::Auth;
use crate::error::{Error, Result};
use crate::fetch::Fetch;
use crate::http::{Request, Response};
use crate::jobs::{decode_request, job_status};
use crate::store::Store;
use crate::store::jobs::{JobId, JobKind};
use crate::store::members::Role;

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

pub(super) struct JobRoutes {
    pub(super) auth: Auth,
    pub(super) store: Store,
    pub(super) fetch: Arc<Fetch>,
    pub(super) stopping: CancellationToken,
}

impl JobRoutes {
    /// `GET /{owner}/{slug}/push/jobs`
    pub(super) async fn list(&self, request: &mut Request) -> Result<Response> {
        let (repo, _) = self.auth.repo_with(request, Role::Write).await?;
        let prefix = request.query_value("prefix").unwrap_or_default();
        if !prefix
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'))
        {
            return Err(bad_request("no job's id begins with this `prefix`"));
        }
        let limit = match request.query_value("limit") {
            Some(limit) => limit.parse().ok(),
            None => Some(MAX_LISTED_JOBS),
        };
        let limit = limit.filter(|limit| (1..=MAX_LISTED_JOBS).contains(limit));
        let limit = limit.and_then(|limit| u32::try_from(limit).ok());
        let limit =
            limit.ok_or_else(|| bad_request(&format!("`limit` is from 1 to {MAX_LISTED_JOBS}")))?;
        let found = self
            .store
            .jobs_of(repo.id, JobKind::Unpack, &prefix, limit)
            .await?;
        let jobs = found.into_iter().map(|(job, user)| {
            let mut updates = decode_request::<UnpackRequest>(&job)?.updates;
            let more_updates = updates.len().saturating_sub(MAX_LISTED_UPDATES);
            updates.truncate(MAX_LISTED_UPDATES);
            Ok(ListedJob {
                job: job_status(&repo, &job),
                user,
                created_at: job.created_at_ms.div_euclid(1000),
                updates,
                more_updates: more_updates as u64,
            })
        });
        let jobs = jobs.collect::<Result<_>>()?;
        Ok(request.answer(StatusCode::OK, &JobsResponse { jobs }))
    }

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

fn bad_request(detail: &str) -> Error {
    Error::problem(ProblemCode::BadRequest, detail)
}

/// 202, and where to ask for the rest.
pub(super) fn accepted(request: &Request, status: &JobStatus) -> Response {
    let mut response = request.answer(StatusCode::ACCEPTED, status);
    let location =
        HeaderValue::from_str(&status.poll_url).expect("repository names and ids are ASCII");
    response.headers_mut().insert(LOCATION, location);
    response
}
