//! Commits by who made them.

use std::collections::BTreeMap;

use super::log::{LogError, Logged};

/// The commits of one author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorCommits {
    /// The author's name, with the e-mail address where authors are told apart by it.
    pub author: String,
    /// The subjects of the commits, oldest first.
    pub subjects: Vec<String>,
}

/// Groups the commits of a log by author, ascending by name; `with_email` tells authors of one name
/// apart by their addresses.
///
/// # Errors
/// Whatever the log gives.
pub fn by_author(
    log: impl Iterator<Item = Result<Logged, LogError>>,
    with_email: bool,
) -> Result<Vec<AuthorCommits>, LogError> {
    let mut subjects: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for logged in log {
        let commit = logged?.commit;
        let subject = commit.subject().to_owned();
        let author = match with_email {
            true => format!("{} <{}>", commit.author.name, commit.author.email),
            false => commit.author.name,
        };
        subjects.entry(author).or_default().push(subject);
    }
    let authors = subjects.into_iter().map(|(author, mut subjects)| {
        subjects.reverse();
        AuthorCommits { author, subjects }
    });
    Ok(authors.collect())
}
