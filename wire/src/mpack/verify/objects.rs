//! The object frames: read in order, then decompressed and hashed on all cores.
//!
//! A fixed number of slots, each with the buffers for one frame, bounds the memory: the reading
//! thread waits for a free slot, and a task gives its slot back when its frame is done. Tasks never
//! wait for each other. The frames of one large object decompress in parallel too; whichever task
//! brings the next piece hashes on.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

use super::error::VerifyError;
use super::sink::VerifySink;
use super::source::Source;
use crate::id::{Hasher, ObjectId};
use crate::mpack::compress::FrameDecompressor;
use crate::mpack::pool::receive;
use crate::mpack::{FrameKind, FrameRow, MpackError, ObjectRow, Tables};

/// Most frames in memory at a time, each with up to 16 MiB stored and 16 MiB raw.
const MAX_SLOTS: usize = 4;

/// Fewest objects worth another thread's help: most are small.
const OBJECTS_PER_TASK: usize = 32;

/// Reads and verifies all object frames.
pub(super) fn verify_objects(
    source: &mut Source<'_>,
    tables: &Tables,
    sink: &dyn VerifySink,
) -> Result<(), VerifyError> {
    let (free_sender, free_slots) = channel();
    for _ in 0..MAX_SLOTS.min(rayon::current_num_threads() + 1) {
        drop(Slot {
            buffers: Some(Buffers::new()),
            free: free_sender.clone(),
        });
    }
    let first_error = &FirstError::default();
    let read = rayon::in_place_scope(|scope| {
        let mut large: Option<Arc<LargeObject>> = None;
        for index in tables.frames_of(FrameKind::Objects) {
            let mut slot = Slot {
                buffers: Some(receive(&free_slots).expect("this thread holds a sender")),
                free: free_sender.clone(),
            };
            if first_error.is_set() {
                break;
            }
            let frame = tables.frame(index);
            source.read_frame(&frame, &mut slot.buffers().stored)?;
            if !tables.entries_of(index).is_empty() {
                let mut wanted: Vec<_> = tables
                    .frame_objects(index)
                    .filter(|row| sink.wants(row))
                    .collect();
                large = None;
                if tables.continuations(index).next().is_some() {
                    large = wanted.pop().map(|row| Arc::new(LargeObject::new(row)));
                } else if !wanted.is_empty() {
                    scope.spawn(move |_| {
                        first_error.note(index, verify_whole(&mut slot, &frame, &wanted, sink));
                    });
                    continue;
                }
            }
            if let Some(large) = &large {
                let large = Arc::clone(large);
                scope.spawn(move |_| match slot.buffers().decompress(&frame) {
                    Ok(()) => large.add(index, slot, sink, first_error),
                    Err(error) => first_error.note(index, Err(error.into())),
                });
            }
        }
        Ok(())
    });
    // The frames that tasks work on come before the one being read.
    first_error.take().map_or(read, Err)
}

/// Verifies the objects that lie in one frame as a whole.
fn verify_whole(
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
            check_id(row, ObjectId::of(contents))?;
            sink.object(row, 0, contents).map_err(VerifyError::Sink)
        })
}

fn check_id(row: &ObjectRow, actual: ObjectId) -> Result<(), VerifyError> {
    if actual == row.id {
        return Ok(());
    }
    Err(VerifyError::ObjectMismatch {
        expected: row.id,
        actual,
    })
}

/// An object that spans several frames, each of them a piece.
struct LargeObject {
    row: ObjectRow,
    state: Mutex<LargeState>,
}

struct LargeState {
    /// Frame of the piece that is to be hashed next.
    next: u32,
    /// Bytes hashed.
    offset: u64,
    /// Taken by the task that is hashing.
    hasher: Option<Hasher>,
    /// Later pieces, decompressed, by frame.
    ready: BTreeMap<u32, Slot>,
}

impl LargeObject {
    fn new(row: ObjectRow) -> Self {
        Self {
            row,
            state: Mutex::new(LargeState {
                next: row.frame,
                offset: 0,
                hasher: Some(Hasher::new()),
                ready: BTreeMap::new(),
            }),
        }
    }

    /// Takes a piece and, unless another task is at it, hashes as many pieces as are ready.
    fn add(&self, frame: u32, slot: Slot, sink: &dyn VerifySink, first_error: &FirstError) {
        let mut state = lock(&self.state);
        state.ready.insert(frame, slot);
        let Some(mut hasher) = state.hasher.take() else {
            return;
        };
        while let Some(mut slot) = {
            let next = state.next;
            state.ready.remove(&next)
        } {
            let offset = state.offset;
            drop(state);
            let piece = &slot.buffers().raw;
            hasher.update(piece);
            let piece_bytes = piece.len() as u64;
            let result = sink.object(&self.row, offset, piece);
            if let Err(error) = result {
                // Noted before the slot is given back, so that the reading thread, which may be
                // waiting for one, sees it. Without a hasher nobody goes on with this object.
                first_error.note(frame, Err(VerifyError::Sink(error)));
                return;
            }
            drop(slot);
            state = lock(&self.state);
            state.next += 1;
            state.offset += piece_bytes;
        }
        if state.offset == self.row.length {
            first_error.note(
                frame,
                check_id(&self.row, ObjectId::from_bytes(hasher.finish())),
            );
        } else {
            state.hasher = Some(hasher);
        }
    }
}

/// The buffers for one frame; dropping it frees it for another.
struct Slot {
    buffers: Option<Buffers>,
    free: Sender<Buffers>,
}

struct Buffers {
    stored: Vec<u8>,
    raw: Vec<u8>,
    decompressor: FrameDecompressor,
}

impl Buffers {
    fn new() -> Self {
        Self {
            stored: Vec::new(),
            raw: Vec::new(),
            decompressor: FrameDecompressor::new(),
        }
    }

    fn decompress(&mut self, frame: &FrameRow) -> Result<(), MpackError> {
        self.decompressor
            .decompress(&self.stored, frame.raw_bytes, frame.offset, &mut self.raw)
    }
}

impl Slot {
    fn buffers(&mut self) -> &mut Buffers {
        self.buffers
            .as_mut()
            .expect("a slot has its buffers until it is dropped")
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(buffers) = self.buffers.take() {
            // Nobody needs it any more where the receiver is gone.
            let _ = self.free.send(buffers);
        }
    }
}

/// The error of the first frame, in file order, that has one.
#[derive(Default)]
struct FirstError {
    is_set: AtomicBool,
    first: Mutex<Option<(u32, VerifyError)>>,
}

impl FirstError {
    fn is_set(&self) -> bool {
        self.is_set.load(Ordering::Acquire)
    }

    fn note(&self, frame: u32, result: Result<(), VerifyError>) {
        let Err(error) = result else {
            return;
        };
        let mut first = lock(&self.first);
        if first.as_ref().is_none_or(|(noted, _)| frame < *noted) {
            *first = Some((frame, error));
        }
        self.is_set.store(true, Ordering::Release);
    }

    fn take(&self) -> Option<VerifyError> {
        lock(&self.first).take().map(|(_, error)| error)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
