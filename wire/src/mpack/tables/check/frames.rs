//! The rows of frames: one behind the other, within the limits of their kinds.

use crate::limits::{
    MAX_CHUNK_BYTES, MAX_COMMIT_BYTES, MAX_OBJECT_FRAME_RAW_BYTES, MAX_PREFIX_ID_BYTES,
    RECORD_FRAME_RAW_BYTES,
};
use crate::mpack::compress::max_stored_bytes;
use crate::mpack::layout::{FRAME_HEADER_BYTES, PREAMBLE_BYTES};
use crate::mpack::tables::sections::WORD_BYTES;
use crate::mpack::{Codec, FrameKind, FrameRow, MpackError, Tables};

impl Tables {
    /// Frames follow each other without a gap, from the preamble to the tables, within their
    /// limits.
    pub(in crate::mpack::tables) fn check_frames(&self) -> Result<(), MpackError> {
        let mut expected = PREAMBLE_BYTES as u64;
        for index in 0..self.frame_count() {
            let at = self.frame_row_at(index);
            self.check_codec(index, at)?;
            let frame = self.frame(index);
            expected += FRAME_HEADER_BYTES as u64;
            if frame.offset != expected {
                return Err(self.at(at, "the frame does not start where the one before it ends"));
            }
            let limit = match frame.kind {
                FrameKind::Objects => MAX_OBJECT_FRAME_RAW_BYTES,
                FrameKind::Chunks => MAX_CHUNK_BYTES,
                FrameKind::Commits => MAX_COMMIT_BYTES as u64,
                FrameKind::Snapshots => RECORD_FRAME_RAW_BYTES,
            };
            if frame.raw_bytes > limit {
                return Err(self.at(at, format!("the frame declares more than {limit} bytes")));
            }
            if !is_possible_size(&frame) {
                return Err(self.at(at, "the frame cannot be stored in that many bytes"));
            }
            expected += frame.stored_bytes;
        }
        if expected != self.trailer.tables_offset {
            return Err(self.at(0, "the frames do not end where the tables start"));
        }
        Ok(())
    }

    /// The frame's codec is known, and one for what it holds.
    fn check_codec(&self, index: u32, at: usize) -> Result<(), MpackError> {
        let kind = self.sections.kind_of(index);
        let number = self.bytes[at + 1];
        let Some(codec) = Codec::from_number(number) else {
            let what = format!("a frame is stored with codec {number}");
            return Err(MpackError::newer("tables", self.offset_in_file(at), &what));
        };
        if self.bytes[at + 2..at + WORD_BYTES] != [0, 0] {
            return Err(self.at(at, "the frame's reserved bytes are not 0"));
        }
        let is_for_kind = match codec {
            Codec::Stored | Codec::Zstd => true,
            Codec::ZstdBases => kind == FrameKind::Objects,
            Codec::ZstdIds => !kind.is_content(),
        };
        if !is_for_kind {
            return Err(self.at(at, "the frame's codec is not for what it holds"));
        }
        if codec == Codec::ZstdIds && self.ids_prefix().len() as u64 > MAX_PREFIX_ID_BYTES {
            return Err(self.at(at, "there are more ids than a frame may be compressed with"));
        }
        Ok(())
    }
}

/// Whether the frame can be stored in as many bytes as its row says.
fn is_possible_size(frame: &FrameRow) -> bool {
    match frame.codec {
        Codec::Stored => frame.stored_bytes == frame.raw_bytes,
        _ => frame.stored_bytes <= max_stored_bytes(frame.raw_bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compressed_payload_may_be_a_little_longer_than_its_contents() {
        let row = |codec, stored_bytes| FrameRow {
            kind: FrameKind::Objects,
            codec,
            offset: 0,
            stored_bytes,
            raw_bytes: 12_800,
        };
        assert!(is_possible_size(&row(Codec::Zstd, 12_800 + 100 + 1024)));
        assert!(!is_possible_size(&row(Codec::Zstd, 12_800 + 100 + 1025)));
        assert!(is_possible_size(&row(Codec::Stored, 12_800)));
        for other in [0, 12_799, 12_801] {
            assert!(!is_possible_size(&row(Codec::Stored, other)));
        }
    }
}
