//! The frames of objects and chunks: read in order, then decompressed and hashed on all cores.

use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

use super::error::VerifyError;
use super::first_error::FirstError;
use super::large_objects::LargeObjects;
use super::sink::VerifySink;
use super::slots::{Slot, Slots};
use super::source::Source;
use crate::id::{ChunkId, ObjectId};
use crate::mpack::{ChunkRow, FrameKind, FrameRow, LargeObjectRow, ObjectRow, Tables};

/// Fewest objects worth another thread's help: most are small.
const OBJECTS_PER_TASK: usize = 32;

/// Reads and verifies all frames of contents. Returns the large objects whose bytes did not come by
/// in their order.
pub(super) fn verify_contents(
    source: &mut Source<'_>,
    tables: &Tables,
    sink: &dyn VerifySink,
) -> Result<Vec<LargeObjectRow>, VerifyError> {
    let slots = Slots::new();
    let first_error = &FirstError::default();
    let large_objects = &LargeObjects::new(tables);
    let read = rayon::in_place_scope(|scope| {
        let kinds = [FrameKind::Objects, FrameKind::Chunks];
        for index in kinds.into_iter().flat_map(|kind| tables.frames_of(kind)) {
            let mut slot = slots.take();
            if first_error.is_set() {
                break;
            }
            let frame = tables.frame(index);
            source.read_frame(&frame, &mut slot.buffers().stored)?;
            scope.spawn(move |_| {
                if frame.kind == FrameKind::Objects {
                    let objects: Vec<_> = tables.frame_objects(index).collect();
                    let verified = verify_objects(&mut slot, &frame, &objects, sink);
                    first_error.note(index, verified);
                } else {
                    let chunks: Vec<_> = tables.frame_chunks(index).collect();
                    match verify_chunks(&mut slot, &frame, &chunks) {
                        Ok(()) => large_objects.add(index, slot, sink, first_error),
                        Err(error) => first_error.note(index, Err(error)),
                    }
                }
            });
        }
        Ok(())
    });
    // The frames that tasks work on come before the one being read.
    match first_error.take() {
        Some(error) => Err(error),
        None => read.map(|()| large_objects.out_of_order()),
    }
}

fn verify_objects(
    slot: &mut Slot,
    frame: &FrameRow,
    rows: &[ObjectRow],
    sink: &dyn VerifySink,
) -> Result<(), VerifyError> {
    let buffers = slot.buffers();
    buffers.decompress(frame)?;
    let raw = &buffers.raw;
    rows.par_iter()
        .with_min_len(OBJECTS_PER_TASK)
        .try_for_each(|row| {
            let start = row.offset as usize;
            let contents = &raw[start..start + row.length as usize];
            VerifyError::check_object(row.id, ObjectId::of(contents))?;
            sink.object(row, contents).map_err(VerifyError::Sink)
        })
}

fn verify_chunks(slot: &mut Slot, frame: &FrameRow, rows: &[ChunkRow]) -> Result<(), VerifyError> {
    let buffers = slot.buffers();
    buffers.decompress(frame)?;
    let raw = &buffers.raw;
    rows.par_iter().try_for_each(|row| {
        let start = row.offset as usize;
        let actual = ChunkId::of(&raw[start..start + row.length as usize]);
        if actual == row.id {
            return Ok(());
        }
        Err(VerifyError::ChunkMismatch {
            expected: row.id,
            actual,
        })
    })
}
