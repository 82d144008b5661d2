//! Distinct values by number.

use std::borrow::Borrow;
use std::hash::{BuildHasher as _, Hash};

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

/// Distinct values, numbered from 0 in the order in which they came.
pub(super) struct Numbered<T> {
    values: Vec<T>,
    /// Places in `values`, by hash.
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl<T: Hash + Eq> Numbered<T> {
    pub(super) fn new() -> Self {
        Self {
            values: Vec::new(),
            numbers: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        }
    }

    /// The number of a value that came before.
    pub(super) fn find<Q>(&self, value: &Q) -> Option<u32>
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hasher.hash_one(value);
        let is_same = |&number: &u32| self.values[number as usize].borrow() == value;
        self.numbers.find(hash, is_same).copied()
    }

    /// The number of `value`, which is a new one where it has not come before.
    pub(super) fn number(&mut self, value: T) -> u32 {
        let Self {
            values,
            numbers,
            hasher,
        } = self;
        let place = numbers.entry(
            hasher.hash_one(&value),
            |&number| values[number as usize] == value,
            |&number| hasher.hash_one(&values[number as usize]),
        );
        match place {
            Entry::Occupied(place) => *place.get(),
            Entry::Vacant(place) => {
                let number = u32::try_from(values.len()).expect("fewer than four billion values");
                place.insert(number);
                values.push(value);
                number
            }
        }
    }

    /// The values, each in the place that its number says.
    pub(super) fn into_values(self) -> Vec<T> {
        self.values
    }

    /// The value of a number that was given out here.
    pub(super) fn value(&self, number: u32) -> &T {
        &self.values[number as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_one_number() {
        let mut numbered = Numbered::<String>::new();
        for round in 0..2 {
            for n in 0..1000 {
                assert_eq!(numbered.number(n.to_string()), n, "round {round}");
            }
        }
        assert_eq!(numbered.find("999"), Some(999));
        assert_eq!(numbered.find("1000"), None);
        assert_eq!(numbered.value(7), "7");
        assert_eq!(numbered.into_values().len(), 1000);
    }
}
