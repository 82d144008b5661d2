//! Puts mpacks together from stored ones: whole frames are copied as they are, the rest is recompressed.
//!
//! What was built is remembered by a digest of its contents, so that every client which needs the same
//! gets the same file, whatever it asked for in words.

mod contents;

use std::time::{SystemTime, UNIX_EPOCH};

use muse_wire::id::{Hasher, MpackKey, ObjectId};
use muse_wire::mpack::Counts;
use serde::{Deserialize, Serialize};

use self::contents::Contents;
pub(super) use self::contents::finish;
use super::cover::Part;
use super::sources::open_sources;
use crate::app::AppState;
use crate::blobs::BlobKey;
use crate::failure::{Failure, blocking};
use crate::history::Loaded;
use crate::store::Repo;
use crate::store::mpacks::{ObjectPlace, StoredMpack};

/// How long a built mpack is given out again.
const KEPT_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// An mpack of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Built {
    pub(super) key: MpackKey,
    pub(super) size_bytes: u64,
    pub(super) counts: Counts,
}

impl From<&StoredMpack> for Built {
    fn from(mpack: &StoredMpack) -> Self {
        Self {
            key: mpack.key,
            size_bytes: mpack.size_bytes,
            counts: mpack.counts,
        }
    }
}

/// The digest by which a part is found again.
fn digest(part: &Part) -> [u8; 32] {
    let mut hasher = Hasher::new();
    hasher.update(b"muse/residual/1\0");
    for commit in &part.commits {
        hasher.update(commit.as_bytes());
    }
    hasher.update(b"\0snapshots\0");
    for record in &part.snapshots {
        hasher.update(record.id.as_bytes());
        // Two forms of one snapshot are two contents.
        hasher.update(record.base.as_ref().map_or(&[][..], |base| base.as_bytes()));
        hasher.update(&[0]);
    }
    hasher.update(b"\0objects\0");
    for object in &part.objects {
        hasher.update(object.as_bytes());
    }
    hasher.finish()
}

/// The mpack that was built for this part, if it is still there.
///
/// # Errors
/// [`Failure`] where the database or the blob store fails.
pub(super) async fn find(
    state: &AppState,
    repo: &Repo,
    part: &Part,
) -> Result<Option<Built>, Failure> {
    find_kept(state, repo, &digest(part)).await
}

/// The mpack that was kept under this digest, if it is still there.
///
/// # Errors
/// [`Failure`] where the database or the blob store fails.
pub(super) async fn find_kept(
    state: &AppState,
    repo: &Repo,
    digest: &[u8; 32],
) -> Result<Option<Built>, Failure> {
    let Some(saved) = state.store.fetch_plan(repo.id, digest).await? else {
        return Ok(None);
    };
    let built: Built = rmp_serde::from_slice(&saved)
        .map_err(|error| Failure::internal("reading a saved fetch plan", error))?;
    let size = state
        .blobs
        .size(&BlobKey::mpack(repo.uuid, built.key))
        .await?;
    Ok((size == Some(built.size_bytes)).then_some(built))
}

/// Objects and where they lie.
pub(super) type Places = Vec<(ObjectId, ObjectPlace)>;

/// Where a part's objects lie, by the order in which they are to be written.
///
/// # Errors
/// [`Failure`] where the database fails or does not know an object.
pub(super) async fn places(state: &AppState, repo: &Repo, part: &Part) -> Result<Places, Failure> {
    let found = state.store.object_places(repo.id, &part.objects).await?;
    if let Some(lost) = part
        .objects
        .iter()
        .find(|object| !found.contains_key(object))
    {
        let what = format!("object {lost} is in no mpack");
        return Err(Failure::internal("planning a fetch", what));
    }
    let mut places: Vec<_> = found.into_iter().collect();
    // Neighbours in a frame are versions of one file: they stay together.
    places.sort_unstable_by_key(|(_, place)| (place.mpack, place.frame, place.offset));
    Ok(places)
}

/// Puts a part together, stores it, and remembers it.
///
/// # Errors
/// [`Failure`] where the database, the blob store or a local file fails.
pub(super) async fn build(
    state: &AppState,
    repo: &Repo,
    part: Part,
    objects: Places,
    loaded: &Loaded,
) -> Result<Built, Failure> {
    let digest = digest(&part);
    let mut envelopes = state.store.commit_envelopes(repo.id, &part.commits).await?;
    let mut commits = Vec::with_capacity(part.commits.len());
    for id in &part.commits {
        let found = envelopes.remove(id).zip(loaded.stored(id));
        let (envelope, stored) = found.ok_or_else(|| {
            Failure::internal("planning a fetch", format!("commit {id} is not stored"))
        })?;
        commits.push((envelope, stored.node.generation));
    }
    let contents = Contents {
        sources: open_sources(state, repo, &objects).await?,
        objects,
        commits,
        snapshots: part.snapshots,
    };
    let directory = state.blobs.staging_dir().to_owned();
    let (file, built) = blocking(move || contents.write(&directory)).await?;
    let blob = BlobKey::mpack(repo.uuid, built.key);
    state.blobs.put_file(&blob, &file).await?;
    keep(state, repo, &digest, &built).await?;
    Ok(built)
}

/// Keeps a stored mpack to be found again under this digest.
///
/// # Errors
/// [`Failure`] where the database fails.
pub(super) async fn keep(
    state: &AppState,
    repo: &Repo,
    digest: &[u8; 32],
    built: &Built,
) -> Result<(), Failure> {
    let saved = rmp_serde::to_vec(built)
        .map_err(|error| Failure::internal("saving a fetch plan", error))?;
    let expires_at_ms = now_ms().saturating_add(KEPT_MS);
    let store = &state.store;
    store
        .save_fetch_plan(repo.id, digest, &saved, expires_at_ms)
        .await?;
    Ok(())
}

fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
}
