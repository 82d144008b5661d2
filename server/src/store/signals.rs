//! Wakes whoever waits in this process for a job to be queued or to end.
//!
//! Signals only shorten waits. Every waiter also polls, because signals of other processes may get
//! lost, and because a lease or a pause that runs out sends none.

use std::future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::{sleep, timeout};

use super::jobs::model::JobId;

/// How often a waiter polls where signals of other processes do not arrive.
pub(super) const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// How often a waiter polls where they do.
const SLOW_POLL_INTERVAL: Duration = Duration::from_secs(5);

/// How many ended jobs a slow listener may fall behind before it has to poll.
const ENDED_CAPACITY: usize = 256;

/// Sends the signals; clones share the listeners.
#[derive(Debug, Clone)]
pub(super) struct Signals {
    queued: watch::Sender<()>,
    ended: broadcast::Sender<JobId>,
    hears_others: Hearing,
}

/// Whether the signals of other processes arrive.
#[derive(Debug, Clone, Default)]
struct Hearing(Arc<AtomicBool>);

impl Hearing {
    fn poll_interval(&self) -> Duration {
        match self.0.load(Ordering::Relaxed) {
            true => SLOW_POLL_INTERVAL,
            false => POLL_INTERVAL,
        }
    }
}

impl Signals {
    pub(super) fn new() -> Self {
        Self {
            queued: watch::Sender::new(()),
            ended: broadcast::Sender::new(ENDED_CAPACITY),
            hears_others: Hearing::default(),
        }
    }

    /// From now on, signals of other processes are passed on, or are not.
    pub(super) fn hear_others(&self, hears: bool) {
        self.hears_others.0.store(hears, Ordering::Relaxed);
        // What was queued in between sent nothing.
        self.job_queued();
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
        QueueWatch {
            queued: self.queued.subscribe(),
            hears_others: self.hears_others.clone(),
        }
    }

    pub(super) fn watch_ended(&self) -> EndedWatch {
        EndedWatch {
            ended: self.ended.subscribe(),
            hears_others: self.hears_others.clone(),
        }
    }
}

/// Wakes a worker when a job is queued.
#[derive(Debug)]
pub struct QueueWatch {
    queued: watch::Receiver<()>,
    hears_others: Hearing,
}

impl QueueWatch {
    /// Returns when a job may be waiting: on a signal, and after a few seconds in any case.
    pub async fn wait(&mut self) {
        let poll_interval = self.hears_others.poll_interval();
        // A closed channel never signals, and must not make this loop spin.
        if let Ok(Err(_)) = timeout(poll_interval, self.queued.changed()).await {
            sleep(poll_interval).await;
        }
    }
}

/// Wakes those who wait for a job's end.
#[derive(Debug)]
pub(super) struct EndedWatch {
    ended: broadcast::Receiver<JobId>,
    hears_others: Hearing,
}

impl EndedWatch {
    /// Returns when `id` may have ended: on its signal, and after a few seconds in any case.
    pub(super) async fn wait(&mut self, id: JobId) {
        let poll_interval = self.hears_others.poll_interval();
        // A time-out is as good as a signal: the caller looks at the job either way.
        let _ = timeout(poll_interval, self.signal(id)).await;
    }

    async fn signal(&mut self, id: JobId) {
        loop {
            match self.ended.recv().await {
                Ok(ended) if ended != id => {}
                // A listener that lags may have lost the signal that it waits for.
                Ok(_) | Err(RecvError::Lagged(_)) => return,
                Err(RecvError::Closed) => future::pending().await,
            }
        }
    }
}
