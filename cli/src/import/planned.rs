//! What an import plans: commits and changes, with paths and blobs by number.

use std::ops::Range;

use muse_wire::id::CommitId;
use muse_wire::limits::MAX_METADATA_VALUE_BYTES;
use muse_wire::snapshot::EntryKind;

use crate::git::{GIT_SUBMODULES, LfsPointer, LfsStore};

/// A commit that is to be imported.
pub(super) struct PlannedCommit {
    pub(super) id: gix::ObjectId,
    /// Each once, in git's order, in [`super::plan::Plan::parents`].
    pub(super) parents: Range<u32>,
    /// What it changed against its first parent, in [`super::plan::Plan::changes`].
    pub(super) changes: Range<usize>,
    /// For its metadata.
    pub(super) submodules: Option<Box<str>>,
    /// For its metadata.
    pub(super) modes: Option<Box<str>>,
    /// For its metadata.
    pub(super) lfs: Option<Box<str>>,
}

impl PlannedCommit {
    /// The metadata of a commit that changed submodules.
    pub(super) fn submodule_note(&self) -> Option<(String, String)> {
        let note = self.submodules.as_deref()?;
        // A longer note is cut after the last line that fits.
        let fits = note.floor_char_boundary(MAX_METADATA_VALUE_BYTES);
        let end = match note.len() > fits {
            true => note[..fits].rfind('\n').map_or(0, |line_end| line_end + 1),
            false => fits,
        };
        Some((GIT_SUBMODULES.to_owned(), note[..end].to_owned()))
    }
}

/// A parent of a commit that is to be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parent {
    /// It is imported too: its place in [`super::plan::Plan::commits`].
    New(u32),
    /// It is here.
    Known(CommitId),
}

/// A path that a commit changed.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlannedChange {
    /// Place in [`super::plan::Plan::paths`].
    pub(super) path: u32,
    /// Kind, and number of the contents: a place in [`super::plan::Plan::blobs`], or behind them in
    /// [`super::plan::Plan::lfs`]. None if the path is gone.
    pub(super) entry: Option<(EntryKind, u32)>,
}

/// Contents of a file.
#[derive(Clone, Copy)]
pub(super) enum PlannedContents<'a> {
    /// A blob of git.
    Blob(&'a gix::oid),
    /// What an LFS pointer stands for.
    Lfs(&'a LfsFile),
}

/// What the pointers of a plan stand for.
pub(super) struct LfsFiles {
    pub(super) store: LfsStore,
    /// Each once.
    pub(super) files: Vec<LfsFile>,
}

/// What a pointer stands for.
pub(super) struct LfsFile {
    pub(super) pointer: LfsPointer,
    /// Whether it was here before, and need not be read.
    pub(super) is_here: bool,
}
