//! What could not be merged.

use std::fmt;

use muse_wire::path::RepoPath;
use muse_wire::snapshot::Entry;

/// A path at which both sides cannot have their way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Where.
    pub path: RepoPath,
    /// In what way.
    pub kind: ConflictKind,
    /// What the base has. As the other versions, it may be from another path where files moved.
    pub base: Option<Entry>,
    /// What we have.
    pub ours: Option<Entry>,
    /// What they have.
    pub theirs: Option<Entry>,
    /// Where the file belongs that stands at `path` only because something else has its place, or
    /// because its directory moved. Conflicts that belong at one path are about the same thing.
    pub belongs_at: Option<RepoPath>,
}

/// In what way two sides conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConflictKind {
    /// Both changed the same lines.
    Content,
    /// Both added a file here.
    BothAdded,
    /// Both changed a file that is no text, is too large, or cannot be read here.
    Binary,
    /// We deleted what they changed.
    DeletedByUs,
    /// They deleted what we changed.
    DeletedByThem,
    /// One made it executable and the other did not.
    Mode,
    /// Both changed where the link leads.
    Symlink,
    /// One has a link here and the other a file.
    DifferentTypes,
    /// Both moved it, to different places.
    RenamedTwice,
    /// One moved it, the other deleted it.
    RenamedAndDeleted,
    /// One put it into a directory that the other moved. It is where the directory went.
    DirectoryRenamed,
    /// One has a file where the other has a directory; the file makes way.
    FileAndDirectory,
}

impl Conflict {
    /// The versions that there are.
    pub fn versions(&self) -> impl Iterator<Item = Entry> {
        [self.base, self.ours, self.theirs].into_iter().flatten()
    }
}

impl fmt::Display for ConflictKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Content => "both changed",
            Self::BothAdded => "both added",
            Self::Binary => "both changed, not text",
            Self::DeletedByUs => "deleted by us",
            Self::DeletedByThem => "deleted by them",
            Self::Mode => "both changed the mode",
            Self::Symlink => "both changed the link",
            Self::DifferentTypes => "a link and a file",
            Self::RenamedTwice => "renamed differently",
            Self::RenamedAndDeleted => "renamed and deleted",
            Self::DirectoryRenamed => "in a renamed directory",
            Self::FileAndDirectory => "a file and a directory",
        })
    }
}
