//! Garbage collection: which blobs are deleted, and after which time.
//!
//! Blobs of most areas are deleted by their age: uploads that were never unpacked, what attempts
//! that were cut had pinned, bad mpacks that nobody looked into, and built mpacks that could not be
//! deleted when their rows went. Mpacks and their thin forms stay as long as the database names
//! them. Those that it does not are left over from a push that ended between storing its mpack and
//! publishing it. They go to the quarantine first, where [`doctor`](crate::doctor) finds them again
//! should a push have published one at that very moment.
//!
//! Mpacks whose place others have taken go when nobody can have a URL to them any more, and what no
//! ref reaches goes two weeks, or what the operator says, after that was found out: mpack by mpack,
//! so that a commit may be there for longer than its parents. So pushes build on nothing that no
//! ref reaches (see [`Store::reachable_among`]). One that relies on such content brings it back, in
//! the transaction that publishes it; one that found it before, and comes too late, is told to
//! begin again.

mod garbage;
mod rows;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use uuid::Uuid;

use self::garbage::Owner;
pub use self::garbage::{Garbage, GcError, Reason};
use crate::blobs::{BlobArea, BlobEntry, BlobKey, Blobs};
use crate::config::Retention;
use crate::error::with_causes;
use crate::store::repos::RepoId;
use crate::store::{Store, StoreError};

/// What may be deleted at `now`, of one repository or of all.
///
/// # Errors
/// [`GcError`].
pub async fn find(
    store: &Store,
    blobs: &Blobs,
    repo: Option<Uuid>,
    retention: &Retention,
    now: SystemTime,
) -> Result<Vec<Garbage>, GcError> {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut garbage = find_unnamed(store, blobs, retention, now).await?;
    garbage.extend(rows::find(store, retention, now).await?);
    garbage.retain(|garbage| repo.is_none_or(|repo| repo == garbage.blob.repo_id()));
    Ok(garbage)
}

/// The blobs that the database does not name, and that are old enough.
async fn find_unnamed(
    store: &Store,
    blobs: &Blobs,
    retention: &Retention,
    now: Duration,
) -> Result<Vec<Garbage>, GcError> {
    let repos = store.repos(None).await?.into_iter();
    let repos: HashMap<Uuid, RepoId> = repos.map(|repo| (repo.uuid, repo.id)).collect();
    let mut named = HashMap::new();
    let mut garbage = Vec::new();
    for area in BlobArea::ALL {
        let reason = Reason::of(area);
        for BlobEntry {
            key: blob,
            size_bytes,
            modified_ms,
        } in blobs.list(area).await?
        {
            let written = Duration::from_millis(modified_ms.max(0).cast_unsigned());
            if now.saturating_sub(written) <= reason.age(retention) {
                continue;
            }
            if reason == Reason::Unnamed {
                let uuid = blob.repo_id();
                if let Entry::Vacant(vacant) = named.entry(uuid) {
                    vacant.insert(named_blobs(store, uuid, repos.get(&uuid)).await?);
                }
                if named[&uuid].contains(&blob) {
                    continue;
                }
            }
            garbage.push(Garbage {
                blob,
                size_bytes,
                reason,
                owner: Owner::None(repos.get(&blob.repo_id()).copied()),
            });
        }
    }
    Ok(garbage)
}

