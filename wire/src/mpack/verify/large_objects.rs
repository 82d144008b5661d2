//! Large objects: hashed while their chunks come by.
//!
//! Frames of chunks are decompressed on all cores, in any order; whichever task brings the next one
//! hashes on. An object is hashed on the way if its chunks lie in this mpack in its own order, as a
//! first push has them. The others are left to the caller, who knows where their chunks are.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::error::VerifyError;
use super::first_error::FirstError;
use super::sink::VerifySink;
use super::slots::Slot;
use crate::id::{Hasher, ObjectId};
use crate::mpack::{FrameKind, LargeObjectRow, Tables};

/// All large objects of an mpack.
pub(super) struct LargeObjects<'a> {
    tables: &'a Tables,
    state: Mutex<State>,
}

struct State {
    /// The frame whose chunks are hashed next.
    next_frame: u32,
    /// Later frames, decompressed.
    ready: BTreeMap<u32, Slot>,
    /// Taken by the task that is hashing.
    hashing: Option<Hashing>,
    out_of_order: Vec<LargeObjectRow>,
}

/// The objects that are hashed on the way, by the position of the chunk that each needs next.
#[derive(Default)]
struct Hashing(BTreeMap<u32, Vec<Progress>>);

/// How far an object has been hashed.
struct Progress {
    row: LargeObjectRow,
    /// Positions of the chunks to come, the next one last.
    rest: Vec<u32>,
    offset: u64,
    hasher: Hasher,
}

impl<'a> LargeObjects<'a> {
    pub(super) fn new(tables: &'a Tables) -> Self {
        let mut hashing = Hashing::default();
        let mut out_of_order = Vec::new();
        for row in tables.large_objects() {
            let mut positions = tables.chunk_positions(&row);
            match &mut positions {
                Some(positions) if positions.is_sorted() => {
                    positions.reverse();
                    hashing.wait(Progress {
                        row,
                        rest: std::mem::take(positions),
                        offset: 0,
                        hasher: Hasher::new(),
                    });
                }
                _ => out_of_order.push(row),
            }
        }
        Self {
            tables,
            state: Mutex::new(State {
                next_frame: tables.frames_of(FrameKind::Chunks).start,
                ready: BTreeMap::new(),
                hashing: Some(hashing),
                out_of_order,
            }),
        }
    }

    /// The objects that are not hashed on the way.
    pub(super) fn out_of_order(&self) -> Vec<LargeObjectRow> {
        std::mem::take(&mut self.lock().out_of_order)
    }

    /// Takes a frame, decompressed, and unless another task is at it, hashes as many frames as are
    /// ready.
    pub(super) fn add(
        &self,
        frame: u32,
        slot: Slot,
        sink: &dyn VerifySink,
        first_error: &FirstError,
    ) {
        let mut state = self.lock();
        state.ready.insert(frame, slot);
        let Some(mut hashing) = state.hashing.take() else {
            return;
        };
        while let Some((frame, mut slot)) = {
            let next = state.next_frame;
            state.ready.remove(&next).map(|slot| (next, slot))
        } {
            drop(state);
            let hashed = self.hash_frame(frame, &slot.buffers().raw, &mut hashing, sink);
            if hashed.is_err() {
                // Noted before the slot is given back, so that the reading thread, which may be
                // waiting for one, sees it. Nobody goes on.
                first_error.note(frame, hashed);
                return;
            }
            drop(slot);
            state = self.lock();
            state.next_frame += 1;
        }
        state.hashing = Some(hashing);
    }

    fn hash_frame(
        &self,
        frame: u32,
        raw: &[u8],
        hashing: &mut Hashing,
        sink: &dyn VerifySink,
    ) -> Result<(), VerifyError> {
        let positions = self.tables.entries_of(frame);
        for (position, chunk) in positions.zip(self.tables.frame_chunks(frame)) {
            let start = chunk.offset as usize;
            let contents = &raw[start..start + chunk.length as usize];
            for mut progress in hashing.0.remove(&position).unwrap_or_default() {
                while progress.rest.pop_if(|next| *next == position).is_some() {
                    progress.hasher.update(contents);
                    sink.large_object(&progress.row, progress.offset, contents)
                        .map_err(VerifyError::Sink)?;
                    progress.offset += contents.len() as u64;
                }
                if progress.rest.is_empty() {
                    let actual = ObjectId::from_bytes(progress.hasher.finish());
                    VerifyError::check_object(progress.row.id, actual)?;
                } else {
                    hashing.wait(progress);
                }
            }
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hashing {
    fn wait(&mut self, progress: Progress) {
        if let Some(&next) = progress.rest.last() {
            self.0.entry(next).or_default().push(progress);
        }
    }
}
