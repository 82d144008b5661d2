//! Differences between two versions of a file, in the form that people read and `git apply` and `patch` take.
//!
//! Contents come in as bytes; where from is the caller's business.

mod hunks;
mod patch;
mod summary;

use muse_wire::id::ObjectId;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::EntryKind;

pub use patch::write_patch;
pub use summary::{LineCounts, line_counts, write_summary};

/// Contents above this many bytes are shown as binary: nobody reads such a diff.
pub const MAX_SHOWN_BYTES: u64 = 16 * 1024 * 1024;

/// As git does it: contents with a NUL byte this early are binary.
const BINARY_PROBE_BYTES: usize = 8000;

/// One path that differs.
#[derive(Debug, Clone)]
pub struct Difference {
    /// Where.
    pub path: RepoPath,
    /// What was there.
    pub before: Option<Side>,
    /// What is there now.
    pub after: Option<Side>,
}

/// One version of a file.
#[derive(Debug, Clone)]
pub struct Side {
    /// File, executable or link.
    pub kind: EntryKind,
    /// The contents' id.
    pub object: ObjectId,
    /// The contents, or a link's target; `None` above [`MAX_SHOWN_BYTES`].
    pub contents: Option<Vec<u8>>,
}

impl Side {
    /// The contents, where they are text.
    fn text(&self) -> Option<&[u8]> {
        let contents = self.contents.as_deref()?;
        let probe = &contents[..contents.len().min(BINARY_PROBE_BYTES)];
        (!probe.contains(&0)).then_some(contents)
    }
}

impl Difference {
    /// Both sides as text, a missing one as empty; `None` where one is binary.
    fn texts(&self) -> Option<(&[u8], &[u8])> {
        let before = self.before.as_ref().map_or(Some(&[][..]), Side::text)?;
        let after = self.after.as_ref().map_or(Some(&[][..]), Side::text)?;
        Some((before, after))
    }
}
