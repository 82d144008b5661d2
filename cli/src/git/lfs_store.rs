//! The local store of git LFS in a git repository: what its pointers stand for, in files that are
//! named by their SHA-256.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use muse_wire::id::{ObjectId, hash_object};
use tempfile::NamedTempFile;

use super::lfs_pointer::LfsPointer;
use crate::repository::locked_file;

/// Git's setting that names another directory than `lfs`.
const STORAGE_SETTING: &str = "lfs.storage";

/// The directory in the git repository.
const DIRECTORY: &str = "lfs";

/// Where files wait until they are whole. Git LFS itself removes what is old there.
const TEMPORARY: &str = "tmp";

/// How the names of such files begin.
const TEMPORARY_PREFIX: &str = "muse-";

/// The local store of git LFS, which need not be there.
pub(crate) struct LfsStore {
    directory: PathBuf,
}

impl LfsStore {
    /// The store of a git repository, which all its work trees share.
    pub(crate) fn of(git: &gix::Repository) -> Self {
        let setting = git.config_snapshot().string(STORAGE_SETTING);
        let named = setting.and_then(|value| gix::path::from_bstr(value).ok());
        let directory = match &named {
            Some(named) if !named.as_os_str().is_empty() => named,
            _ => Path::new(DIRECTORY),
        };
        Self {
            directory: git.common_dir().join(directory),
        }
    }

    /// Where it is.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Opens what `pointer` stands for; none if it is not there, or has another length.
    pub(crate) fn open(&self, pointer: &LfsPointer) -> Option<File> {
        let path = self.place(&pointer.object);
        // Asked before: opening something else than a file may wait for its other end.
        let found = fs::metadata(&path).ok()?;
        if !found.is_file() || found.len() != pointer.length {
            return None;
        }
        File::open(path).ok()
    }

    /// Whether what `pointer` stands for is there and undamaged. Reads all of it.
    pub(crate) fn holds(&self, pointer: &LfsPointer) -> bool {
        let hashed = self.open(pointer).map(|mut file| hash_object(&mut file));
        matches!(hashed, Some(Ok(found)) if found == (pointer.object, pointer.length))
    }

    /// A file for what is about to be in the store.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn begin(&self) -> io::Result<NamedTempFile> {
        let temporary = self.directory.join(TEMPORARY);
        fs::create_dir_all(&temporary)?;
        locked_file(&temporary, TEMPORARY_PREFIX, 0o666)
    }

    /// Puts a finished file in the store, durably, as what `object` names.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn install(&self, file: NamedTempFile, object: &ObjectId) -> io::Result<()> {
        let place = self.place(object);
        let parent = place.parent().expect("it is in a directory");
        fs::create_dir_all(parent)?;
        file.as_file().sync_all()?;
        file.persist(&place).map_err(|error| error.error)?;
        match cfg!(unix) {
            true => File::open(parent)?.sync_all(),
            false => Ok(()),
        }
    }

    fn place(&self, object: &ObjectId) -> PathBuf {
        let hex = object.to_hex();
        let objects = self.directory.join("objects");
        objects.join(&hex[..2]).join(&hex[2..4]).join(hex)
    }
}
