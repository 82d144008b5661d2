//! Deletes blobs that nobody comes back for, by their age: uploads that were never unpacked, what
//! attempts that were cut had pinned, bad mpacks that nobody looked into, and built mpacks that
//! could not be deleted when their rows went.

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
        // Built mpacks expire after a week, and no URL to one is valid for longer than another.
        BlobArea::Quarantine | BlobArea::Built => Some(DAY.saturating_mul(30)),
        BlobArea::Mpacks | BlobArea::Thin => None,
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
        let built = BlobKey::built(repo_id, mpack, Uuid::new_v4());
        let kept = BlobKey::mpack(repo_id, mpack);
        for key in &[upload, pinned, quarantined, built, kept] {
            let bytes = Bytes::from_static(b"bytes");
            blobs.put_bytes(key, bytes).await.expect("put");
        }
        let exists = async |key: BlobKey| blobs.size(&key).await.expect("size").is_some();
        for (days, keys) in [
            (7, &[upload][..]),
            (14, &[pinned]),
            (30, &[quarantined, built]),
        ] {
            // A day before and a day after.
            for (age, count) in [(days - 1, 0), (days + 1, keys.len())] {
                let deleted = delete_leftovers(&blobs, SystemTime::now() + DAY * age).await;
                assert_eq!(deleted.expect("deleted"), count, "{keys:?}");
                for key in keys {
                    assert_eq!(exists(*key).await, count == 0, "{key}");
                }
            }
        }
        let deleted = delete_leftovers(&blobs, SystemTime::now() + DAY * 10_000).await;
        assert_eq!(deleted.expect("deleted"), 0);
        assert!(exists(kept).await);
    }
}
