//! What is searched for.

use std::io;

use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder, Sink, SinkMatch};

use super::matches::{FoundLine, Matches};

/// As git does it: bytes with a NUL this early are binary.
const BINARY_PROBE_BYTES: usize = 8000;

/// How a pattern is meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PatternOptions {
    /// Whether capital letters and small ones are alike.
    pub ignore_case: bool,
    /// Whether only whole words count.
    pub words: bool,
    /// Whether the pattern is plain text and no regular expression.
    pub fixed: bool,
    /// Whether the first line that matches is enough.
    pub first_only: bool,
}

/// Patterns of which one has to match.
#[derive(Debug, Clone)]
pub struct Pattern {
    matcher: RegexMatcher,
    first_only: bool,
}

/// A pattern that is no regular expression.
#[derive(Debug, thiserror::Error)]
#[error("the pattern is no regular expression")]
pub struct PatternError(#[source] grep_regex::Error);

impl Pattern {
    /// A pattern that matches where one of `patterns` does.
    ///
    /// # Errors
    /// If one is no regular expression.
    pub fn new(patterns: &[String], options: PatternOptions) -> Result<Self, PatternError> {
        let matcher = RegexMatcherBuilder::new()
            .case_insensitive(options.ignore_case)
            .word(options.words)
            .fixed_strings(options.fixed)
            .multi_line(true)
            .line_terminator(Some(b'\n'))
            .build_many(patterns)
            .map_err(PatternError)?;
        Ok(Self {
            matcher,
            first_only: options.first_only,
        })
    }

    /// What matches in a file; `None` if nothing does.
    pub(super) fn search(&self, contents: &[u8]) -> Option<Matches> {
        let probe = &contents[..contents.len().min(BINARY_PROBE_BYTES)];
        let is_binary = probe.contains(&0);
        let mut found = Collected {
            lines: Vec::new(),
            first_only: self.first_only || is_binary,
        };
        let searched = searcher().search_slice(&self.matcher, contents, &mut found);
        searched.expect("neither bytes in memory nor their matches fail");
        match found.lines {
            lines if lines.is_empty() => None,
            _ if is_binary => Some(Matches::Binary),
            lines => Some(Matches::Lines(lines)),
        }
    }
}

fn searcher() -> Searcher {
    SearcherBuilder::new()
        .line_number(true)
        .binary_detection(BinaryDetection::none())
        .bom_sniffing(false)
        .build()
}

/// Keeps the lines that match.
struct Collected {
    lines: Vec<FoundLine>,
    first_only: bool,
}

impl Sink for Collected {
    type Error = io::Error;

    fn matched(&mut self, _searcher: &Searcher, found: &SinkMatch<'_>) -> io::Result<bool> {
        let first = found.line_number().unwrap_or(1);
        for (number, line) in (first..).zip(found.lines()) {
            let text = line.strip_suffix(b"\n").unwrap_or(line).to_vec();
            self.lines.push(FoundLine { number, text });
        }
        Ok(!self.first_only)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(patterns: &[&str], options: PatternOptions, text: &str) -> Vec<u64> {
        let patterns: Vec<String> = patterns.iter().map(|&text| text.to_owned()).collect();
        let pattern = Pattern::new(&patterns, options).expect("valid");
        match pattern.search(text.as_bytes()) {
            Some(Matches::Lines(lines)) => lines.iter().map(|line| line.number).collect(),
            Some(Matches::Binary) => vec![0],
            None => Vec::new(),
        }
    }

    #[test]
    fn lines_match_in_the_way_that_is_asked_for() {
        let text = "one\nTwo words\na.b\naxb\ntwofold\n";
        let plain = PatternOptions::default();
        assert_eq!(numbers(&["^o", "d$"], plain, text), [1, 5]);
        assert_eq!(numbers(&["a.b"], plain, text), [3, 4]);
        assert_eq!(numbers(&["e.T"], plain, text), [0; 0], "a line is a line");
        let fixed = PatternOptions {
            fixed: true,
            ..plain
        };
        assert_eq!(numbers(&["a.b"], fixed, text), [3]);
        let ignore_case = PatternOptions {
            ignore_case: true,
            ..plain
        };
        assert_eq!(numbers(&["two"], ignore_case, text), [2, 5]);
        let words = PatternOptions {
            words: true,
            ..ignore_case
        };
        assert_eq!(numbers(&["two"], words, text), [2]);
        let first_only = PatternOptions {
            first_only: true,
            ..plain
        };
        assert_eq!(numbers(&["w"], first_only, text), [2]);
    }

    #[test]
    fn binary_files_have_no_lines() {
        let plain = PatternOptions::default();
        assert_eq!(numbers(&["x"], plain, "a\0\nx\nx\n"), [0]);
        assert_eq!(numbers(&["y"], plain, "a\0\nx\nx\n"), [0; 0]);
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        let plain = PatternOptions::default();
        assert!(Pattern::new(&["(".to_owned()], plain).is_err());
        let fixed = PatternOptions {
            fixed: true,
            ..plain
        };
        assert!(Pattern::new(&["(".to_owned()], fixed).is_ok());
    }
}
