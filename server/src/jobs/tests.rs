//! What workers make of jobs that fail.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use muse_wire::api::job::JobState;
use muse_wire::problem::ProblemCode;
use tempfile::TempDir;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;

use super::{JobHandlers, WorkerOptions, Workers, complete};
use crate::blobs::BlobError;
use crate::blocking::run_blocking;
use crate::store::conformance::sample;
use crate::store::jobs::{Job, JobId, JobKind, NewJob};
use crate::store::repos::RepoId;
use crate::store::{Store, StoreOptions};

const LONG: Duration = Duration::from_secs(60);

const OPTIONS: WorkerOptions = WorkerOptions {
    count: 1,
    job_retention: LONG,
};

/// A database with one job.
struct Queue {
    store: Store,
    repo: RepoId,
    job: JobId,
    _directory: TempDir,
}

impl Queue {
    async fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let url = format!("sqlite:{}", directory.path().join("db").display());
        let store = Store::connect(&url, &StoreOptions::default()).await;
        let store = store.expect("opens");
        store.migrate().await.expect("migrates");
        let repo = sample::repo(&store, "ada/notes").await.id;
        let new = NewJob {
            repo,
            kind: JobKind::Unpack,
            request_digest: [0; 32],
            payload: Vec::new(),
            owner: None,
            updates: Vec::new(),
            queue_limit: 1,
        };
        let job = store.enqueue(&new).await.expect("queued").id;
        Self {
            store,
            repo,
            job,
            _directory: directory,
        }
    }

    /// The job, after it was waited for.
    async fn job(&self, wait: Duration) -> Job {
        let found = self.store.wait_for_job(self.repo, self.job, wait).await;
        found.expect("asked").expect("there")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_outlasts_an_outage_and_says_so() {
    let queue = Queue::new().await;
    let (store, runs) = (queue.store.clone(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&runs);
    let handlers = JobHandlers::default().on(JobKind::Unpack, move |claimed, _| {
        let (store, run) = (store.clone(), counted.fetch_add(1, Ordering::Relaxed));
        async move {
            if run == 0 {
                let refused = io::Error::from(ErrorKind::ConnectionRefused);
                return Err(BlobError::store("a blob", refused).into());
            }
            complete(&store, &claimed.lease).await
        }
    });
    let _workers = Workers::start(&queue.store, handlers, &OPTIONS);
    let waiting = loop {
        let job = queue.job(Duration::ZERO).await;
        if job.report.error.is_some() {
            break job;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let problem = waiting.report.error.expect("a reason");
    assert_eq!(problem.known_code(), Some(ProblemCode::Unavailable));
    assert_eq!((waiting.state, waiting.attempts), (JobState::Pending, 0));
    let done = queue.job(LONG).await;
    assert_eq!((done.state, done.attempts), (JobState::Done, 1));
    assert_eq!(done.report.error, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn builds_for_readers_leave_pushes_their_workers() {
    let queue = Queue::new().await;
    let (building, release) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (store, started, held) = (queue.store.clone(), building.clone(), release.clone());
    let push_store = queue.store.clone();
    let handlers = JobHandlers::default()
        .on(JobKind::BuildFetch, move |claimed, _| {
            let (store, started, held) = (store.clone(), started.clone(), held.clone());
            async move {
                started.add_permits(1);
                let released = held.acquire().await;
                released.expect("it is never closed").forget();
                complete(&store, &claimed.lease).await
            }
        })
        .on(JobKind::Unpack, move |claimed, _| {
            let store = push_store.clone();
            async move { complete(&store, &claimed.lease).await }
        });
    let new = |kind, request| NewJob {
        repo: queue.repo,
        kind,
        request_digest: [request; 32],
        payload: Vec::new(),
        owner: None,
        updates: Vec::new(),
        queue_limit: 3,
    };
    for request in 1..=3 {
        let build = new(JobKind::BuildFetch, request);
        queue.store.enqueue(&build).await.expect("queued");
    }
    let _workers = Workers::start(&queue.store, handlers, &OPTIONS);
    let first = building.acquire().await;
    first.expect("it is never closed").forget();
    // A push that comes after all the builds is done while the first of them goes on.
    let push = queue.store.enqueue(&new(JobKind::Unpack, 4)).await;
    let push = push.expect("queued").id;
    let pushed = queue.store.wait_for_job(queue.repo, push, LONG).await;
    let pushed = pushed.expect("asked").expect("there");
    assert_eq!(pushed.state, JobState::Done);
    // And the other way round: a reader's build does not wait for pushes.
    release.add_permits(3);
    for _ in 1..3 {
        let next = building.acquire().await;
        next.expect("it is never closed").forget();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dropped_workers_stop_work_on_threads_that_block() {
    let queue = Queue::new().await;
    let (events, mut seen) = mpsc::unbounded_channel();
    let handlers = JobHandlers::default().on(JobKind::Unpack, move |_, cancellation| {
        let events = events.clone();
        async move {
            run_blocking(move || {
                events.send("started").expect("the test listens");
                while cancellation.check().is_ok() {
                    thread::sleep(Duration::from_millis(1));
                }
                events.send("stopped").expect("the test listens");
                cancellation.check()
            })
            .await
        }
    });
    let workers = Workers::start(&queue.store, handlers, &OPTIONS);
    assert_eq!(seen.recv().await, Some("started"));
    drop(workers);
    let stopped = timeout(LONG, seen.recv()).await;
    assert_eq!(stopped.expect("it stops"), Some("stopped"));
}
