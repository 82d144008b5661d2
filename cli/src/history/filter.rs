//! Which commits a log shows, by what they say of themselves.

use muse_wire::commit::Commit;
use regex::{Regex, RegexBuilder};

/// What a commit must be like; anything, unless set.
#[derive(Debug, Clone, Default)]
pub struct CommitFilter {
    /// One of these is found in `Name <e-mail>`.
    pub authors: Vec<Regex>,
    /// One of these is found in the message.
    pub messages: Vec<Regex>,
    /// Not older than this, in seconds since 1970.
    pub since: Option<i64>,
    /// Not younger than this, in seconds since 1970.
    pub until: Option<i64>,
    /// Whether it has more than one parent.
    pub is_merge: Option<bool>,
}

impl CommitFilter {
    /// Whether the commit is like that.
    pub fn accepts(&self, commit: &Commit) -> bool {
        let seconds = commit.committed_at.seconds;
        let is_found = |patterns: &[Regex], text: &str| {
            patterns.is_empty() || patterns.iter().any(|pattern| pattern.is_match(text))
        };
        self.since.is_none_or(|since| seconds >= since)
            && self.until.is_none_or(|until| seconds <= until)
            && self
                .is_merge
                .is_none_or(|is_merge| is_merge == (commit.parents.len() > 1))
            && (self.authors.is_empty()
                || is_found(
                    &self.authors,
                    &format!("{} <{}>", commit.author.name, commit.author.email),
                ))
            && is_found(&self.messages, &commit.message)
    }
}

/// A pattern for people's names and messages: `^` and `$` stand at every line.
///
/// # Errors
/// If it is no regular expression.
pub fn text_pattern(pattern: &str, ignore_case: bool) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern)
        .case_insensitive(ignore_case)
        .multi_line(true)
        .build()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use muse_wire::commit::{Author, Timestamp};
    use muse_wire::snapshot::Tree;

    use super::*;

    fn commit() -> Commit {
        Commit {
            parents: Vec::new(),
            snapshot: Tree::empty().id(),
            author: Author {
                name: "Ada".to_owned(),
                email: "ada@example.com".to_owned(),
            },
            committed_at: Timestamp {
                seconds: 100,
                offset_minutes: 0,
            },
            message: "Fix the lamp\n\nIt was dark.\n".to_owned(),
            metadata: BTreeMap::new(),
            delta_digest: None,
            signers: Vec::new(),
        }
    }

    fn patterns(patterns: &[&str], ignore_case: bool) -> Vec<Regex> {
        let compiled = patterns
            .iter()
            .map(|pattern| text_pattern(pattern, ignore_case).expect("valid"));
        compiled.collect()
    }

    #[test]
    fn each_condition_must_hold() {
        let accepts = |filter: CommitFilter| filter.accepts(&commit());
        assert!(accepts(CommitFilter::default()));
        for (patterns, is_accepted) in [
            (patterns(&["^Ada <"], false), true),
            (patterns(&["Bob", "ada@"], false), true),
            (patterns(&["ADA"], false), false),
            (patterns(&["ADA"], true), true),
        ] {
            let filter = CommitFilter {
                authors: patterns,
                ..CommitFilter::default()
            };
            assert_eq!(accepts(filter), is_accepted);
        }
        for (pattern, is_accepted) in [("^It was", true), ("lamp$", true), ("light", false)] {
            let filter = CommitFilter {
                messages: patterns(&[pattern], false),
                ..CommitFilter::default()
            };
            assert_eq!(accepts(filter), is_accepted, "{pattern}");
        }
        for (since, until, is_accepted) in [
            (Some(100), Some(100), true),
            (Some(101), None, false),
            (None, Some(99), false),
        ] {
            let filter = CommitFilter {
                since,
                until,
                ..CommitFilter::default()
            };
            assert_eq!(accepts(filter), is_accepted);
        }
        for is_merge in [true, false] {
            let filter = CommitFilter {
                is_merge: Some(is_merge),
                ..CommitFilter::default()
            };
            assert_eq!(accepts(filter), !is_merge);
        }
    }
}
