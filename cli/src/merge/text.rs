//! Merging the lines of two versions of a file: what git's `xdl_merge` does with conflicts in the
//! style `diff3`.
//!
//! Git's merges take other places for changes than its diffs do where lines repeat: they know no
//! indentation. So the outcome, down to which changes touch each other, is that of git only if the
//! changes are found and put together in its way.

use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput};

/// Which marker a line of a conflict is, and what stands behind it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Markers<'a> {
    /// Behind `<<<<<<<`.
    pub(super) ours: &'a str,
    /// Behind `|||||||`.
    pub(super) base: &'a str,
    /// Behind `>>>>>>>`.
    pub(super) theirs: &'a str,
    /// How many signs a marker has.
    pub(super) length: usize,
}

/// Signs of a marker in a file that had no conflicts before.
pub(super) const MARKER_LENGTH: usize = 7;

/// The outcome of a merge.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MergedText {
    pub(super) text: Vec<u8>,
    pub(super) is_clean: bool,
}

/// The lines of a version, each with its line feed.
type Lines<'a> = Vec<&'a [u8]>;

/// Merges two versions of the text `base`.
pub(super) fn merge_text(
    base: &[u8],
    ours: &[u8],
    theirs: &[u8],
    markers: &Markers<'_>,
) -> MergedText {
    let (our_changes, their_changes) = (changes(base, ours), changes(base, theirs));
    let clean = |text: &[u8]| MergedText {
        text: text.to_vec(),
        is_clean: true,
    };
    if our_changes.is_empty() {
        return clean(theirs);
    }
    if their_changes.is_empty() {
        return clean(ours);
    }
    let versions = Versions {
        base: lines(base),
        ours: lines(ours),
        theirs: lines(theirs),
    };
    let regions = versions.regions(&our_changes, &their_changes);
    MergedText {
        is_clean: regions.iter().all(|region| region.take != Take::Neither),
        text: versions.write(&regions, markers),
    }
}

/// Lines of the base that a version has others for.
#[derive(Debug, Clone)]
struct Change {
    base: Range<usize>,
    version: Range<usize>,
}

/// Lines of which the versions differ, from the first that one of them changed to the last.
#[derive(Debug)]
struct Region {
    take: Take,
    base: Range<usize>,
    ours: Range<usize>,
    theirs: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Take {
    Ours,
    Theirs,
    /// A conflict.
    Neither,
}

fn lines(text: &[u8]) -> Lines<'_> {
    text.split_inclusive(|&byte| byte == b'\n').collect()
}

fn changes(base: &[u8], version: &[u8]) -> Vec<Change> {
    let input = InternedInput::new(
        imara_diff::sources::byte_lines(base),
        imara_diff::sources::byte_lines(version),
    );
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_no_heuristic(&input);
    let range = |range: Range<u32>| range.start as usize..range.end as usize;
    diff.hunks()
        .map(|hunk| Change {
            base: range(hunk.before),
            version: range(hunk.after),
        })
        .collect()
}

struct Versions<'a> {
    base: Lines<'a>,
    ours: Lines<'a>,
    theirs: Lines<'a>,
}

