//! The file that an mpack is downloaded to: this process's alone while it grows.
//!
//! What is left of an interrupted download has a fixed name, so that the next one goes on with it.
//! Its lock is held from here to the adoption of the mpack. Who does not get it downloads into a
//! file of its own, so that nobody waits for a process that may be stuck.

use std::fs::{File, TryLockError};
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};

use muse_wire::id::MpackKey;
use tempfile::{NamedTempFile, TempPath};

use super::durable;
use super::error::{RepositoryError, Result};
use super::layout::Layout;

/// How often a file is opened again because another process took it away in between.
const MAX_ATTEMPTS: u32 = 20;

/// A file that is being downloaded to; dropping it lets others have it.
#[derive(Debug)]
pub struct PartialDownload {
    file: File,
    path: PathBuf,
    /// Removes a file that nobody will resume.
    temporary: Option<TempPath>,
}

impl Layout {
    /// Where an mpack is downloaded to until it is complete and verified: what an interrupted
    /// download left, or a private file while another process has that.
    ///
    /// # Errors
    /// If no file can be created.
    pub fn partial_download(&self, key: &MpackKey) -> Result<PartialDownload> {
        let path = self.partial_path(key);
        for _ in 0..MAX_ATTEMPTS {
            let file = File::options()
                .read(true)
                .append(true)
                .create(true)
                .open(&path)
                .map_err(RepositoryError::writing(&path))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => break,
                Err(TryLockError::Error(source)) => {
                    return Err(RepositoryError::storage("lock", &path)(source));
                }
            }
            // Who had the lock before may have made it part of the repository or removed it.
            if durable::is_at(&file, &path) {
                return Ok(PartialDownload {
                    file,
                    path,
                    temporary: None,
                });
            }
        }
        self.private_download()
    }

    /// A file that cannot be resumed, and goes when it is dropped.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn private_download(&self) -> Result<PartialDownload> {
        durable::temporary_file(&self.temporary).map(PartialDownload::from)
    }
}

/// A file that was written here.
impl From<NamedTempFile> for PartialDownload {
    fn from(file: NamedTempFile) -> Self {
        let (file, temporary) = file.into_parts();
        Self {
            file,
            path: temporary.to_path_buf(),
            temporary: Some(temporary),
        }
    }
}

impl PartialDownload {
    /// The file, open for writing at its end.
    pub const fn file(&self) -> &File {
        &self.file
    }

    /// Makes it hold these bytes and nothing else.
    ///
    /// # Errors
    /// What the system says.
    pub fn overwrite(&self, bytes: &[u8]) -> std::io::Result<()> {
        let mut file = &self.file;
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(bytes)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the next run goes on with it, should this one be interrupted.
    pub const fn is_resumable(&self) -> bool {
        self.temporary.is_none()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::testing::Sandbox;

    #[test]
    fn only_one_process_at_a_time_goes_on_with_a_download() {
        let sandbox = Sandbox::new();
        let layout = &sandbox.repository.layout;
        let key = MpackKey::from_bytes([1; 32]);
        let open = || layout.partial_download(&key).expect("creates");
        let first = open();
        first.file().write_all(b"begun").expect("writes");
        let second = open();
        assert!(first.is_resumable() && !second.is_resumable());
        assert_ne!(first.path(), second.path());
        let private = second.path().to_owned();
        drop(second);
        assert!(!private.exists(), "nobody could resume it");
        drop(first);
        let resumed = open();
        assert_eq!(fs::read(resumed.path()).expect("reads"), b"begun");
    }

    #[test]
    fn what_became_part_of_the_repository_is_not_written_to() {
        let sandbox = Sandbox::new();
        let layout = &sandbox.repository.layout;
        let key = MpackKey::from_bytes([1; 32]);
        let path = layout.partial_path(&key);
        let held = layout.partial_download(&key).expect("creates");
        let waiting = File::options().append(true).open(&path).expect("opens");
        fs::rename(&path, path.with_extension("mpack")).expect("renames");
        drop(held);
        waiting.try_lock().expect("free");
        assert!(!durable::is_at(&waiting, &path));
        let next = layout.partial_download(&key).expect("creates");
        assert!(next.is_resumable());
        assert_eq!(next.file().metadata().expect("open").len(), 0);
    }
}
