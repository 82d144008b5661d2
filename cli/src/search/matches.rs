//! What a search finds.

use muse_wire::path::RepoPath;

/// What was found in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileMatches {
    /// The file.
    pub path: RepoPath,
    /// What was found.
    pub matches: Matches,
}

/// What was found in a file, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matches {
    /// These lines match.
    Lines(Vec<FoundLine>),
    /// The file is binary, and something in it matches.
    Binary,
}

/// A line that matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundLine {
    /// Its number, counted from one.
    pub number: u64,
    /// Its bytes, without the line feed.
    pub text: Vec<u8>,
}
