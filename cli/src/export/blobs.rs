//! Writing files, compressed on several cores.

use std::collections::HashMap;
use std::ops::Range;

use gix::objs::{Exists as _, Kind};
use muse_wire::id::ObjectId;
use muse_wire::mpack::OrderedObject;

use super::error::ExportError;
use super::pack::{MAX_CHAIN, PackWriter, PackedObject, git_id};
use super::target::Target;
use crate::pipeline::in_order;
use crate::report::Phase;
use crate::repository::{ObjectReader, ObjectStore, RepositoryError};

/// Bytes of files that one thread reads at once.
const BATCH_BYTES: u64 = 4 * 1024 * 1024;

/// Longest file that is in memory as a whole; a longer one is copied piece by piece.
const LARGE_BYTES: u64 = 8 * 1024 * 1024;

/// Writes those of `objects` that git lacks, which stand in the order of an mpack: versions of a
/// file one after the other. Returns what each is in git. `phase` counts bytes.
pub(super) fn write(
    store: &ObjectStore,
    objects: &[OrderedObject],
    target: &Target,
    pack: &mut PackWriter,
    phase: &dyn Phase,
) -> Result<HashMap<ObjectId, gix::ObjectId>, ExportError> {
    let lengths = objects.iter().map(|object| length(store, &object.id));
    let lengths: Vec<u64> = lengths.collect::<Result<_, _>>()?;
    phase.set_total(lengths.iter().sum());
    let batches = batches(&lengths);
    let git = target.git.clone().into_sync();
    let reader = store.object_reader();
    let mut ids = HashMap::with_capacity(objects.len());
    let mut ranges = batches.iter();
    in_order(
        &batches,
        || {
            let mut git = git.to_thread_local();
            git.objects.refresh_never();
            git
        },
        |git, range: &Range<usize>| match lengths[range.start] > LARGE_BYTES {
            true => Ok(Batch::Large),
            false => compress(&objects[range.clone()], &reader, |id| {
                git.objects.exists(id)
            })
            .map(Batch::Small),
        },
        |batch| {
            let range = ranges.next().expect("a range for each batch").clone();
            match batch {
                Batch::Large => {
                    let id = objects[range.start].id;
                    ids.insert(id, write_one(store, &id, target, pack)?);
                }
                Batch::Small(made) => {
                    for (object, made) in objects[range.clone()].iter().zip(made) {
                        if let Made::New(packed) = &made {
                            pack.add(packed)?;
                        }
                        ids.insert(object.id, made.id());
                    }
                }
            }
            phase.advance(lengths[range].iter().sum());
            Ok(())
        },
    )?;
    Ok(ids)
}

/// Writes an object, unless git has it. Returns what it is in git.
pub(super) fn write_one(
    store: &ObjectStore,
    id: &ObjectId,
    target: &Target,
    pack: &mut PackWriter,
) -> Result<gix::ObjectId, ExportError> {
    pack.add_blob(
        length(store, id)?,
        |out| Ok(store.copy_object(id, out)?),
        |id| target.has(id),
    )
}

/// What one thread makes of a range of the objects.
enum Batch {
    Small(Vec<Made>),
    /// One object that is too long to be in memory.
    Large,
}

/// What an object is in git.
enum Made {
    Known(gix::ObjectId),
    New(PackedObject),
}

impl Made {
    const fn id(&self) -> gix::ObjectId {
        match self {
            Self::Known(id) => *id,
            Self::New(packed) => packed.id,
        }
    }
}

/// Compresses objects, each against the one before it if that is of the same file.
fn compress(
    objects: &[OrderedObject],
    reader: &ObjectReader<'_>,
    is_known: impl Fn(&gix::oid) -> bool,
) -> Result<Vec<Made>, ExportError> {
    let mut made = Vec::with_capacity(objects.len());
    let mut chain = 0;
    let mut before: Option<(gix::ObjectId, Vec<u8>)> = None;
    for (at, object) in objects.iter().enumerate() {
        let is_same_file = at > 0 && objects[at - 1].path == object.path;
        if !is_same_file || chain == MAX_CHAIN {
            (before, chain) = (None, 0);
        }
        let contents = reader.read(&object.id)?;
        let id = git_id(Kind::Blob, &contents)?;
        if is_known(&id) {
            made.push(Made::Known(id));
            continue;
        }
        let base = before.as_ref().map(|(id, contents)| (*id, &contents[..]));
        let packed = PackedObject::new(Kind::Blob, id, &contents, base)
            .map_err(ExportError::git("compress an object of"))?;
        chain += 1;
        made.push(Made::New(packed));
        before = Some((id, contents));
    }
    Ok(made)
}

fn length(store: &ObjectStore, id: &ObjectId) -> Result<u64, RepositoryError> {
    let length = store.object_length(id)?;
    length.ok_or_else(|| RepositoryError::missing_object(id))
}

/// Cuts the objects into ranges, each for one thread to compress at once; a large one is alone.
fn batches(lengths: &[u64]) -> Vec<Range<usize>> {
    let mut batches = Vec::new();
    let mut start = 0;
    let mut bytes = 0;
    for (at, &length) in lengths.iter().enumerate() {
        if at > start && bytes + length > BATCH_BYTES {
            batches.push(start..at);
            (start, bytes) = (at, 0);
        }
        bytes += length;
    }
    if start < lengths.len() {
        batches.push(start..lengths.len());
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_of_a_size_and_a_large_object_is_alone() {
        assert!(batches(&[]).is_empty());
        assert_eq!(batches(&[1, LARGE_BYTES]), [0..1, 1..2]);
        let (half, large) = (BATCH_BYTES / 2, LARGE_BYTES + 1);
        assert_eq!(
            batches(&[half, half, 1, large, 1]),
            [0..2, 2..3, 3..4, 4..5]
        );
    }
}
