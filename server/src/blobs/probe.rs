//! Finds out at the start whether a store does what it must, so that wrong keys or a missing bucket
//! are told to the operator and not to the first who pushes.

use std::time::Duration;

use bytes::Bytes;
use muse_wire::id::{Hasher, MpackKey};
use tokio::time::timeout;
use uuid::Uuid;

use super::error::BlobError;
use super::key::BlobKey;
use super::store::Blobs;

/// How long the store may take in all.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Writes a small blob, reads it, deletes it, and lists what is there.
///
/// # Errors
/// [`BlobError`] says what the store refused, or that it did not answer.
pub(crate) async fn probe(blobs: &Blobs) -> Result<(), BlobError> {
    let probed = timeout(TIMEOUT, write_read_delete(blobs)).await;
    probed.unwrap_or_else(|_| {
        let seconds = TIMEOUT.as_secs();
        let reason = format!("it did not answer within {seconds} seconds");
        Err(BlobError::store("a test blob", reason))
    })
}

async fn write_read_delete(blobs: &Blobs) -> Result<(), BlobError> {
    let bytes = Bytes::copy_from_slice(Uuid::new_v4().as_bytes());
    let mut digest = Hasher::new();
    digest.update(&bytes);
    // No repository has this id. Were the blob to stay, it would go as an upload that nobody
    // unpacked.
    let key = BlobKey::upload(Uuid::nil(), MpackKey::from_bytes(digest.finish()));
    blobs.put_bytes(&key, bytes.clone()).await?;
    let read = blobs.read_range(&key, 0..bytes.len() as u64).await?;
    blobs.delete(&key).await?;
    if read != bytes {
        return Err(BlobError::store(
            key,
            "it gave other bytes than it was given",
        ));
    }
    blobs.ping().await
}
