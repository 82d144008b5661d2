//! The lines of a unified diff.
//!
//! The hunks are put together here and not by imara-diff's own printer: that one writes text only,
//! so lines in other encodings than UTF-8 would be lost, and (in 0.2) where the first change is in
//! lines 5 to 7 its header names other lines than those that follow, so `patch` refuses it.

use std::io;
use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput, Token};

use super::line_kind::{LineKind, PatchSink};

/// Unchanged lines shown around changed ones.
const CONTEXT_LINES: u32 = 3;

/// The lines of both versions, and which of them changed.
pub(super) struct LineDiff<'a> {
    input: InternedInput<&'a [u8]>,
    diff: Diff,
}

/// Changes that are shown together, with the lines around them.
struct Hunk {
    changes: Vec<imara_diff::Hunk>,
    before: Range<u32>,
    after: Range<u32>,
}

impl<'a> LineDiff<'a> {
    pub(super) fn new(before: &'a [u8], after: &'a [u8]) -> Self {
        let input = InternedInput::new(
            imara_diff::sources::byte_lines(before),
            imara_diff::sources::byte_lines(after),
        );
        let mut diff = Diff::compute(Algorithm::Histogram, &input);
        diff.postprocess_lines(&input);
        Self { input, diff }
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
            let mut at = hunk.before.start;
            for change in &hunk.changes {
                self.write_context(sink, at..change.before.start)?;
                let removed = &self.input.before[as_range(&change.before)];
                self.write_lines(sink, LineKind::Removed, removed)?;
                let added = &self.input.after[as_range(&change.after)];
                self.write_lines(sink, LineKind::Added, added)?;
                at = change.before.end;
            }
            self.write_context(sink, at..hunk.before.end)?;
        }
        Ok(())
    }

    fn write_context(&self, sink: &mut PatchSink<'_>, lines: Range<u32>) -> io::Result<()> {
        self.write_lines(
            sink,
            LineKind::Context,
            &self.input.before[as_range(&lines)],
        )
    }

    fn write_lines(
        &self,
        sink: &mut PatchSink<'_>,
        kind: LineKind,
        lines: &[Token],
    ) -> io::Result<()> {
        for &line in lines {
            let line = self.input.interner[line];
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

    /// Changes whose contexts touch make one hunk.
    fn hunks(&self) -> Vec<Hunk> {
        let ends = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let (before_end, after_end) = (ends(self.input.before.len()), ends(self.input.after.len()));
        let mut hunks: Vec<Hunk> = Vec::new();
        for change in self.diff.hunks() {
            let before = change.before.start.saturating_sub(CONTEXT_LINES)
                ..(change.before.end.saturating_add(CONTEXT_LINES)).min(before_end);
            let after = change.after.start.saturating_sub(CONTEXT_LINES)
                ..(change.after.end.saturating_add(CONTEXT_LINES)).min(after_end);
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
        let mut out = Vec::new();
        LineDiff::new(before.as_bytes(), after.as_bytes())
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
}