/// Deletes what [`find`] found. Mpacks that no push names go to the quarantine instead; what is
/// needed again in the meantime stays.
///
/// # Errors
/// [`GcError`]; then some of it is left.
pub async fn delete(store: &Store, blobs: &Blobs, garbage: &[Garbage]) -> Result<(), GcError> {
    let mut failed = None;
    for one in garbage {
        // What cannot be deleted keeps nothing else from being so.
        if let Err(error) = delete_one(store, blobs, one).await {
            tracing::warn!(blob = %one.blob, error = with_causes(&error), "cannot delete garbage");
            failed.get_or_insert(error);
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn delete_one(store: &Store, blobs: &Blobs, garbage: &Garbage) -> Result<(), GcError> {
    let Garbage { blob, owner, .. } = garbage;
    match owner {
        Owner::None(repo) if blob.area() == BlobArea::Mpacks => {
            quarantine_unnamed(store, blobs, blob, *repo).await
        }
        Owner::None(_) => Ok(blobs.delete(blob).await?),
        Owner::Retired(mpack) => rows::delete_retired(store, blobs, mpack).await,
        Owner::Lost(mpack) => rows::delete_lost(store, blobs, mpack).await,
    }
}

async fn quarantine_unnamed(
    store: &Store,
    blobs: &Blobs,
    blob: &BlobKey,
    repo: Option<RepoId>,
) -> Result<(), GcError> {
    let is_named = async || match repo {
        Some(repo) => Ok(store.mpack(repo, &blob.mpack_key()).await?.is_some()),
        None => Ok::<_, StoreError>(false),
    };
    if is_named().await? {
        return Ok(());
    }
    blobs.quarantine(blob).await?;
    if is_named().await? {
        let quarantined = BlobKey::quarantined(blob.repo_id(), blob.mpack_key());
        blobs.copy(&quarantined, blob).await?;
    }
    Ok(())
}

/// The blobs of mpacks and thin forms that the database names; none of a deleted repository.
async fn named_blobs(
    store: &Store,
    uuid: Uuid,
    repo: Option<&RepoId>,
) -> Result<HashSet<BlobKey>, StoreError> {
    let Some(repo) = repo else {
        return Ok(HashSet::new());
    };
    let keys = store.stored_mpack_keys(*repo).await?;
    let blobs = keys.iter().flat_map(|(key, has_thin_form)| {
        let thin = has_thin_form.then(|| BlobKey::thin(uuid, *key));
        [Some(BlobKey::mpack(uuid, *key)), thin]
    });
    Ok(blobs.flatten().collect())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use muse_wire::id::MpackKey;

    use super::garbage::DAY;
    use super::*;
    use crate::blobs::conformance::key_of;
    use crate::sandbox::{Project, Sandbox};

    /// What is deleted so many days from now, after it was.
    async fn collect(sandbox: &Sandbox, days: u32) -> Vec<BlobKey> {
        let (store, blobs) = (sandbox.store(), sandbox.blobs());
        let now = SystemTime::now() + DAY * days;
        let retention = Retention::default();
        let found = find(store, blobs, None, &retention, now).await;
        let found = found.expect("found");
        delete(store, blobs, &found).await.expect("deleted");
        found.into_iter().map(|garbage| garbage.blob).collect()
    }

    async fn exists(sandbox: &Sandbox, blob: &BlobKey) -> bool {
        sandbox.blobs().size(blob).await.expect("asked").is_some()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_nobody_came_back_for_goes_and_what_was_pushed_stays() {
        let sandbox = Sandbox::new().await;
        let mut project = Project::default();
        let line = project.add_line(None, 2);
        sandbox.push_main(&project, &line).await;
        let uuid = sandbox.repo.uuid;
        let pushed = BlobKey::mpack(uuid, key_of(&project.mpack(&line)));
        let other = MpackKey::from_bytes([1; 32]);
        let upload = BlobKey::upload(uuid, other);
        let pinned = BlobKey::pinned(uuid, other, Uuid::new_v4());
        let (unnamed, thin) = (BlobKey::mpack(uuid, other), BlobKey::thin(uuid, other));
        let built = BlobKey::built(uuid, other, Uuid::new_v4());
        let of_deleted = BlobKey::mpack(Uuid::new_v4(), other);
        for blob in [&upload, &pinned, &unnamed, &thin, &built, &of_deleted] {
            let bytes = Bytes::from_static(b"bytes");
            sandbox.blobs().put_bytes(blob, bytes).await.expect("put");
        }
        for (days, expected) in [
            (7, vec![upload]),
            (14, vec![pinned, unnamed, of_deleted, thin]),
            (30, vec![built]),
        ] {
            // A day before and a day after.
            assert_eq!(collect(&sandbox, days - 1).await, []);
            let mut collected = collect(&sandbox, days + 1).await;
            collected.retain(|blob| blob.area() != BlobArea::Quarantine);
            collected.sort_unstable();
            let mut expected = expected;
            expected.sort_unstable();
            assert_eq!(collected, expected);
            for blob in &expected {
                assert!(!exists(&sandbox, blob).await, "{blob}");
            }
        }
        assert!(exists(&sandbox, &pushed).await);
        // What no push named can be looked into for a month more.
        let quarantined = BlobKey::quarantined(uuid, other);
        let again = BlobKey::mpack(uuid, other);
        let bytes = Bytes::from_static(b"bytes");
        sandbox.blobs().put_bytes(&again, bytes).await.expect("put");
        assert_eq!(collect(&sandbox, 15).await, [again]);
        assert!(exists(&sandbox, &quarantined).await);
        collect(&sandbox, 31).await;
        assert!(!exists(&sandbox, &quarantined).await);
        let left = collect(&sandbox, 10_000).await;
        assert_eq!(left, [], "pushed mpacks stay for ever");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_published_in_the_meantime_stays() {
        let sandbox = Sandbox::new().await;
        let mut project = Project::default();
        let line = project.add_line(None, 1);
        let mpack = project.mpack(&line);
        let blob = BlobKey::mpack(sandbox.repo.uuid, key_of(&mpack));
        let bytes = Bytes::copy_from_slice(&mpack);
        sandbox.blobs().put_bytes(&blob, bytes).await.expect("put");
        let (store, blobs) = (sandbox.store(), sandbox.blobs());
        let later = SystemTime::now() + DAY * 15;
        let (repo, retention) = (Some(sandbox.repo.uuid), Retention::default());
        let found = find(store, blobs, repo, &retention, later).await;
        let found = found.expect("found");
        assert_eq!((found.len(), found[0].reason), (1, Reason::Unnamed));
        let other = Some(Uuid::new_v4());
        let elsewhere = find(store, blobs, other, &retention, later).await;
        assert_eq!(elsewhere.expect("found"), []);
        sandbox.push_main(&project, &line).await;
        delete(store, blobs, &found).await.expect("deleted");
        assert!(exists(&sandbox, &blob).await);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_quarantine_is_emptied_when_the_operator_says() {
        let sandbox = Sandbox::new().await;
        let blob = BlobKey::quarantined(sandbox.repo.uuid, MpackKey::from_bytes([1; 32]));
        let bytes = Bytes::from_static(b"bytes");
        sandbox.blobs().put_bytes(&blob, bytes).await.expect("put");
        let (store, blobs) = (sandbox.store(), sandbox.blobs());
        let retention = Retention {
            quarantine: DAY * 2,
            ..Retention::default()
        };
        for (days, expected) in [(1, 0), (3, 1)] {
            let now = SystemTime::now() + DAY * days;
            let found = find(store, blobs, None, &retention, now).await;
            assert_eq!(found.expect("found").len(), expected);
        }
    }
}
