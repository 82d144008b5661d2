//! A thin mpack's tables, with what their receiver computes: the ids of objects and their rows.

use super::encode::{join, sorted_order, words};
use super::sections::{ObjectIds, SECTION_COUNT, Sections, UNLISTED_SECTIONS, read_directory};
use super::{RowChecks, Tables, section_error};
use crate::id::{ID_BYTES, ObjectId};
use crate::mpack::MpackError;
use crate::mpack::shared_bytes::SharedBytes;

impl Tables {
    /// The same tables, with the ids of all objects that are stored whole, in file order. All rules
    /// are checked again, now those about these ids, too.
    ///
    /// # Errors
    /// [`MpackError`] if an object comes twice, or has a list of chunks as well.
    pub(in crate::mpack) fn with_object_ids(&self, ids: &[ObjectId]) -> Result<Self, MpackError> {
        let order = sorted_order(ids.iter().map(ObjectId::as_bytes));
        let sorted = order.iter().map(|&position| ids[position as usize]);
        let sorted: Vec<[u8; ID_BYTES]> = sorted.map(|id| *id.as_bytes()).collect();
        let rows = words(order);
        let malformed = |error| section_error(error, self.trailer.tables_offset);
        let ranges = read_directory(&self.bytes).map_err(malformed)?;
        let mut sections: [&[u8]; SECTION_COUNT] = ranges.map(|range| &self.bytes[range]);
        let [ids_at, rows_at] = UNLISTED_SECTIONS;
        (sections[ids_at], sections[rows_at]) = (sorted.as_flattened(), &rows);
        let bytes = SharedBytes::from(join(&sections));
        let sections = Sections::parse(&bytes, ObjectIds::Listed).map_err(malformed)?;
        Self::checked(
            bytes,
            sections,
            &self.trailer,
            &self.frame_header,
            RowChecks::All,
        )
    }
}
