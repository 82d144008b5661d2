//! Residual mpacks: built from stored ones for what no stored mpack can give whole. Versions of
//! files that the client has become thin frames, if it takes those; whole frames are copied as they
//! are, and the rest is recompressed.
//!
//! A residual is remembered by a digest of its contents, so that every client that needs the same
//! gets the same file, however it asked.

mod contents;
mod thin;
mod writer;

use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::hash::Hash;
use std::time::Duration;

use muse_wire::id::ObjectId;
use muse_wire::mpack::ThinFrame;
use tempfile::TempPath;

pub(super) use self::contents::{LocatedContents, NewVersions, Residual};
use self::writer::ResidualWriter;
use super::built_mpacks;
use super::source::{PlannedFile, RepoSource};
use crate::error::{Error, Result};
use crate::history::LoadedCommits;
use crate::mpacks::StoredFrames;
use crate::store::built_mpacks::NewBuild;
use crate::store::mpacks::{ContentLocation, MpackFile};

/// The mpack that was built for this residual, if it still exists.
///
/// # Errors
/// [`Error`] where the database or the blob store fails.
pub(super) async fn find(
    source: RepoSource<'_>,
    residual: &Residual,
) -> Result<Option<PlannedFile>> {
    built_mpacks::find(source, &residual.digest()).await
}

/// Where a residual's contents lie, in the order in which they are to be written.
///
/// # Errors
/// [`Error`] where the database fails or does not know an object or a chunk.
pub(super) async fn locate(source: RepoSource<'_>, residual: &Residual) -> Result<LocatedContents> {
    let (store, repo) = (source.store, source.repo.id);
    let found = store.object_locations(repo, &residual.objects).await?;
    let mut objects = in_order("object", &residual.objects, &found)?;
    // Neighbours in a frame are versions of one file and compress well together.
    objects.sort_unstable_by_key(|(_, at)| (at.mpack, at.frame, at.offset, at.length));
    let found = store.chunk_locations(repo, &residual.chunks).await?;
    let chunks = in_order("chunk", &residual.chunks, &found)?;
    Ok(LocatedContents { objects, chunks })
}

fn in_order<I: Copy + Eq + Hash + Display>(
    what: &str,
    ids: &[I],
    found: &HashMap<I, ContentLocation>,
) -> Result<Vec<(I, ContentLocation)>> {
    let locate = |id: &I| {
        let location = found.get(id).ok_or_else(|| {
            let reason = format!("{what} {id} is in no mpack");
            Error::internal("planning a fetch", reason)
        })?;
        Ok((*id, *location))
    };
    ids.iter().map(locate).collect()
}

/// Builds a residual mpack, stores it, and remembers it; `None` where somebody else has been
/// building it for longer than `wait`.
///
/// # Errors
/// As [`built_mpacks::obtain`].
pub(super) async fn build(
    source: RepoSource<'_>,
    residual: Residual,
    contents: LocatedContents,
    loaded: &LoadedCommits,
    wait: Duration,
) -> Result<Option<PlannedFile>> {
    let new = NewBuild {
        repo: source.repo.id,
        digest: residual.digest(),
    };
    let written = write(source, residual, contents, loaded);
    built_mpacks::obtain(source, &new, wait, written).await
}

/// Writes a residual mpack to a local file.
async fn write(
    source: RepoSource<'_>,
    residual: Residual,
    mut contents: LocatedContents,
    loaded: &LoadedCommits,
) -> Result<(TempPath, MpackFile)> {
    let RepoSource { store, blobs, repo } = source;
    let thin_frames = thin::compress(source, &residual, &contents).await?;
    let in_thin_frames: HashSet<ObjectId> =
        thin_frames.iter().flat_map(ThinFrame::objects).collect();
    contents
        .objects
        .retain(|(id, _)| !in_thin_frames.contains(id));
    let mut envelopes = store.commit_envelopes(repo.id, &residual.commits).await?;
    let mut commits = Vec::with_capacity(residual.commits.len());
    for id in &residual.commits {
        let found = envelopes.remove(id).zip(loaded.stored(id));
        let (envelope, stored) = found.ok_or_else(|| {
            Error::internal("planning a fetch", format!("commit {id} is not stored"))
        })?;
        commits.push((envelope, stored.node.generation));
    }
    let frames = StoredFrames::find(store, blobs, repo, contents.locations()).await?;
    let writer = ResidualWriter {
        thin_frames,
        large_objects: residual.large_objects,
        commits,
        snapshots: residual.snapshots,
    };
    let directory = blobs.staging_dir().to_owned();
    writer.write(directory, frames, contents).await
}
