//! A strictly ascending column of ids, and how to find one in it.

use std::cmp::Ordering;

use crate::id::ID_BYTES;

/// How often the guess of where an id stands is corrected by what stands there.
const REFINEMENTS: usize = 2;

/// A view of an id column.
#[derive(Clone, Copy)]
pub(super) struct SortedIds<'a>(&'a [[u8; ID_BYTES]]);

impl<'a> SortedIds<'a> {
    /// Views `bytes`, whose length is a multiple of [`ID_BYTES`].
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes.as_chunks().0)
    }

    /// Number of ids.
    pub(super) fn len(self) -> usize {
        self.0.len()
    }

    /// The id in this row.
    pub(super) fn get(self, row: usize) -> [u8; ID_BYTES] {
        self.0[row]
    }

    /// All ids.
    pub(super) fn iter(self) -> impl Iterator<Item = &'a [u8; ID_BYTES]> {
        self.0.iter()
    }

    /// The first row that is not above the row before it.
    pub(super) fn first_unsorted(self) -> Option<usize> {
        let at = self.0.windows(2).position(|pair| pair[0] >= pair[1])?;
        Some(at + 1)
    }

    /// The row of this id.
    pub(super) fn find(self, id: &[u8; ID_BYTES]) -> Option<usize> {
        let row = self.lower_bound(id);
        (self.0.get(row) == Some(id)).then_some(row)
    }

    /// The first row that is not below `key`.
    ///
    /// From a guess, the search doubles its steps until it has the row between two bounds. Ids
    /// chosen by an attacker cost a binary search.
    pub(super) fn lower_bound(self, key: &[u8; ID_BYTES]) -> usize {
        let ids = self.0;
        let guess = self.guess(key);
        let (mut low, mut high) = (guess, guess);
        let mut step = 1;
        while low > 0 && !is_below(&ids[low], key) {
            low = low.saturating_sub(step);
            step *= 2;
        }
        step = 1;
        while high < ids.len() && is_below(&ids[high], key) {
            high = (high + step).min(ids.len());
            step *= 2;
        }
        low + ids[low..high].partition_point(|id| is_below(id, key))
    }

    /// About where this id stands; 0 where there are none.
    ///
    /// Digests are spread evenly, so an id's first eight bytes tell about where it stands, and
    /// those of the id that is found there tell by how much that is off.
    fn guess(self, key: &[u8; ID_BYTES]) -> usize {
        let ids = self.0;
        let Some(last) = ids.len().checked_sub(1) else {
            return 0;
        };
        let rows = |heads: u64| ((u128::from(heads) * ids.len() as u128) >> 64) as usize;
        let head = head_of(key);
        let mut guess = rows(head);
        for _ in 0..REFINEMENTS {
            let found = head_of(&ids[guess]);
            guess = if found < head {
                (guess + rows(head - found)).min(last)
            } else {
                guess.saturating_sub(rows(found - head))
            };
        }
        guess
    }

    /// The rows whose ids start with `prefix`, given in hexadecimal digits.
    pub(super) fn with_prefix(self, hex_digits: &str) -> impl Iterator<Item = &'a [u8; ID_BYTES]> {
        let nibbles: Option<Vec<u8>> = hex_digits
            .chars()
            .map(|digit| digit.to_digit(16).map(|nibble| nibble as u8))
            .collect();
        let nibbles = nibbles.filter(|nibbles| nibbles.len() <= ID_BYTES * 2);
        let start = nibbles.as_ref().map_or(self.len(), |nibbles| {
            let mut lowest = [0; ID_BYTES];
            for (at, nibble) in nibbles.iter().enumerate() {
                lowest[at / 2] |= nibble << (4 * (1 - at % 2));
            }
            self.lower_bound(&lowest)
        });
        self.0[start..].iter().take_while(move |id| {
            nibbles
                .iter()
                .flatten()
                .enumerate()
                .all(|(at, nibble)| id[at / 2] >> (4 * (1 - at % 2)) & 15 == *nibble)
        })
    }
}

/// The first eight bytes.
fn head_of(id: &[u8; ID_BYTES]) -> u64 {
    u64::from_be_bytes(*id.first_chunk().expect("an id is longer than 8 bytes"))
}

/// `id < key`, decided by the first eight bytes where they differ.
fn is_below(id: &[u8; ID_BYTES], key: &[u8; ID_BYTES]) -> bool {
    match head_of(id).cmp(&head_of(key)) {
        Ordering::Equal => id < key,
        order => order.is_lt(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ObjectId;

    fn column(mut ids: Vec<[u8; ID_BYTES]>) -> Vec<u8> {
        ids.sort_unstable();
        ids.concat()
    }

    /// Evenly spread ids, and ids that an attacker bunched together.
    fn columns() -> Vec<Vec<u8>> {
        let spread = (0..1000_u32).map(|n| *ObjectId::of(&n.to_le_bytes()).as_bytes());
        let bunched = (0..1000_u32).map(|n| {
            let mut id = [0xff; ID_BYTES];
            id[28..].copy_from_slice(&n.to_be_bytes());
            id
        });
        vec![
            Vec::new(),
            column(spread.clone().take(1).collect()),
            column(spread.collect()),
            column(bunched.collect()),
        ]
    }

    #[test]
    fn finds_what_is_there_and_nothing_else() {
        for column in columns() {
            let ids = SortedIds::new(&column);
            assert_eq!(ids.first_unsorted(), None);
            for (row, id) in ids.iter().enumerate() {
                assert_eq!(ids.find(id), Some(row));
                let mut absent = *id;
                absent[20] ^= 1;
                assert_eq!(ids.find(&absent), None);
            }
            assert_eq!(ids.find(&[0; ID_BYTES]), None);
            assert_eq!(ids.lower_bound(&[0xff; ID_BYTES]), ids.len());
        }
    }

    #[test]
    fn digests_are_guessed_to_stand_close_to_where_they_are() {
        let digests = columns().swap_remove(2);
        // And mirrored, so that what stands above its guess stands below it.
        let mirrored = SortedIds::new(&digests)
            .iter()
            .map(|id| id.map(|byte| !byte));
        for column in [column(mirrored.collect()), digests] {
            let ids = SortedIds::new(&column);
            for (row, id) in ids.iter().enumerate() {
                let guess = ids.guess(id);
                assert!(guess.abs_diff(row) < 8, "{guess} instead of {row}");
            }
        }
    }

    #[test]
    fn a_repeated_id_is_unsorted() {
        let column = column(vec![[1; ID_BYTES], [2; ID_BYTES], [2; ID_BYTES]]);
        assert_eq!(SortedIds::new(&column).first_unsorted(), Some(2));
    }

    #[test]
    fn prefixes_may_end_inside_a_byte() {
        let column = column(vec![[0x12; ID_BYTES], [0x1f; ID_BYTES], [0x20; ID_BYTES]]);
        let ids = SortedIds::new(&column);
        let count = |prefix: &str| ids.with_prefix(prefix).count();
        assert_eq!(count(""), 3);
        assert_eq!(count("1"), 2);
        assert_eq!(count("1F"), 1);
        assert_eq!(count("121"), 1);
        assert_eq!(count("122"), 0);
        assert_eq!(count("g"), 0);
        assert_eq!(count(&"12".repeat(32)), 1);
        assert_eq!(count(&"12".repeat(33)), 0);
    }
}
