//! The ways into fetch: a request, or a job for what a request should not wait for.
//!
//! A job builds and stores the residual mpacks. The plan itself is made when a client asks for it,
//! from what is stored by then, so that its URLs are always fresh.

use std::sync::Arc;
use std::time::Duration;

use muse_wire::api::fetch::{FetchPlan, FetchRequest};
use muse_wire::api::job::JobStatus;
use muse_wire::problem::ProblemCode;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use tracing::Instrument as _;

use super::answer::Answer;
use super::moves::Move;
use super::plan::{PreparedPlan, in_excess, prepare};
use super::source::RepoSource;
use super::{built_mpacks, kept_plans, moves};
use crate::blobs::Blobs;
use crate::consolidation;
use crate::error::{Error, Result};
use crate::history::VisibleObjects;
use crate::jobs::{complete, decode_request, encode_request, job_status};
use crate::store::jobs::{ClaimedJob, Job, JobKind, NewJob};
use crate::store::publish::{FollowUps, Publication};
use crate::store::{Repo, Store, StoreError};

/// Most bytes of objects, uncompressed, that a request waits for to be built.
const MAX_BUILD_IN_REQUEST_BYTES: u64 = 32 * 1024 * 1024;

/// How many builds run in requests at once; what comes on top is left to a job.
pub(super) const MAX_BUILDS_IN_REQUESTS: usize = 4;

/// How long a build in a request waits for another one of the same.
const MAX_WAIT_IN_REQUEST: Duration = Duration::from_secs(5);

/// How long a job waits for what another one is building, before it is tried again.
const MAX_WAIT_IN_JOB: Duration = Duration::from_secs(10 * 60);

/// Most unfinished builds of one repository. Pushes have a queue of their own.
pub(super) const MAX_QUEUED_BUILDS: u64 = 20;

/// How many plans are worked out at a time, whose records and commits are in memory; more wait.
const MAX_CONCURRENT_PLANS: usize = 8;

/// Settings of fetches.
#[derive(Debug, Clone)]
pub(crate) struct FetchOptions {
    /// How long a presigned URL is valid.
    pub(crate) presign_lifetime: Duration,
    /// How long a request waits for its plan.
    pub(crate) patience: Duration,
}

/// Plans fetches.
pub(crate) struct Fetch {
    store: Store,
    blobs: Blobs,
    visible: Arc<VisibleObjects>,
    options: FetchOptions,
    pub(super) build_permits: Arc<Semaphore>,
    plan_permits: Semaphore,
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
    /// Plans fetches of what is in `store` and `blobs`, as far as it is `visible`.
    pub(crate) fn new(
        store: Store,
        blobs: Blobs,
        visible: Arc<VisibleObjects>,
        options: FetchOptions,
    ) -> Self {
        Self {
            store,
            blobs,
            visible,
            options,
            build_permits: Arc::new(Semaphore::new(MAX_BUILDS_IN_REQUESTS)),
            plan_permits: Semaphore::new(MAX_CONCURRENT_PLANS),
        }
    }

    /// Plans a fetch, or queues the job that it needs.
    ///
    /// # Errors
    /// [`Error::Problem`] where no ref reaches a wanted commit, and where too much is being built
    /// of a repository that is not given whole.
    pub(crate) async fn plan(&self, repo: &Repo, request: FetchRequest) -> Result<FetchOutcome> {
        let started = Instant::now();
        let planned = self.plan_or_queue(repo, &request, started).await;
        match planned {
            // Nobody is shut out by those who have much built.
            Err(error) if is_busy(&error) => {
                let source = self.source(repo);
                let Some(answer) = in_excess(source, &self.visible, &request).await? else {
                    return Err(error);
                };
                let lifetime = self.options.presign_lifetime;
                let plan = answer.send(source, &request, started, lifetime).await?;
                Ok(FetchOutcome::Plan(plan))
            }
            planned => planned,
        }
    }

