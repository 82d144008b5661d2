//! The rows of snapshot records: their bases.

use super::externals::{Externals, Reference};
use crate::mpack::layout::u32_at;
use crate::mpack::tables::sections::{NO_REFERENCE, SNAPSHOT_ROW_BYTES, WORD_BYTES};
use crate::mpack::{FrameKind, MpackError, Tables};

impl Tables {
    /// Bases are references that exist; those here come earlier.
    pub(super) fn check_snapshots(&self, externals: &mut Externals) -> Result<(), MpackError> {
        let columns = &self.sections.snapshots;
        for row in 0..columns.count as usize {
            let at = columns.rows.start + row * SNAPSHOT_ROW_BYTES;
            let base = u32_at(&self.bytes, at + WORD_BYTES);
            if base == NO_REFERENCE {
                continue;
            }
            match self.check_reference(FrameKind::Snapshots, base, externals) {
                Reference::Dangling => {
                    return Err(self.at(at, "the snapshot's base is no reference"));
                }
                Reference::Row(base)
                    if self.position(columns, base) >= self.position(columns, row) =>
                {
                    return Err(self.at(at, "the snapshot's base comes after it"));
                }
                Reference::Row(_) | Reference::External => {}
            }
        }
        Ok(())
    }
}
