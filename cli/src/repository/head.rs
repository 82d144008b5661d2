//! `HEAD`: the current branch, or a commit on its own.

use std::fmt;

use muse_wire::id::CommitId;
use muse_wire::name::RefName;
use serde::{Deserialize, Serialize};

/// Where `HEAD` points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Head {
    /// A branch, which may have no commits yet.
    Branch(RefName),
    /// A commit, without a branch that would move.
    Detached(CommitId),
}

/// `HEAD` at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadState {
    /// Where it pointed.
    pub head: Head,
    /// The commit that it named; `None` on a branch without commits.
    pub commit: Option<CommitId>,
}

impl Head {
    /// Reads what [`fmt::Display`] writes; `None` if it is neither a branch nor a commit.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.parse() {
            Ok(commit) => Some(Self::Detached(commit)),
            Err(_) => RefName::new(text)
                .ok()
                .filter(|name| name.as_branch().is_some())
                .map(Self::Branch),
        }
    }
}

/// The branch's full name, or the commit's id.
impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Branch(name) => name.fmt(f),
            Self::Detached(commit) => commit.fmt(f),
        }
    }
}

impl From<Head> for String {
    fn from(head: Head) -> Self {
        head.to_string()
    }
}

impl TryFrom<String> for Head {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("neither a branch nor a commit")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_as_they_are_written() {
        for head in [
            Head::Branch(RefName::branch("topic/ä").expect("valid")),
            Head::Detached(CommitId::from_bytes([7; 32])),
        ] {
            assert_eq!(Head::parse(&head.to_string()), Some(head));
        }
        for text in ["", "main", "refs/tags/v1", "refs/heads/../x", "sha256:12"] {
            assert_eq!(Head::parse(text), None, "{text:?}");
        }
    }
}
