//! Garbage collection of the blob store: which blobs are deleted, and after which time.
//!
//! Blobs of most areas are deleted by their age: uploads that were never unpacked, what attempts
//! that were cut had pinned, bad mpacks that nobody looked into, and built mpacks that could not be
//! deleted when their rows went. Mpacks and their thin forms stay as long as the database names
//! them. Those that it does not are left over from a push that ended between storing its mpack and
//! publishing it. They go to the quarantine first, where [`doctor`](crate::doctor) finds them again
//! should a push have published one at that very moment.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use uuid::Uuid;

use crate::blobs::{BlobArea, BlobEntry, BlobError, BlobKey, Blobs};
use crate::store::repos::RepoId;
use crate::store::{Store, StoreError};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Why the collection or the examination of blobs failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GcError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The blob store failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

/// Why a blob is garbage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// It was uploaded a week ago and never unpacked.
    NeverUnpacked,
    /// An attempt at a push kept it, and ended two weeks ago at the latest.
    AttemptEnded,
    /// It has been in the quarantine for a month.
    Quarantined,
    /// It was built for readers a month ago.
    BuildExpired,
    /// The database has not named it for two weeks.
    Unnamed,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 5] = [
        Self::NeverUnpacked,
        Self::AttemptEnded,
        Self::Quarantined,
        Self::BuildExpired,
        Self::Unnamed,
    ];

    /// For people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NeverUnpacked => "uploaded and never unpacked",
            Self::AttemptEnded => "left by an interrupted push",
            Self::Quarantined => "in the quarantine for a month",
            Self::BuildExpired => "built for readers and expired",
            Self::Unnamed => "named by no push that succeeded",
        }
    }

    const fn of(area: BlobArea) -> Self {
        match area {
            BlobArea::Uploads => Self::NeverUnpacked,
            BlobArea::Pinned => Self::AttemptEnded,
            BlobArea::Quarantine => Self::Quarantined,
            BlobArea::Built => Self::BuildExpired,
            BlobArea::Mpacks | BlobArea::Thin => Self::Unnamed,
        }
    }

    /// How old a blob is at least that is garbage for this reason.
    const fn age(self) -> Duration {
        match self {
            Self::NeverUnpacked => DAY.saturating_mul(7),
            // In a directory a blob is as old as the upload that it was made from. So it must
            // outlive every upload by more than any attempt takes.
            Self::AttemptEnded | Self::Unnamed => DAY.saturating_mul(14),
            // Built mpacks expire after a week, and no URL to one is valid for longer than another.
            Self::Quarantined | Self::BuildExpired => DAY.saturating_mul(30),
        }
    }
}

/// A blob that may be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Garbage {
    /// The blob.
    pub blob: BlobKey,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// Why it may be deleted.
    pub reason: Reason,
    /// Its repository, if there still is one.
    repo: Option<RepoId>,
}

/// What may be deleted at `now`, of one repository or of all.
///
/// # Errors
/// [`GcError`].
pub async fn find(
    store: &Store,
    blobs: &Blobs,
    repo: Option<Uuid>,
    now: SystemTime,
) -> Result<Vec<Garbage>, GcError> {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
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
            let is_young = now.saturating_sub(written) <= reason.age();
            if is_young || repo.is_some_and(|repo| repo != blob.repo_id()) {
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
                repo: repos.get(&blob.repo_id()).copied(),
            });
        }
    }
    Ok(garbage)
}

/// Deletes what [`find`] found. Mpacks that no push names go to the quarantine instead; those that
/// were published in the meantime stay.
///
/// # Errors
/// [`GcError`]; then some of it is left.
pub async fn delete(store: &Store, blobs: &Blobs, garbage: &[Garbage]) -> Result<(), GcError> {
    for Garbage { blob, repo, .. } in garbage {
        if blob.area() != BlobArea::Mpacks {
            blobs.delete(blob).await?;
            continue;
        }
        let is_named = async || match repo {
            Some(repo) => Ok(store.mpack(*repo, &blob.mpack_key()).await?.is_some()),
            None => Ok::<_, StoreError>(false),
        };
        if is_named().await? {
            continue;
        }
        blobs.quarantine(blob).await?;
        if is_named().await? {
            let quarantined = BlobKey::quarantined(blob.repo_id(), blob.mpack_key());
            blobs.copy(&quarantined, blob).await?;
        }
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
    let mpacks = store.mpacks(*repo).await?;
    let blobs = mpacks.iter().flat_map(|mpack| {
        let thin = mpack.thin.as_ref().map(|_| BlobKey::thin(uuid, mpack.key));
        [Some(BlobKey::mpack(uuid, mpack.key)), thin]
    });
    Ok(blobs.flatten().collect())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use muse_wire::id::MpackKey;

    use super::*;
    use crate::blobs::conformance::key_of;
    use crate::sandbox::{Project, Sandbox};

    /// What is deleted so many days from now, after it was.
    async fn collect(sandbox: &Sandbox, days: u32) -> Vec<BlobKey> {
        let (store, blobs) = (sandbox.store(), sandbox.blobs());
        let now = SystemTime::now() + DAY * days;
        let found = find(store, blobs, None, now).await.expect("found");
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
        let repo = Some(sandbox.repo.uuid);
        let found = find(store, blobs, repo, later).await.expect("found");
        assert_eq!((found.len(), found[0].reason), (1, Reason::Unnamed));
        let elsewhere = find(store, blobs, Some(Uuid::new_v4()), later).await;
        assert_eq!(elsewhere.expect("found"), []);
        sandbox.push_main(&project, &line).await;
        delete(store, blobs, &found).await.expect("deleted");
        assert!(exists(&sandbox, &blob).await);
    }
}
