//! All refs in one file, so that several move atomically.

use std::collections::BTreeMap;

use muse_wire::id::CommitId;
use muse_wire::name::RefName;

/// All refs at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refs {
    commits: BTreeMap<RefName, CommitId>,
}

impl Refs {
    /// The commit that a ref names.
    pub fn get(&self, name: &RefName) -> Option<CommitId> {
        self.commits.get(name).copied()
    }

    /// All refs, ascending by name.
    pub fn iter(&self) -> impl Iterator<Item = (&RefName, CommitId)> {
        self.commits.iter().map(|(name, &commit)| (name, commit))
    }

    /// The refs whose names start with `prefix`, such as `refs/heads/` or `refs/remotes/origin/`.
    pub fn with_prefix(&self, prefix: &str) -> impl Iterator<Item = (&RefName, CommitId)> {
        self.iter()
            .filter(move |(name, _)| name.as_str().starts_with(prefix))
    }
}

/// What an edit expects to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Whatever there is.
    Any,
    /// No such ref.
    Absent,
    /// Exactly this commit.
    Is(CommitId),
}

/// One ref's move, creation or removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefEdit {
    /// The ref.
    pub name: RefName,
    /// What it must be now.
    pub expected: Expected,
    /// What it is to be; `None` removes it.
    pub new: Option<CommitId>,
}
