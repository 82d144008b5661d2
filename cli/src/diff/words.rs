//! Changed words within lines: `[-old-]{+new+}`.
//!
//! Only words count: what differs in white space alone is shown as it is now.

use std::hash::{Hash, Hasher};
use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput};

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

/// The new text with the words marked that were removed and added.
pub(super) fn mark_words(before: &[u8], after: &[u8]) -> Vec<u8> {
    let (before, _) = words(before);
    let (after, end) = words(after);
    let mut input = InternedInput::default();
    input.update_before(before.iter().copied());
    input.update_after(after.iter().copied());
    let diff = Diff::compute(Algorithm::Histogram, &input);
    let mut marked = Vec::new();
    let mut at = 0;
    for hunk in diff.hunks() {
        for word in &after[at..hunk.after.start as usize] {
            marked.extend_from_slice(word.white_space);
            marked.extend_from_slice(word.word);
        }
        let removed = &before[as_range(&hunk.before)];
        let added = &after[as_range(&hunk.after)];
        let first = added.first().or(removed.first());
        marked.extend_from_slice(first.map_or(&[][..], |word| word.white_space));
        mark(&mut marked, removed, REMOVED);
        mark(&mut marked, added, ADDED);
        at = hunk.after.end as usize;
    }
    for word in &after[at..] {
        marked.extend_from_slice(word.white_space);
        marked.extend_from_slice(word.word);
    }
    marked.extend_from_slice(end);
    marked
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
fn mark(marked: &mut Vec<u8>, words: &[Word<'_>], (open, close): (&[u8], &[u8])) {
    for (number, word) in words.iter().enumerate() {
        if number == 0 {
            marked.extend_from_slice(open);
        } else if word.white_space.contains(&b'\n') {
            marked.extend_from_slice(close);
            marked.extend_from_slice(word.white_space);
            marked.extend_from_slice(open);
        } else {
            marked.extend_from_slice(word.white_space);
        }
        marked.extend_from_slice(word.word);
    }
    if !words.is_empty() {
        marked.extend_from_slice(close);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(before: &str, after: &str) -> String {
        let marked = mark_words(before.as_bytes(), after.as_bytes());
        String::from_utf8(marked).expect("text in, text out")
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
