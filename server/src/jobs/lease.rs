//! Keeping hold of a claimed job, and noticing when that is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::failure::Interruption;
use crate::store::Store;
use crate::store::jobs::Lease;

/// How long a job stays with a worker that gives no sign of life. Short, so that a killed worker's job
/// goes on soon; a worker that is only slow loses nothing but time, because publishing is fenced.
pub(crate) const LEASE: Duration = Duration::from_secs(10);

/// How often a worker gives a sign of life.
const HEARTBEAT: Duration = Duration::from_secs(3);

/// Tells running work to stop. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt {
    stopping: Arc<AtomicBool>,
    lease_lost: Arc<AtomicBool>,
}

impl Interrupt {
    /// An interrupt that is set when the process stops, and when the lease is lost.
    pub(crate) fn new(stopping: Arc<AtomicBool>) -> Self {
        Self {
            stopping,
            lease_lost: Arc::default(),
        }
    }

    /// Whether to go on.
    ///
    /// # Errors
    /// [`Interruption`] says why not.
    pub(crate) fn check(&self) -> Result<(), Interruption> {
        if self.lease_lost.load(Ordering::Relaxed) {
            Err(Interruption::LeaseLost)
        } else if self.stopping.load(Ordering::Relaxed) {
            Err(Interruption::Stopping)
        } else {
            Ok(())
        }
    }

    /// Notes that another worker may hold the job now.
    pub(crate) fn lose_lease(&self) {
        self.lease_lost.store(true, Ordering::Relaxed);
    }
}

/// Extends a lease until it is dropped or the lease is lost.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    task: JoinHandle<()>,
}

impl Heartbeat {
    /// Starts extending.
    pub(crate) fn start(store: Store, lease: Lease, interrupt: Interrupt) -> Self {
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(HEARTBEAT).await;
                match store.heartbeat(&lease, LEASE).await {
                    Ok(true) => {}
                    Ok(false) => return interrupt.lose_lease(),
                    // The lease may outlive a short trouble; if not, the fencing token tells.
                    Err(error) => {
                        tracing::warn!(job = %lease.job, %error, "cannot extend the lease");
                    }
                }
            }
        });
        Self { task }
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.task.abort();
    }
}
