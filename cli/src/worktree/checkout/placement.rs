//! Putting files and links where they belong: directly, or through a staging directory and a
//! rename.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use muse_wire::path::RepoPath;
use muse_wire::snapshot::EntryKind;
use tempfile::{Builder, TempPath};

use crate::repository::{FileStat, locked_file};
use crate::worktree::beneath::Beneath;
use crate::worktree::error::{Result, WorktreeError};
use crate::worktree::file;

/// How the names begin of what is renamed once it is complete.
const STAGED_PREFIX: &str = "checkout-";

/// Creates the files of a work tree.
pub(super) struct Placement {
    root: PathBuf,
    beneath: Beneath,
    /// Where files are written before they are renamed into place; none if nothing can be in the
    /// way.
    staging: Option<PathBuf>,
}

/// A file that is being written. One in the staging directory is removed when it is dropped before
/// it is complete.
pub(super) struct NewFile {
    pub(super) file: File,
    place: NewPlace,
}

/// Where a file is until it is complete.
enum NewPlace {
    Staged(TempPath),
    Final(PathBuf),
}

impl NewFile {
    /// Creates a file of this kind in the directory `staging`.
    pub(super) fn stage(staging: &Path, kind: EntryKind) -> Result<Self> {
        // The lock tells others that the file is in use.
        let created = locked_file(staging, STAGED_PREFIX, mode_of(kind).into());
        let created = created.map_err(WorktreeError::writing(staging))?;
        let (file, staged) = created.into_parts();
        Ok(Self {
            file,
            place: NewPlace::Staged(staged),
        })
    }

    /// Where it is until it is complete.
    pub(super) fn path(&self) -> &Path {
        match &self.place {
            NewPlace::Staged(path) => path,
            NewPlace::Final(path) => path,
        }
    }
}

impl Placement {
    pub(super) fn new(root: &Path, beneath: Beneath, staging: Option<PathBuf>) -> Self {
        Self {
            root: root.to_owned(),
            beneath,
            staging,
        }
    }

    /// Creates a file that must not be there yet, where it belongs or in the staging directory.
    pub(super) fn create(&self, path: &RepoPath, kind: EntryKind) -> Result<NewFile> {
        if let Some(staging) = &self.staging {
            return NewFile::stage(staging, kind);
        }
        let full = self.root.join(path.as_str());
        let created = self.beneath.create_file(path, mode_of(kind));
        Ok(NewFile {
            file: created.map_err(WorktreeError::writing(&full))?,
            place: NewPlace::Final(full),
        })
    }

    /// Puts a complete file where it belongs. Returns its stat data; none if somebody else has
    /// changed or replaced it already.
    pub(super) fn finish(&self, new: NewFile, path: &RepoPath) -> Result<Option<FileStat>> {
        let written = new
            .file
            .metadata()
            .map_err(WorktreeError::writing(new.path()))?;
        let written = FileStat::of(&written);
        let NewPlace::Staged(staged) = new.place else {
            return Ok(written);
        };
        drop(new.file);
        let full = self.root.join(path.as_str());
        self.put(staged, path)?;
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

    /// Renames a staged file or link into place. A place that takes no such file leaves none
    /// behind.
    fn put(&self, staged: TempPath, path: &RepoPath) -> Result<()> {
        let put = self.beneath.put(&staged, path);
        put.map_err(WorktreeError::writing(&self.root.join(path.as_str())))?;
        // It is gone from there, and whatever takes its name is not to be removed.
        let _ = staged.keep();
        Ok(())
    }

    /// Makes a link. Returns its stat data; none if somebody else has replaced it already.
    pub(super) fn link(&self, path: &RepoPath, target: &[u8]) -> Result<Option<FileStat>> {
        let target = OsStr::from_bytes(target);
        let full = self.root.join(path.as_str());
        match &self.staging {
            Some(staging) => {
                let mut staged = Builder::new();
                staged.prefix(STAGED_PREFIX);
                let made = staged.make_in(staging, |staged| symlink(target, staged));
                let staged = made.map_err(WorktreeError::writing(staging))?;
                self.put(staged.into_temp_path(), path)?;
            }
            None => {
                let made = self.beneath.create_link(target, path);
                made.map_err(WorktreeError::writing(&full))?;
            }
        }
        let placed = file::stat(&full).map_err(WorktreeError::writing(&full))?;
        Ok(placed.filter(|placed| {
            placed.kind == EntryKind::Symlink
                && full
                    .read_link()
                    .is_ok_and(|link| link.as_os_str() == target)
        }))
    }
}

/// The mode with which a file is created, before the umask takes from it.
const fn mode_of(kind: EntryKind) -> u16 {
    match kind {
        EntryKind::Executable => 0o777,
        _ => 0o666,
    }
}
