//! Frames of records that wait for the tables' ids.
//!
//! Records are mostly ids, and all of them stand in the tables. Compressed with those as prefix, an
//! id in a record takes three bytes instead of 32. It makes a small mpack a third smaller, and a
//! large one little: there the ids are too many to be a prefix, and frames are not kept waiting.

use std::io::Write;

use super::frames::{EncodedFrame, FrameStream};
use crate::id::ID_BYTES;
use crate::limits::MAX_PREFIX_ID_BYTES;
use crate::mpack::compress::compress_with_prefix;
use crate::mpack::tables::FrameKind;
use crate::mpack::{Codec, Counts, WriteError};

/// Frames of more raw bytes than this do not wait.
const MAX_HELD_BYTES: usize = 8 * 1024 * 1024;

/// Frames of records, in order.
#[derive(Default)]
pub(super) struct HeldRecords {
    frames: Vec<HeldFrame>,
    bytes: usize,
}

struct HeldFrame {
    kind: FrameKind,
    first: u32,
    raw: Vec<u8>,
}

impl HeldRecords {
    /// None where the mpack will have too many ids.
    pub(super) fn for_counts(counts: &Counts) -> Option<Self> {
        let ids = counts
            .objects
            .saturating_add(counts.commits)
            .saturating_add(counts.snapshots);
        let fits = ids.saturating_mul(ID_BYTES as u64) <= MAX_PREFIX_ID_BYTES;
        fits.then(Self::default)
    }

    pub(super) fn push(&mut self, kind: FrameKind, first: u32, raw: Vec<u8>) {
        self.bytes += raw.len();
        self.frames.push(HeldFrame { kind, first, raw });
    }

    /// Whether they take too much memory to wait any longer.
    pub(super) const fn is_full(&self) -> bool {
        self.bytes > MAX_HELD_BYTES
    }

    /// Writes them without the ids.
    pub(super) fn submit<W: Write>(self, frames: &mut FrameStream<W>) -> Result<(), WriteError> {
        for mut frame in self.frames {
            frames.submit(frame.kind, frame.first, &mut frame.raw)?;
        }
        Ok(())
    }

    /// Writes them, compressed with the ids unless those turned out to be too many.
    pub(super) fn write<W: Write>(
        self,
        ids: &[u8],
        frames: &mut FrameStream<W>,
    ) -> Result<(), WriteError> {
        if ids.len() as u64 > MAX_PREFIX_ID_BYTES {
            return self.submit(frames);
        }
        let mut stored = Vec::new();
        for frame in self.frames {
            compress_with_prefix(&frame.raw, ids, &mut stored)?;
            frames.put_encoded(&EncodedFrame {
                kind: frame.kind,
                codec: Codec::ZstdIds,
                first: frame.first,
                base_count: 0,
                raw_bytes: frame.raw.len() as u64,
                stored: &stored,
            })?;
        }
        Ok(())
    }
}
