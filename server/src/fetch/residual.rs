//! Puts mpacks together from stored ones: whole frames are copied as they are, the rest is recompressed.
//!
//! What was built is remembered by a digest of its contents, so that every client which needs the same
//! gets the same file, whatever it asked for in words.

mod contents;

use muse_wire::id::{Hasher, ObjectId};

use self::contents::Contents;
use super::built::{self, Built};
use super::cover::Part;
use super::sources::open_sources;
use crate::app::AppState;
use crate::failure::{Failure, blocking};
use crate::history::Loaded;
use crate::store::Repo;
use crate::store::objects::ObjectLocation;

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
    built::find(state, repo, &digest(part)).await
}

/// Objects and where they lie.
pub(super) type Places = Vec<(ObjectId, ObjectLocation)>;

/// Where a part's objects lie, by the order in which they are to be written.
///
/// # Errors
/// [`Failure`] where the database fails or does not know an object.
pub(super) async fn places(state: &AppState, repo: &Repo, part: &Part) -> Result<Places, Failure> {
    let found = state.store.object_locations(repo.id, &part.objects).await?;
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
    built::keep(state, repo, &digest, &file, &built).await?;
    Ok(built)
}
