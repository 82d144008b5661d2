//! What is said of the queue as a whole.

use std::time::Duration;

use tokio::time::sleep;

use super::TwoProcesses;
use super::sample::{self, job};
use crate::request_id::with_request_id;
use crate::store::jobs::JobKind;
use crate::store::queue::QueueStatus;

/// Jobs are counted by kind and state, in whatever process they were queued and claimed.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn the_queue_is_counted(TwoProcesses { store, other }: &TwoProcesses) {
    let status = async |kind| -> QueueStatus {
        let queues = other.queue_status().await.expect("counted");
        let mut queues = queues.into_iter();
        queues.find(|queue| queue.kind == kind).expect("every kind")
    };
    let counts = |status: QueueStatus| (status.pending, status.running);
    assert_eq!(counts(status(JobKind::Unpack).await), (0, 0));
    let repo = sample::repo(store, "ada/notes").await;
    for request in 1..=3 {
        store.enqueue(&job(repo.id, request)).await.expect("queued");
    }
    let lease = Duration::from_secs(60);
    let claimed = store.claim(&[JobKind::Unpack], "worker", lease).await;
    claimed.expect("answered").expect("a job is due");
    sleep(Duration::from_millis(20)).await;
    let waiting = status(JobKind::Unpack).await;
    assert_eq!(counts(waiting), (2, 1));
    assert!((20..60_000).contains(&waiting.wait_ms), "{waiting:?}");
    assert_eq!(counts(status(JobKind::Consolidate).await), (0, 0));
}

/// A job names the request that asked for it.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn a_job_names_its_request(TwoProcesses { store, other }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await;
    let (asked, unasked) = (job(repo.id, 1), job(repo.id, 2));
    let queued = with_request_id(Some("0af76519"), store.enqueue(&asked)).await;
    let queued = queued.expect("queued");
    let found = other.job(repo.id, queued.id).await.expect("asked");
    let found = found.expect("there");
    assert_eq!(found.request_id.as_deref(), Some("0af76519"));
    let unasked = store.enqueue(&unasked).await.expect("queued");
    assert_eq!(unasked.request_id, None);
}
