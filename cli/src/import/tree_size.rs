//! How much of a git tree fits into a snapshot.
//!
//! A few of git's trees stand for billions of files where each is an entry of another several
//! times. What is compared is counted, so that no more is collected than a snapshot may hold.

use muse_wire::limits::{
    MAX_SNAPSHOT_CHANGES, MAX_SNAPSHOT_DIRECTORIES, MAX_SNAPSHOT_LISTING_BYTES,
};
use muse_wire::snapshot::{LISTING_ENTRY_BYTES, TreeError};

/// What was met so far of one commit's tree.
#[derive(Default)]
pub(super) struct TreeSize {
    file_count: usize,
    directory_count: usize,
    /// As [`MAX_SNAPSHOT_LISTING_BYTES`] counts them.
    listing_bytes: u64,
}

impl TreeSize {
    /// Counts a directory.
    ///
    /// # Errors
    /// [`TreeError::TooManyDirectories`].
    pub(super) fn add_directory(&mut self) -> Result<(), TreeError> {
        self.directory_count += 1;
        if self.directory_count > MAX_SNAPSHOT_DIRECTORIES {
            return Err(TreeError::TooManyDirectories);
        }
        Ok(())
    }

    /// Counts a file, link or submodule with a path of this length.
    ///
    /// # Errors
    /// [`TreeError::TooLarge`].
    pub(super) fn add_file(&mut self, path_bytes: usize) -> Result<(), TreeError> {
        self.file_count += 1;
        self.listing_bytes += path_bytes as u64 + LISTING_ENTRY_BYTES;
        if self.file_count > MAX_SNAPSHOT_CHANGES || self.listing_bytes > MAX_SNAPSHOT_LISTING_BYTES
        {
            return Err(TreeError::TooLarge);
        }
        Ok(())
    }
}

/// The paths of the directories that a comparison will go on to.
#[derive(Default)]
pub(super) struct OpenPaths {
    bytes: u64,
}

impl OpenPaths {
    /// Two trees that snapshots can hold never have more: every directory is the beginning of the
    /// path of a file of its own.
    const MAX_BYTES: u64 = 2 * MAX_SNAPSHOT_LISTING_BYTES;

    /// Counts a path of this length.
    pub(super) const fn open(&mut self, path_bytes: usize) {
        self.bytes += path_bytes as u64;
    }

    /// No longer counts one of this length.
    pub(super) const fn close(&mut self, path_bytes: usize) {
        self.bytes -= path_bytes as u64;
    }

    /// # Errors
    /// [`TreeError::TooLarge`] if they are too long together.
    pub(super) const fn check(&self) -> Result<(), TreeError> {
        if self.bytes > Self::MAX_BYTES {
            return Err(TreeError::TooLarge);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_refused_beyond_each_limit_and_not_before() {
        let mut size = TreeSize::default();
        for _ in 0..MAX_SNAPSHOT_DIRECTORIES {
            assert_eq!(size.add_directory(), Ok(()));
        }
        assert_eq!(size.add_directory(), Err(TreeError::TooManyDirectories));
        for _ in 0..MAX_SNAPSHOT_CHANGES {
            assert_eq!(size.add_file(1), Ok(()));
        }
        assert_eq!(size.add_file(1), Err(TreeError::TooLarge));
        let longest = (MAX_SNAPSHOT_LISTING_BYTES - LISTING_ENTRY_BYTES) as usize;
        assert_eq!(TreeSize::default().add_file(longest), Ok(()));
        let refused = TreeSize::default().add_file(longest + 1);
        assert_eq!(refused, Err(TreeError::TooLarge));
    }

    #[test]
    fn only_the_paths_that_are_still_open_count() {
        let half = MAX_SNAPSHOT_LISTING_BYTES as usize;
        let mut open = OpenPaths::default();
        for _ in 0..3 {
            open.open(half);
            open.open(half);
            assert_eq!(open.check(), Ok(()));
            open.open(1);
            assert_eq!(open.check(), Err(TreeError::TooLarge));
            for path_bytes in [half, half, 1] {
                open.close(path_bytes);
            }
        }
    }
}
