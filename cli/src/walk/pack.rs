//! Writing the mpack of a push: stored frames copied where they are as good as new ones, the rest regrouped.

use std::collections::HashMap;
use std::io::BufWriter;
use std::sync::Arc;

use muse_wire::dag::CommitSource as _;
use muse_wire::id::{MpackKey, ObjectId};
use muse_wire::mpack::{Counts, Mpack, MpackWriter, NewCommit, ObjectRow};

use super::gather::Gathered;
use super::{CollectError, PushSet};
use crate::report::Phase;
use crate::repository::{Repository, RepositoryError};

/// A stored frame smaller than this is regrouped: compressed with its neighbours it becomes smaller.
const REUSE_MIN_RAW_BYTES: u64 = 8 * 1024 * 1024;
/// A stored frame is copied where its objects come in runs of at least this mean length in the order
/// that a new mpack would have; otherwise it groups what does not belong together.
const REUSE_MIN_MEAN_RUN: usize = 8;

/// A written mpack, in a file that goes when this is dropped.
pub struct NewMpack {
    /// The file.
    pub file: tempfile::NamedTempFile,
    /// SHA-256 of its bytes.
    pub key: MpackKey,
    /// How many they are.
    pub size_bytes: u64,
    /// What it holds.
    pub counts: Counts,
    /// How many stored frames were copied as they are.
    pub reused_frames: usize,
}

/// An object's place among the repository's mpacks.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) mpack: usize,
    pub(super) row: ObjectRow,
}

/// Writes `set` into a temporary file of the repository, hashing it on the way. `phase` counts bytes
/// of objects.
///
/// # Errors
/// [`CollectError`].
pub fn write_mpack(
    repository: &Repository,
    set: &PushSet,
    phase: &dyn Phase,
) -> Result<NewMpack, CollectError> {
    let mpacks = repository.objects.mpacks()?;
    let places = locate(set, &mpacks)?;
    let counts = Counts {
        objects: places.len() as u64,
        commits: set.commits.len() as u64,
        snapshots: set.snapshots.len() as u64,
        object_bytes: places.iter().map(|place| place.row.length).sum(),
    };
    phase.set_total(counts.object_bytes);
    let file = repository.layout.temporary_file()?;
    let mut writer = MpackWriter::new(BufWriter::new(file.reopen()?), counts)?;
    let reusable = reusable_frames(&mpacks, &places);
    let mut copied = std::collections::HashSet::new();
    for frame in &reusable {
        writer.copy_object_frame(&mpacks[frame.mpack], frame.index)?;
        copied.extend(frame.objects.iter().copied());
        phase.advance(frame.object_bytes);
    }
    let rest: Vec<Place> = places
        .iter()
        .filter(|place| !copied.contains(&place.row.id))
        .copied()
        .collect();
    let gathered = Gathered::read(repository, &mpacks, &rest)?;
    for (index, place) in rest.iter().enumerate() {
        writer.add_object(place.row.id, &gathered.get(index)?)?;
        phase.advance(place.row.length);
    }
    for id in &set.commits {
        let envelope = repository.objects.commit_envelope(id)?;
        let node = repository
            .objects
            .node(id)?
            .ok_or_else(|| RepositoryError::missing_commit(id))?;
        writer.add_commit(&NewCommit {
            envelope: &envelope,
            commit: &repository.objects.commit(id)?,
            generation: node.generation,
        })?;
    }
    for record in &set.snapshots {
        writer.add_snapshot(record)?;
    }
    let written = writer.finish()?;
    let (key, size_bytes) = (written.key, written.size_bytes);
    written
        .out
        .into_inner()
        .map_err(|error| CollectError::Io(error.into_error()))?;
    Ok(NewMpack {
        file,
        key,
        size_bytes,
        counts,
        reused_frames: reusable.len(),
    })
}

/// Where each object lies, in the order of the set.
fn locate(set: &PushSet, mpacks: &[Arc<Mpack>]) -> Result<Vec<Place>, CollectError> {
    let place = |id: &ObjectId| {
        mpacks.iter().enumerate().find_map(|(mpack, pack)| {
            let row = pack.tables().find_object(id)?;
            Some(Place { mpack, row })
        })
    };
    set.objects
        .iter()
        .map(|object| {
            place(&object.id).ok_or_else(|| RepositoryError::missing_object(&object.id).into())
        })
        .collect()
}

/// A stored frame that is copied as it is.
struct ReusableFrame {
    mpack: usize,
    index: u32,
    objects: Vec<ObjectId>,
    /// Their lengths together.
    object_bytes: u64,
}

/// Frames of which every object is wanted and which group them as a new mpack would. Objects
/// that have frames of their own always are: nothing is gained by compressing them again.
fn reusable_frames(mpacks: &[Arc<Mpack>], places: &[Place]) -> Vec<ReusableFrame> {
    let mut positions: HashMap<(usize, u32), Vec<usize>> = HashMap::new();
    for (position, place) in places.iter().enumerate() {
        let frame = (place.mpack, place.row.frame);
        positions.entry(frame).or_default().push(position);
    }
    let mut frames: Vec<_> = positions
        .into_iter()
        .filter(|((mpack, index), positions)| {
            let tables = mpacks[*mpack].tables();
            let raw_bytes = tables.frame(*index).raw_bytes;
            if places[positions[0]].row.length > raw_bytes {
                return true;
            }
            let breaks = positions
                .windows(2)
                .filter(|pair| pair[1] != pair[0] + 1)
                .count();
            raw_bytes >= REUSE_MIN_RAW_BYTES
                && (breaks == 0 || positions.len() >= REUSE_MIN_MEAN_RUN * (breaks + 1))
                && tables.frame_objects(*index).count() == positions.len()
        })
        .collect();
    frames.sort_unstable_by_key(|(_, positions)| positions[0]);
    frames
        .into_iter()
        .map(|((mpack, index), positions)| {
            let rows = positions.iter().map(|&position| places[position].row);
            ReusableFrame {
                mpack,
                index,
                objects: rows.clone().map(|row| row.id).collect(),
                object_bytes: rows.map(|row| row.length).sum(),
            }
        })
        .collect()
}
