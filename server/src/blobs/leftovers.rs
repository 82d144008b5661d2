//! Deletes blobs that nobody comes back for, by their age: uploads that were never unpacked, what
//! attempts that were cut had pinned, and bad mpacks that nobody looked into.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::error::BlobError;
use super::key::BlobArea;
use super::store::Blobs;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a blob of this area is kept; `None` where the database says what is kept.
const fn lifetime(area: BlobArea) -> Option<Duration> {
    match area {
        BlobArea::Uploads => Some(DAY.saturating_mul(7)),
        // In a directory it is as old as the upload that it was made from, so that it must outlive
        // every upload by more than any attempt takes.
        BlobArea::Pinned => Some(DAY.saturating_mul(14)),
        BlobArea::Quarantine => Some(DAY.saturating_mul(30)),
        BlobArea::Mpacks | BlobArea::Built => None,
    }
}

/// Deletes what is too old at `now`; returns how many blobs that were.
///
/// # Errors
/// [`BlobError::Store`]; then some are left.
pub(crate) async fn delete_leftovers(blobs: &Blobs, now: SystemTime) -> Result<usize, BlobError> {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut deleted = 0;
    for area in BlobArea::ALL {
        let Some(lifetime) = lifetime(area) else {
            continue;
        };
        for entry in blobs.list(area).await? {
            let written = Duration::from_millis(entry.modified_ms.max(0).cast_unsigned());
            if now.saturating_sub(written) > lifetime {
                blobs.delete(&entry.key).await?;
                deleted += 1;
            }
        }
    }
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use muse_wire::id::MpackKey;
    use uuid::Uuid;

    use super::*;
    use crate::blobs::{BlobKey, DirectoryBlobs, UrlSigner};

    #[tokio::test]
    async fn what_nobody_came_back_for_goes_and_mpacks_stay() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let signer = UrlSigner::new(b"secret", None);
        let store = DirectoryBlobs::open(root.path(), signer).expect("a fresh store");
        let blobs: Blobs = Arc::new(store);
        let (repo_id, mpack) = (Uuid::new_v4(), MpackKey::from_bytes([1; 32]));
        let upload = BlobKey::upload(repo_id, mpack);
        let pinned = BlobKey::pinned(repo_id, mpack, Uuid::new_v4());
        let quarantined = BlobKey::quarantined(repo_id, mpack);
        let kept = [
            BlobKey::mpack(repo_id, mpack),
            BlobKey::built(repo_id, mpack, Uuid::new_v4()),
        ];
        for key in [upload, pinned, quarantined].iter().chain(&kept) {
            let bytes = Bytes::from_static(b"bytes");
            blobs.put_bytes(key, bytes).await.expect("put");
        }
        let exists = async |key: BlobKey| blobs.size(&key).await.expect("size").is_some();
        for (days, key) in [(7, upload), (14, pinned), (30, quarantined)] {
            // A day before and a day after.
            for (age, left) in [(days - 1, true), (days + 1, false)] {
                let deleted = delete_leftovers(&blobs, SystemTime::now() + DAY * age).await;
                assert_eq!(deleted.expect("deleted"), usize::from(!left), "{key}");
                assert_eq!(exists(key).await, left, "{key}");
            }
        }
        let deleted = delete_leftovers(&blobs, SystemTime::now() + DAY * 10_000).await;
        assert_eq!(deleted.expect("deleted"), 0);
        for key in kept {
            assert!(exists(key).await);
        }
    }
}
