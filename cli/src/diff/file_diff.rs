//! Both versions of one file.

use muse_wire::id::ObjectId;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::EntryKind;

use super::changes::RenamedFrom;

/// As git does it: bytes with a NUL this early are binary.
const BINARY_PROBE_BYTES: usize = 8000;

/// A file with what it was and what it is.
#[derive(Debug, Clone)]
pub struct FileDiff {
    /// Where.
    pub path: RepoPath,
    /// Where it was, unless it was there.
    pub renamed_from: Option<RenamedFrom>,
    /// What was there, or where it comes from.
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
    /// Its bytes.
    pub contents: Contents,
}

/// The bytes of a file, or a link's target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    /// They are here.
    Bytes(Vec<u8>),
    /// They are too many to be shown.
    TooMany,
    /// The server does not give them, for this reason.
    Withheld(String),
}

/// Which of both versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum VersionSide {
    /// What was there.
    Old,
    /// What is there now.
    New,
}

impl FileVersion {
    /// The bytes, where they are text.
    fn text(&self) -> Option<&[u8]> {
        let Contents::Bytes(bytes) = &self.contents else {
            return None;
        };
        (!is_binary(bytes)).then_some(bytes)
    }
}

/// Whether these are the contents of a binary file.
pub(crate) fn is_binary(contents: &[u8]) -> bool {
    contents[..contents.len().min(BINARY_PROBE_BYTES)].contains(&0)
}

impl FileDiff {
    /// The versions whose contents are withheld, the old one first, with the reasons.
    pub(super) fn withheld(&self) -> impl Iterator<Item = (VersionSide, &str)> {
        let versions = [
            (VersionSide::Old, &self.before),
            (VersionSide::New, &self.after),
        ];
        versions
            .into_iter()
            .filter_map(|(side, version)| match &version.as_ref()?.contents {
                Contents::Withheld(reason) => Some((side, reason.as_str())),
                _ => None,
            })
    }

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
