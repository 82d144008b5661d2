//! Whether a file system takes two names for one file.
//!
//! It is tried out with the very names: what folds differs between file systems, between
//! directories of one file system and between versions of Unicode.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::file::refuses_name;

/// Name of the directory in which names are tried out.
const DIRECTORY: &str = "names";

/// Tells whether two names are one file where the work tree is.
pub(super) trait NameProbe {
    /// Whether a file called `one` is also found as `other`.
    ///
    /// # Errors
    /// If it cannot be tried out.
    fn is_one(&self, one: &str, other: &str) -> io::Result<bool>;
}

/// Tries names out in a directory.
pub(super) struct DiskProbe {
    directory: PathBuf,
}

impl DiskProbe {
    /// Tries names out below `temporary`, which is on the file system in question and in which no
    /// other process does the same.
    pub(super) fn new(temporary: &Path) -> Self {
        Self {
            directory: temporary.join(DIRECTORY),
        }
    }
}

impl NameProbe for DiskProbe {
    fn is_one(&self, one: &str, other: &str) -> io::Result<bool> {
        // A process that was killed may have left something there.
        remove(&self.directory)?;
        fs::create_dir(&self.directory)?;
        let is_one = match File::create_new(self.directory.join(one)) {
            Ok(_) => match self.directory.join(other).symlink_metadata() {
                Ok(_) => true,
                Err(error) if error.kind() == ErrorKind::NotFound => false,
                Err(error) if refuses_name(&error) => false,
                Err(error) => return Err(error),
            },
            Err(error) if refuses_name(&error) => false,
            Err(error) => return Err(error),
        };
        remove(&self.directory)?;
        Ok(is_one)
    }
}

fn remove(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probe_asks_the_file_system_and_leaves_nothing() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let probe = DiskProbe::new(directory.path());
        assert!(probe.is_one("a", "a").expect("writable"));
        assert!(!probe.is_one("a", "b").expect("writable"));
        fs::create_dir(directory.path().join(DIRECTORY)).expect("writable");
        fs::write(
            directory.path().join(DIRECTORY).join("B"),
            "left by a killed process",
        )
        .expect("writable");
        assert!(!probe.is_one("a", "B").expect("writable"));
        assert!(
            !probe
                .is_one(&"x".repeat(300), "b")
                .expect("refused names are no error")
        );
        assert_eq!(directory.path().read_dir().expect("readable").count(), 0);
    }
}
