//! The lines of a unified diff.
//!
//! The hunks are put together here and not by imara-diff's own printer: that one writes text only,
//! so lines in other encodings than UTF-8 would be lost, and (in 0.2) where the first change is in
//! lines 5 to 7 its header names other lines than those that follow, so `patch` refuses it.

use std::io;
use std::ops::Range;

use imara_diff::sources::byte_lines;
use imara_diff::{Algorithm, Diff, InternedInput};

use super::line_key::LineKey;
use super::line_kind::{LineKind, PatchSink};
use super::options::LineOptions;
use super::words::mark_words;

/// The lines of both versions, and which of them changed.
pub(super) struct LineDiff<'a> {
    before: Vec<&'a [u8]>,
    after: Vec<&'a [u8]>,
    diff: Diff,
    options: LineOptions,
}

/// Changes that are shown together, with the lines around them.
struct Hunk {
    changes: Vec<imara_diff::Hunk>,
    before: Range<u32>,
    after: Range<u32>,
}

/// Lines that changed: those of the old version that those of the new one stand for, counted from
/// zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedRange {
    /// In the old version.
    pub before: Range<u32>,
    /// In the new version.
    pub after: Range<u32>,
}

/// The lines that changed, ascending.
pub fn changed_ranges(before: &[u8], after: &[u8], options: LineOptions) -> Vec<ChangedRange> {
    let diff = LineDiff::new(before, after, options).diff;
    let ranges = diff.hunks().map(|hunk| ChangedRange {
        before: hunk.before,
        after: hunk.after,
    });
    ranges.collect()
}

impl<'a> LineDiff<'a> {
    pub(super) fn new(before: &'a [u8], after: &'a [u8], options: LineOptions) -> Self {
        let before: Vec<&[u8]> = byte_lines(before).collect();
        let after: Vec<&[u8]> = byte_lines(after).collect();
        let key = |&line: &&'a [u8]| LineKey::new(line, options.ignore_white_space);
        let mut input = InternedInput::default();
        input.update_before(before.iter().map(key));
        input.update_after(after.iter().map(key));
        let mut diff = Diff::compute(Algorithm::Histogram, &input);
        diff.postprocess_lines(&input);
        Self {
            before,
            after,
            diff,
            options,
        }
    }

    /// Lines that only the new version has.
    pub(super) fn added(&self) -> u32 {
        self.diff.count_additions()
    }

    /// Lines that only the old version has.
    pub(super) fn removed(&self) -> u32 {
        self.diff.count_removals()
    }

    pub(super) fn write(&self, sink: &mut PatchSink<'_>) -> io::Result<()> {
        for hunk in self.hunks() {
            let header = format!("@@ -{} +{} @@", range(&hunk.before), range(&hunk.after));
            sink(LineKind::HunkHeader, header.as_bytes())?;
            let mut at = hunk.after.start;
            for change in &hunk.changes {
                self.write_context(sink, at..change.after.start)?;
                let removed = &self.before[as_range(&change.before)];
                let added = &self.after[as_range(&change.after)];
                if self.options.words {
                    write_words(sink, removed, added)?;
                } else {
                    write_lines(sink, LineKind::Removed, removed)?;
                    write_lines(sink, LineKind::Added, added)?;
                }
                at = change.after.end;
            }
            self.write_context(sink, at..hunk.after.end)?;
        }
        Ok(())
    }

    /// Writes unchanged lines, as they are in the new version.
    fn write_context(&self, sink: &mut PatchSink<'_>, lines: Range<u32>) -> io::Result<()> {
        let lines = &self.after[as_range(&lines)];
        match self.options.words {
            true => lines.iter().try_for_each(|line| {
                let text = line.strip_suffix(b"\n").unwrap_or(line);
                sink(LineKind::Words, text)?;
                sink(LineKind::LineEnd, b"")
            }),
            false => write_lines(sink, LineKind::Context, lines),
        }
    }

    /// Changes whose contexts touch make one hunk.
    fn hunks(&self) -> Vec<Hunk> {
        let ends = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let (before_end, after_end) = (ends(self.before.len()), ends(self.after.len()));
        let context = self.options.context_lines;
        let mut hunks: Vec<Hunk> = Vec::new();
        for change in self.diff.hunks() {
            let before = change.before.start.saturating_sub(context)
                ..(change.before.end.saturating_add(context)).min(before_end);
            let after = change.after.start.saturating_sub(context)
                ..(change.after.end.saturating_add(context)).min(after_end);
            match hunks.last_mut() {
                Some(last) if before.start <= last.before.end => {
                    last.before.end = before.end;
                    last.after.end = after.end;
                    last.changes.push(change);
                }
                _ => hunks.push(Hunk {
                    changes: vec![change],
                    before,
                    after,
                }),
            }
        }
        hunks
    }
}

