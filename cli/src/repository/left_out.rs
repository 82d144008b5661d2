//! The paths that a checkout left out, `.muse/left-out`: the current tree has them, and the work
//! tree does not, since nothing could or may be written there.
//!
//! Without this list they would count as deleted. The file is JSON, `{"version": 1, "paths": […]}`,
//! and missing where nothing is left out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use muse_wire::path::RepoPath;
use serde::{Deserialize, Serialize};

use super::durable::Durability;
use super::error::Result;
use super::layout::Layout;
use super::list_file;

/// The list in the file.
#[derive(Default, Serialize, Deserialize)]
struct List {
    paths: BTreeSet<RepoPath>,
}

/// The file that lists the paths.
#[derive(Debug)]
pub struct LeftOutStore {
    path: PathBuf,
}

impl LeftOutStore {
    pub(super) fn new(layout: &Layout) -> Self {
        Self {
            path: layout.left_out.clone(),
        }
    }

    /// The paths that the last checkout left out and that were not created since.
    ///
    /// # Errors
    /// If the file cannot be read or is damaged.
    pub fn read(&self) -> Result<BTreeSet<RepoPath>> {
        let List { paths } = list_file::read(&self.path)?;
        Ok(paths)
    }
}

/// Replaces the list at `path`.
pub(super) fn write(paths: BTreeSet<RepoPath>, path: &Path, temporary: &Path) -> Result<()> {
    if paths.is_empty() {
        return list_file::remove(path);
    }
    list_file::write(List { paths }, path, temporary, Durability::Synced)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::repository::RepositoryError;

    #[test]
    fn the_list_is_kept_whole_and_damage_is_no_empty_list() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("left-out");
        let store = LeftOutStore { path: path.clone() };
        let read = || store.read().map_err(|error| error.to_string());
        assert_eq!(read(), Ok(BTreeSet::new()));
        let paths =
            ["a\nb\"", ".git/config", "ü"].map(|path| RepoPath::new(path).expect("allowed"));
        let paths = BTreeSet::from(paths);
        write(paths.clone(), &path, directory.path()).expect("writable");
        assert_eq!(read(), Ok(paths));
        let whole = fs::read(&path).expect("there");
        for damaged in [
            &whole[..whole.len() - 1],
            br#"{"version":2,"paths":[]}"#,
            br#"{"version":1,"paths":["../x"]}"#,
        ] {
            fs::write(&path, damaged).expect("writable");
            assert!(matches!(store.read(), Err(RepositoryError::Damaged { .. })));
        }
        for _ in 0..2 {
            write(BTreeSet::new(), &path, directory.path()).expect("writable");
            assert!(!path.exists());
        }
    }
}
