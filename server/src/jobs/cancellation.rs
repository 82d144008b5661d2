//! Tells running work to stop: because the process stops, because the job's lease is lost, or
//! because the request that waits for it was dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::{CancellationToken, DropGuard};

use crate::error::{Error, Result};

/// Tells running work to stop. Clones share it. Checking it is cheap enough for every object of an
/// mpack.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cancellation {
    shutting_down: Arc<AtomicBool>,
    lease_lost: Arc<AtomicBool>,
    client_gone: CancellationToken,
}

impl Cancellation {
    /// For one job of a process that sets `shutting_down` when it stops.
    pub(super) fn of_job(shutting_down: Arc<AtomicBool>) -> Self {
        Self {
            shutting_down,
            ..Self::default()
        }
    }

    /// Stops the work when the guard is dropped, as it is with the request that holds it.
    pub(crate) fn on_drop(&self) -> DropGuard {
        self.client_gone.clone().drop_guard()
    }

    /// Whether the work may go on.
    ///
    /// # Errors
    /// [`Error::LeaseLost`], [`Error::ShuttingDown`] or [`Error::ClientGone`] where it must stop.
    pub(crate) fn check(&self) -> Result<()> {
        if self.lease_lost.load(Ordering::Relaxed) {
            Err(Error::LeaseLost)
        } else if self.shutting_down.load(Ordering::Relaxed) {
            Err(Error::ShuttingDown)
        } else if self.client_gone.is_cancelled() {
            Err(Error::ClientGone)
        } else {
            Ok(())
        }
    }

    /// Stops the work because another worker may hold the job.
    pub(crate) fn lose_lease(&self) {
        self.lease_lost.store(true, Ordering::Relaxed);
    }
}
