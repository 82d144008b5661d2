//! Large objects: their lists of chunks, and that every chunk is in one.

use super::bit_set::BitSet;
use super::externals::{Externals, Reference};
use crate::id::ID_BYTES;
use crate::limits::{MAX_CHUNK_BYTES, MAX_WHOLE_OBJECT_BYTES};
use crate::mpack::tables::sections::CHUNK_REFERENCE_BYTES;
use crate::mpack::{FrameKind, MpackError, Tables};

impl Tables {
    /// Large objects are in the mpack once, and longer than one that is stored whole. They share
    /// out the chunk references in order. Those are references that exist, no chunk is without one,
    /// and lengths are those of the chunks.
    pub(super) fn check_large_objects(&self, externals: &mut Externals) -> Result<(), MpackError> {
        let ids = self.large_ids();
        self.check_sorted(ids, self.sections.large_ids.start)?;
        let mut referred = BitSet::new(self.sections.chunks.count as usize);
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
            for index in chunks {
                length += self.check_chunk_reference(index, &mut referred, externals)?;
            }
            if length <= MAX_WHOLE_OBJECT_BYTES {
                return Err(self.at(at, "the object is too short for chunks"));
            }
        }
        if next != self.chunk_reference_count() {
            let at = self.sections.chunk_references.start;
            return Err(self.at(at, "there are chunk references of no object"));
        }
        match referred.first_missing() {
            None => Ok(()),
            Some(row) => Err(self.at(
                self.sections.chunks.ids.start + row * ID_BYTES,
                "the chunk is one of no object",
            )),
        }
    }

    /// Checks one reference; returns the chunk's length.
    fn check_chunk_reference(
        &self,
        index: u32,
        referred: &mut BitSet,
        externals: &mut Externals,
    ) -> Result<u64, MpackError> {
        let at = self.sections.chunk_references.start + index as usize * CHUNK_REFERENCE_BYTES;
        let [reference, length] = self.chunk_reference_words(index);
        match self.check_reference(FrameKind::Chunks, reference, externals) {
            Reference::Dangling => return Err(self.at(at, "the chunk is no reference")),
            Reference::Row(row) => {
                referred.insert(row);
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
