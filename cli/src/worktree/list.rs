//! Every file of the work tree that is not ignored, for whoever looks into them.

use std::io::Read as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use muse_wire::path::RepoPath;
use muse_wire::snapshot::{EntryKind, Tree};

use super::error::{Result, WorktreeError};
use super::file;
use super::traverse::{Visitor, traverse};
use super::unrecordable::Unrecordable;
use crate::repository::{FileStat, Repository};

/// The regular files of the work tree that are not ignored, ascending by path. What `base` has is
/// not ignored, whatever the rules say.
///
/// # Errors
/// [`WorktreeError`] if a directory cannot be read.
pub fn list_files(repository: &Repository, base: &Tree) -> Result<Vec<RepoPath>> {
    let list = List {
        base,
        paths: Mutex::default(),
    };
    traverse(repository, &list)?;
    let paths = list.paths.into_inner();
    let mut paths = paths.unwrap_or_else(PoisonError::into_inner);
    paths.sort_unstable();
    Ok(paths)
}

struct List<'a> {
    base: &'a Tree,
    paths: Mutex<Vec<RepoPath>>,
}

impl Visitor for List<'_> {
    fn base(&self) -> &Tree {
        self.base
    }

    fn files(&self, files: &[(String, FileStat)]) -> Result<()> {
        let paths = files
            .iter()
            .filter(|(_, stat)| stat.kind != EntryKind::Symlink)
            // What no snapshot can hold is no file of the repository.
            .filter_map(|(path, _)| RepoPath::new(path.as_str()).ok());
        let mut list = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        list.extend(paths);
        Ok(())
    }

    fn unrecordable(&self, _path: Unrecordable) {}

    fn warning(&self, _text: String) {}
}

/// The bytes of a regular file of the work tree; `None` if it has gone, or has more than
/// `limit_bytes`.
///
/// # Errors
/// [`WorktreeError::Read`] if it cannot be read.
pub fn read_contents(root: &Path, path: &RepoPath, limit_bytes: u64) -> Result<Option<Vec<u8>>> {
    let full = root.join(path.as_str());
    let mut bytes = Vec::new();
    let read = file::open(&full).and_then(|file| {
        file.take(limit_bytes.saturating_add(1))
            .read_to_end(&mut bytes)
    });
    match read {
        Err(error) if file::is_absent(&error) => Ok(None),
        Err(error) => Err(WorktreeError::reading(&full)(error)),
        Ok(_) => Ok(Some(bytes).filter(|bytes| bytes.len() as u64 <= limit_bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    #[test]
    fn regular_files_that_are_not_ignored_are_listed() {
        let sandbox = Sandbox::new();
        sandbox.write_file("b/c", "1");
        sandbox.write_file("a", "22");
        sandbox.write_file("build/x", "3");
        sandbox.write_file(".museignore", "build\n");
        sandbox.link("link", "a");
        let paths = list_files(&sandbox.repository, &Tree::empty()).expect("readable");
        let paths: Vec<&str> = paths.iter().map(RepoPath::as_str).collect();
        assert_eq!(paths, [".museignore", "a", "b/c"]);
        let root = sandbox.repository.layout.root();
        let read = |path: &str, limit| {
            let path = RepoPath::new(path).expect("allowed");
            read_contents(root, &path, limit).expect("readable")
        };
        assert_eq!(read("a", 2), Some(b"22".to_vec()));
        assert_eq!(read("a", 1), None);
        assert_eq!(read("gone", 1), None);
    }
}
