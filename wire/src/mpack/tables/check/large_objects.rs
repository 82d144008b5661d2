//! Large objects: their lists of chunks.

use super::externals::{Externals, Reference};
use crate::limits::{MAX_CHUNK_BYTES, MAX_WHOLE_OBJECT_BYTES, MIN_CHUNK_BYTES};
use crate::mpack::tables::sections::CHUNK_REFERENCE_BYTES;
use crate::mpack::{FrameKind, MpackError, Tables};

impl Tables {
    /// Large objects are in the mpack once, and longer than one that is stored whole. They share
    /// out the chunk references in order. Those are references that exist, and lengths are those of
    /// the chunks. Only the last chunk of an object may be a short one: reading many would cost far
    /// more than their bytes.
    pub(super) fn check_large_objects(&self, externals: &mut Externals) -> Result<(), MpackError> {
        let ids = self.large_ids();
        self.check_sorted(ids, self.sections.large_ids.start)?;
        let mut next = 0;
        for row in 0..ids.len() {
            let at = self.large_row_at(row);
            if self.ids(FrameKind::Objects).find(&ids.get(row)).is_some() {
                return Err(self.at(at, "the object is stored both whole and as chunks"));
            }
            let chunks = self.chunks_of_row(row);
            if chunks.start != next
                || chunks.end < next
                || chunks.end > self.chunk_reference_count()
            {
                return Err(self.at(at, "the object's chunks do not follow those before"));
            }
            next = chunks.end;
            let mut length = 0;
            let last = chunks.end.saturating_sub(1);
            for index in chunks {
                let chunk_bytes = self.check_chunk_reference(index, externals)?;
                if chunk_bytes < MIN_CHUNK_BYTES && index < last {
                    return Err(self.at(at, "a chunk before the object's last is too short"));
                }
                length += chunk_bytes;
            }
            if length <= MAX_WHOLE_OBJECT_BYTES {
                return Err(self.at(at, "the object is too short for chunks"));
            }
        }
        if next != self.chunk_reference_count() {
            let at = self.sections.chunk_references.start;
            return Err(self.at(at, "there are chunk references of no object"));
        }
        Ok(())
    }

    /// Checks one reference; returns the chunk's length.
    fn check_chunk_reference(
        &self,
        index: u32,
        externals: &mut Externals,
    ) -> Result<u64, MpackError> {
        let at = self.sections.chunk_references.start + index as usize * CHUNK_REFERENCE_BYTES;
        let [reference, length] = self.chunk_reference_words(index);
        match self.check_reference(FrameKind::Chunks, reference, externals) {
            Reference::Dangling => return Err(self.at(at, "the chunk is no reference")),
            Reference::Row(row) => {
                if self.chunk(row).length != length {
                    return Err(self.at(at, "the chunk has another length"));
                }
            }
            Reference::External if !(1..=MAX_CHUNK_BYTES).contains(&u64::from(length)) => {
                return Err(self.at(at, "no chunk has that length"));
            }
            Reference::External => {}
        }
        Ok(length.into())
    }
}
