//! Residual mpacks: built from stored ones for what no stored mpack can give whole. Whole frames
//! are copied as they are, the rest is recompressed.
//!
//! A residual is remembered by a digest of its contents, so that every client that needs the same
//! gets the same file, however it asked.

mod writer;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use muse_wire::id::{CommitId, Hasher, ObjectId};
use muse_wire::snapshot::SnapshotRecord;
use tempfile::TempPath;

use self::writer::ResidualWriter;
use super::built_mpacks;
use super::source::{PlannedFile, RepoSource};
use crate::blocking::run_blocking;
use crate::error::{Error, Result};
use crate::history::LoadedCommits;
use crate::mpacks::LocalMpack;
use crate::store::built_mpacks::{BuildKind, NewBuild};
use crate::store::mpacks::{MpackFile, MpackId};
use crate::store::objects::ObjectLocation;

/// The contents of an mpack that has to be built.
#[derive(Default)]
pub(super) struct Residual {
    /// Parents first.
    pub(super) commits: Vec<CommitId>,
    /// Bases first.
    pub(super) snapshots: Vec<SnapshotRecord>,
    /// Ascending.
    pub(super) objects: Vec<ObjectId>,
}

impl Residual {
    /// Whether nothing has to be built.
    pub(super) const fn is_empty(&self) -> bool {
        self.commits.is_empty() && self.snapshots.is_empty() && self.objects.is_empty()
    }

    fn digest(&self) -> [u8; 32] {
        let mut hasher = Hasher::new();
        hasher.update(b"muse/residual/1\0");
        for commit in &self.commits {
            hasher.update(commit.as_bytes());
        }
        hasher.update(b"\0snapshots\0");
        for record in &self.snapshots {
            hasher.update(record.id.as_bytes());
            // Records of one snapshot against different bases are different contents.
            hasher.update(record.base.as_ref().map_or(&[][..], |base| base.as_bytes()));
            hasher.update(&[0]);
        }
        hasher.update(b"\0objects\0");
        for object in &self.objects {
            hasher.update(object.as_bytes());
        }
        hasher.finish()
    }
}

/// Objects and where they lie, by mpack, frame and offset.
pub(super) type LocatedObjects = Vec<(ObjectId, ObjectLocation)>;

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

/// Where a residual's objects lie, in the order in which they are to be written.
///
/// # Errors
/// [`Error`] where the database fails or does not know an object.
pub(super) async fn locate(source: RepoSource<'_>, residual: &Residual) -> Result<LocatedObjects> {
    let objects = &residual.objects;
    let found = source
        .store
        .object_locations(source.repo.id, objects)
        .await?;
    if let Some(lost) = objects.iter().find(|object| !found.contains_key(object)) {
        let reason = format!("object {lost} is in no mpack");
        return Err(Error::internal("planning a fetch", reason));
    }
    let mut located: Vec<_> = found.into_iter().collect();
    // Neighbours in a frame are versions of one file and compress well together.
    located.sort_unstable_by_key(|(_, at)| (at.mpack, at.frame, at.offset));
    Ok(located)
}

/// Builds a residual mpack, stores it, and remembers it; `None` where somebody else has been
/// building it for longer than `wait`.
///
/// # Errors
/// As [`built_mpacks::obtain`].
pub(super) async fn build(
    source: RepoSource<'_>,
    residual: Residual,
    objects: LocatedObjects,
    loaded: &LoadedCommits,
    wait: Duration,
) -> Result<Option<PlannedFile>> {
    let new = NewBuild {
        repo: source.repo.id,
        digest: residual.digest(),
        kind: BuildKind::Residual,
    };
    let written = write(source, residual, objects, loaded);
    built_mpacks::obtain(source, &new, wait, written).await
}

/// Writes a residual mpack to a local file.
async fn write(
    source: RepoSource<'_>,
    residual: Residual,
    objects: LocatedObjects,
    loaded: &LoadedCommits,
) -> Result<(TempPath, MpackFile)> {
    let RepoSource { store, blobs, repo } = source;
    let mut envelopes = store.commit_envelopes(repo.id, &residual.commits).await?;
    let mut commits = Vec::with_capacity(residual.commits.len());
    for id in &residual.commits {
        let found = envelopes.remove(id).zip(loaded.stored(id));
        let (envelope, stored) = found.ok_or_else(|| {
            Error::internal("planning a fetch", format!("commit {id} is not stored"))
        })?;
        commits.push((envelope, stored.node.generation));
    }
    let writer = ResidualWriter {
        mpacks: open_mpacks(source, &objects).await?,
        objects,
        commits,
        snapshots: residual.snapshots,
    };
    let directory = blobs.staging_dir().to_owned();
    run_blocking(move || writer.write(&directory)).await
}

/// Opens every mpack that holds one of the objects.
async fn open_mpacks(
    source: RepoSource<'_>,
    objects: &LocatedObjects,
) -> Result<BTreeMap<MpackId, LocalMpack>> {
    let mut mpacks = BTreeMap::new();
    for (_, location) in objects {
        if let Entry::Vacant(vacant) = mpacks.entry(location.mpack) {
            let blob = source.blob(location.mpack_key);
            vacant.insert(LocalMpack::open(source.blobs, &blob).await?);
        }
    }
    Ok(mpacks)
}
