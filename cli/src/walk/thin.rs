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
use crate::repository::{Layout, Repository};

/// Most of the boundary's trees in which a file's earlier version is looked for.
const MAX_TREES: usize = 8;

/// Bytes of a stored frame that are decompressed for its bases, uncompressed, for each byte of
/// their later versions. More would take longer than it takes to send what a base saves.
const READ_BYTES_PER_SENT_BYTE: u64 = 32;
/// Bytes of all other frames that are decompressed nevertheless, those of which most is sent first.
const MAX_OTHER_READ_BYTES: u64 = 64 * 1024 * 1024;

/// Bytes of finished frames that are kept in memory until they are written. What is more is sent in
/// the usual form.
const MAX_KEPT_BYTES: u64 = 64 * 1024 * 1024;

/// The thin frames of `versions`, for a receiver that has all of `boundary`. What is in none of
/// them is sent in the usual form.
pub(super) fn compress(
    repository: &Repository,
    scratch: &Layout,
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
    let frames = frames_to_read(mpacks, candidates.iter().map(|one| (one, bases[&one.base])));
    bases.retain(|_, place| frames.contains(&frame_of(place)));
    let (candidates, places): (Vec<ThinCandidate>, Vec<ObjectPlace>) = candidates
        .into_iter()
        .zip(places)
        .filter(|(candidate, _)| bases.contains_key(&candidate.base))
        .unzip();
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    let temporary = scratch.temporary_dir();
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

/// A stored frame: which of the mpacks, and which frame of it.
type FrameIndex = (usize, u32);

const fn frame_of(place: &ObjectPlace) -> FrameIndex {
    (place.mpack, place.row.frame)
}

/// The frames of bases that are worth decompressing for what is sent against them.
fn frames_to_read<'a>(
    mpacks: &[Arc<Mpack>],
    sent: impl Iterator<Item = (&'a ThinCandidate, ObjectPlace)>,
) -> HashSet<FrameIndex> {
    let mut sent_bytes: HashMap<FrameIndex, u64> = HashMap::new();
    for (candidate, base) in sent {
        *sent_bytes.entry(frame_of(&base)).or_default() += u64::from(candidate.length);
    }
    let mut costs: Vec<(u64, u64, FrameIndex)> = sent_bytes
        .into_iter()
        .map(|(frame, sent_bytes)| {
            let raw_bytes = mpacks[frame.0].tables().frame(frame.1).raw_bytes;
            (raw_bytes / sent_bytes.max(1), raw_bytes, frame)
        })
        .collect();
    costs.sort_unstable();
    let mut other_bytes = 0;
    costs.retain(|&(raw_bytes_per_sent_byte, raw_bytes, _)| {
        if raw_bytes_per_sent_byte < READ_BYTES_PER_SENT_BYTE {
            return true;
        }
        other_bytes += raw_bytes;
        other_bytes <= MAX_OTHER_READ_BYTES
    });
    costs.into_iter().map(|(.., frame)| frame).collect()
}
