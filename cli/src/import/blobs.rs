//! Reading git's blobs, and what LFS pointers stand for, on several cores, with few of them in
//! memory.

use std::fs::File;
use std::io::Read as _;
use std::ops::Range;

use gix::objs::FindExt as _;
use muse_wire::id::ObjectId;
use muse_wire::mpack::Arranged;
use muse_wire::snapshot::{is_link_target, is_link_target_length};

use super::error::ImportError;
use super::git_reader::{GitReader, Reading};
use super::plan::Plan;
use super::planned::{LfsFile, PlannedContents};
use super::source::Source;
use crate::git::LfsPointer;
use crate::pipeline::in_order;

/// Bytes of blobs that one thread reads at once; a longer blob is read alone.
const BATCH_BYTES: u64 = 2 * 1024 * 1024;

/// Longest blob that is read ahead; of longer ones, one at a time is in memory.
const LARGE_BYTES: u64 = 8 * 1024 * 1024;

/// Blobs whose length one thread looks up at once.
const LENGTHS_PER_BATCH: usize = 4096;

/// Small blobs that one thread reads at once.
const SMALL_PER_BATCH: usize = 256;

/// The length of each blob in bytes, without reading it.
pub(super) fn lengths(source: &Source, blobs: &[gix::ObjectId]) -> Result<Vec<u64>, ImportError> {
    let mut lengths = Vec::with_capacity(blobs.len());
    in_order(
        &blobs.chunks(LENGTHS_PER_BATCH).collect::<Vec<_>>(),
        || BlobReader::new(source),
        |reader, batch| {
            let lengths = batch.iter().map(|id| reader.length(id));
            lengths.collect::<Result<Vec<_>, _>>()
        },
        |batch| {
            lengths.extend(batch);
            Ok(())
        },
    )?;
    Ok(lengths)
}

/// Whether each blob can be the target of a symbolic link. Those that are too long are not read.
pub(super) fn are_link_targets(
    source: &Source,
    blobs: &[gix::ObjectId],
) -> Result<Vec<bool>, ImportError> {
    ask_each(source, blobs, |reader, id| reader.is_link_target(id))
}

/// The LFS pointer that each blob is.
pub(super) fn lfs_pointers(
    source: &Source,
    blobs: &[gix::ObjectId],
) -> Result<Vec<Option<LfsPointer>>, ImportError> {
    ask_each(source, blobs, |reader, id| {
        Ok(LfsPointer::parse(reader.read(id)?))
    })
}

/// What each blob is here.
pub(super) fn objects(
    source: &Source,
    blobs: &[gix::ObjectId],
) -> Result<Vec<ObjectId>, ImportError> {
    ask_each(source, blobs, |reader, id| {
        Ok(ObjectId::of(reader.read(id)?))
    })
}

