//! Where a clone goes: a directory that is made for it, marked as unfinished, and removed if the
//! clone fails.

use std::fs;
use std::path::{Path, PathBuf};

use muse_wire::name::RefName;

use super::error::{CloneError, Leftovers};
use crate::repository::Repository;
use crate::sync::FetchError;
use crate::transport::RemoteUrl;

/// The file in `.muse` that says that a clone is not finished, and what it is a clone of.
const MARKER: &str = "unfinished-clone";

/// The directory of a clone.
pub(super) struct Destination {
    repository: Repository,
    root: PathBuf,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Created for the clone.
    Created,
    /// There before, empty.
    WasEmpty,
    /// Left over from an interrupted clone of the same repository.
    Resumed,
}

impl Destination {
    /// Makes the directory and an empty repository in it, or resumes an interrupted clone.
    pub(super) fn prepare(
        root: &Path,
        url: &RemoteUrl,
        branch: &RefName,
    ) -> Result<Self, CloneError> {
        let cannot_use = |source| CloneError::Directory {
            directory: root.to_owned(),
            source,
        };
        let marker = root.join(".muse").join(MARKER);
        let state = match fs::read_dir(root) {
            Ok(mut entries) => match (entries.next(), fs::read_to_string(&marker)) {
                (None, _) => State::WasEmpty,
                (Some(_), Ok(source)) if source.trim() == url.to_string() => State::Resumed,
                (Some(_), Ok(source)) => {
                    return Err(CloneError::OtherClone {
                        directory: root.to_owned(),
                        url: source.trim().to_owned(),
                    });
                }
                (Some(_), Err(_)) => {
                    return Err(CloneError::NotEmpty {
                        directory: root.to_owned(),
                    });
                }
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => State::Created,
            Err(error) => return Err(cannot_use(error)),
        };
        let repository = if state == State::Resumed {
            Repository::open(root)?
        } else {
            fs::create_dir_all(root).map_err(cannot_use)?;
            let repository = Repository::init(root, branch.short())?;
            fs::write(&marker, format!("{url}\n")).map_err(cannot_use)?;
            repository
        };
        Ok(Self {
            repository,
            root: root.to_owned(),
            state,
        })
    }

    /// The repository in it.
    pub(super) const fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Whether there are no files yet.
    pub(super) fn is_fresh(&self) -> bool {
        self.state != State::Resumed
    }

    /// Marks the clone as complete.
    pub(super) fn finish(self) -> Result<Repository, CloneError> {
        let path = self.repository.layout.muse_dir().join(MARKER);
        match fs::remove_file(&path) {
            Ok(()) => Ok(self.repository),
            Err(source) => Err(CloneError::Marker { path, source }),
        }
    }

    /// Removes what a failed clone has made, unless the network is to blame and the next attempt
    /// can resume from what was downloaded.
    pub(super) fn clean_up(&self, error: FetchError) -> CloneError {
        let can_resume = self.state == State::Resumed
            || (error.is_network_failure() && self.repository.layout.has_partial_downloads());
        let leftovers = if can_resume {
            Leftovers::Downloads
        } else {
            let removed = match self.state {
                State::Created => fs::remove_dir_all(&self.root),
                State::WasEmpty | State::Resumed => empty_directory(&self.root),
            };
            match removed {
                Ok(()) => Leftovers::None,
                Err(_) => Leftovers::Directory(self.root.clone()),
            }
        };
        CloneError::Failed {
            source: Box::new(error),
            leftovers,
        }
    }
}

fn empty_directory(directory: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