impl Versions<'_> {
    /// Changes of both sides between which there is no unchanged line conflict, unless they are the
    /// same: those are no region.
    fn regions(&self, ours: &[Change], theirs: &[Change]) -> Vec<Region> {
        let mut regions = Regions(Vec::new());
        // How many lines the version has more than the base, up to the next change.
        let (mut our_shift, mut their_shift) = (Shift::default(), Shift::default());
        let (mut ours, mut theirs) = (ours.iter().peekable(), theirs.iter().peekable());
        loop {
            match (ours.peek().copied(), theirs.peek().copied()) {
                (Some(our), their) if their.is_none_or(|their| our.base.end < their.base.start) => {
                    regions.append(Region {
                        take: Take::Ours,
                        base: our.base.clone(),
                        ours: our.version.clone(),
                        theirs: their_shift.apply(&our.base),
                    });
                    our_shift.pass(our);
                    ours.next();
                }
                (our, Some(their)) if our.is_none_or(|our| their.base.end < our.base.start) => {
                    regions.append(Region {
                        take: Take::Theirs,
                        base: their.base.clone(),
                        ours: our_shift.apply(&their.base),
                        theirs: their.version.clone(),
                    });
                    their_shift.pass(their);
                    theirs.next();
                }
                (Some(our), Some(their)) => {
                    if !self.is_same(our, their) {
                        regions.append(conflict(our, their));
                    }
                    let (our_end, their_end) = (our.base.end, their.base.end);
                    if our_end >= their_end {
                        their_shift.pass(their);
                        theirs.next();
                    }
                    if their_end >= our_end {
                        our_shift.pass(our);
                        ours.next();
                    }
                }
                (None, _) | (_, None) => return regions.0,
            }
        }
    }

    fn is_same(&self, our: &Change, their: &Change) -> bool {
        let lines = (
            &self.ours[our.version.clone()],
            &self.theirs[their.version.clone()],
        );
        our.base == their.base && lines.0 == lines.1
    }

    fn write(&self, regions: &[Region], markers: &Markers<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        let mut written = 0;
        for region in regions {
            extend(
                &mut out,
                &self.ours[written..region.ours.start.max(written)],
            );
            match region.take {
                Take::Ours => extend(&mut out, &self.ours[region.ours.clone()]),
                Take::Theirs => extend(&mut out, &self.theirs[region.theirs.clone()]),
                Take::Neither => self.write_conflict(&mut out, region, markers),
            }
            written = region.ours.end;
        }
        extend(&mut out, &self.ours[written..]);
        out
    }

    fn write_conflict(&self, out: &mut Vec<u8>, region: &Region, markers: &Markers<'_>) {
        let line_end: &[u8] = match self.ends_lines_with_carriage_return(region) {
            true => b"\r\n",
            false => b"\n",
        };
        let marker = |out: &mut Vec<u8>, sign: u8, label: &str| {
            out.extend(std::iter::repeat_n(sign, markers.length));
            if !label.is_empty() {
                out.push(b' ');
                out.extend(label.as_bytes());
            }
            out.extend(line_end);
        };
        let whole_lines = |out: &mut Vec<u8>, lines: &[&[u8]]| {
            extend(out, lines);
            if lines.last().is_some_and(|line| !line.ends_with(b"\n")) {
                out.extend(line_end);
            }
        };
        marker(out, b'<', markers.ours);
        whole_lines(out, &self.ours[region.ours.clone()]);
        marker(out, b'|', markers.base);
        whole_lines(out, &self.base[region.base.clone()]);
        marker(out, b'=', "");
        whole_lines(out, &self.theirs[region.theirs.clone()]);
        marker(out, b'>', markers.theirs);
    }

    /// Whether the lines before the region (else the first ones) end in CR LF in both versions, as
    /// far as they tell, and so does the base.
    fn ends_lines_with_carriage_return(&self, region: &Region) -> bool {
        let ours = line_end(&self.ours, region.ours.start.saturating_sub(1));
        let theirs = || line_end(&self.theirs, region.theirs.start.saturating_sub(1));
        let base = || line_end(&self.base, 0);
        let mut answer = ours;
        if answer != Some(false) {
            answer = theirs();
        }
        if answer != Some(false) {
            answer = base();
        }
        answer == Some(true)
    }
}

/// How far a version has moved against the base.
#[derive(Default)]
struct Shift {
    base: usize,
    version: usize,
}

impl Shift {
    fn pass(&mut self, change: &Change) {
        (self.base, self.version) = (change.base.end, change.version.end);
    }

