//! Compressing a push's objects against what the receiver has.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use muse_wire::id::{CommitId, ObjectId};
use muse_wire::mpack::{Base, Mpack, ThinCandidate, ThinFrame, ThinFramePlan, plan_thin_frames};
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{EntryKind, Tree};
use rayon::prelude::*;

use super::CollectError;
use super::place::{ObjectPlace, Versions, locate_object};
use super::reorder::ReorderedObjects;
use crate::repository::Repository;

/// Most of the boundary's trees in which a file's earlier version is looked for.
const MAX_TREES: usize = 8;

/// Bytes of stored frames that may be decompressed for bases, uncompressed: this many, and more for
/// each byte that is sent.
const MAX_READ_BYTES: u64 = 256 * 1024 * 1024;
/// How many more.
const READ_BYTES_PER_SENT_BYTE: u64 = 32;

/// Bytes of finished frames that are kept in memory until they are written. What is more is sent in
/// the usual form.
const MAX_KEPT_BYTES: u64 = 64 * 1024 * 1024;

/// The thin frames of `versions`, for a receiver that has all of `boundary`. What is in none of
/// them is sent in the usual form.
pub(super) fn compress(
    repository: &Repository,
    mpacks: &[Arc<Mpack>],
    boundary: &[CommitId],
    versions: &[Versions],
) -> Result<Vec<ThinFrame>, CollectError> {
    let trees = boundary_trees(repository, boundary)?;
    let mut candidates = Vec::new();
    let mut places = Vec::new();
    let mut bases: HashMap<Base, ObjectPlace> = HashMap::new();
    for versions in versions {
        let Some((base, place)) = find_base(&trees, mpacks, &versions.path) else {
            continue;
        };
        for place in &versions.places {
            candidates.push(ThinCandidate {
                id: place.row.id,
                length: place.row.length,
                base: base.clone(),
            });
            places.push(*place);
        }
        bases.insert(base, place);
    }
    let sent_bytes: u64 = places.iter().map(|place| u64::from(place.row.length)).sum();
    let allowed_bytes = MAX_READ_BYTES + READ_BYTES_PER_SENT_BYTE * sent_bytes;
    if candidates.is_empty() || bytes_to_read(mpacks, bases.values()) > allowed_bytes {
        return Ok(Vec::new());
    }
    let temporary = repository.layout.temporary_dir();
    let contents = ReorderedObjects::read(temporary, mpacks, &places)?;
    let (bases, base_places): (Vec<Base>, Vec<ObjectPlace>) = bases.into_iter().unzip();
    let base_contents = ReorderedObjects::read(temporary, mpacks, &base_places)?;
    let base_index: HashMap<&Base, usize> = bases.iter().zip(0..).collect();
    let compress = |plan: ThinFramePlan| {
        let base = |base: &Base| base_contents.get(base_index[base]);
        plan.compress(&candidates, base, |index| contents.get(index))
    };
    let frames: Vec<Option<ThinFrame>> = plan_thin_frames(&candidates)
        .into_par_iter()
        .map(compress)
        .collect::<Result<_, _>>()?;
    let mut kept_bytes = 0;
    let within_limit = frames.into_iter().flatten().filter(|frame| {
        kept_bytes += frame.stored_bytes();
        kept_bytes <= MAX_KEPT_BYTES
    });
    Ok(within_limit.collect())
}

/// The trees of the boundary, each with its snapshot.
fn boundary_trees(
    repository: &Repository,
    boundary: &[CommitId],
) -> Result<Vec<Tree>, CollectError> {
    let mut seen = HashSet::new();
    let mut trees = Vec::new();
    for id in boundary.iter().take(MAX_TREES) {
        let snapshot = repository.objects.commit(id)?.snapshot;
        if seen.insert(snapshot) {
            trees.push(repository.objects.tree(&snapshot)?);
        }
    }
    Ok(trees)
}

/// The file at `path` in the first tree that has one, if it can be a base.
fn find_base(
    trees: &[Tree],
    mpacks: &[Arc<Mpack>],
    path: &RepoPath,
) -> Option<(Base, ObjectPlace)> {
    let (tree, entry) = trees
        .iter()
        .find_map(|tree| Some((tree, tree.get(path)?)))?;
    let is_file = entry.kind != EntryKind::Symlink && entry.object != ObjectId::of(b"");
    let place = locate_object(mpacks, &entry.object).filter(|_| is_file)?;
    let base = Base {
        snapshot: tree.id(),
        path: path.clone(),
        length: place.row.length,
    };
    Some((base, place))
}

/// Bytes of the frames that hold these, uncompressed.
fn bytes_to_read<'a>(mpacks: &[Arc<Mpack>], places: impl Iterator<Item = &'a ObjectPlace>) -> u64 {
    let frames: HashSet<(usize, u32)> =
        places.map(|place| (place.mpack, place.row.frame)).collect();
    let raw_bytes = frames
        .into_iter()
        .map(|(mpack, frame)| mpacks[mpack].tables().frame(frame).raw_bytes);
    raw_bytes.sum()
}
