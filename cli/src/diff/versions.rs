//! Reading both versions of a file that differs.

use muse_wire::id::ObjectId;
use muse_wire::snapshot::Entry;

use super::changes::PathChange;
use super::file_diff::{Contents, FileDiff, FileVersion};
use crate::repository::{ObjectReader, Repository, RepositoryError};
use crate::worktree::{WorktreeError, read_file};

/// Files with more bytes than this are shown as binary: nobody reads such a diff.
const MAX_SHOWN_BYTES: u64 = 16 * 1024 * 1024;

/// Where the new version of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewVersion {
    /// Stored in the repository.
    Stored,
    /// In the work tree.
    Worktree,
}

/// Reads both versions of files; the old one is stored in the repository.
pub struct VersionReader<'a> {
    repository: &'a Repository,
    objects: ObjectReader<'a>,
    new_version: NewVersion,
}

impl<'a> VersionReader<'a> {
    /// Reads from the repository and its work tree.
    pub fn new(repository: &'a Repository, new_version: NewVersion) -> Self {
        Self {
            repository,
            objects: repository.objects.object_reader(),
            new_version,
        }
    }

    /// Both versions of a file.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn read(&self, change: &PathChange) -> Result<FileDiff, WorktreeError> {
        let before = match change.before {
            Some(entry) => Some(version(entry, self.stored(&entry.object)?)),
            None => None,
        };
        let after = match change.after {
            Some(entry) => Some(version(entry, self.new_bytes(change, entry)?)),
            None => None,
        };
        Ok(FileDiff {
            path: change.path.clone(),
            renamed_from: change.renamed_from.clone(),
            before,
            after,
        })
    }

    fn new_bytes(&self, change: &PathChange, entry: Entry) -> Result<Contents, WorktreeError> {
        match self.new_version {
            NewVersion::Stored => Ok(self.stored(&entry.object)?),
            NewVersion::Worktree => {
                let root = self.repository.layout.root();
                let bytes = read_file(root, &change.path, entry.kind, MAX_SHOWN_BYTES)?;
                Ok(bytes.map_or(Contents::TooMany, Contents::Bytes))
            }
        }
    }

    /// An object's bytes.
    fn stored(&self, id: &ObjectId) -> Result<Contents, RepositoryError> {
        match self.repository.objects.object_length(id)? {
            Some(length) if length > MAX_SHOWN_BYTES => Ok(Contents::TooMany),
            _ => match self.objects.read(id) {
                Err(RepositoryError::Withheld { reason, .. }) => Ok(Contents::Withheld(reason)),
                read => read.map(Contents::Bytes),
            },
        }
    }
}

const fn version(entry: Entry, contents: Contents) -> FileVersion {
    FileVersion {
        kind: entry.kind,
        object: entry.object,
        contents,
    }
}
