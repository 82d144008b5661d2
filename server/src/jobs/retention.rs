//! Deletes jobs some time after their end. Every worker does so between jobs, now and then.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::with_causes;
use crate::store::Store;

/// How often a worker looks for old jobs.
const INTERVAL: Duration = Duration::from_secs(60);

/// Most jobs that are deleted at a time, so that no transaction takes long.
const BATCH: u16 = 1_000;

/// One worker's part in deleting old jobs.
#[derive(Debug)]
pub(super) struct JobRetention {
    store: Store,
    /// How long a finished job is kept.
    age: Duration,
    next: Instant,
}

impl JobRetention {
    pub(super) fn new(store: Store, age: Duration) -> Self {
        Self {
            store,
            age,
            next: Instant::now(),
        }
    }

    /// Deletes a batch of old jobs, if it is time to; where more are left, the next call does, too.
    pub(super) async fn delete_old(&mut self) {
        if Instant::now() < self.next {
            return;
        }
        match self.store.delete_finished_jobs(self.age, BATCH).await {
            Ok(deleted) if deleted == usize::from(BATCH) => return,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(error = with_causes(&error), "cannot delete finished jobs");
            }
        }
        self.next = Instant::now() + INTERVAL;
    }
}
