//! Changed words within lines: `[-old-]{+new+}`.
//!
//! Only words count: what differs in white space alone is shown as it is now.

use std::hash::{Hash, Hasher};
use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput};

use super::line_kind::LineKind;

/// The marks around removed words.
const REMOVED: (&[u8], &[u8]) = (b"[-", b"-]");

/// The marks around added words.
const ADDED: (&[u8], &[u8]) = (b"{+", b"+}");

/// A word with the white space before it.
#[derive(Debug, Clone, Copy, Default)]
struct Word<'a> {
    white_space: &'a [u8],
    word: &'a [u8],
}

impl PartialEq for Word<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.word == other.word
    }
}

impl Eq for Word<'_> {}

impl Hash for Word<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.word.hash(state);
    }
}

/// A text in parts, of which each is words of one kind or white space. Line feeds are in
/// [`LineKind::Words`] alone.
pub(super) type MarkedText = Vec<(LineKind, Vec<u8>)>;

/// The new text with the words marked that were removed and added.
pub(super) fn mark_words(before: &[u8], after: &[u8]) -> MarkedText {
    let (before, _) = words(before);
    let (after, end) = words(after);
    let mut input = InternedInput::default();
    input.update_before(before.iter().copied());
    input.update_after(after.iter().copied());
    let diff = Diff::compute(Algorithm::Histogram, &input);
    let mut marked = Vec::new();
    let mut at = 0;
    for hunk in diff.hunks() {
        unchanged(&mut marked, &after[at..hunk.after.start as usize]);
        let removed = &before[as_range(&hunk.before)];
        let added = &after[as_range(&hunk.after)];
        let first = added.first().or(removed.first());
        let white_space = first.map_or(&[][..], |word| word.white_space);
        marked.push((LineKind::Words, white_space.to_vec()));
        mark(&mut marked, removed, LineKind::RemovedWords, REMOVED);
        mark(&mut marked, added, LineKind::AddedWords, ADDED);
        at = hunk.after.end as usize;
    }
    unchanged(&mut marked, &after[at..]);
    marked.push((LineKind::Words, end.to_vec()));
    marked
}

fn unchanged(marked: &mut MarkedText, words: &[Word<'_>]) {
    let text = words.iter().flat_map(|word| [word.white_space, word.word]);
    marked.push((LineKind::Words, text.flatten().copied().collect()));
}

fn as_range(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

/// The words of a text, and the white space at its end.
fn words(text: &[u8]) -> (Vec<Word<'_>>, &[u8]) {
    let mut words = Vec::new();
    let mut rest = text;
    loop {
        let start = rest.iter().position(|byte| !byte.is_ascii_whitespace());
        let Some(start) = start else {
            return (words, rest);
        };
        let (white_space, from) = rest.split_at(start);
        let end = from.iter().position(u8::is_ascii_whitespace);
        let (word, after) = from.split_at(end.unwrap_or(from.len()));
        words.push(Word { white_space, word });
        rest = after;
    }
}

/// Appends words with marks around them, on each line anew.
fn mark(
    marked: &mut MarkedText,
    words: &[Word<'_>],
    kind: LineKind,
    (open, close): (&[u8], &[u8]),
) {
    let starts_line = |word: &Word<'_>| word.white_space.contains(&b'\n');
    let mut rest = words;
    while let Some((first, more)) = rest.split_first() {
        if rest.len() < words.len() {
            marked.push((LineKind::Words, first.white_space.to_vec()));
        }
        let length = more.iter().position(starts_line).unwrap_or(more.len());
        let (line, below) = more.split_at(length);
        let mut text = [open, first.word].concat();
        for word in line {
            text.extend_from_slice(word.white_space);
            text.extend_from_slice(word.word);
        }
        text.extend_from_slice(close);
        marked.push((kind, text));
        rest = below;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(before: &str, after: &str) -> String {
        let marked = mark_words(before.as_bytes(), after.as_bytes());
        let text = marked.into_iter().flat_map(|(_, text)| text).collect();
        String::from_utf8(text).expect("text in, text out")
    }

    #[test]
    fn changed_words_are_marked() {
        assert_eq!(marked("a b c\n", "a x c\n"), "a [-b-]{+x+} c\n");
        assert_eq!(marked("a c\n", "a b c\n"), "a {+b+} c\n");
        assert_eq!(marked("a b c\n", "a c\n"), "a [-b-] c\n");
        assert_eq!(marked("a b\n", "x y\n"), "[-a b-]{+x y+}\n");
        assert_eq!(marked("", "x y\n"), "{+x y+}\n");
    }

    #[test]
    fn white_space_is_shown_as_it_is_now() {
        assert_eq!(marked("a  b\nc\n", "a b c\n"), "a b c\n");
    }

    #[test]
    fn marks_do_not_go_over_the_end_of_a_line() {
        assert_eq!(marked("a\n", "a\nb c\n  d\n"), "a\n{+b c+}\n  {+d+}\n");
    }
}
