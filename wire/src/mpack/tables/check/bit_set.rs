//! A set of small numbers.

/// One bit for each number below a bound.
pub(super) struct BitSet {
    words: Vec<u64>,
    bound: usize,
}

impl BitSet {
    /// None of the numbers below this bound.
    pub(super) fn new(bound: usize) -> Self {
        Self {
            words: vec![0; bound.div_ceil(64)],
            bound,
        }
    }

    /// Adds a number below the bound; `false` where it was there.
    pub(super) fn insert(&mut self, number: usize) -> bool {
        let (word, bit) = (&mut self.words[number / 64], 1 << (number % 64));
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Whether a number below the bound was added.
    pub(super) fn contains(&self, number: usize) -> bool {
        self.words[number / 64] & 1 << (number % 64) != 0
    }

    /// The lowest number below the bound that was not added.
    pub(super) fn first_missing(&self) -> Option<usize> {
        (0..self.bound).find(|&number| !self.contains(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_added_once() {
        let mut set = BitSet::new(130);
        for number in [0, 63, 64, 129] {
            assert!(!set.contains(number));
            assert!(set.insert(number));
            assert!(!set.insert(number));
            assert!(set.contains(number));
        }
        assert!(!set.contains(1) && !set.contains(65) && !set.contains(128));
    }

    #[test]
    fn the_lowest_missing_number_is_found_up_to_the_bound() {
        assert_eq!(BitSet::new(0).first_missing(), None);
        let mut set = BitSet::new(65);
        assert_eq!(set.first_missing(), Some(0));
        for number in 0..64 {
            set.insert(number);
        }
        assert_eq!(set.first_missing(), Some(64));
        set.insert(64);
        assert_eq!(set.first_missing(), None);
    }
}
