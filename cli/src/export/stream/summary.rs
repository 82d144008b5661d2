//! What a stream holds.

use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use crate::export::summary::LeftRef;

/// What a stream holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamSummary {
    /// Commits.
    pub commits: u64,
    /// Files, LFS pointers aside.
    pub objects: u64,
    /// LFS pointers: a stream has no place for what they stand for.
    pub lfs_pointers: u64,
    /// Branches and tags.
    pub refs: Vec<RefName>,
    /// Branches and tags that were left out.
    pub left: Vec<LeftRef>,
    /// Imported commits and tags that will be others in git, so far as they say why. What git had
    /// in trees and a snapshot cannot hold, such as directories without files and another order,
    /// they do not say.
    pub lost: Vec<StreamLoss>,
}

/// An imported commit, or annotated tag, that will be another one in git.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamLoss {
    /// The commit here.
    pub commit: CommitId,
    /// What it was in git, in hexadecimal.
    pub was: String,
    /// What it said there that a stream cannot say, such as `gpgsig`.
    pub lost: Vec<String>,
    /// Whether a commit that it builds on will be another one.
    pub is_inherited: bool,
}
