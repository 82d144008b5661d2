//! The file behind the lock: an advisory lock on `.muse/lock`, which the system releases when its
//! holder dies, so that none is ever stale.

use std::fs::{self, File, TryLockError};
use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use super::{RepositoryError, Result};

/// How long to wait for another process's short change.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Time between two attempts.
const PAUSE: Duration = Duration::from_millis(20);

/// A lock that is held.
#[derive(Debug)]
pub(super) struct LockFile {
    _file: File,
}

impl LockFile {
    /// Locks the file at `path`, which is created if it is missing, and notes this process in it.
    pub(super) fn acquire(path: &Path) -> Result<Self> {
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(RepositoryError::writing(path))?;
        let deadline = Instant::now() + TIMEOUT;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    std::thread::sleep(PAUSE);
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(RepositoryError::Locked { pid: holder(path) });
                }
                Err(TryLockError::Error(source)) => {
                    return Err(RepositoryError::storage("lock", path)(source));
                }
            }
        }
        // The note only serves an error message: a full disk must not keep anyone from locking.
        let _ = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Self { _file: file })
    }
}

fn holder(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_lock_waits_and_then_names_the_holder() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("lock");
        let held = LockFile::acquire(&path).expect("free");
        let refused = LockFile::acquire(&path);
        assert!(
            matches!(refused, Err(RepositoryError::Locked { pid: Some(pid) })
                if pid == std::process::id())
        );
        drop(held);
        LockFile::acquire(&path).expect("free again");
    }
}
