//! Which directories of the work tree are real ones: nothing is read or written through a link.

use std::collections::HashMap;
use std::path::Path;

use super::beneath::Beneath;
use super::error::{Result, WorktreeError};

/// Checks directories, and remembers the answers.
pub(super) struct Directories<'a> {
    root: &'a Path,
    real: HashMap<String, bool>,
}

impl<'a> Directories<'a> {
    /// Nothing is checked yet.
    pub(super) fn new(root: &'a Path) -> Self {
        Self {
            root,
            real: HashMap::new(),
        }
    }

    /// Whether all directories above `path` are there and none is a link.
    pub(super) fn leads_to(&mut self, path: &str) -> bool {
        match path.rsplit_once('/') {
            Some((above, _)) => self.is_real(above),
            None => true,
        }
    }

    fn is_real(&mut self, directory: &str) -> bool {
        if let Some(&real) = self.real.get(directory) {
            return real;
        }
        let real = self.leads_to(directory)
            && self
                .root
                .join(directory)
                .symlink_metadata()
                .is_ok_and(|metadata| metadata.is_dir());
        self.real.insert(directory.to_owned(), real);
        real
    }

    /// Creates the directories above `path` if they are missing.
    ///
    /// # Errors
    /// [`WorktreeError::NotADirectory`] if there is a link or a file in the place of one.
    pub(super) fn create_above(&mut self, path: &str, beneath: &Beneath) -> Result<()> {
        match path.rsplit_once('/') {
            Some((above, _)) => self.create(above, beneath),
            None => Ok(()),
        }
    }

    fn create(&mut self, directory: &str, beneath: &Beneath) -> Result<()> {
        if self.is_real(directory) {
            return Ok(());
        }
        self.create_above(directory, beneath)?;
        match beneath.create_directory(directory) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(WorktreeError::NotADirectory(directory.to_owned()));
            }
            Err(error) => return Err(WorktreeError::writing(&self.root.join(directory))(error)),
        }
        self.real.insert(directory.to_owned(), true);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_files_are_no_directories() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let elsewhere = tempfile::tempdir().expect("a temporary directory");
        std::os::unix::fs::symlink(elsewhere.path(), root.path().join("link")).expect("linked");
        std::fs::write(root.path().join("file"), "x").expect("written");
        let beneath = Beneath::open(root.path()).expect("readable");
        let mut directories = Directories::new(root.path());
        directories.create_above("a/b/c", &beneath).expect("made");
        assert!(root.path().join("a/b").is_dir());
        assert!(directories.leads_to("a/b/c") && directories.leads_to("top"));
        for path in ["link/x", "link/deep/x", "file/x"] {
            assert!(!directories.leads_to(path), "{path}");
            assert!(
                matches!(
                    directories.create_above(path, &beneath),
                    Err(WorktreeError::NotADirectory(_))
                ),
                "{path}"
            );
        }
        assert_eq!(elsewhere.path().read_dir().expect("readable").count(), 0);
    }
}
