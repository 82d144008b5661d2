//! The loop that claims jobs, runs them and records how they ended.

use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::{Instrument as _, Span};
use uuid::Uuid;

use super::cancellation::Cancellation;
use super::failure::JobFailure;
use super::handlers::JobHandlers;
use super::lease::{HEARTBEAT, LEASE, keep_alive};
use super::retention::JobRetention;
use crate::error::{Error, with_causes};
use crate::fault;
use crate::metrics;
use crate::request_id::with_request_id;
use crate::store::Store;
use crate::store::jobs::{ClaimedJob, Crew, Job, JobKind, Lease};

/// How long a worker waits before it asks a failing database again.
const DATABASE_PAUSE: Duration = Duration::from_secs(1);

/// How long a worker claims nothing after the database was away. Those who hold jobs could not
/// extend their leases, and have this time to do so.
const GRACE: Duration = HEARTBEAT.saturating_add(DATABASE_PAUSE);

/// How workers run.
#[derive(Debug, Clone)]
pub(crate) struct WorkerOptions {
    /// How many jobs run at a time that pushes wait for. Those for fetches, and upkeep, have one
    /// more worker each.
    pub(crate) count: usize,
    /// How long finished jobs are kept.
    pub(crate) job_retention: Duration,
}

/// Running workers. Dropping them cuts their jobs; other workers take those over.
#[derive(Debug)]
pub(crate) struct Workers {
    stopping: CancellationToken,
    shutting_down: Arc<AtomicBool>,
    tasks: JoinSet<()>,
}

impl Workers {
    /// Starts workers.
    pub(crate) fn start(store: &Store, handlers: JobHandlers, options: &WorkerOptions) -> Self {
        let (stopping, shutting_down) = (CancellationToken::new(), Arc::default());
        let handlers = Arc::new(handlers);
        let mut tasks = JoinSet::new();
        let crews = iter::repeat_n(Crew::Pushes, options.count);
        let others = [Crew::Fetches, Crew::Upkeep];
        for crew in crews.chain(others.into_iter().filter(|_| options.count > 0)) {
            let mut kinds = handlers.kinds();
            kinds.retain(|kind| kind.crew() == crew);
            let worker = Worker {
                store: store.clone(),
                retention: JobRetention::new(store.clone(), options.job_retention),
                handlers: Arc::clone(&handlers),
                kinds,
                name: Uuid::new_v4().to_string(),
                stopping: stopping.clone(),
                shutting_down: Arc::clone(&shutting_down),
            };
            tasks.spawn(worker.work());
        }
        Self {
            stopping,
            shutting_down,
            tasks,
        }
    }

    /// Claims no more jobs, and stops running ones at the next point where that is cheap. They are
    /// queued again, and go on elsewhere or after a restart. A publication that has begun ends.
    pub(crate) async fn shutdown(mut self) {
        self.shutting_down.store(true, Ordering::Relaxed);
        self.stopping.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a worker did not stop cleanly");
            }
        }
    }
}

impl Drop for Workers {
    /// Stops what no task's end stops: work on threads that may block.
    fn drop(&mut self) {
        self.shutting_down.store(true, Ordering::Relaxed);
        self.stopping.cancel();
    }
}

/// What all log lines about a job say: which one it is, and whose request asked for it.
fn job_span(job: &Job) -> Span {
    let (id, kind) = (job.id, job.kind.as_str());
    tracing::info_span!("job", %id, kind, request = job.request_id)
}

struct Worker {
    store: Store,
    retention: JobRetention,
    handlers: Arc<JobHandlers>,
    kinds: Vec<JobKind>,
    /// Tells workers apart in the jobs table.
    name: String,
    stopping: CancellationToken,
    shutting_down: Arc<AtomicBool>,
}

impl Worker {
    async fn work(mut self) {
        // Before the first claim, so that a job queued in between wakes this worker.
        let mut queue = self.store.watch_queue();
        while !self.stopping.is_cancelled() {
            self.retention.delete_old().await;
            match self.store.claim(&self.kinds, &self.name, LEASE).await {
                Ok(Some(claimed)) => {
                    let span = job_span(&claimed.job);
                    self.run(claimed).instrument(span).await;
                }
                Ok(None) => self.unless_stopping(queue.wait()).await,
                Err(error) => {
                    tracing::error!(error = with_causes(&error), "cannot claim a job");
                    self.unless_stopping(self.outlast_outage()).await;
                }
            }
        }
    }

    /// Returns when the database has been back for some time.
    async fn outlast_outage(&self) {
        loop {
            sleep(DATABASE_PAUSE).await;
            if self.store.ping().await.is_ok() {
                return sleep(GRACE).await;
            }
        }
    }

    async fn unless_stopping(&self, wait: impl Future<Output = ()>) {
        self.stopping.run_until_cancelled(wait).await;
    }

    /// Runs one job, and records how it ended.
    async fn run(&self, claimed: ClaimedJob) {
        fault::point("after_claim");
        let (lease, kind, started) = (claimed.lease, claimed.job.kind, Instant::now());
        let cancellation = Cancellation::of_job(Arc::clone(&self.shutting_down));
        let heartbeat = keep_alive(self.store.clone(), lease, cancellation.clone());
        let handlers = Arc::clone(&self.handlers);
        // Jobs that this one queues are of the same request.
        let id = claimed.job.request_id.clone();
        let work = async move { handlers.run(claimed, cancellation).await };
        let work = async move { with_request_id(id.as_deref(), work).await };
        // A task of its own, so that a panic ends the job and not the worker.
        let task = tokio::spawn(work.in_current_span());
        let outcome = AbortOnDropHandle::new(task)
            .await
            .unwrap_or_else(|panic| Err(Error::internal("running the job", panic)));
        let failure = outcome.err().map(JobFailure::of);
        let word = failure.as_ref().map_or("done", JobFailure::as_str);
        metrics::job_ended(kind.as_str(), word, started.elapsed());
        if let Some(failure) = failure {
            self.record_failure(&lease, failure).await;
        }
        // The lease is held until the failure is recorded.
        drop(heartbeat);
    }

    /// Records how a job failed, once the database answers. Where the process stops before that,
    /// the lease runs out, and the job is tried again.
    async fn record_failure(&self, lease: &Lease, failure: JobFailure) {
        let job = lease.job;
        failure.log(job);
        while let Err(error) = failure.record(&self.store, lease).await {
            tracing::error!(%job, error = with_causes(&error), "cannot end the job");
            if !error.is_outage() || self.stopping.is_cancelled() {
                return;
            }
            self.unless_stopping(sleep(DATABASE_PAUSE)).await;
        }
    }
}
