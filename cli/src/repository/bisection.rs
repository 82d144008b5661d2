//! What is known of a bisection, `.muse/bisect`, JSON. Without a bisection there is no file.

use std::fmt;
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
    /// What was found out, the first finding first.
    pub findings: Vec<Finding>,
}

/// What was found out about a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The commit.
    pub commit: CommitId,
    /// What it is.
    pub verdict: Verdict,
}

/// What a commit is that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is not broken.
    Good,
    /// It is broken.
    Bad,
    /// It cannot be tried.
    Skip,
}

impl Bisection {
    /// The oldest commit that is known to be bad.
    pub fn bad(&self) -> Option<CommitId> {
        self.found_to_be(Verdict::Bad).pop()
    }

    /// The commits that were found to be this, the first finding first.
    pub fn found_to_be(&self, verdict: Verdict) -> Vec<CommitId> {
        let findings = self.findings.iter();
        let found = findings.filter(|finding| finding.verdict == verdict);
        found.map(|finding| finding.commit).collect()
    }
}

/// As the command says it.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Skip => "skip",
        })
    }
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
