//! The git repository that is exported to.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use gix::objs::Exists as _;

use super::error::ExportError;
use crate::git::{CommitMap, as_it_is};

/// What keeps other exports out, in the directory of what muse keeps there.
const LOCK_FILE: &str = "lock";

/// Where new objects wait until they are whole, beside it.
const INCOMING: &str = "incoming";

/// What git takes for a branch without commits.
const HEAD: &str = "ref: refs/heads/main\n";

/// The settings of a repository without a work tree.
const CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n";

/// A git repository, opened without regard to the user's or the system's settings, and locked for
/// exports.
pub(super) struct Target {
    pub(super) git: gix::Repository,
    /// Where its objects and refs are.
    pub(super) directory: PathBuf,
    /// Whether it was made for this export.
    is_new: bool,
    _lock: File,
}

impl Target {
    /// Opens the git repository at `path`, or makes a bare one where nothing is, or an empty
    /// directory. Waits while another export to it runs.
    pub(super) fn open(path: &Path) -> Result<Self, ExportError> {
        let is_new = is_unmade(path).map_err(ExportError::io(path))?;
        let directory = match is_new {
            true => path.to_owned(),
            false => open(path)?.common_dir().to_owned(),
        };
        let own = CommitMap::directory(&directory);
        fs::create_dir_all(&own).map_err(ExportError::io(&own))?;
        let lock_path = own.join(LOCK_FILE);
        let lock = File::create(&lock_path)
            .and_then(|lock| lock.lock().map(|()| lock))
            .map_err(ExportError::io(&lock_path))?;
        if is_new {
            make(path).map_err(ExportError::io(path))?;
        }
        // Only now, so that what another export has written is seen.
        let git = open(path)?;
        if git.object_hash() != gix::hash::Kind::Sha1 {
            return Err(ExportError::ObjectFormat);
        }
        Ok(Self {
            git,
            directory,
            is_new,
            _lock: lock,
        })
    }

    /// Whether git has the object.
    pub(super) fn has(&self, id: &gix::oid) -> bool {
        self.git.objects.exists(id)
    }

    /// An empty directory on the same file system, in which new objects wait until they are whole.
    pub(super) fn incoming(&self) -> Result<PathBuf, ExportError> {
        let incoming = CommitMap::directory(&self.directory).join(INCOMING);
        let emptied = match fs::remove_dir_all(&incoming) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => fs::create_dir(&incoming),
        };
        emptied.map_err(ExportError::io(&incoming))?;
        Ok(incoming)
    }

    /// Removes a repository that was made for an export that failed. What cannot be removed can be
    /// exported to again.
    pub(super) fn clean_up(self) {
        if self.is_new {
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

/// Whether nothing is there, or an empty directory, or what a process left that died while it made
/// a repository there.
fn is_unmade(path: &Path) -> io::Result<bool> {
    match fs::read_dir(path) {
        Ok(mut entries) => {
            let is_begun = CommitMap::directory(path).is_dir() && !path.join("HEAD").exists();
            Ok(is_begun || entries.next().is_none())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// Makes a bare repository. It is none before its last file is there.
fn make(path: &Path) -> io::Result<()> {
    for directory in ["objects/info", "objects/pack", "refs/heads", "refs/tags"] {
        fs::create_dir_all(path.join(directory))?;
    }
    fs::write(path.join("config"), CONFIG)?;
    let head = CommitMap::directory(path).join("HEAD");
    fs::write(&head, HEAD)?;
    fs::rename(&head, path.join("HEAD"))
}

fn open(path: &Path) -> Result<gix::Repository, ExportError> {
    let opened = gix::open_opts(path, as_it_is());
    let mut git = opened.map_err(|source| ExportError::NotGit {
        path: path.to_owned(),
        source: source.into(),
    })?;
    // What is missing is not looked for again on disk each time: it is about to be written.
    git.objects.refresh_never();
    Ok(git)
}
