//! What is known of one path during a merge.

use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Entry, EntryKind};

use super::conflict::ConflictKind;
use super::labels::Labels;

/// Index of the base's version.
pub(super) const BASE: usize = 0;
/// Index of our version.
pub(super) const OURS: usize = 1;
/// Index of their version.
pub(super) const THEIRS: usize = 2;

/// One of both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Ours,
    Theirs,
}

impl Side {
    /// Both, ours first.
    pub(super) const BOTH: [Self; 2] = [Self::Ours, Self::Theirs];

    pub(super) const fn other(self) -> Self {
        match self {
            Self::Ours => Self::Theirs,
            Self::Theirs => Self::Ours,
        }
    }

    /// The index of its version.
    pub(super) const fn index(self) -> usize {
        match self {
            Self::Ours => OURS,
            Self::Theirs => THEIRS,
        }
    }

    /// What the side is called where its label cannot be used.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Theirs => "theirs",
        }
    }

    /// What the side is called.
    pub(super) const fn label<'a>(self, labels: &Labels<'a>) -> &'a str {
        match self {
            Self::Ours => labels.ours,
            Self::Theirs => labels.theirs,
        }
    }
}

/// Which versions were the same before files moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    /// All differ, or are missing.
    None,
    /// Only this side changed something.
    ChangedBy(Side),
    /// Both sides did the same.
    Sides,
}

/// A path that is not settled at first sight.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// What stands there: in the base, with us, with them.
    pub(super) versions: [Option<Entry>; 3],
    /// Where a version comes from that stood at another path.
    pub(super) origins: [Option<RepoPath>; 3],
    pub(super) matching: Match,
    /// A conflict whatever the contents are.
    pub(super) problem: Option<ConflictKind>,
    /// It has moved elsewhere and is no more.
    pub(super) is_moved: bool,
}

impl Item {
    pub(super) fn new(versions: [Option<Entry>; 3]) -> Self {
        let is_same =
            |one: usize, other: usize| versions[one].is_some() && versions[one] == versions[other];
        let matching = if is_same(BASE, OURS) {
            Match::ChangedBy(Side::Theirs)
        } else if is_same(BASE, THEIRS) {
            Match::ChangedBy(Side::Ours)
        } else if is_same(OURS, THEIRS) {
            Match::Sides
        } else {
            Match::None
        };
        Self {
            versions,
            origins: [None, None, None],
            matching,
            problem: None,
            is_moved: false,
        }
    }

    /// Where the side has it that alone has it; `path` if that is both or neither.
    pub(super) fn place_of_origin<'a>(&'a self, path: &'a RepoPath) -> &'a RepoPath {
        let index = match (self.has(OURS), self.has(THEIRS)) {
            (true, false) => OURS,
            (false, true) => THEIRS,
            _ => return path,
        };
        self.origins[index].as_ref().unwrap_or(path)
    }

    /// Whether the version is there.
    pub(super) const fn has(&self, index: usize) -> bool {
        self.versions[index].is_some()
    }
}

/// Whether a link stands there. A file is of another type whether it is executable or not.
pub(super) fn is_link(entry: Entry) -> bool {
    entry.kind == EntryKind::Symlink
}
