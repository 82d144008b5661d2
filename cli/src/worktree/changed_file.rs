//! A file that differs from a snapshot.

use std::path::Path;

use muse_wire::id::ObjectId;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::Entry;

use super::error::{Result, WorktreeError};
use super::file;
use crate::repository::FileStat;

/// A file that differs, or may differ, from what the snapshot has at its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFile {
    /// Where.
    pub path: RepoPath,
    /// What the snapshot has there.
    pub before: Option<Entry>,
    /// What the file system says of it now; `None` if it is gone.
    pub stat: Option<FileStat>,
    /// The object that it holds; `None` if it is gone, or was not read yet.
    pub object: Option<ObjectId>,
}

impl ChangedFile {
    /// What is there now; `None` if it is gone, or was not read yet.
    pub fn after(&self) -> Option<Entry> {
        let (stat, object) = (self.stat?, self.object?);
        Some(Entry {
            kind: stat.kind,
            object,
        })
    }

    /// Whether the file must be read before anything can be said about it.
    pub(super) fn is_unread(&self) -> bool {
        self.stat.is_some() && self.object.is_none()
    }

    /// Hashes the file. One that has gone in the meantime counts as gone.
    pub(super) fn hash(&mut self, root: &Path) -> Result<()> {
        let Some(stat) = self.stat else {
            return Ok(());
        };
        let path = root.join(self.path.as_str());
        match file::hash(&path, stat.kind) {
            Ok(object) => self.object = Some(object),
            Err(error) if file::is_absent(&error) => self.stat = None,
            Err(error) => return Err(WorktreeError::reading(&path)(error)),
        }
        Ok(())
    }
}
