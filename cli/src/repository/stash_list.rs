//! The stash, `.muse/stash`: commits on no branch that hold changes which were put aside.
//!
//! The file is JSON, `{"version": 1, "stashes": […]}`, the newest first, and missing where nothing
//! is put aside.

use std::path::{Path, PathBuf};

use muse_wire::id::CommitId;
use serde::{Deserialize, Serialize};

use super::durable::Durability;
use super::error::Result;
use super::layout::Layout;
use super::list_file;

/// The list in the file.
#[derive(Default, Serialize, Deserialize)]
struct List {
    stashes: Vec<CommitId>,
}

/// The file that lists the stashes.
#[derive(Debug)]
pub struct StashStore {
    path: PathBuf,
}

impl StashStore {
    pub(super) fn new(layout: &Layout) -> Self {
        Self {
            path: layout.stash.clone(),
        }
    }

    /// The commits that hold stashed changes, the newest first.
    ///
    /// # Errors
    /// If the file cannot be read or is damaged.
    pub fn read(&self) -> Result<Vec<CommitId>> {
        let List { stashes } = list_file::read(&self.path)?;
        Ok(stashes)
    }
}

/// Replaces the list at `path`.
pub(super) fn write(stashes: Vec<CommitId>, path: &Path, temporary: &Path) -> Result<()> {
    if stashes.is_empty() {
        return list_file::remove(path);
    }
    list_file::write(List { stashes }, path, temporary, Durability::Synced)
}
