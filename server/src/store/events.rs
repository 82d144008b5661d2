//! Who is told when a job is queued or has ended, inside this process.
//!
//! Signals only shorten waits: whoever waits also looks for himself once in a while, because another
//! process's signals may not arrive, and time passing (a lease, a pause) sends none.

use std::time::Duration;

use tokio::sync::{broadcast, watch};

use super::jobs::JobId;

/// How long anybody waits without looking for himself.
pub(super) const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How many ended jobs a slow listener may fall behind before it has to look for itself.
const ENDED_CAPACITY: usize = 256;

/// The signals; clones share them.
#[derive(Debug, Clone)]
pub(super) struct Events {
    queued: watch::Sender<()>,
    ended: broadcast::Sender<JobId>,
}

impl Events {
    pub(super) fn new() -> Self {
        Self {
            queued: watch::Sender::new(()),
            ended: broadcast::Sender::new(ENDED_CAPACITY),
        }
    }

    /// Tells workers that a job may be waiting.
    pub(super) fn job_queued(&self) {
        self.queued.send_replace(());
    }

    /// Tells those who wait for this job.
    pub(super) fn job_ended(&self, id: JobId) {
        // Nobody may be listening, which is not an error.
        let _ = self.ended.send(id);
    }

    pub(super) fn watch_queue(&self) -> QueueWatch {
        QueueWatch(self.queued.subscribe())
    }

    pub(super) fn watch_ended(&self) -> broadcast::Receiver<JobId> {
        self.ended.subscribe()
    }
}

/// Wakes a worker when a job is queued.
#[derive(Debug)]
pub struct QueueWatch(watch::Receiver<()>);

impl QueueWatch {
    /// Returns when a job may be waiting: on a signal, and after a second in any case, because other
    /// processes' jobs, pauses and leases that run out may send none.
    pub async fn wait(&mut self) {
        // A timeout is as good as a signal. A closed channel never signals, and must not spin.
        if let Ok(Err(_)) = tokio::time::timeout(LOOK_AGAIN, self.0.changed()).await {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

/// Returns when `id` has ended, or when it is time to look.
pub(super) async fn wait_for_end(ended: &mut broadcast::Receiver<JobId>, id: JobId) {
    let signal = async {
        loop {
            match ended.recv().await {
                Ok(other) if other != id => {}
                // Ours, or so far behind that ours may have been among the lost.
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    };
    // A timeout is as good as a signal: the caller looks either way.
    let _ = tokio::time::timeout(LOOK_AGAIN, signal).await;
}
