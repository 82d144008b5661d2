//! The order of a list of refs.

use std::cmp::Ordering;
use std::str::FromStr;

/// The order of a list of refs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefOrder {
    /// What decides.
    pub key: RefKey,
    /// Whether the last comes first.
    pub is_reversed: bool,
}

/// What decides on the order of refs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefKey {
    /// The name, character by character.
    Name,
    /// The name, with numbers in it as numbers: `v1.9` before `v1.10`.
    Version,
    /// When the commit was made, the oldest first.
    Date,
}

/// A text that names no order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected name, version or date, perhaps with a `-` before it")]
pub struct UnknownOrder;

/// `name`, `version` or `date`, or what git calls them; a `-` before it reverses it.
impl FromStr for RefOrder {
    type Err = UnknownOrder;

    fn from_str(text: &str) -> Result<Self, UnknownOrder> {
        let (key, is_reversed) = match text.strip_prefix('-') {
            Some(key) => (key, true),
            None => (text, false),
        };
        let key = match key {
            "name" | "refname" => RefKey::Name,
            "version" | "version:refname" | "v:refname" => RefKey::Version,
            "date" | "committerdate" | "creatordate" => RefKey::Date,
            _ => return Err(UnknownOrder),
        };
        Ok(Self { key, is_reversed })
    }
}

/// Compares two names, numbers in them as numbers.
pub(super) fn compare_versions(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one, other);
    loop {
        let (text, number, rest) = split(one);
        let (other_text, other_number, other_rest) = split(other);
        let order = text
            .cmp(other_text)
            .then(number.len().cmp(&other_number.len()))
            .then(number.cmp(other_number));
        if order != Ordering::Equal || rest.is_empty() || other_rest.is_empty() {
            return order.then(rest.cmp(other_rest));
        }
        (one, other) = (rest, other_rest);
    }
}

/// The text before the first number, the number without zeros before it, and the rest.
fn split(text: &str) -> (&str, &str, &str) {
    let is_digit = |c: char| c.is_ascii_digit();
    let start = text.find(is_digit).unwrap_or(text.len());
    let (before, number) = text.split_at(start);
    let end = number.find(|c| !is_digit(c)).unwrap_or(number.len());
    let (number, rest) = number.split_at(end);
    (before, number.trim_start_matches('0'), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_are_compared_as_numbers() {
        let mut names = [
            "v1.10", "v1.9", "v1", "v2-rc1", "v1.9.1", "v01.2", "a", "v10",
        ];
        names.sort_by(|one, other| compare_versions(one, other));
        assert_eq!(
            names,
            [
                "a", "v1", "v01.2", "v1.9", "v1.9.1", "v1.10", "v2-rc1", "v10"
            ]
        );
    }

    #[test]
    fn orders_are_written_as_gits_or_in_short() {
        let order = |text: &str| text.parse::<RefOrder>();
        let date = |is_reversed| {
            Ok(RefOrder {
                key: RefKey::Date,
                is_reversed,
            })
        };
        assert_eq!(order("date"), date(false));
        assert_eq!(order("-committerdate"), date(true));
        assert_eq!(
            order("-v:refname").map(|order| order.key),
            Ok(RefKey::Version)
        );
        for wrong in ["", "-", "--name", "size"] {
            assert_eq!(order(wrong), Err(UnknownOrder), "{wrong}");
        }
    }
}
