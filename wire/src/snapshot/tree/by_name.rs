//! Values by name, packed: what a name costs in memory is its bytes and four more.

use std::cmp::Ordering;
use std::ops::Range;

/// Values by name, ascending by the bytes of the names.
#[derive(Clone)]
pub(super) struct ByName<T> {
    /// The names, one behind the other.
    text: String,
    /// Where each name ends in `text`.
    ends: Vec<u32>,
    values: Vec<T>,
}

impl<T> Default for ByName<T> {
    fn default() -> Self {
        Self {
            text: String::new(),
            ends: Vec::new(),
            values: Vec::new(),
        }
    }
}

impl<T> ByName<T> {
    pub(super) const fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Bytes of all names together.
    pub(super) const fn name_bytes(&self) -> u64 {
        self.text.len() as u64
    }

    /// Bytes of memory that names and values take.
    pub(super) const fn memory_bytes(&self) -> u64 {
        (self.text.len() + self.len() * (size_of::<u32>() + size_of::<T>())) as u64
    }

    pub(super) fn name(&self, index: usize) -> &str {
        &self.text[self.start(index)..self.ends[index] as usize]
    }

    /// The index of a name, or that of the first one behind it.
    pub(super) fn find(&self, name: &str) -> Result<usize, usize> {
        self.find_from(0, name)
    }

    pub(super) fn get(&self, name: &str) -> Option<&T> {
        let index = self.find(name).ok()?;
        Some(&self.values[index])
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &T)> {
        let values = self.values.iter().enumerate();
        values.map(|(index, value)| (self.name(index), value))
    }

    /// Appends a name, which is greater than all that are here.
    ///
    /// # Panics
    /// Where the names have more than 4 GiB together, which no snapshot allows.
    pub(super) fn push(&mut self, name: &str, value: T) {
        self.text.push_str(name);
        let end = u32::try_from(self.text.len()).expect("names are bounded by a record's bytes");
        self.ends.push(end);
        self.values.push(value);
    }

    /// Gives back memory that was taken for more names.
    pub(super) fn shrink_to_fit(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.values.shrink_to_fit();
    }

    fn start(&self, index: usize) -> usize {
        let before = index.checked_sub(1);
        before.map_or(0, |before| self.ends[before] as usize)
    }

    /// As [`Self::find`], of a name that is not before index `from`.
    fn find_from(&self, from: usize, name: &str) -> Result<usize, usize> {
        let (mut from, mut to) = (from, self.len());
        while from < to {
            let middle = from.midpoint(to);
            match self.name(middle).cmp(name) {
                Ordering::Less => from = middle + 1,
                Ordering::Equal => return Ok(middle),
                Ordering::Greater => to = middle,
            }
        }
        Err(from)
    }
}

impl<T: Clone> ByName<T> {
    /// The values after `changes`, where `None` takes a name away.
    ///
    /// # Errors
    /// The first name that is to be taken away and is not here.
    pub(super) fn changed(&self, changes: ByName<Option<T>>) -> Result<Self, String> {
        if self.is_empty() {
            return changes.all_present();
        }
        let mut after = Self {
            text: String::with_capacity(self.text.len() + changes.text.len()),
            ends: Vec::with_capacity(self.len() + changes.len()),
            values: Vec::with_capacity(self.len() + changes.len()),
        };
        let mut copied = 0;
        for (name, value) in changes.iter() {
            let found = self.find_from(copied, name);
            let (Ok(at) | Err(at)) = found;
            after.extend(self, copied..at);
            copied = at + usize::from(found.is_ok());
            match value {
                Some(value) => after.push(name, value.clone()),
                None if found.is_ok() => {}
                None => return Err(name.to_owned()),
            }
        }
        after.extend(self, copied..self.len());
        after.shrink_to_fit();
        Ok(after)
    }

