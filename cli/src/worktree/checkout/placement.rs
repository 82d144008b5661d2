//! Putting files and links where they belong: directly, or through a staging directory and a
//! rename.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{OpenOptionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use muse_wire::path::RepoPath;

use crate::repository::FileStat;
use crate::worktree::error::{Result, WorktreeError};
use crate::worktree::file;

/// Creates the files of a work tree.
pub(super) struct Placement {
    root: PathBuf,
    /// Where files are written before they are renamed into place; none if nothing can be in the
    /// way.
    staging: Option<PathBuf>,
    staged_count: AtomicU64,
}

/// A file that is being written.
pub(super) struct NewFile {
    pub(super) file: File,
    /// Where it is until it is complete.
    pub(super) path: PathBuf,
}

impl Placement {
    pub(super) fn new(root: &Path, staging: Option<PathBuf>) -> Self {
        Self {
            root: root.to_owned(),
            staging,
            staged_count: AtomicU64::new(0),
        }
    }

    /// Creates a file that must not be there yet, where it belongs or in the staging directory.
    pub(super) fn create(&self, path: &RepoPath, mode: u32) -> Result<NewFile> {
        let path = match &self.staging {
            Some(_) => self.staged_path(),
            None => self.root.join(path.as_str()),
        };
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&path)
            .map_err(WorktreeError::writing(&path))?;
        Ok(NewFile { file, path })
    }

    /// A name in the staging directory that nothing else has.
    fn staged_path(&self) -> PathBuf {
        let number = self.staged_count.fetch_add(1, Ordering::Relaxed);
        let name = format!("checkout-{}-{number}", std::process::id());
        self.staging.as_deref().unwrap_or(&self.root).join(name)
    }

    /// Puts a complete file where it belongs.
    pub(super) fn finish(&self, new: NewFile, path: &RepoPath) -> Result<FileStat> {
        let metadata = if self.staging.is_some() {
            drop(new.file);
            let path = self.root.join(path.as_str());
            std::fs::rename(&new.path, &path)
                .and_then(|()| path.symlink_metadata())
                .map_err(WorktreeError::writing(&path))?
        } else {
            new.file
                .metadata()
                .map_err(WorktreeError::writing(&new.path))?
        };
        file::stat_of(&metadata).ok_or_else(|| WorktreeError::ChangedMeanwhile(path.clone()))
    }

    /// Makes a link.
    pub(super) fn link(&self, path: &RepoPath, target: &[u8]) -> Result<FileStat> {
        let target = OsStr::from_bytes(target);
        let full = self.root.join(path.as_str());
        let made = match &self.staging {
            Some(_) => {
                let staged = self.staged_path();
                symlink(target, &staged).and_then(|()| std::fs::rename(&staged, &full))
            }
            None => symlink(target, &full),
        };
        let metadata = made
            .and_then(|()| full.symlink_metadata())
            .map_err(WorktreeError::writing(&full))?;
        file::stat_of(&metadata).ok_or_else(|| WorktreeError::ChangedMeanwhile(path.clone()))
    }
}
