//! Both versions of one file.

use muse_wire::id::ObjectId;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::EntryKind;

/// As git does it: bytes with a NUL this early are binary.
const BINARY_PROBE_BYTES: usize = 8000;

/// A file with what it was and what it is.
#[derive(Debug, Clone)]
pub struct FileDiff {
    /// Where.
    pub path: RepoPath,
    /// What was there.
    pub before: Option<FileVersion>,
    /// What is there now.
    pub after: Option<FileVersion>,
}

/// One version of a file.
#[derive(Debug, Clone)]
pub struct FileVersion {
    /// File, executable or link.
    pub kind: EntryKind,
    /// The id of its bytes.
    pub object: ObjectId,
    /// Its bytes, or a link's target; `None` if they are too many to be shown, or
    /// withheld.
    pub bytes: Option<Vec<u8>>,
}

impl FileVersion {
    /// The bytes, where they are text.
    fn text(&self) -> Option<&[u8]> {
        let bytes = self.bytes.as_deref()?;
        let probe = &bytes[..bytes.len().min(BINARY_PROBE_BYTES)];
        (!probe.contains(&0)).then_some(bytes)
    }
}

impl FileDiff {
    /// Both versions as text, a missing one as empty; `None` if one is binary.
    pub(super) fn texts(&self) -> Option<(&[u8], &[u8])> {
        let before = self
            .before
            .as_ref()
            .map_or(Some(&[][..]), FileVersion::text)?;
        let after = self
            .after
            .as_ref()
            .map_or(Some(&[][..]), FileVersion::text)?;
        Some((before, after))
    }
}