    async fn plan_or_queue(
        &self,
        repo: &Repo,
        request: &FetchRequest,
        started: Instant,
    ) -> Result<FetchOutcome> {
        let deadline = started + self.options.patience;
        match self.plan_until(repo, request, Some(deadline)).await? {
            Some(plan) => Ok(FetchOutcome::Plan(plan)),
            None => {
                let status = self.enqueue_build(repo, request.clone()).await?;
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
        // However long it takes to find out what was built: there is nothing to come back for.
        let planned = self.plan_until(repo, &request, None).await?;
        planned.ok_or_else(|| {
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
        let source = self.source(&repo);
        self.build(source, &request).await?;
        complete(&self.store, &claimed.lease).await
    }

    /// Runs a claimed [`JobKind::PlanFetches`].
    ///
    /// # Errors
    /// [`Error`] where the job is not done.
    pub(crate) async fn run_plan_fetches(&self, claimed: ClaimedJob) -> Result<()> {
        if let Some(repo) = self.store.repo_by_id(claimed.job.repo).await? {
            let source = self.source(&repo);
            let moves: Vec<Move> = decode_request(&claimed.job)?;
            for request in moves.iter().map(Move::request) {
                match self.build(source, &request).await {
                    // The ref has gone elsewhere since.
                    Err(Error::Problem(_)) => {}
                    built => built?,
                }
            }
        }
        complete(&self.store, &claimed.lease).await
    }

    /// Works out a plan, and builds and keeps what it needs.
    async fn build(&self, source: RepoSource<'_>, request: &FetchRequest) -> Result<()> {
        let prepared = prepare(source, &self.visible, request).await?;
        let built = prepared.complete(source, MAX_WAIT_IN_JOB).await?;
        built.map(drop).ok_or_else(|| {
            let reason = "another build of the same mpack did not end";
            Error::internal("building for a fetch", reason)
        })
    }

    /// The plans that come with a publication, and the jobs that it may make necessary.
    ///
    /// # Errors
    /// [`Error::Internal`] where they cannot be encoded.
    pub(crate) fn after_publication(repo: &Repo, publication: &Publication) -> Result<FollowUps> {
        let Publication { mpack, updates, .. } = publication;
        let mpack = mpack.as_ref();
        let step = mpack.and_then(|mpack| Some((mpack, mpack.step.as_ref()?)));
        let plans = step.map(|(mpack, step)| kept_plans::of_push(repo, mpack, step));
        let is_planned = |moved: &Move| {
            step.is_some_and(|(_, step)| step.tip == moved.to && step.base == Some(moved.from))
        };
        let mut moves: Vec<Move> = updates.iter().filter_map(Move::of).collect();
        moves.retain(|moved| !is_planned(moved));
        Ok(FollowUps {
            jobs: moves::job(repo, moves)?.into_iter().collect(),
            plans: plans.into_iter().collect(),
            consolidation: Some(consolidation::job(repo.id)),
        })
    }

    /// Plans a fetch; `None` where more has to be built than a request waits for, or the deadline
    /// passes.
    async fn plan_until(
        &self,
        repo: &Repo,
        request: &FetchRequest,
        deadline: Option<Instant>,
    ) -> Result<Option<FetchPlan>> {
        let started = Instant::now();
        let source = self.source(repo);
        let answer = match kept_plans::find(source, request).await? {
            Some(kept) => Some(kept),
            None => match until(deadline, self.prepare(repo, request)).await {
                Some(prepared) => self.complete(repo, prepared?, deadline).await?,
                None => None,
            },
        };
        let Some(answer) = answer else {
            return Ok(None);
        };
        let lifetime = self.options.presign_lifetime;
        let plan = answer.send(source, request, started, lifetime).await?;
        Ok(Some(plan))
    }

    /// Works out what answers a fetch.
    async fn prepare(&self, repo: &Repo, request: &FetchRequest) -> Result<PreparedPlan> {
        let _permit = self.plan_permits.acquire().await;
        prepare(self.source(repo), &self.visible, request).await
    }

    /// Builds what a plan needs; `None` where that is more than a request waits for, or the
    /// deadline passes.
    async fn complete(
        &self,
        repo: &Repo,
        prepared: PreparedPlan,
        deadline: Option<Instant>,
    ) -> Result<Option<Answer>> {
        if !prepared.needs_build() {
            let source = self.source(repo);
            return prepared.complete(source, MAX_WAIT_IN_REQUEST).await;
        }
        if prepared.build_bytes() > MAX_BUILD_IN_REQUEST_BYTES {
            return Ok(None);
        }
        let Ok(permit) = Arc::clone(&self.build_permits).try_acquire_owned() else {
            return Ok(None);
        };
        let (store, blobs, repo) = (self.store.clone(), self.blobs.clone(), repo.clone());
        // A build goes on when its request is dropped, for whoever asks next. So it is a task of
        // its own, which keeps the permit until it has ended.
        let build = async move {
            let source = RepoSource {
                store: &store,
                blobs: &blobs,
                repo: &repo,
            };
            let answer = prepared.complete(source, MAX_WAIT_IN_REQUEST).await;
            drop(permit);
            answer
        };
        let build = tokio::spawn(build.in_current_span());
        match until(deadline, build).await {
            Some(Ok(answer)) => answer,
            Some(Err(panic)) => Err(Error::internal("building for a fetch", panic)),
            None => Ok(None),
        }
    }

    /// Deletes mpacks that have expired and that nobody can download any more.
    ///
    /// # Errors
    /// [`Error`] where the database or the blob store fails.
    pub(crate) async fn delete_expired(&self) -> Result<()> {
        self.delete_expired_before(self.options.presign_lifetime)
            .await
    }

    /// Deletes mpacks that expired at least `grace` ago.
    pub(super) async fn delete_expired_before(&self, grace: Duration) -> Result<()> {
        kept_plans::delete_expired(&self.store).await?;
        built_mpacks::delete_expired(&self.store, &self.blobs, grace).await
    }

    /// Queues a [`JobKind::BuildFetch`]; the same fetch gets the same job.
    async fn enqueue_build(&self, repo: &Repo, mut request: FetchRequest) -> Result<JobStatus> {
        request.want.sort_unstable();
        request.have.sort_unstable();
        request.lacking.sort_unstable();
        request.shallow.sort_unstable();
        let (payload, request_digest) = encode_request("fetch", &request)?;
        let job = NewJob {
            repo: repo.id,
            kind: JobKind::BuildFetch,
            request_digest,
            payload,
            owner: None,
            updates: Vec::new(),
            queue_limit: MAX_QUEUED_BUILDS,
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

/// Whether more is being built for readers of the repository than may be.
fn is_busy(error: &Error) -> bool {
    match error {
        Error::Problem(problem) => problem.known_code() == Some(ProblemCode::TooManyRequests),
        Error::Store(StoreError::QueueFull { .. }) => true,
        _ => false,
    }
}

/// What the work gives, if it ends in time.
async fn until<T>(deadline: Option<Instant>, work: impl Future<Output = T>) -> Option<T> {
    match deadline {
        Some(deadline) => timeout_at(deadline, work).await.ok(),
        None => Some(work.await),
    }
}
