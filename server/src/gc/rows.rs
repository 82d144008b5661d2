//! Mpacks that the database names and that nobody needs any more.

use std::time::Duration;

use muse_wire::id::MpackKey;
use uuid::Uuid;

use super::garbage::{Garbage, GcError, Owner, Reason};
use crate::blobs::{BlobError, BlobKey, Blobs};
use crate::config::Retention;
use crate::mpacks::read_stored_tables;
use crate::store::consolidation::{LostContent, RetiredMpack};
use crate::store::{Store, StoreError};

/// Those that may be deleted at `now`, which is the time since 1970.
pub(super) async fn find(
    store: &Store,
    retention: &Retention,
    now: Duration,
) -> Result<Vec<Garbage>, StoreError> {
    let until = |reason: Reason| {
        let until = now.saturating_sub(reason.age(retention)).as_millis();
        i64::try_from(until).unwrap_or(i64::MAX)
    };
    let merged = store.mpacks_retired_until(until(Reason::Merged)).await?;
    let lost = store.mpacks_lost_until(until(Reason::Unreachable)).await?;
    let garbage = |reason, owner: fn(RetiredMpack) -> Owner| {
        move |mpack: RetiredMpack| Garbage {
            blob: BlobKey::mpack(mpack.repo_uuid, mpack.key),
            size_bytes: mpack.size_bytes,
            reason,
            owner: owner(mpack),
        }
    };
    let merged = merged
        .into_iter()
        .map(garbage(Reason::Merged, Owner::Retired));
    let lost = lost
        .into_iter()
        .map(garbage(Reason::Unreachable, Owner::Lost));
    Ok(merged.chain(lost).collect())
}

/// Deletes the blobs of an mpack whose place another one has taken. Until they are gone its row
/// keeps a push of the same mpack waiting, which would store them anew.
pub(super) async fn delete_retired(
    store: &Store,
    blobs: &Blobs,
    mpack: &RetiredMpack,
) -> Result<(), GcError> {
    if store.begin_deletion(mpack).await? {
        delete_blobs(blobs, mpack.repo_uuid, mpack.key).await?;
        store.end_deletion(mpack.id).await?;
    }
    Ok(())
}

/// Deletes what a lost mpack holds, rows before blobs, and its own row at the end.
pub(super) async fn delete_lost(
    store: &Store,
    blobs: &Blobs,
    mpack: &RetiredMpack,
) -> Result<(), GcError> {
    let blob = BlobKey::mpack(mpack.repo_uuid, mpack.key);
    let tables = read_stored_tables(blobs, &blob, mpack.size_bytes).await;
    let tables = tables.map_err(|error| GcError::Mpack {
        blob,
        source: Box::new(error),
    })?;
    let whole = tables.objects().map(|row| row.id);
    let content = LostContent {
        objects: whole
            .chain(tables.large_objects().map(|row| row.id))
            .collect(),
        chunks: tables.chunks().map(|row| row.id).collect(),
    };
    if store.collect(mpack, &content).await? {
        delete_blobs(blobs, mpack.repo_uuid, mpack.key).await?;
        store.end_deletion(mpack.id).await?;
    }
    Ok(())
}

async fn delete_blobs(blobs: &Blobs, repo: Uuid, key: MpackKey) -> Result<(), BlobError> {
    blobs.delete(&BlobKey::mpack(repo, key)).await?;
    blobs.delete(&BlobKey::thin(repo, key)).await
}
