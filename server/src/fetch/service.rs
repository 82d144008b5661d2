//! The ways into fetch: a request, or a job for what a request should not wait for.
//!
//! A job builds and stores the residual mpacks. The plan itself is made when a client asks for it,
//! from what is stored by then, so that its URLs are always fresh.

use std::time::Duration;

use muse_wire::api::fetch::{FetchPlan, FetchRequest};
use muse_wire::api::job::JobStatus;
use muse_wire::problem::ProblemCode;

use super::bundles;
use super::plan::plan;
use super::source::RepoSource;
use crate::blobs::Blobs;
use crate::error::{Error, Result};
use crate::jobs::{complete, decode_request, encode_request, job_status};
use crate::store::jobs::{ClaimedJob, Job, JobKind, NewJob};
use crate::store::repos::RepoId;
use crate::store::{Repo, Store};

/// Most bytes of objects, uncompressed, that a request waits for to be built.
const MAX_BUILD_IN_REQUEST_BYTES: u64 = 32 * 1024 * 1024;

/// Settings of fetches.
#[derive(Debug, Clone)]
pub(crate) struct FetchOptions {
    /// Most unfinished jobs of one repository.
    pub(crate) queued_jobs_per_repo: u64,
    /// How long a presigned URL is valid.
    pub(crate) presign_lifetime: Duration,
}

/// Plans fetches.
pub(crate) struct Fetch {
    store: Store,
    blobs: Blobs,
    options: FetchOptions,
}

/// The answer to a fetch.
#[derive(Debug)]
pub(crate) enum FetchOutcome {
    /// What to download.
    Plan(FetchPlan),
    /// Something large has to be built first; the job's status will hold the plan.
    Job(Box<JobStatus>),
}

impl Fetch {
    /// Plans fetches of what is in `store` and `blobs`.
    pub(crate) const fn new(store: Store, blobs: Blobs, options: FetchOptions) -> Self {
        Self {
            store,
            blobs,
            options,
        }
    }

    /// Plans a fetch, or queues the job that it needs.
    ///
    /// # Errors
    /// [`Error::Problem`] where no ref reaches a wanted commit.
    pub(crate) async fn plan(&self, repo: &Repo, request: FetchRequest) -> Result<FetchOutcome> {
        let planned = self.plan_within(repo, &request, MAX_BUILD_IN_REQUEST_BYTES);
        match planned.await? {
            Some(plan) => Ok(FetchOutcome::Plan(plan)),
            None => {
                let status = self.enqueue_build(repo, request).await?;
                Ok(FetchOutcome::Job(Box::new(status)))
            }
        }
    }

    /// The plan that a finished job has made possible.
    ///
    /// # Errors
    /// [`Error::Problem`] where what the job built has expired, or no ref reaches what was wanted
    /// any more: the client has to fetch again.
    pub(crate) async fn plan_of_job(&self, repo: &Repo, job: &Job) -> Result<FetchPlan> {
        let request: FetchRequest = decode_request(job)?;
        let planned = self.plan_within(repo, &request, MAX_BUILD_IN_REQUEST_BYTES);
        planned.await?.ok_or_else(|| {
            let detail = "what this job built has expired: fetch again";
            Error::problem(ProblemCode::NotFound, detail)
        })
    }

    /// Runs a claimed [`JobKind::BuildFetch`].
    ///
    /// # Errors
    /// [`Error`] where the job is not done.
    pub(crate) async fn run_build(&self, claimed: ClaimedJob) -> Result<()> {
        let request: FetchRequest = decode_request(&claimed.job)?;
        let repo = self.store.repo_by_id(claimed.job.repo).await?;
        let repo =
            repo.ok_or_else(|| Error::problem(ProblemCode::NotFound, "the repository is gone"))?;
        self.plan_within(&repo, &request, u64::MAX).await?;
        complete(&self.store, &claimed.lease).await
    }

    /// Runs a claimed [`JobKind::Bundle`].
    ///
    /// # Errors
    /// [`Error`] where the job is not done.
    pub(crate) async fn run_bundle(&self, claimed: ClaimedJob) -> Result<()> {
        if let Some(repo) = self.store.repo_by_id(claimed.job.repo).await? {
            bundles::build_missing(self.source(&repo)).await?;
        }
        complete(&self.store, &claimed.lease).await
    }

    /// The jobs that one more mpack in a repository makes necessary.
    ///
    /// # Errors
    /// [`Error`] where the database fails.
    pub(crate) async fn jobs_after_publication(&self, repo: RepoId) -> Result<Vec<NewJob>> {
        let job = bundles::job_after_publication(&self.store, repo).await?;
        Ok(job.into_iter().collect())
    }

    async fn plan_within(
        &self,
        repo: &Repo,
        request: &FetchRequest,
        max_build_bytes: u64,
    ) -> Result<Option<FetchPlan>> {
        let lifetime = self.options.presign_lifetime;
        plan(self.source(repo), request, max_build_bytes, lifetime).await
    }

    /// Queues a [`JobKind::BuildFetch`]; the same fetch gets the same job.
    async fn enqueue_build(&self, repo: &Repo, mut request: FetchRequest) -> Result<JobStatus> {
        request.want.sort_unstable();
        request.have.sort_unstable();
        let (payload, request_digest) = encode_request("fetch", &request)?;
        let job = NewJob {
            repo: repo.id,
            kind: JobKind::BuildFetch,
            request_digest,
            payload,
            owner: None,
            updates: Vec::new(),
            queue_limit: self.options.queued_jobs_per_repo,
        };
        Ok(job_status(repo, &self.store.enqueue(&job).await?))
    }

    const fn source<'a>(&'a self, repo: &'a Repo) -> RepoSource<'a> {
        RepoSource {
            store: &self.store,
            blobs: &self.blobs,
            repo,
        }
    }
}
