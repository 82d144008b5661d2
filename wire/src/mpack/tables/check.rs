//! Every rule of the tables. What passes here can be read without another check.

mod bases;
mod bit_set;
mod commits;
mod entries;
mod externals;
mod frames;
mod large_objects;
mod snapshots;

use bit_set::BitSet;
use externals::Externals;

use super::sections::Columns;
use super::{FrameKind, Tables};
use crate::id::ID_BYTES;
use crate::mpack::MpackError;
use crate::mpack::layout::FRAME_HEADER_BYTES;
use crate::mpack::sorted_ids::SortedIds;

impl Tables {
    /// Checks everything but the frames, which were checked before, in an order in which each
    /// check relies only on those before it.
    pub(super) fn check_rows(&self) -> Result<(), MpackError> {
        for kind in FrameKind::ALL {
            let columns = self.sections.columns(kind);
            self.check_entries(kind, columns)?;
            self.check_sorted(self.ids(kind), columns.ids.start)?;
            self.check_positions(columns)?;
        }
        let mut externals = Externals::new(self);
        self.check_large_objects(&mut externals)?;
        self.check_commits(&mut externals)?;
        self.check_snapshots(&mut externals)?;
        self.check_bases(&mut externals)?;
        self.check_externals(&externals)
    }

    /// An error at this offset of the tables.
    fn at(&self, at: usize, reason: impl Into<String>) -> MpackError {
        MpackError::malformed("tables", self.offset_in_file(at), reason)
    }

    /// Where this offset of the tables lies in the file, as long as they are not compressed.
    fn offset_in_file(&self, at: usize) -> u64 {
        self.trailer.tables_offset + (FRAME_HEADER_BYTES + at) as u64
    }

    fn check_sorted(&self, ids: SortedIds<'_>, start: usize) -> Result<(), MpackError> {
        match ids.first_unsorted() {
            None => Ok(()),
            Some(row) => Err(self.at(
                start + row * ID_BYTES,
                "the id is not above the one before it",
            )),
        }
    }

    /// Every position of the file is taken by exactly one row.
    fn check_positions(&self, columns: &Columns) -> Result<(), MpackError> {
        let mut taken = BitSet::new(columns.count as usize);
        for row in 0..columns.listed_count() {
            let position = self.position(columns, row);
            if position >= columns.count || !taken.insert(position as usize) {
                let at = columns.rows.start + row * columns.row_bytes;
                return Err(self.at(at, "the position is outside the file or taken twice"));
            }
        }
        Ok(())
    }
}