    /// Appends these of `other`, which are greater than all that are here.
    fn extend(&mut self, other: &Self, range: Range<usize>) {
        let Some(last) = range.end.checked_sub(1).filter(|last| range.start <= *last) else {
            return;
        };
        let (start, shift) = (other.start(range.start), self.text.len());
        self.text
            .push_str(&other.text[start..other.ends[last] as usize]);
        let ends = other.ends[range.clone()].iter();
        self.ends
            .extend(ends.map(|end| end - start as u32 + shift as u32));
        self.values.extend_from_slice(&other.values[range]);
    }
}

impl<T> ByName<Option<T>> {
    /// The same with values alone.
    ///
    /// # Errors
    /// The first name that has none.
    fn all_present(self) -> Result<ByName<T>, String> {
        if let Some(absent) = self.values.iter().position(Option::is_none) {
            return Err(self.name(absent).to_owned());
        }
        let mut present = ByName {
            text: self.text,
            ends: self.ends,
            // In place: an entry and its option have the same size.
            values: self
                .values
                .into_iter()
                .map(|value| value.expect("looked through above"))
                .collect(),
        };
        present.shrink_to_fit();
        Ok(present)
    }
}

/// Two lists in one pass: each name once, with what it has in either.
pub(super) fn join<'a, A, B>(
    one: impl Iterator<Item = (&'a str, A)>,
    other: impl Iterator<Item = (&'a str, B)>,
) -> impl Iterator<Item = (&'a str, Option<A>, Option<B>)> {
    let (mut one, mut other) = (one.peekable(), other.peekable());
    std::iter::from_fn(move || {
        let order = match (one.peek(), other.peek()) {
            (Some((name, _)), Some((other, _))) => name.cmp(other),
            (Some(_), None) => Ordering::Less,
            _ => Ordering::Greater,
        };
        let left = if order.is_le() { one.next() } else { None };
        let right = if order.is_ge() { other.next() } else { None };
        let (name, left) = left.map_or((None, None), |(name, value)| (Some(name), Some(value)));
        match right {
            Some((name, value)) => Some((name, left, Some(value))),
            None => Some((name?, left, None)),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn by_name<T: Clone>(map: &BTreeMap<String, T>) -> ByName<T> {
        let mut values = ByName::default();
        for (name, value) in map {
            values.push(name, value.clone());
        }
        values
    }

    fn to_map(values: &ByName<u8>) -> BTreeMap<String, u8> {
        let owned = |(name, value): (&str, &u8)| (name.to_owned(), *value);
        values.iter().map(owned).collect()
    }

    proptest! {
        #[test]
        fn changes_do_what_they_do_to_a_map(
            before in prop::collection::btree_map("[a-c]{1,3}", any::<u8>(), 0..20),
            changes in prop::collection::btree_map("[a-c]{1,3}", any::<Option<u8>>(), 0..20),
        ) {
            let is_missing = |(name, value): &(&String, &Option<u8>)| {
                value.is_none() && !before.contains_key(*name)
            };
            let missing = changes.iter().find(is_missing).map(|(name, _)| name.clone());
            let mut expected = before.clone();
            for (name, value) in &changes {
                match value {
                    Some(value) => drop(expected.insert(name.clone(), *value)),
                    None => drop(expected.remove(name)),
                }
            }
            let after = by_name(&before).changed(by_name(&changes));
            match (after, missing) {
                (Ok(after), None) => {
                    prop_assert_eq!(to_map(&after), expected.clone());
                    prop_assert_eq!(after.name_bytes(), after.text.len() as u64);
                    for (index, (name, value)) in expected.iter().enumerate() {
                        prop_assert_eq!(after.find(name), Ok(index));
                        prop_assert_eq!(after.get(name), Some(value));
                    }
                    prop_assert_eq!(after.find("~"), Err(expected.len()));
                }
                (Err(name), Some(missing)) => prop_assert_eq!(name, missing),
                (after, missing) => panic!("{:?}, {missing:?}", after.err()),
            }
        }
    }
}
