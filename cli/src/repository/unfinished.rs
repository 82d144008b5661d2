//! An operation that stopped in the middle: a merge, cherry-pick, revert or rebase with a conflict
//! that a person has to settle.
//!
//! It is a line of the refs file, so that it begins, goes on and ends in the same step in which
//! `HEAD` moves.

use std::collections::BTreeSet;
use std::fmt;

use muse_wire::id::CommitId;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::Entry;
use serde::{Deserialize, Serialize};

use super::head::HeadState;

/// An operation that stopped in the middle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfinished {
    /// What it does.
    pub action: Action,
    /// `HEAD` before it began, where aborting goes back to.
    pub start: HeadState,
    /// The commit that the next one is made on.
    pub tip: CommitId,
    /// A commit on no branch: what was merged, conflicts and all. The same as `tip` where nothing
    /// is to be settled.
    pub merged: CommitId,
    /// As `merged`, with the versions that were taken since where one side was. Its files were
    /// written into the work tree.
    pub shown: CommitId,
    /// Whether its files have all been written.
    pub is_written: bool,
    /// The commits that are still to be applied, the next one first. Where the operation stopped at
    /// a conflict, the first one is in the work tree.
    pub steps: Vec<CommitId>,
    /// For each step with several parents, the number of the one that its changes are against.
    pub mainline: Option<usize>,
    /// What the commit will say, where it is not what the applied one says.
    pub message: Option<String>,
    /// What is to be settled, ascending by path.
    pub conflicts: Vec<UnsettledPath>,
    /// New files that were there when it stopped, and are no part of it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub left_alone: BTreeSet<RepoPath>,
}

/// What an unfinished operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It merges the step into the current branch.
    Merge,
    /// It makes the merge's changes without its parents.
    SquashMerge,
    /// It makes the steps' changes again.
    CherryPick,
    /// It takes the steps' changes back.
    Revert,
    /// It makes the steps' changes again, on top of another commit.
    Rebase,
    /// It brings stashed changes back into the work tree; nothing is committed.
    Stash,
}

/// A path that people have to decide on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnsettledPath {
    /// Where.
    pub path: RepoPath,
    /// What is in conflict, in few words.
    pub conflict: String,
    /// Whether the file holds both versions between markers. It is settled once they are gone.
    pub has_markers: bool,
    /// Whether people have said that it is settled.
    #[serde(default)]
    pub is_settled: bool,
    /// What the branch has there.
    pub ours: Option<Entry>,
    /// What the other side has there.
    pub theirs: Option<Entry>,
    /// Where the file belongs, if that is not `path`. Conflicts that belong at one path are about
    /// the same thing.
    pub belongs_at: Option<RepoPath>,
}

impl Unfinished {
    /// The commits without which it could not go on or back.
    pub(super) fn commits(&self) -> impl Iterator<Item = CommitId> {
        let start = self.start.commit.into_iter();
        let steps = self.steps.iter().copied();
        start
            .chain([self.tip, self.merged, self.shown])
            .chain(steps)
    }
}

impl Action {
    /// The command that begins it, goes on with it or aborts it.
    pub const fn command(self) -> &'static str {
        match self {
            Self::Merge | Self::SquashMerge => "merge",
            Self::CherryPick => "cherry-pick",
            Self::Revert => "revert",
            Self::Rebase => "rebase",
            Self::Stash => "stash pop",
        }
    }
}

/// What people call it: its command.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.command())
    }
}
