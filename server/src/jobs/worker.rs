//! The loop that claims jobs, runs them and records how they ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use muse_wire::problem::{Problem, ProblemCode};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::cancellation::Cancellation;
use super::handlers::JobHandlers;
use super::lease::{LEASE, keep_alive};
use crate::error::{Error, Result, with_causes};
use crate::fault;
use crate::store::jobs::{ClaimedJob, JobKind, JobReport, Lease};
use crate::store::{Store, StoreError};

/// How long a worker waits before it asks a failing database again.
const DATABASE_PAUSE: Duration = Duration::from_secs(1);

/// Running workers. Dropping them cuts their jobs; other workers take those over.
#[derive(Debug)]
pub(crate) struct Workers {
    stopping: CancellationToken,
    shutting_down: Arc<AtomicBool>,
    tasks: JoinSet<()>,
}

impl Workers {
    /// Starts `count` workers.
    pub(crate) fn start(store: &Store, handlers: JobHandlers, count: usize) -> Self {
        let (stopping, shutting_down) = (CancellationToken::new(), Arc::default());
        let handlers = Arc::new(handlers);
        let mut tasks = JoinSet::new();
        for _ in 0..count {
            let worker = Worker {
                store: store.clone(),
                handlers: Arc::clone(&handlers),
                kinds: handlers.kinds(),
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

struct Worker {
    store: Store,
    handlers: Arc<JobHandlers>,
    kinds: Vec<JobKind>,
    /// Tells workers apart in the jobs table.
    name: String,
    stopping: CancellationToken,
    shutting_down: Arc<AtomicBool>,
}

impl Worker {
    async fn work(self) {
        // Before the first claim, so that a job queued in between wakes this worker.
        let mut queue = self.store.watch_queue();
        while !self.stopping.is_cancelled() {
            match self.store.claim(&self.kinds, &self.name, LEASE).await {
                Ok(Some(claimed)) => self.run(claimed).await,
                Ok(None) => self.unless_stopping(queue.wait()).await,
                Err(error) => {
                    tracing::error!(error = with_causes(&error), "cannot claim a job");
                    self.unless_stopping(sleep(DATABASE_PAUSE)).await;
                }
            }
        }
    }

    async fn unless_stopping(&self, wait: impl Future<Output = ()>) {
        self.stopping.run_until_cancelled(wait).await;
    }

    /// Runs one job, and records how it ended.
    async fn run(&self, claimed: ClaimedJob) {
        fault::point("after_claim");
        let lease = claimed.lease;
        let cancellation = Cancellation::of_job(Arc::clone(&self.shutting_down));
        let heartbeat = keep_alive(self.store.clone(), lease, cancellation.clone());
        let handlers = Arc::clone(&self.handlers);
        // A task of its own, so that a panic ends the job and not the worker.
        let task = tokio::spawn(async move { handlers.run(claimed, cancellation).await });
        let outcome = AbortOnDropHandle::new(task)
            .await
            .unwrap_or_else(|panic| Err(Error::internal("running the job", panic)));
        drop(heartbeat);
        if let Err(error) = outcome
            && let Err(error) = self.record_failure(&lease, error).await
        {
            // The lease runs out, and the job is tried again.
            tracing::error!(job = %lease.job, error = with_causes(&error), "cannot end the job");
        }
    }

    async fn record_failure(&self, lease: &Lease, error: Error) -> Result<(), StoreError> {
        let job = lease.job;
        match error {
            Error::Problem(problem) => {
                tracing::info!(%job, code = problem.code, detail = problem.detail, "job refused");
                self.store.fail(lease, &failed(*problem)).await?;
            }
            Error::LeaseLost => tracing::warn!(%job, "another worker has taken the job over"),
            Error::ShuttingDown => {
                tracing::info!(%job, "job queued again");
                self.store.release(lease).await?;
            }
            error => {
                tracing::error!(%job, error = with_causes(&error), "job failed");
                let problem = Problem::new(ProblemCode::Internal, "the server failed");
                self.store.retry(lease, &failed(problem)).await?;
            }
        }
        Ok(())
    }
}

fn failed(problem: Problem) -> JobReport {
    JobReport {
        error: Some(problem),
        ..JobReport::default()
    }
}
