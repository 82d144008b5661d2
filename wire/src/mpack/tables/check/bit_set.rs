//! A set of small numbers.

/// One bit for each number below a bound.
pub(super) struct BitSet(Vec<u64>);

impl BitSet {
    /// None of the numbers below this bound.
    pub(super) fn new(bound: usize) -> Self {
        Self(vec![0; bound.div_ceil(64)])
    }

    /// Adds a number below the bound; `false` where it was there.
    pub(super) fn insert(&mut self, number: usize) -> bool {
        let (word, bit) = (&mut self.0[number / 64], 1 << (number % 64));
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Whether a number below the bound was added.
    pub(super) fn contains(&self, number: usize) -> bool {
        self.0[number / 64] & 1 << (number % 64) != 0
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
}
