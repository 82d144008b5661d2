//! Lines of a file, and where they stand in an earlier version.

use std::ops::Range;

use crate::diff::ChangedRange;

/// Lines that stand together, in the file that is asked about and in an earlier version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LineRange {
    /// The first of them in the file that is asked about.
    pub(super) first: u32,
    /// Where they are in the earlier version.
    pub(super) at: Range<u32>,
}

/// Lines that an older version has, and those that it does not.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Split {
    /// Where they are in the older version.
    pub(super) passed: Vec<LineRange>,
    /// Where they are in the newer version.
    pub(super) kept: Vec<LineRange>,
}

impl LineRange {
    pub(super) const fn new(first: u32, at: Range<u32>) -> Self {
        Self { first, at }
    }

    /// The part of it that is in `lines` of the earlier version; `None` where nothing is.
    fn within(&self, lines: &Range<u32>) -> Option<Self> {
        let at = self.at.start.max(lines.start)..self.at.end.min(lines.end);
        (at.start < at.end).then(|| Self {
            first: self.first + (at.start - self.at.start),
            at,
        })
    }

    /// Each line's number in the file that is asked about and in the earlier version.
    pub(super) fn lines(&self) -> impl Iterator<Item = (u32, u32)> + use<> {
        (self.first..).zip(self.at.clone())
    }
}

/// Splits lines of a version by what `changed` says has changed since an older one.
pub(super) fn split(mut ranges: Vec<LineRange>, changed: &[ChangedRange]) -> Split {
    ranges.sort_unstable_by_key(|range| range.at.start);
    let mut split = Split::default();
    // The first change that does not end before the range.
    let mut first = 0;
    for range in ranges {
        while changed
            .get(first)
            .is_some_and(|change| change.after.end <= range.at.start)
        {
            first += 1;
        }
        let mut unchanged_from = match first.checked_sub(1) {
            Some(before) => (changed[before].after.end, changed[before].before.end),
            None => (0, 0),
        };
        let mut pass = |(from, old): (u32, u32), to: u32| {
            if let Some(part) = range.within(&(from..to)) {
                let start = old + (part.at.start - from);
                let end = old + (part.at.end - from);
                split.passed.push(LineRange::new(part.first, start..end));
            }
        };
        for change in &changed[first..] {
            if change.after.start >= range.at.end {
                break;
            }
            pass(unchanged_from, change.after.start);
            split.kept.extend(range.within(&change.after));
            unchanged_from = (change.after.end, change.before.end);
        }
        pass(unchanged_from, range.at.end);
    }
    split
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(before: Range<u32>, after: Range<u32>) -> ChangedRange {
        ChangedRange { before, after }
    }

    #[test]
    fn lines_are_split_where_something_changed() {
        // Of twenty lines 5 to 7 became two, and three were added before line 12.
        let changes = [changed(5..8, 5..7), changed(12..12, 11..14)];
        let Split { passed, kept } = split(vec![LineRange::new(100, 0..20)], &changes);
        let range = LineRange::new;
        assert_eq!(
            passed,
            [range(100, 0..5), range(107, 8..12), range(114, 12..18)]
        );
        assert_eq!(kept, [range(105, 5..7), range(111, 11..14)]);
    }

    #[test]
    fn several_ranges_are_split_each() {
        let changes = [changed(0..1, 0..2), changed(5..9, 6..6)];
        let ranges = vec![
            LineRange::new(50, 7..9),
            LineRange::new(10, 1..3),
            LineRange::new(20, 4..7),
        ];
        let Split { passed, kept } = split(ranges, &changes);
        let range = LineRange::new;
        assert_eq!(
            passed,
            [
                range(11, 1..2),
                range(20, 3..5),
                range(22, 9..10),
                range(50, 10..12)
            ]
        );
        assert_eq!(kept, [range(10, 1..2)]);
    }

    #[test]
    fn without_changes_all_is_passed() {
        let ranges = vec![LineRange::new(3, 1..4)];
        let whole = split(ranges.clone(), &[]);
        assert_eq!(whole.passed, ranges);
        assert_eq!(whole.kept, []);
    }
}
