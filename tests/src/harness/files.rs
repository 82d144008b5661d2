//! Work trees as values: what lies where, with which bytes and which mode.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use muse_wire::id::{ObjectId, hash_object};

/// What stands at one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A regular file: the id of its contents, and whether it may be executed.
    File {
        /// SHA-256 of the contents.
        contents: ObjectId,
        /// The owner's execute bit.
        executable: bool,
    },
    /// A symbolic link's target.
    Symlink(Vec<u8>),
}

/// Everything below a directory but `.muse` and `.git`, by relative path.
pub type Listing = BTreeMap<PathBuf, Item>;

/// Lists a work tree.
///
/// # Panics
/// Where a file cannot be read, or is neither file, link nor directory.
pub fn listing(root: &Path) -> Listing {
    let mut found = Listing::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{} cannot be listed: {error}", folder.display()));
        for entry in entries {
            let entry = entry.expect("a directory's entries can be read");
            let path = entry.path();
            if folder == root
                && [".muse", ".git"]
                    .iter()
                    .any(|own| entry.file_name() == *own)
            {
                continue;
            }
            let kind = entry.file_type().expect("an entry has a type");
            if kind.is_dir() {
                folders.push(path);
                continue;
            }
            let relative = path.strip_prefix(root).expect("below the root").to_owned();
            found.insert(relative, item(&path));
        }
    }
    found
}

/// Copies a directory, with all below it, to where nothing is yet.
///
/// # Panics
/// Where that fails.
pub fn copy_directory(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the sandbox is writable");
    for entry in fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("a directory's entries can be read");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().expect("an entry has a type");
        if kind.is_dir() {
            copy_directory(&from, &to);
        } else if kind.is_symlink() {
            let target = fs::read_link(&from).expect("a link can be read");
            symlink(target, &to).expect("the sandbox is writable");
        } else {
            fs::copy(&from, &to).expect("the sandbox is writable");
        }
    }
}

fn item(path: &Path) -> Item {
    let metadata = fs::symlink_metadata(path).expect("a listed file can be examined");
    if metadata.is_symlink() {
        let target = fs::read_link(path).expect("a link can be read");
        return Item::Symlink(target.as_os_str().as_bytes().to_vec());
    }
    assert!(metadata.is_file(), "{} is no plain file", path.display());
    let mut file = fs::File::open(path).expect("a listed file can be opened");
    let (contents, _) = hash_object(&mut file).expect("a listed file can be read");
    Item::File {
        contents,
        executable: metadata.permissions().mode() & 0o100 != 0,
    }
}
