//! Which entries are in which frame, and which of its bytes are theirs.

use crate::limits::{
    MAX_CHUNK_BYTES, MAX_COMMIT_BYTES, MAX_SNAPSHOT_RECORD_BYTES, MAX_WHOLE_OBJECT_BYTES,
    RECORD_FRAME_RAW_BYTES,
};
use crate::mpack::tables::sections::{Columns, WORD_BYTES};
use crate::mpack::{FrameKind, MpackError, Tables};

impl Tables {
    /// The frames of a kind share out its entries in order, and the entries of each start at its
    /// beginning and lie inside it, one behind the other, within their limits.
    pub(super) fn check_entries(
        &self,
        kind: FrameKind,
        columns: &Columns,
    ) -> Result<(), MpackError> {
        let (least, most) = entry_limits(kind);
        let mut first = 0;
        // Whether the frame before this one is filled by a single record that may go on.
        let mut may_continue = false;
        for index in columns.frames.clone() {
            let at = self.frame_row_at(index);
            let entries = self.entries_of(index);
            if entries.start != first || entries.end < first || entries.end > columns.count {
                return Err(self.at(at, "the frame's entries do not follow those before"));
            }
            first = entries.end;
            let raw_bytes = self.frame(index).raw_bytes;
            if entries.is_empty() && (!may_continue || raw_bytes == 0) {
                return Err(self.at(at, "nothing starts in the frame or continues into it"));
            }
            if kind == FrameKind::Commits && entries.len() > 1 && raw_bytes > RECORD_FRAME_RAW_BYTES
            {
                return Err(self.at(at, "the frame is too long for more than one commit"));
            }
            may_continue = kind == FrameKind::Snapshots
                && (entries.len() == 1 || entries.is_empty() && may_continue)
                && raw_bytes == RECORD_FRAME_RAW_BYTES;
            let mut start = 0;
            for position in entries.clone() {
                let at = columns.offsets.start + position as usize * WORD_BYTES;
                if position == entries.start && self.offset_of(columns, position) != 0 {
                    return Err(self.at(at, "the frame's first entry does not start at 0"));
                }
                let end = if position + 1 < entries.end {
                    u64::from(self.offset_of(columns, position + 1))
                } else {
                    raw_bytes
                };
                let Some(length) = end.checked_sub(start).filter(|_| end <= raw_bytes) else {
                    return Err(self.at(at, "the entry ends before it starts or outside its frame"));
                };
                if length < least {
                    return Err(self.at(at, "the entry is shorter than such an entry can be"));
                }
                let length = match (kind, entries.len()) {
                    (FrameKind::Snapshots, 1) => length + self.continued_bytes(index),
                    _ => length,
                };
                if length > most {
                    return Err(self.at(at, format!("the entry is longer than {most} bytes")));
                }
                start = end;
            }
        }
        if first != columns.count {
            return Err(self.at(columns.offsets.start, "there are entries without a frame"));
        }
        Ok(())
    }
}

/// The least and the most bytes of an entry.
const fn entry_limits(kind: FrameKind) -> (u64, u64) {
    match kind {
        FrameKind::Objects => (0, MAX_WHOLE_OBJECT_BYTES),
        FrameKind::Chunks => (1, MAX_CHUNK_BYTES),
        FrameKind::Commits => (1, MAX_COMMIT_BYTES as u64),
        FrameKind::Snapshots => (1, MAX_SNAPSHOT_RECORD_BYTES as u64),
    }
}
