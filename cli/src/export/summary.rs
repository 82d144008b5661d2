//! What an export did.

use muse_wire::id::CommitId;
use muse_wire::name::RefName;

/// What an export did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportSummary {
    /// Commits that git did not have from here.
    pub commits: u64,
    /// Objects that git did not have.
    pub objects: u64,
    /// Files that were put into git's local store, for LFS pointers among them.
    pub lfs_files: u64,
    /// Bytes of the pack that they are in.
    pub pack_bytes: u64,
    /// Branches and tags that moved or were created.
    pub moved: Vec<RefName>,
    /// Branches and tags that were left where they are.
    pub left: Vec<LeftRef>,
    /// Imported commits and tags that are others in git now.
    pub changed: Vec<ChangedId>,
}

/// A branch or tag that was left where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftRef {
    /// Its name.
    pub name: RefName,
    /// Why.
    pub reason: LeftReason,
}

/// Why a branch or tag was left where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftReason {
    /// Git has something there that the commit here does not build on.
    Diverged,
    /// It is checked out in git's work tree.
    CheckedOut,
    /// Git does not take the name.
    Name,
}

/// An imported commit, or annotated tag, that is another one in git now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedId {
    /// The commit here.
    pub commit: CommitId,
    /// What it was in git, in hexadecimal.
    pub was: String,
    /// What it is, in hexadecimal.
    pub is: String,
    /// Whether it is another one only because a commit is that it builds on.
    pub is_inherited: bool,
}
