//! Rows that are likely to be asked for next.
//!
//! A walk asks for a commit soon after it has read a child of it, whose row names the parent's.
//! Noting that saves the search for its id, which costs several misses of the processor's caches.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::id::ID_BYTES;
use crate::mpack::sorted_ids::SortedIds;

/// More than the lines of development that a walk follows side by side in most histories.
const SLOTS: usize = 256;

/// For each low byte of an id, the row of the last such id that was noted. Only a hint: whoever
/// asks gets a row only where the id stands there.
pub(super) struct RecentRows([AtomicU32; SLOTS]);

impl Default for RecentRows {
    fn default() -> Self {
        Self(std::array::from_fn(|_| AtomicU32::new(u32::MAX)))
    }
}

impl RecentRows {
    /// Notes the row in which this id stands.
    pub(super) fn note(&self, id: &[u8; ID_BYTES], row: u32) {
        self.slot(id).store(row, Ordering::Relaxed);
    }

    /// The row of this id among `ids`, where it was noted not long ago.
    pub(super) fn row(&self, id: &[u8; ID_BYTES], ids: SortedIds<'_>) -> Option<usize> {
        let row = self.slot(id).load(Ordering::Relaxed) as usize;
        (row < ids.len() && ids.get(row) == *id).then_some(row)
    }

    fn slot(&self, id: &[u8; ID_BYTES]) -> &AtomicU32 {
        &self.0[usize::from(id[ID_BYTES - 1])]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_given_only_where_its_id_stands() {
        // Two ids of one slot, and one of another.
        let [one, other] = [[1, 7], [2, 7]].map(|[first, last]| {
            let mut id = [first; ID_BYTES];
            id[ID_BYTES - 1] = last;
            id
        });
        let third = [3; ID_BYTES];
        let column = [one, other, third].concat();
        let ids = SortedIds::new(&column);
        let recent = RecentRows::default();
        assert_eq!(recent.row(&one, ids), None);
        recent.note(&one, 0);
        recent.note(&third, 2);
        assert_eq!(recent.row(&one, ids), Some(0));
        assert_eq!(recent.row(&third, ids), Some(2));
        assert_eq!(recent.row(&other, ids), None);
        recent.note(&other, 1);
        assert_eq!(recent.row(&other, ids), Some(1));
        assert_eq!(recent.row(&one, ids), None);
        // An external id is noted with a number behind the last row.
        recent.note(&third, 3);
        assert_eq!(recent.row(&third, ids), None);
    }
}
