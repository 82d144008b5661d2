//! The commits that are here without their parents, `.muse/shallow`: the history ends at them.
//!
//! A clone or fetch of a part of the history names them. What walks history takes a listed commit
//! for one without parents, so nothing asks for what is below it, and nothing misses it. The file
//! is JSON, `{"version": 1, "commits": […]}`, and missing where the history is whole. It is
//! replaced once a delivery is part of the repository, and before a ref leads to what came with it:
//! so a process that dies in between leaves a history that ends where it did. Listed commits that
//! are not here mean nothing.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use muse_wire::id::CommitId;
use serde::{Deserialize, Serialize};

use super::durable::Durability;
use super::error::Result;
use super::list_file;

/// The list in the file.
#[derive(Default, Serialize, Deserialize)]
struct List {
    commits: BTreeSet<CommitId>,
}

/// All commits that the file at `path` lists.
pub(super) fn read(path: &Path) -> Result<HashSet<CommitId>> {
    let List { commits } = list_file::read(path)?;
    Ok(commits.into_iter().collect())
}

/// Replaces the list at `path`.
pub(super) fn write(commits: &HashSet<CommitId>, path: &Path, temporary: &Path) -> Result<()> {
    if commits.is_empty() {
        return list_file::remove(path);
    }
    let commits = commits.iter().copied().collect();
    list_file::write(List { commits }, path, temporary, Durability::Synced)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::repository::RepositoryError;

    #[test]
    fn the_list_is_kept_whole_and_damage_is_no_empty_list() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("shallow");
        let read = || read(&path).map_err(|error| error.to_string());
        assert_eq!(read(), Ok(HashSet::new()));
        let listed = HashSet::from([1, 2].map(|byte| CommitId::from_bytes([byte; 32])));
        write(&listed, &path, directory.path()).expect("writable");
        assert_eq!(read(), Ok(listed));
        let whole = fs::read(&path).expect("there");
        fs::write(&path, &whole[..whole.len() - 1]).expect("writable");
        let damaged = super::read(&path);
        assert!(matches!(damaged, Err(RepositoryError::Damaged { .. })));
        write(&HashSet::new(), &path, directory.path()).expect("writable");
        assert!(!path.exists());
    }
}
