//! Compresses a residual's objects against what the client has.

use std::collections::{HashMap, HashSet};
use std::io;

use futures::TryStreamExt as _;
use muse_wire::id::{ID_BYTES, ObjectId};
use muse_wire::limits::{MAX_THIN_TABLE_BYTES, PushLimits};
use muse_wire::mpack::{Base, ThinCandidate, ThinFrame, most_table_bytes, plan_thin_frames};

use super::contents::{LocatedContents, Residual};
use crate::blocking::run_blocking;
use crate::error::{Error, Result};
use crate::fetch::source::RepoSource;
use crate::mpacks::{StoredFrames, most_frames_for_bases};
use crate::store::mpacks::ContentLocation;

/// Bytes of objects and bases that are in memory together. A residual with more is given in the
/// usual form.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// The thin frames of a residual with these contents. What is in none of them is given in the usual
/// form.
///
/// # Errors
/// [`Error`] where the database or the blob store fails.
pub(super) async fn compress(
    source: RepoSource<'_>,
    residual: &Residual,
    contents: &LocatedContents,
) -> Result<Vec<ThinFrame>> {
    let RepoSource { store, blobs, repo } = source;
    let versions = &residual.versions;
    if versions.is_empty() || table_bytes(residual) > MAX_THIN_TABLE_BYTES {
        return Ok(Vec::new());
    }
    let ids: Vec<ObjectId> = versions.iter().map(|versions| versions.base).collect();
    let bases = store.object_locations(repo.id, &ids).await?;
    let objects: HashMap<ObjectId, ContentLocation> = contents.objects.iter().copied().collect();
    let (mut candidates, mut base_of) = (Vec::new(), HashMap::new());
    let mut wanted = HashMap::new();
    for versions in versions {
        // Large objects have no place of their own, and are no bases.
        let Some(at) = bases.get(&versions.base) else {
            continue;
        };
        let base = Base {
            snapshot: versions.snapshot,
            path: versions.path.clone(),
            length: at.length,
        };
        for id in &versions.objects {
            let Some(object) = objects.get(id) else {
                continue;
            };
            candidates.push(ThinCandidate {
                id: *id,
                length: object.length,
                base: base.clone(),
            });
            wanted.insert(*id, *object);
        }
        wanted.insert(versions.base, *at);
        base_of.insert(base, versions.base);
    }
    let wanted_bytes: u64 = wanted.values().map(|at| u64::from(at.length)).sum();
    let frames: HashSet<_> = wanted.values().map(|at| (at.mpack, at.frame)).collect();
    if candidates.is_empty()
        || wanted_bytes > MAX_BYTES
        || frames.len() as u64 > most_frames_for_bases(wanted_bytes)
    {
        return Ok(Vec::new());
    }
    let frames = StoredFrames::find(store, blobs, repo, wanted.values()).await?;
    let read = frames.read(wanted.into_iter().collect())?;
    let bytes: HashMap<ObjectId, Vec<u8>> = read
        .map_ok(|(id, bytes)| (id, bytes.to_vec()))
        .try_collect()
        .await?;
    run_blocking(move || {
        let base = |base: &Base| Ok(&bytes[&base_of[base]]);
        let object = |index: usize| Ok(&bytes[&candidates[index].id]);
        let plans = plan_thin_frames(&candidates).into_iter();
        let frames = plans.map(|plan| plan.compress(&candidates, base, object));
        let frames: io::Result<Vec<Option<ThinFrame>>> = frames.collect();
        let failed = |error| Error::internal("compressing a thin frame", error);
        Ok(frames.map_err(failed)?.into_iter().flatten().collect())
    })
    .await
}

/// Most bytes of a change in a record, besides its path.
const CHANGE_BYTES: u64 = 48;

/// The most that the tables of a residual can take if it is thin.
fn table_bytes(residual: &Residual) -> u64 {
    let lists = residual.large_objects.iter();
    let listed: usize = lists.map(|(_, chunks)| 1 + chunks.len()).sum();
    let entries = PushLimits {
        objects: (residual.objects.len() + listed) as u64,
        commits: residual.commits.len().max(residual.snapshots.len()) as u64,
        ..PushLimits::default()
    };
    let changes = residual.snapshots.iter().flat_map(|record| &record.changes);
    let change_bytes = changes.map(|change| CHANGE_BYTES + change.path.as_str().len() as u64);
    // Of a base, its row, its snapshot's id, its path and the zero behind that.
    let bases = residual.versions.iter();
    let base_bytes = bases.map(|versions| (8 + ID_BYTES + versions.path.as_str().len() + 1) as u64);
    most_table_bytes(&entries, change_bytes.sum()) + base_bytes.sum::<u64>()
}

#[cfg(test)]
mod tests {
    use muse_wire::id::{CommitId, SnapshotId};
    use muse_wire::path::RepoPath;

    use super::*;
    use crate::fetch::residual::NewVersions;

    #[test]
    fn tables_that_could_be_too_large_are_told_from_their_entries() {
        let with = |commits: usize, versions: usize| {
            let versions = (0..versions).map(|number| NewVersions {
                objects: Vec::new(),
                snapshot: SnapshotId::from_bytes([1; 32]),
                path: RepoPath::new(format!("{number:04}/{}", "p".repeat(250))).expect("valid"),
                base: ObjectId::of(b"base"),
            });
            let residual = Residual {
                commits: vec![CommitId::from_bytes([1; 32]); commits],
                versions: versions.collect(),
                ..Residual::default()
            };
            table_bytes(&residual)
        };
        let base_bytes = 8 + 32 + 255 + 1;
        assert_eq!(with(1, 3) - with(1, 0), 3 * base_bytes);
        assert!(with(5_000, 10_000) < MAX_THIN_TABLE_BYTES);
        assert!(with(7_000, 0) > MAX_THIN_TABLE_BYTES);
        assert!(with(1, 60_000) > MAX_THIN_TABLE_BYTES);
    }
}
