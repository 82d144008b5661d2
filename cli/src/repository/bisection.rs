//! What is known of a bisection, `.muse/bisect`, JSON. Without a bisection there is no file.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use muse_wire::id::CommitId;
use serde::{Deserialize, Serialize};

use super::durable::{self, Durability};
use super::error::{RepositoryError, Result};
use super::head::Head;
use super::layout::Layout;
use super::list_file;

/// What is known of a bisection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bisection {
    /// Where `HEAD` pointed before.
    pub start: Head,
    /// The oldest commit that is known to be bad.
    pub bad: Option<CommitId>,
    /// Commits that are known to be good.
    pub good: Vec<CommitId>,
    /// Commits that cannot be tried.
    pub skipped: Vec<CommitId>,
}

/// The file.
#[derive(Debug)]
pub struct BisectionStore {
    path: PathBuf,
}

impl BisectionStore {
    pub(super) fn new(layout: &Layout) -> Self {
        Self {
            path: layout.bisect.clone(),
        }
    }

    /// The bisection that is under way.
    ///
    /// # Errors
    /// If the file cannot be read or is damaged.
    pub fn read(&self) -> Result<Option<Bisection>> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(RepositoryError::storage("read", &self.path)(error)),
        };
        let read = serde_json::from_slice(&bytes);
        read.map(Some)
            .map_err(|error| RepositoryError::damaged(&self.path, error.to_string()))
    }
}

/// Replaces the file, or removes it.
pub(super) fn write(bisection: Option<&Bisection>, path: &Path, temporary: &Path) -> Result<()> {
    let Some(bisection) = bisection else {
        return list_file::remove(path);
    };
    let bytes = serde_json::to_vec(bisection).expect("ids and names always have a JSON form");
    durable::replace(path, &bytes, temporary, Durability::Synced)
}
