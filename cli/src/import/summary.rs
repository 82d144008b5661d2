//! What an import did.

use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use crate::repository::Head;

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// Commits that were not here before.
    pub commits: u64,
    /// Objects that were not here before.
    pub objects: u64,
    /// Their bytes.
    pub object_bytes: u64,
    /// Objects that git has as LFS pointers, those that were here before included.
    pub lfs_files: u64,
    /// Branches and tags that moved or were created.
    pub moved: Vec<RefName>,
    /// Branches and tags that were left where they are, because they have moved here too.
    pub refused: Vec<RefName>,
    /// Where git's `HEAD` points, if that was imported.
    pub head: Option<Head>,
    /// The commit that was current before.
    pub previous_commit: Option<CommitId>,
    /// What git holds and this repository cannot, one sentence each.
    pub warnings: Vec<String>,
}
