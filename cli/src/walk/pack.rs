//! Writing the mpack of a push: stored frames are copied where they are as good as new ones, the
//! other objects are compressed again in the best order.

use std::collections::HashSet;
use std::io::BufWriter;
use std::sync::Arc;

use muse_wire::dag::CommitSource as _;
use muse_wire::id::MpackKey;
use muse_wire::mpack::{Counts, FrameKind, Mpack, MpackWriter, NewCommit, ThinFrame, WriteError};

use super::chunks::write_chunks;
use super::place::{ObjectPlace, Places, locate};
use super::reorder::ReorderedObjects;
use super::reuse::reusable_frames;
use super::{CollectError, PushSet, thin};
use crate::report::Phase;
use crate::repository::{Layout, Repository, RepositoryError};

/// How an mpack is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For a receiver that has all of the boundary: compressed against its files where that is
    /// smaller, and within the limits of thin mpacks.
    Thin,
    /// For everybody.
    Thick,
}

/// A written mpack, in a file that is removed when this is dropped.
pub struct NewMpack {
    /// The file.
    pub file: tempfile::NamedTempFile,
    /// SHA-256 of its bytes.
    pub key: MpackKey,
    /// Their number.
    pub size_bytes: u64,
    /// What it holds.
    pub counts: Counts,
    /// How many stored frames were copied as they are.
    pub reused_frames: usize,
}

impl NewMpack {
    /// Bytes of its commits and snapshot records, uncompressed.
    ///
    /// # Errors
    /// [`CollectError::Damaged`] if the file was changed after it was written.
    pub fn record_bytes(&self) -> Result<u64, CollectError> {
        let written = Mpack::open(self.file.path())?;
        let tables = written.tables();
        Ok(tables.raw_bytes_of(&[FrameKind::Commits, FrameKind::Snapshots]))
    }
}

/// What an mpack will hold, known before it is written.
pub struct MpackPlan {
    /// What it will hold.
    pub counts: Counts,
    /// Bytes of its largest object.
    pub largest_object_bytes: u64,
    set: PushSet,
    mpacks: Vec<Arc<Mpack>>,
    places: Places,
}

/// Finds everything that an mpack of `set` will be written from.
///
/// # Errors
/// [`CollectError`] if the repository lacks an object.
pub fn plan_mpack(repository: &Repository, set: PushSet) -> Result<MpackPlan, CollectError> {
    let mpacks = repository.objects.mpacks()?;
    let places = locate(
        &repository.objects,
        &mpacks,
        &set.objects,
        &set.known_chunks,
    )?;
    Ok(MpackPlan {
        counts: Counts {
            objects: set.objects.len() as u64,
            commits: set.commits.len() as u64,
            snapshots: set.snapshots.len() as u64,
            object_bytes: places.lengths().sum(),
            base_bytes: 0,
        },
        largest_object_bytes: places.lengths().max().unwrap_or(0),
        set,
        mpacks,
        places,
    })
}

/// Writes what was planned into a temporary file below `scratch`, hashing it on the way. `phase`
/// counts bytes of objects.
///
/// # Errors
/// [`CollectError`].
pub fn write_mpack(
    repository: &Repository,
    scratch: &Layout,
    plan: &MpackPlan,
    form: Form,
    phase: &dyn Phase,
) -> Result<NewMpack, CollectError> {
    match write_form(repository, scratch, plan, form, phase) {
        // The limits of thin mpacks are the lower ones.
        Err(CollectError::Write(WriteError::TooLarge { .. })) if form == Form::Thin => {
            phase.set_position(0);
            write_form(repository, scratch, plan, Form::Thick, phase)
        }
        written => written,
    }
}

fn write_form(
    repository: &Repository,
    scratch: &Layout,
    plan: &MpackPlan,
    form: Form,
    phase: &dyn Phase,
) -> Result<NewMpack, CollectError> {
    let MpackPlan {
        counts,
        set,
        mpacks,
        places,
        ..
    } = plan;
    let (store, mut counts) = (&repository.objects, *counts);
    let thin_frames = match form {
        Form::Thin => thin::compress(repository, scratch, mpacks, &set.boundary, &places.whole)?,
        Form::Thick => Vec::new(),
    };
    counts.base_bytes = thin_frames.iter().map(ThinFrame::base_bytes).sum();
    let whole: Vec<ObjectPlace> = places.all_whole().collect();
    let whole_bytes: u64 = whole.iter().map(|place| u64::from(place.row.length)).sum();
    let chunk_lengths = places
        .chunks
        .iter()
        .map(|place| u64::from(place.row.length));
    phase.set_total(whole_bytes + chunk_lengths.sum::<u64>());
    let file = scratch.temporary_file()?;
    let mut writer = MpackWriter::new(BufWriter::new(file.reopen()?), counts)?;
    let mut written = HashSet::new();
    for frame in &thin_frames {
        writer.add_thin_frame(frame)?;
        written.extend(frame.objects());
    }
    let lengths = whole.iter().filter(|place| written.contains(&place.row.id));
    phase.advance(lengths.map(|place| u64::from(place.row.length)).sum());
    let rest: Vec<ObjectPlace> = whole
        .into_iter()
        .filter(|place| !written.contains(&place.row.id))
        .collect();
    let reusable = reusable_frames(mpacks, &rest);
    for frame in &reusable {
        writer.copy_frame(&mpacks[frame.mpack], frame.index)?;
        written.extend(frame.objects.iter().copied());
        phase.advance(frame.object_bytes);
    }
    let mut groups = places.whole.clone();
    for group in &mut groups {
        group
            .places
            .retain(|place| !written.contains(&place.row.id));
    }
    let rest: Vec<ObjectPlace> = groups
        .iter()
        .flat_map(|group| group.places.iter().copied())
        .collect();
    let bytes = ReorderedObjects::read(scratch.temporary_dir(), mpacks, &rest)?;
    let mut index = 0;
    for group in &groups {
        let lengths = group.places.iter().map(|place| u64::from(place.row.length));
        writer.begin_group(lengths.sum())?;
        for place in &group.places {
            writer.add_object(place.row.id, &bytes.get(index)?)?;
            phase.advance(place.row.length.into());
            index += 1;
        }
    }
    write_chunks(&mut writer, mpacks, &places.chunks, phase)?;
    for (id, chunks) in &places.large {
        writer.add_chunk_list(*id, chunks.clone())?;
    }
    for id in &set.commits {
        let envelope = store.commit_envelope(id)?;
        let node = store
            .node(id)?
            .ok_or_else(|| RepositoryError::missing_commit(id))?;
        writer.add_commit(&NewCommit {
            envelope: &envelope,
            commit: &store.recorded_commit(id)?,
            generation: node.generation,
        })?;
    }
    for record in &set.snapshots {
        let changes = set.changes_of_listings.get(&record.id);
        let changes = changes.filter(|_| !thin_frames.is_empty());
        writer.add_snapshot(changes.unwrap_or(record))?;
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
