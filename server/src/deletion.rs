//! Deletes what a deleted repository leaves in the blob store.
//!
//! Its rows go first, in the transaction that queues this job; so nothing refers to a blob that is
//! gone, and whatever interrupts the job, it is run again until all blobs are gone.

use uuid::Uuid;

use crate::blobs::Blobs;
use crate::error::{Error, Result};
use crate::jobs::complete;
use crate::store::Store;
use crate::store::jobs::ClaimedJob;

/// Runs a claimed [`JobKind::DeleteBlobs`](crate::store::jobs::JobKind::DeleteBlobs).
///
/// # Errors
/// [`Error`] where the job is not done.
pub(crate) async fn run_delete_blobs(
    store: &Store,
    blobs: &Blobs,
    claimed: ClaimedJob,
) -> Result<()> {
    let uuid = Uuid::from_slice(&claimed.job.payload)
        .map_err(|error| Error::internal("decoding a job", error))?;
    blobs.delete_repo(uuid).await?;
    tracing::info!(repo = %uuid, "deleted a repository's blobs");
    complete(store, &claimed.lease).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use muse_wire::id::MpackKey;
    use tokio::time::{Instant, sleep};

    use crate::blobs::{BlobArea, BlobKey};
    use crate::sandbox::{Project, Sandbox};
    use crate::store::Actor;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_deleted_repositorys_blobs_go() {
        let sandbox = Sandbox::new().await;
        let mut project = Project::default();
        let line = project.add_line(None, 2);
        sandbox.push_main(&project, &line).await;
        let (blobs, other) = (sandbox.blobs(), MpackKey::from_bytes([7; 32]));
        let bytes = Bytes::from_static(b"never unpacked");
        let abandoned = BlobKey::upload(sandbox.repo.uuid, other);
        blobs.put_bytes(&abandoned, bytes).await.expect("put");
        let deleted = sandbox
            .store()
            .delete_repo(sandbox.repo.id, Actor::Operator)
            .await;
        assert!(deleted.expect("deleted"));
        let deadline = Instant::now() + Duration::from_secs(60);
        for area in BlobArea::ALL {
            while !blobs.list(area).await.expect("listed").is_empty() {
                assert!(Instant::now() < deadline, "blobs stay in {}", area.as_str());
                sleep(Duration::from_millis(5)).await;
            }
        }
    }
}