/// What `ask` finds out about each blob.
fn ask_each<T: Send>(
    source: &Source,
    blobs: &[gix::ObjectId],
    ask: impl Fn(&mut BlobReader<'_>, &gix::oid) -> Result<T, ImportError> + Sync,
) -> Result<Vec<T>, ImportError> {
    let mut answers = Vec::with_capacity(blobs.len());
    in_order(
        &blobs.chunks(SMALL_PER_BATCH).collect::<Vec<_>>(),
        || BlobReader::new(source),
        |reader, batch| {
            let answers = batch.iter().map(|id| ask(reader, id));
            answers.collect::<Result<Vec<_>, _>>()
        },
        |batch| {
            answers.extend(batch);
            Ok(())
        },
    )?;
    Ok(answers)
}

/// The bytes of something that is imported.
pub(super) enum Contents<'a> {
    /// All of them.
    Whole(&'a [u8]),
    /// Too many for memory.
    Read(File),
}

/// Reads contents of `plan`, which are as long as `lengths` say, in this order. Gives each, with
/// its id, to `consume`.
pub(super) fn read(
    source: &Source,
    plan: &Plan,
    lengths: &[u64],
    order: &[Arranged<'_, u32>],
    mut consume: impl FnMut(&Arranged<'_, u32>, ObjectId, Contents<'_>) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let length = |placed: &Arranged<'_, u32>| lengths[placed.key as usize];
    let mut places = order.iter();
    in_order(
        &batches(order, lengths),
        || BlobReader::new(source),
        |reader, range: &Range<usize>| {
            let places = &order[range.clone()];
            let bytes = places.iter().map(length).sum::<u64>();
            if bytes > LARGE_BYTES {
                return Ok(Batch::Large);
            }
            let mut objects = Vec::with_capacity(places.len());
            let mut contents = Vec::with_capacity(bytes as usize);
            for placed in places {
                let (id, read) = reader.read_planned(plan, placed.key)?;
                objects.push((id, read.len()));
                contents.extend_from_slice(read);
            }
            Ok(Batch::Read { objects, contents })
        },
        |batch| {
            let mut next = || places.next().expect("a blob for each place");
            let Batch::Read { objects, contents } = batch else {
                let placed = next();
                if let PlannedContents::Lfs(file) = plan.contents(placed.key) {
                    let contents = Contents::Read(open(plan, file)?);
                    return consume(placed, file.pointer.object, contents);
                }
                let mut reader = BlobReader::new(source);
                let (id, contents) = reader.read_planned(plan, placed.key)?;
                return consume(placed, id, Contents::Whole(contents));
            };
            let mut rest = contents.as_slice();
            for (id, length) in objects {
                let (contents, after) = rest.split_at(length);
                consume(next(), id, Contents::Whole(contents))?;
                rest = after;
            }
            Ok(())
        },
    )
}

/// What one thread makes of a range of the order.
enum Batch {
    /// The id and length of each object, and the contents of all, one after the other.
    Read {
        objects: Vec<(ObjectId, usize)>,
        contents: Vec<u8>,
    },
    /// One blob that is too long to be read ahead.
    Large,
}

/// Reads blobs into a buffer that it keeps: applying deltas takes more room than the result.
struct BlobReader<'a> {
    reader: GitReader<'a>,
    buffer: Vec<u8>,
}

impl<'a> BlobReader<'a> {
    fn new(source: &'a Source) -> Self {
        Self {
            reader: GitReader::new(source, Reading::Blobs),
            buffer: Vec::new(),
        }
    }

    /// The length of a blob in bytes, without reading it.
    fn length(&mut self, id: &gix::oid) -> Result<u64, ImportError> {
        let header = self.reader.repository()?.find_header(id);
        header
            .map(|header| header.size())
            .map_err(ImportError::git(format!("blob {id}")))
    }

    /// Whether the blob can be the target of a symbolic link.
    fn is_link_target(&mut self, id: &gix::oid) -> Result<bool, ImportError> {
        let has_length = is_link_target_length(self.length(id)?);
        Ok(has_length && is_link_target(self.read(id)?))
    }

    /// Reads contents of a plan, and names them.
    fn read_planned(&mut self, plan: &Plan, number: u32) -> Result<(ObjectId, &[u8]), ImportError> {
        let file = match plan.contents(number) {
            PlannedContents::Blob(id) => {
                let contents = self.read(id)?;
                return Ok((ObjectId::of(contents), contents));
            }
            PlannedContents::Lfs(file) => file,
        };
        self.buffer.clear();
        open(plan, file)?
            .take(file.pointer.length)
            .read_to_end(&mut self.buffer)
            .map_err(ImportError::git(name_of(file)))?;
        match ObjectId::of(&self.buffer) {
            id if id == file.pointer.object => Ok((id, &self.buffer)),
            _ => Err(changed(file)),
        }
    }

    fn read(&mut self, id: &gix::oid) -> Result<&[u8], ImportError> {
        let blob = self
            .reader
            .repository()?
            .objects
            .find_blob(id, &mut self.buffer)
            .map_err(ImportError::git(format!("blob {id}")))?;
        Ok(blob.data)
    }
}

/// Opens what a pointer stands for, which was whole before.
fn open(plan: &Plan, file: &LfsFile) -> Result<File, ImportError> {
    let opened = plan.lfs.store.open(&file.pointer);
    opened.ok_or_else(|| changed(file))
}

fn changed(file: &LfsFile) -> ImportError {
    ImportError::git(name_of(file))("it has changed since the import began")
}

fn name_of(file: &LfsFile) -> String {
    format!("LFS object {}", file.pointer.object.to_hex())
}

/// Cuts the order into ranges, each for one thread to read at once.
fn batches(order: &[Arranged<'_, u32>], lengths: &[u64]) -> Vec<Range<usize>> {
    let mut batches = Vec::new();
    let mut start = 0;
    let mut bytes = 0;
    for (at, placed) in order.iter().enumerate() {
        let length = lengths[placed.key as usize];
        if at > start && bytes + length > BATCH_BYTES {
            batches.push(start..at);
            (start, bytes) = (at, 0);
        }
        bytes += length;
    }
    batches.push(start..order.len());
    batches
}
