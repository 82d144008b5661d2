//! What a merge knows before it asks which files moved.

use std::collections::BTreeMap;

use muse_wire::path::RepoPath;

/// What a merge knows of the files that one side removed.
#[derive(Debug, Default)]
pub(crate) struct MergeHints {
    /// The removed files whose new place matters.
    pub(crate) sources: BTreeMap<RepoPath, SourceRelevance>,
    /// The directories that the side does not have any more.
    pub(crate) directories: BTreeMap<String, DirectoryRelevance>,
}

/// Why it matters where a file went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SourceRelevance {
    /// The other side changed it.
    Contents,
    /// It tells where its directory went.
    Location,
}

/// Whether it matters where a directory went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DirectoryRelevance {
    /// It does not.
    None,
    /// Only for what a directory above it became.
    ForAncestor,
    /// The other side has new files in it.
    ForSelf,
}
