//! Changing what lies beneath a directory without ever following a link there.
//!
//! Each directory on the way is opened as one, from the one above it, and changes are made relative
//! to it. Whoever puts a link in the place of a directory at any moment makes a change fail; it
//! never lands where the link leads.

use std::collections::HashMap;
use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, RawMode, mkdirat, openat, renameat, symlinkat,
    unlinkat,
};
use rustix::path::Arg;

/// Most directories that are kept open.
const MAX_OPEN: usize = 64;

/// A directory, and those beneath it that were used lately.
pub(super) struct Beneath {
    root: Arc<OwnedFd>,
    open: Mutex<HashMap<Vec<u8>, Arc<OwnedFd>>>,
}

impl Beneath {
    /// Opens the directory `root`. What lies above it is trusted.
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self {
            root: Arc::new(openat(CWD, root, flags, Mode::empty())?),
            open: Mutex::default(),
        })
    }

    /// Creates a file that must not be there yet.
    pub(super) fn create_file(&self, path: &str, mode: u16) -> io::Result<File> {
        let (above, name) = self.place(path)?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let file = openat(
            &above,
            name,
            flags,
            Mode::from_raw_mode(RawMode::from(mode)),
        )?;
        Ok(file.into())
    }

    /// Creates a directory that must not be there yet, in one that is.
    pub(super) fn create_directory(&self, path: &str) -> io::Result<()> {
        let (above, name) = self.place(path)?;
        Ok(mkdirat(&above, name, Mode::from_raw_mode(0o777))?)
    }

    /// Makes a link where nothing is yet.
    pub(super) fn create_link(&self, target: impl Arg, path: &str) -> io::Result<()> {
        let (above, name) = self.place(path)?;
        Ok(symlinkat(target, &above, name)?)
    }

    /// Moves the file or link at `from`, which may lie anywhere, into place.
    pub(super) fn put(&self, from: &Path, path: &str) -> io::Result<()> {
        let (above, name) = self.place(path)?;
        Ok(renameat(CWD, from, &above, name)?)
    }

    /// Removes a file or link.
    pub(super) fn remove_file(&self, path: impl AsRef<[u8]>) -> io::Result<()> {
        let (above, name) = self.place(path.as_ref())?;
        Ok(unlinkat(&above, name, AtFlags::empty())?)
    }

    /// Removes an empty directory.
    pub(super) fn remove_directory(&self, path: impl AsRef<[u8]>) -> io::Result<()> {
        let (above, name) = self.place(path.as_ref())?;
        Ok(unlinkat(&above, name, AtFlags::REMOVEDIR)?)
    }

    /// Removes a directory that holds nothing but empty directories.
    pub(super) fn remove_empty_directories(&self, path: &str) -> io::Result<()> {
        let (above, name) = self.place(path)?;
        remove_empty(above.as_fd(), name)
    }

    /// The directory above `path`, and the name in it.
    fn place<'p, P: AsRef<[u8]> + ?Sized>(
        &self,
        path: &'p P,
    ) -> io::Result<(Arc<OwnedFd>, &'p [u8])> {
        let path = path.as_ref();
        match path.iter().rposition(|&byte| byte == b'/') {
            Some(at) => Ok((self.directory(&path[..at])?, &path[at + 1..])),
            None => Ok((Arc::clone(&self.root), path)),
        }
    }

    fn directory(&self, path: &[u8]) -> io::Result<Arc<OwnedFd>> {
        let known = || self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(directory) = known().get(path) {
            return Ok(Arc::clone(directory));
        }
        let (above, name) = self.place(path)?;
        let directory = Arc::new(open_directory(above.as_fd(), name)?);
        let mut known = known();
        if known.len() >= MAX_OPEN {
            known.clear();
        }
        known.insert(path.to_owned(), Arc::clone(&directory));
        Ok(directory)
    }
}

fn open_directory(above: BorrowedFd<'_>, name: impl Arg) -> io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(openat(above, name, flags, Mode::empty())?)
}

fn remove_empty(above: BorrowedFd<'_>, name: impl Arg + Copy) -> io::Result<()> {
    let directory = open_directory(above, name)?;
    for entry in Dir::read_from(&directory)? {
        let entry = entry?;
        let below: &CStr = entry.file_name();
        let is_directory = entry.file_type() == FileType::Directory;
        if is_directory && below != c"." && below != c".." {
            remove_empty(directory.as_fd(), below)?;
        }
    }
    Ok(unlinkat(above, name, AtFlags::REMOVEDIR)?)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn nothing_is_changed_through_a_link() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let outside = tempfile::tempdir().expect("a temporary directory");
        fs::write(outside.path().join("file"), "not ours").expect("writable");
        fs::create_dir_all(outside.path().join("empty/deep")).expect("writable");
        fs::create_dir(root.path().join("dir")).expect("writable");
        symlink(outside.path(), root.path().join("dir/link")).expect("writable");
        let staged = root.path().join("staged");
        fs::write(&staged, "ours").expect("writable");
        let beneath = Beneath::open(root.path()).expect("readable");
        let results = [
            beneath.create_file("dir/link/new", 0o666).map(drop),
            beneath.create_directory("dir/link/new"),
            beneath.create_link("target", "dir/link/new"),
            beneath.put(&staged, "dir/link/file"),
            beneath.remove_file("dir/link/file"),
            beneath.remove_directory("dir/link/empty/deep"),
            beneath.remove_empty_directories("dir/link"),
            beneath.remove_empty_directories("dir/link/empty"),
        ];
        assert!(results.iter().all(Result::is_err), "{results:?}");
        assert_eq!(outside.path().read_dir().expect("readable").count(), 2);
        assert!(outside.path().join("empty/deep").exists());
        beneath.put(&staged, "dir/file").expect("a real directory");
        let placed = fs::read_to_string(root.path().join("dir/file"));
        assert_eq!(placed.expect("it is there"), "ours");
    }
}
