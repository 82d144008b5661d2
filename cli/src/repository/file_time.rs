//! The file system's clock.
//!
//! It stamps files, and ticks more slowly than the system's clock: only a file that is written can
//! tell its time.

use std::path::Path;
use std::time::UNIX_EPOCH;

use super::durable;
use super::error::{RepositoryError, Result};
use super::layout::Layout;
use super::stat_cache::FileStat;

/// A moment of the file system's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileTime {
    ns: i64,
}

impl Layout {
    /// What the file system's clock shows now: whatever is changed from here on gets this time or a
    /// later one.
    ///
    /// # Errors
    /// If no temporary file can be written.
    pub fn file_time(&self) -> Result<FileTime> {
        FileTime::now(&self.temporary)
    }
}

impl FileTime {
    /// As [`Layout::file_time`], given the directory of temporary files.
    pub(super) fn now(temporary: &Path) -> Result<Self> {
        let file = durable::temporary_file(temporary)?;
        let modified = file
            .as_file()
            .metadata()
            .and_then(|metadata| metadata.modified())
            .map_err(RepositoryError::storage("read", file.path()))?;
        let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        let ns = i64::try_from(since.as_nanos()).unwrap_or(0);
        Ok(Self { ns })
    }

    /// Whether a file of this stat data was last changed in an earlier tick. If so, a change that
    /// is made after this moment cannot leave it with the same stat data.
    pub fn is_after(self, stat: &FileStat) -> bool {
        stat.mtime_ns.max(stat.ctime_ns) < self.ns
    }
}

#[cfg(test)]
mod tests {
    use muse_wire::snapshot::EntryKind;

    use super::*;

    #[test]
    fn a_file_of_the_same_tick_is_not_settled() {
        let time = FileTime { ns: 100 };
        let stat = |mtime_ns, ctime_ns| FileStat {
            mtime_ns,
            ctime_ns,
            size_bytes: 0,
            inode: 0,
            kind: EntryKind::File,
        };
        assert!(time.is_after(&stat(99, 99)));
        assert!(!time.is_after(&stat(100, 99)));
        assert!(!time.is_after(&stat(-5, 100)));
    }
}
