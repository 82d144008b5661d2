//! The loop that claims jobs and runs them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use muse_wire::problem::{Problem, ProblemCode};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::lease::{Heartbeat, Interrupt, LEASE};
use crate::app::AppState;
use crate::failure::{Failure, Interruption, with_causes};
use crate::store::StoreError;
use crate::store::jobs::{ClaimedJob, JobKind, JobReport, Lease};
use crate::{fault, fetch, ingest};

/// Every worker does every kind of job.
const KINDS: &[JobKind] = &[JobKind::Unpack, JobKind::BuildFetch, JobKind::Bundle];

/// How long a worker waits before it asks a failing database again.
const DATABASE_PAUSE: Duration = Duration::from_secs(1);

/// Running workers; they stop when told to.
#[derive(Debug)]
pub struct Workers {
    stop: watch::Sender<bool>,
    interrupt: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<()>>,
}

/// Starts `count` workers.
pub fn spawn(state: AppState, count: usize) -> Workers {
    let (stop, stopped) = watch::channel(false);
    let interrupt = Arc::new(AtomicBool::new(false));
    let tasks = (0..count)
        .map(|_| {
            let worker = Worker {
                state: state.clone(),
                name: Uuid::new_v4().to_string(),
                interrupt: Arc::clone(&interrupt),
            };
            tokio::spawn(worker.work(stopped.clone()))
        })
        .collect();
    Workers {
        stop,
        interrupt,
        tasks,
    }
}

impl Workers {
    /// Claims nothing more, and stops running jobs at the next point where that is cheap: they are given
    /// back, and go on elsewhere or after a restart. What is being published is published.
    pub async fn shutdown(self) {
        self.interrupt.store(true, Ordering::Relaxed);
        self.stop.send_replace(true);
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a worker did not stop in order");
            }
        }
    }
}

struct Worker {
    state: AppState,
    /// Tells workers apart in the jobs table.
    name: String,
    interrupt: Arc<AtomicBool>,
}

impl Worker {
    async fn work(self, mut stopped: watch::Receiver<bool>) {
        // Before the first claim, so that a job queued in between wakes this worker.
        let mut queue = self.state.store.watch_queue();
        while !*stopped.borrow() {
            match self.state.store.claim(KINDS, &self.name, LEASE).await {
                Ok(Some(claimed)) => self.run(claimed).await,
                Ok(None) => tokio::select! {
                    () = queue.wait() => {}
                    _ = stopped.changed() => {}
                },
                Err(error) => {
                    tracing::error!(error = with_causes(&error), "cannot claim a job");
                    tokio::select! {
                        () = tokio::time::sleep(DATABASE_PAUSE) => {}
                        _ = stopped.changed() => {}
                    }
                }
            }
        }
    }

    /// Runs one job to whatever end it finds, and writes that end down.
    async fn run(&self, claimed: ClaimedJob) {
        fault::point("after_claim");
        let lease = claimed.lease;
        let interrupt = Interrupt::new(Arc::clone(&self.interrupt));
        let heartbeat = Heartbeat::start(self.state.store.clone(), lease, interrupt.clone());
        // A task of its own, so that a panic ends the job and not the worker.
        let task = tokio::spawn(perform(self.state.clone(), claimed, interrupt));
        let outcome = task
            .await
            .unwrap_or_else(|panic| Err(Failure::internal("running the job", panic)));
        drop(heartbeat);
        if let Err(failure) = outcome
            && let Err(error) = self.give_up(&lease, failure).await
        {
            // The lease runs out, and the job is tried again.
            tracing::error!(job = %lease.job, error = with_causes(&error), "cannot end the job");
        }
    }

    async fn give_up(&self, lease: &Lease, failure: Failure) -> Result<(), StoreError> {
        let store = &self.state.store;
        let job = lease.job;
        match failure {
            Failure::Refused(problem) => {
                tracing::info!(%job, code = problem.code, detail = problem.detail, "job refused");
                let report = JobReport {
                    error: Some(*problem),
                    ..JobReport::default()
                };
                store.fail(lease, &report).await?;
            }
            Failure::Interrupted(Interruption::LeaseLost) => {
                tracing::warn!(%job, "another worker took the job over");
            }
            Failure::Interrupted(Interruption::Stopping) => {
                tracing::info!(%job, "job given back");
                store.release(lease).await?;
            }
            failure => {
                tracing::error!(%job, error = with_causes(&failure), "job failed");
                let report = JobReport {
                    error: Some(Problem::new(ProblemCode::Internal, "the server failed")),
                    ..JobReport::default()
                };
                store.retry(lease, &report).await?;
            }
        }
        Ok(())
    }
}

async fn perform(
    state: AppState,
    claimed: ClaimedJob,
    interrupt: Interrupt,
) -> Result<(), Failure> {
    match claimed.job.kind {
        JobKind::Unpack => ingest::run_unpack(&state, claimed, interrupt).await,
        JobKind::BuildFetch => fetch::run_build(&state, claimed).await,
        JobKind::Bundle => fetch::run_bundle(&state, claimed).await,
    }
}