    /// Where lines of the base are in the version, which has not changed them since. Those before
    /// its last change are in the region of that one.
    fn apply(&self, base: &Range<usize>) -> Range<usize> {
        let moved = |line: usize| (line + self.version).saturating_sub(self.base);
        moved(base.start)..moved(base.end)
    }
}

/// The region of two changes that touch.
fn conflict(our: &Change, their: &Change) -> Region {
    let start = our.base.start.min(their.base.start);
    let end = our.base.end.max(their.base.end);
    let extended = |change: &Change| {
        let before = change.base.start - start;
        let behind = end - change.base.end;
        // Less than nothing is before a change where another one of its side is in the region: then
        // the region begins with that one.
        change.version.start.saturating_sub(before)..change.version.end + behind
    };
    Region {
        take: Take::Neither,
        base: start..end,
        ours: extended(our),
        theirs: extended(their),
    }
}

struct Regions(Vec<Region>);

impl Regions {
    /// Adds a region behind the last one, or to it where they touch.
    fn append(&mut self, region: Region) {
        match self.0.last_mut() {
            Some(last)
                if region.ours.start <= last.ours.end || region.theirs.start <= last.theirs.end =>
            {
                if region.take != last.take {
                    last.take = Take::Neither;
                }
                last.base.end = region.base.end;
                last.ours.end = region.ours.end;
                last.theirs.end = region.theirs.end;
            }
            _ => self.0.push(region),
        }
    }
}

fn extend(out: &mut Vec<u8>, lines: &[&[u8]]) {
    lines.iter().for_each(|line| out.extend(*line));
}

/// Whether the line ends in CR LF, or the one before it where it is the last and has no end; `None`
/// where there is no such line.
fn line_end(lines: &Lines<'_>, index: usize) -> Option<bool> {
    let line = lines.get(index)?;
    if line.ends_with(b"\n") {
        return Some(line.ends_with(b"\r\n"));
    }
    let before = lines.get(index.checked_sub(1)?)?;
    Some(before.ends_with(b"\r\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merge(base: &str, ours: &str, theirs: &str) -> (String, bool) {
        let markers = Markers {
            ours: "ours",
            base: "base",
            theirs: "theirs",
            length: MARKER_LENGTH,
        };
        let merged = merge_text(
            base.as_bytes(),
            ours.as_bytes(),
            theirs.as_bytes(),
            &markers,
        );
        let text = String::from_utf8(merged.text).expect("text in, text out");
        (text, merged.is_clean)
    }

    #[test]
    fn changes_with_a_line_between_them_merge() {
        let (text, is_clean) = merge("1\n2\n3\n4\n", "one\n2\n3\n4\n5\n", "1\n2\nthree\n4\n");
        assert_eq!((text.as_str(), is_clean), ("one\n2\nthree\n4\n5\n", true));
    }

    #[test]
    fn changes_that_touch_conflict() {
        let (text, is_clean) = merge("1\n2\n3\n", "one\n2\n3\n", "1\ntwo\n3\n");
        assert!(!is_clean);
        insta::assert_snapshot!(text, @r"
        <<<<<<< ours
        one
        2
        ||||||| base
        1
        2
        =======
        1
        two
        >>>>>>> theirs
        3
        ");
    }

    #[test]
    fn the_same_change_on_both_sides_is_made_once() {
        let (text, is_clean) = merge("1\n2\n3\n", "1\ntwo\n3\n", "1\ntwo\n3\nfour\n");
        assert_eq!((text.as_str(), is_clean), ("1\ntwo\n3\nfour\n", true));
    }

    #[test]
    fn lines_without_an_end_get_one_between_markers() {
        let (text, _) = merge("a\r\nb", "a\r\nours", "a\r\ntheirs");
        assert_eq!(
            text,
            "a\r\n<<<<<<< ours\r\nours\r\n||||||| base\r\nb\r\n=======\r\ntheirs\r\n>>>>>>> \
             theirs\r\n"
        );
    }
}
