//! How a worker keeps a claimed job, notices that it has lost it, and ends it.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

use super::cancellation::Cancellation;
use crate::error::{Error, Result};
use crate::store::Store;
use crate::store::jobs::{JobReport, Lease};

/// How long a job stays with a worker that shows no sign of life. Short, so that a killed worker's
/// job goes on soon. A worker that is only slow loses nothing but time, because publishing is
/// fenced.
pub(super) const LEASE: Duration = Duration::from_secs(10);

/// How often a worker extends its lease.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(3);

/// Extends a lease until the handle is dropped or the lease is lost.
pub(super) fn keep_alive(
    store: Store,
    lease: Lease,
    cancellation: Cancellation,
) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(async move {
        loop {
            sleep(HEARTBEAT).await;
            match store.heartbeat(&lease, LEASE).await {
                Ok(true) => {}
                Ok(false) => return cancellation.lose_lease(),
                // The lease may outlive a short failure. If not, the fencing token tells.
                Err(error) => {
                    tracing::warn!(job = %lease.job, %error, "cannot extend the lease");
                }
            }
        }
    }))
}

/// Ends a job that has nothing to report.
///
/// # Errors
/// [`Error::LeaseLost`] where another worker has taken it over.
pub(crate) async fn complete(store: &Store, lease: &Lease) -> Result<()> {
    if store.complete(lease, &JobReport::default()).await? {
        Ok(())
    } else {
        Err(Error::LeaseLost)
    }
}
