//! Looking for damage in one frame at a time, where [`verify()`](crate::mpack::verify()) would stop
//! at the first.

use super::Mpack;
use crate::mpack::layout::{FRAME_HEADER_BYTES, frame_header};
use crate::mpack::record::{decode_commit, decode_snapshot, invalid_snapshot, open_commit};
use crate::mpack::{Codec, FrameKind, FrameRow, MpackError};
use crate::snapshot::{SnapshotRecord, Tree};

/// What is known of a frame that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameCheck {
    /// It holds what the tables say.
    Sound,
    /// It is compressed against what only a receiver has, contents or ids, so nothing is known.
    NeedsReceiver,
}

impl Mpack {
    /// Reads one frame and checks its header, that it decompresses, and that everything that starts
    /// in it hashes to its id and is what the tables say. Objects of a thin mpack have no ids yet,
    /// and a snapshot's id is that of a whole tree: a record of changes alone is only decoded.
    ///
    /// # Errors
    /// [`MpackError`] naming what is damaged.
    ///
    /// # Panics
    /// Where the index is not below [`Tables::frame_count`](crate::mpack::Tables::frame_count).
    pub fn check_frame(&self, index: u32) -> Result<FrameCheck, MpackError> {
        let frame = self.tables.frame(index);
        self.check_frame_header(&frame)?;
        let needs_receiver = match frame.codec {
            Codec::ZstdBases => true,
            Codec::ZstdIds => !self.tables.has_object_ids(),
            Codec::Stored | Codec::Zstd => false,
        };
        if needs_receiver {
            return Ok(FrameCheck::NeedsReceiver);
        }
        let raw = self.read_frame(index)?;
        match frame.kind {
            FrameKind::Objects => {
                for row in self.tables.frame_objects(index) {
                    let start = row.offset as usize;
                    self.check_object(&row, &raw[start..start + row.length as usize])?;
                }
            }
            FrameKind::Chunks => {
                for row in self.tables.frame_chunks(index) {
                    let start = row.offset as usize;
                    self.check_chunk(&row, &raw[start..start + row.length as usize])?;
                }
            }
            FrameKind::Commits => {
                for row in self.tables.record_rows(index) {
                    let row = self.tables.commit(row);
                    self.read_record(&row.place, |bytes, offset| {
                        let envelope = decode_commit(&row, bytes, offset)?;
                        open_commit(&row, &envelope, offset)
                    })?;
                }
            }
            FrameKind::Snapshots => {
                for row in self.tables.record_rows(index) {
                    let row = self.tables.snapshot(row);
                    self.read_record(&row.place, |bytes, offset| {
                        let record = decode_snapshot(&row, bytes, offset)?;
                        match record.base {
                            Some(_) => Ok(()),
                            None => check_listing(&record, offset),
                        }
                    })?;
                }
            }
        }
        Ok(FrameCheck::Sound)
    }

    fn check_frame_header(&self, frame: &FrameRow) -> Result<(), MpackError> {
        let header = frame_header(frame.kind.tag(), frame.codec, frame.stored_bytes);
        // A payload was checked to have room for its header before it.
        let end = frame.offset as usize;
        if self.bytes[end - FRAME_HEADER_BYTES..end] == header {
            return Ok(());
        }
        let start = (end - FRAME_HEADER_BYTES) as u64;
        let reason = "its header is not what the tables say";
        Err(MpackError::malformed("frame", start, reason))
    }
}

/// Checks that a record that lists all files is the snapshot that its id names.
fn check_listing(record: &SnapshotRecord, frame_offset: u64) -> Result<(), MpackError> {
    match Tree::empty().apply_record(record) {
        Ok(_) => Ok(()),
        Err(error) => Err(invalid_snapshot(&record.id, frame_offset, &error)),
    }
}
