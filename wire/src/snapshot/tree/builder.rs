//! Changes to a directory and everything below it, which come one by one.

use std::sync::Arc;

use super::by_name::ByName;
use super::directory::Directory;
use super::error::TreeError;
use crate::limits::MAX_SNAPSHOT_DIRECTORIES;
use crate::snapshot::{Change, Entry};

/// Takes the changes, and puts every directory together once, when they have left it.
pub(super) struct RootBuilder {
    /// Path of the directory that the last change was in: empty, or ending in `/`.
    prefix: String,
    /// The root, and the directories on the way to the one at `prefix`.
    open: Vec<OpenDirectory>,
    /// How many were not there before, so that a record of few bytes cannot ask for more than the
    /// format allows before the tree is complete.
    new_directories: u64,
}

/// A directory, and what has changed in it so far.
struct OpenDirectory {
    before: Arc<Directory>,
    /// Bytes of its path in the prefix.
    prefix_length: usize,
    files: ByName<Option<Entry>>,
    /// Those directly below it that changes were in. An empty one is to go.
    directories: Vec<(Box<str>, Arc<Directory>)>,
}

impl RootBuilder {
    pub(super) fn new(root: Arc<Directory>) -> Self {
        Self {
            prefix: String::new(),
            open: vec![OpenDirectory::new(root, 0)],
            new_directories: 0,
        }
    }

    /// Takes the next change.
    ///
    /// # Errors
    /// [`TreeError`] where changes before this one cannot be made, or these are too many
    /// directories.
    pub(super) fn change(&mut self, change: &Change) -> Result<(), TreeError> {
        let directory_length = change.path.rfind('/').map_or(0, |slash| slash + 1);
        let (directory, name) = change.path.split_at(directory_length);
        let both = directory.bytes().zip(self.prefix.bytes());
        let common = both.take_while(|(one, other)| one == other).count();
        while self.innermost().prefix_length > common {
            self.close()?;
        }
        for name in directory[self.prefix.len()..].split_terminator('/') {
            self.open(name)?;
        }
        self.innermost().files.push(name, change.entry);
        Ok(())
    }

    /// The root after all changes.
    ///
    /// # Errors
    /// [`TreeError`] where the changes cannot be made, or give too many directories.
    pub(super) fn finish(mut self) -> Result<Arc<Directory>, TreeError> {
        while self.open.len() > 1 {
            self.close()?;
        }
        let root = self.open.pop().expect("the root is never closed");
        let root = root.finish("")?;
        check_directory_count(root.directory_count)?;
        Ok(root)
    }

    fn innermost(&mut self) -> &mut OpenDirectory {
        self.open.last_mut().expect("the root is never closed")
    }

    fn open(&mut self, name: &str) -> Result<(), TreeError> {
        let before = match self.innermost().before.directories.get(name) {
            Some(before) => Arc::clone(before),
            None => {
                self.new_directories += 1;
                check_directory_count(self.new_directories)?;
                Arc::default()
            }
        };
        self.prefix.extend([name, "/"]);
        self.open
            .push(OpenDirectory::new(before, self.prefix.len()));
        Ok(())
    }

    fn close(&mut self) -> Result<(), TreeError> {
        let closed = self.open.pop().expect("the root is never closed");
        let directory = closed.finish(&self.prefix)?;
        let above = self.open.last_mut().expect("the root is never closed");
        let name = &self.prefix[above.prefix_length..self.prefix.len() - 1];
        above.directories.push((name.into(), directory));
        self.prefix.truncate(above.prefix_length);
        Ok(())
    }
}

impl OpenDirectory {
    fn new(before: Arc<Directory>, prefix_length: usize) -> Self {
        Self {
            before,
            prefix_length,
            files: ByName::default(),
            directories: Vec::new(),
        }
    }

    /// The directory after the changes; `prefix` is its path.
    fn finish(mut self, prefix: &str) -> Result<Arc<Directory>, TreeError> {
        if self.files.is_empty() && self.directories.is_empty() {
            return Ok(self.before);
        }
        let not_there = |name: String| TreeError::NotThere(format!("{prefix}{name}"));
        // They came in the order of paths, in which `a-b/` is before `a/`.
        self.directories
            .sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let mut directories = ByName::default();
        for (name, below) in self.directories {
            directories.push(&name, (!below.is_empty()).then_some(below));
        }
        let directories = self
            .before
            .directories
            .changed(directories)
            .map_err(not_there)?;
        let files = self.before.files.changed(self.files).map_err(not_there)?;
        if let Some((name, _)) = directories
            .iter()
            .find(|(name, _)| files.find(name).is_ok())
        {
            return Err(TreeError::FileAndDirectory(format!("{prefix}{name}")));
        }
        Ok(Arc::new(Directory::new(files, directories)))
    }
}

/// Refuses a tree of more directories than the format allows.
fn check_directory_count(count: u64) -> Result<(), TreeError> {
    if count <= MAX_SNAPSHOT_DIRECTORIES as u64 {
        return Ok(());
    }
    Err(TreeError::TooManyDirectories)
}
