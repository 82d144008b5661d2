//! `HEAD`: the current branch, or a commit on its own.

use std::fmt;
use std::fs;
use std::path::Path;

use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::durable::{self, Durability};
use super::error::{RepositoryError, Result};

/// What precedes the name if `HEAD` is a branch.
const BRANCH_PREFIX: &str = "ref: ";

/// Where `HEAD` points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// A branch, which may have no commits yet.
    Branch(RefName),
    /// A commit, without a branch that would move.
    Detached(CommitId),
}

impl Head {
    pub(super) fn write(&self, path: &Path, temporary: &Path) -> Result<()> {
        let text = format!("{self}\n");
        durable::replace(path, text.as_bytes(), temporary, Durability::Synced)
    }

    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(RepositoryError::storage("read", path))?;
        let line = text.trim_end();
        let head = match line.strip_prefix(BRANCH_PREFIX) {
            Some(name) => RefName::new(name).ok().map(Self::Branch),
            None => line.parse().ok().map(Self::Detached),
        };
        head.ok_or_else(|| {
            RepositoryError::damaged(path, format!("{line:?} is neither a branch nor a commit"))
        })
    }
}

/// As the file holds it, without the line's end.
impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Branch(name) => write!(f, "{BRANCH_PREFIX}{name}"),
            Self::Detached(commit) => commit.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_survive_the_file_and_damage_is_named() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("HEAD");
        for head in [
            Head::Branch(RefName::branch("topic/ä").expect("valid")),
            Head::Detached(CommitId::from_bytes([7; 32])),
        ] {
            fs::write(&path, format!("{head}\n")).expect("writes");
            assert_eq!(Head::read(&path).expect("reads"), head);
        }
        fs::write(&path, "ref: ../x\n").expect("writes");
        assert!(matches!(
            Head::read(&path),
            Err(RepositoryError::Damaged { .. })
        ));
    }
}
