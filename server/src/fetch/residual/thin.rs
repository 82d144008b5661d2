//! Compresses a residual's objects against what the client has.

use std::collections::{HashMap, HashSet};
use std::io;

use futures::TryStreamExt as _;
use muse_wire::id::ObjectId;
use muse_wire::mpack::{Base, ThinCandidate, ThinFrame, plan_thin_frames};

use super::LocatedContents;
use crate::blocking::run_blocking;
use crate::error::{Error, Result};
use crate::fetch::bases::NewVersions;
use crate::fetch::source::RepoSource;
use crate::mpacks::{StoredFrames, most_frames_for_bases};
use crate::store::mpacks::ContentLocation;

/// Bytes of objects and bases that are in memory together. A residual with more is given in the
/// usual form.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// The thin frames of these versions, which are among the `contents`. What is in none of them is
/// given in the usual form.
///
/// # Errors
/// [`Error`] where the database or the blob store fails.
pub(super) async fn compress(
    source: RepoSource<'_>,
    versions: &[NewVersions],
    contents: &LocatedContents,
) -> Result<Vec<ThinFrame>> {
    let RepoSource { store, blobs, repo } = source;
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
    let frames = StoredFrames::find(blobs, repo, wanted.values()).await?;
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
