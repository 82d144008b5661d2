//! Putting files and links where they belong: directly, or through a staging directory and a
//! rename.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher as _, RandomState};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{OpenOptionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use muse_wire::path::RepoPath;
use muse_wire::snapshot::EntryKind;

use crate::repository::FileStat;
use crate::worktree::beneath::Beneath;
use crate::worktree::error::{Result, WorktreeError};
use crate::worktree::file;

/// Creates the files of a work tree.
pub(super) struct Placement {
    root: PathBuf,
    beneath: Beneath,
    /// Where files are written before they are renamed into place; none if nothing can be in the
    /// way.
    staging: Option<PathBuf>,
    /// What tells this checkout's names in the staging directory from those of others, also of
    /// processes with the same number in another container.
    staged_prefix: u64,
    staged_count: AtomicU64,
}

/// A file that is being written.
pub(super) struct NewFile {
    pub(super) file: File,
    /// Where it is until it is complete.
    pub(super) path: PathBuf,
}

impl Placement {
    pub(super) fn new(root: &Path, beneath: Beneath, staging: Option<PathBuf>) -> Self {
        Self {
            root: root.to_owned(),
            beneath,
            staging,
            staged_prefix: RandomState::new().hash_one(std::process::id()),
            staged_count: AtomicU64::new(0),
        }
    }

    /// Creates a file that must not be there yet, where it belongs or in the staging directory.
    pub(super) fn create(&self, path: &RepoPath, mode: u16) -> Result<NewFile> {
        let (created, path) = match &self.staging {
            Some(_) => {
                let staged = self.staged_path();
                let mut options = OpenOptions::new();
                let options = options.write(true).create_new(true).mode(mode.into());
                (options.open(&staged), staged)
            }
            None => {
                let created = self.beneath.create_file(path, mode);
                (created, self.root.join(path.as_str()))
            }
        };
        let file = created.map_err(WorktreeError::writing(&path))?;
        Ok(NewFile { file, path })
    }

    /// A name in the staging directory that nothing else has.
    fn staged_path(&self) -> PathBuf {
        let number = self.staged_count.fetch_add(1, Ordering::Relaxed);
        let name = format!("checkout-{:016x}-{number}", self.staged_prefix);
        self.staging.as_deref().unwrap_or(&self.root).join(name)
    }

    /// Puts a complete file where it belongs. Returns its stat data; none if somebody else has
    /// changed or replaced it already.
    pub(super) fn finish(&self, new: NewFile, path: &RepoPath) -> Result<Option<FileStat>> {
        let written = new
            .file
            .metadata()
            .map_err(WorktreeError::writing(&new.path))?;
        let written = file::stat_of(&written);
        if self.staging.is_none() {
            return Ok(written);
        }
        drop(new.file);
        let full = self.root.join(path.as_str());
        self.put(&new.path, path)?;
        let placed = file::stat(&full).map_err(WorktreeError::writing(&full))?;
        Ok(placed.filter(|placed| {
            // The rename itself changes the time of the inode.
            let ctime_ns = placed.ctime_ns;
            written.is_some_and(|written| {
                FileStat {
                    ctime_ns,
                    ..written
                } == *placed
            })
        }))
    }

    /// Renames a staged file or link into place.
    fn put(&self, staged: &Path, path: &RepoPath) -> Result<()> {
        let put = self.beneath.put(staged, path);
        put.map_err(|error| {
            // A place that takes no such file leaves none behind.
            let _ = fs::remove_file(staged);
            WorktreeError::writing(&self.root.join(path.as_str()))(error)
        })
    }

    /// Makes a link. Returns its stat data; none if somebody else has replaced it already.
    pub(super) fn link(&self, path: &RepoPath, target: &[u8]) -> Result<Option<FileStat>> {
        let target = OsStr::from_bytes(target);
        let full = self.root.join(path.as_str());
        let made = match &self.staging {
            Some(_) => {
                let staged = self.staged_path();
                symlink(target, &staged).map_err(WorktreeError::writing(&staged))?;
                self.put(&staged, path)
            }
            None => {
                let made = self.beneath.create_link(target, path);
                made.map_err(WorktreeError::writing(&full))
            }
        };
        made?;
        let placed = file::stat(&full).map_err(WorktreeError::writing(&full))?;
        Ok(placed.filter(|placed| {
            placed.kind == EntryKind::Symlink
                && full
                    .read_link()
                    .is_ok_and(|link| link.as_os_str() == target)
        }))
    }
}
