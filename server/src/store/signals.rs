//! Wakes whoever waits in this process for a job to be queued or to end.
//!
//! Signals only shorten waits. Every waiter also polls, because signals of other processes may get
//! lost, and because a lease or a pause that runs out sends none.

use std::future;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::{sleep, timeout};

use super::jobs::model::JobId;

/// How often a waiter polls where no signal arrives.
pub(super) const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// How many ended jobs a slow listener may fall behind before it has to poll.
const ENDED_CAPACITY: usize = 256;

/// Sends the signals; clones share the listeners.
#[derive(Debug, Clone)]
pub(super) struct Signals {
    queued: watch::Sender<()>,
    ended: broadcast::Sender<JobId>,
}

impl Signals {
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
        // An error means that nobody is listening.
        let _ = self.ended.send(id);
    }

    pub(super) fn watch_queue(&self) -> QueueWatch {
        QueueWatch(self.queued.subscribe())
    }

    pub(super) fn watch_ended(&self) -> EndedWatch {
        EndedWatch(self.ended.subscribe())
    }
}

/// Wakes a worker when a job is queued.
#[derive(Debug)]
pub struct QueueWatch(watch::Receiver<()>);

impl QueueWatch {
    /// Returns when a job may be waiting: on a signal, and after a second in any case.
    pub async fn wait(&mut self) {
        // A closed channel never signals, and must not make this loop spin.
        if let Ok(Err(_)) = timeout(POLL_INTERVAL, self.0.changed()).await {
            sleep(POLL_INTERVAL).await;
        }
    }
}

/// Wakes those who wait for a job's end.
#[derive(Debug)]
pub(super) struct EndedWatch(broadcast::Receiver<JobId>);

impl EndedWatch {
    /// Returns when `id` may have ended: on its signal, and after a second in any case.
    pub(super) async fn wait(&mut self, id: JobId) {
        // A time-out is as good as a signal: the caller looks at the job either way.
        let _ = timeout(POLL_INTERVAL, self.signal(id)).await;
    }

    async fn signal(&mut self, id: JobId) {
        loop {
            match self.0.recv().await {
                Ok(ended) if ended != id => {}
                // A listener that lags may have lost the signal that it waits for.
                Ok(_) | Err(RecvError::Lagged(_)) => return,
                Err(RecvError::Closed) => future::pending().await,
            }
        }
    }
}