fn write_lines(sink: &mut PatchSink<'_>, kind: LineKind, lines: &[&[u8]]) -> io::Result<()> {
    for line in lines {
        match line.strip_suffix(b"\n") {
            Some(text) => sink(kind, text)?,
            None => {
                sink(kind, line)?;
                sink(LineKind::Note, b"\\ No newline at end of file")?;
            }
        }
    }
    Ok(())
}

/// Writes lines that changed with the words marked that did.
fn write_words(sink: &mut PatchSink<'_>, removed: &[&[u8]], added: &[&[u8]]) -> io::Result<()> {
    let mut is_begun = false;
    for (kind, text) in mark_words(&removed.concat(), &added.concat()) {
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            let part = line.strip_suffix(b"\n");
            sink(kind, part.unwrap_or(line))?;
            is_begun = part.is_none();
            if !is_begun {
                sink(LineKind::LineEnd, b"")?;
            }
        }
    }
    match is_begun {
        true => sink(LineKind::LineEnd, b""),
        false => Ok(()),
    }
}

fn as_range(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

/// `start,count`, counted from one; an empty range names the line before it.
fn range(lines: &Range<u32>) -> String {
    match lines.end - lines.start {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        count => format!("{},{count}", lines.start + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(before: &str, after: &str) -> String {
        diff_with(before, after, LineOptions::default())
    }

    fn diff_with(before: &str, after: &str, options: LineOptions) -> String {
        let mut out = Vec::new();
        LineDiff::new(before.as_bytes(), after.as_bytes(), options)
            .write(&mut |kind, text| kind.write_plain(&mut out, text))
            .expect("memory takes everything");
        String::from_utf8(out).expect("text in, text out")
    }

    #[test]
    fn near_changes_share_a_hunk_and_far_ones_do_not() {
        let before: String = (1..=30).map(|n| format!("{n}\n")).collect();
        let after = before
            .replace("\n5\n", "\nfive\n")
            .replace("\n9\n", "\n")
            .replace("\n25\n", "\n25\nmore\n");
        insta::assert_snapshot!(diff(&before, &after), @r"
        @@ -2,11 +2,10 @@
         2
         3
         4
        -5
        +five
         6
         7
         8
        -9
         10
         11
         12
        @@ -23,6 +22,7 @@
         23
         24
         25
        +more
         26
         27
         28
        ");
    }

    #[test]
    fn missing_line_ends_are_said() {
        insta::assert_snapshot!(diff("", "x"), @r"
        @@ -0,0 +1 @@
        +x
        \ No newline at end of file
        ");
        insta::assert_snapshot!(diff("x", "x\n"), @r"
        @@ -1 +1 @@
        -x
        \ No newline at end of file
        +x
        ");
    }
    #[test]
    fn white_space_can_be_ignored() {
        let options = LineOptions {
            ignore_white_space: true,
            context_lines: 1,
            ..LineOptions::default()
        };
        insta::assert_snapshot!(
            diff_with("a\n  b\nc d\ne\n", "a\n\tb\ncd\nE\n", options),
            @r"
        @@ -3,2 +3,2 @@
         cd
        -e
        +E
        "
        );
    }

    #[test]
    fn any_number_of_lines_can_be_around_a_change() {
        let before: String = (1..=9).map(|n| format!("{n}\n")).collect();
        let after = before.replace('5', "five");
        let with = |context_lines| {
            let options = LineOptions {
                context_lines,
                ..LineOptions::default()
            };
            diff_with(&before, &after, options)
        };
        assert_eq!(with(0), "@@ -5 +5 @@\n-5\n+five\n");
        assert_eq!(with(u32::MAX).lines().count(), 11);
    }

    #[test]
    fn words_are_marked_within_the_lines() {
        let options = LineOptions {
            words: true,
            ..LineOptions::default()
        };
        insta::assert_snapshot!(
            diff_with("one\ntwo and three\ngone\nend\n", "one\ntwo or three\nend\n", options),
            @r"
        @@ -1,4 +1,3 @@
        one
        two [-and-]{+or+} three
        [-gone-]
        end
        "
        );
    }
}
