//! The memory in which frames are verified.
//!
//! A fixed number of slots, each with the buffers for one frame, bounds the memory: the reading
//! thread waits for a free slot, and a task gives its slot back when its frame is done.

use std::sync::mpsc::{Receiver, Sender, channel};

use crate::mpack::compress::FrameDecompressor;
use crate::mpack::pool::receive;
use crate::mpack::{FrameRow, MpackError};

/// Most frames in memory at a time, each with up to 16 MiB stored and 16 MiB raw.
const MAX_SLOTS: usize = 4;

/// All slots.
pub(super) struct Slots {
    free: Receiver<Buffers>,
    sender: Sender<Buffers>,
}

impl Slots {
    pub(super) fn new() -> Self {
        let (sender, free) = channel();
        for _ in 0..MAX_SLOTS.min(rayon::current_num_threads() + 1) {
            drop(Slot {
                buffers: Some(Buffers::new()),
                free: sender.clone(),
            });
        }
        Self { free, sender }
    }

    /// Waits for a free slot.
    pub(super) fn take(&self) -> Slot {
        Slot {
            buffers: Some(receive(&self.free).expect("this thread holds a sender")),
            free: self.sender.clone(),
        }
    }
}

/// The buffers for one frame; dropping it frees it for another.
pub(super) struct Slot {
    buffers: Option<Buffers>,
    free: Sender<Buffers>,
}

/// What one frame needs.
pub(super) struct Buffers {
    pub(super) stored: Vec<u8>,
    pub(super) raw: Vec<u8>,
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

    /// Decompresses `stored` into `raw`.
    pub(super) fn decompress(&mut self, frame: &FrameRow) -> Result<(), MpackError> {
        self.decompressor
            .decompress(&frame.payload(&self.stored, &[]), &mut self.raw)
    }
}

impl Slot {
    pub(super) fn buffers(&mut self) -> &mut Buffers {
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
