//! Where a clone goes: a directory that is made for it, marked as unfinished, and removed if it fails.

use std::fs;
use std::path::{Path, PathBuf};

use muse_wire::name::RefName;

use crate::repository::Repository;
use crate::transport::RemoteUrl;
use crate::ui::error::{CliError, ErrorKind};

/// The file in `.muse` that says that a clone is not finished, and from where it is.
const MARKER: &str = "unfinished-clone";

/// The directory of a clone.
pub(super) struct Destination {
    pub(super) repository: Repository,
    root: PathBuf,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Made by us.
    Created,
    /// There before, empty.
    Filled,
    /// Left over from an interrupted clone of the same repository.
    Resumed,
}

impl Destination {
    /// Makes the directory and an empty repository in it, or takes up an interrupted clone.
    pub(super) fn prepare(
        root: &Path,
        url: &RemoteUrl,
        branch: &RefName,
    ) -> Result<Self, CliError> {
        let cannot = |error| CliError::io(format!("cannot use {}", root.display()), error);
        let marker = root.join(".muse").join(MARKER);
        let state = match fs::read_dir(root) {
            Ok(mut entries) => match (entries.next(), fs::read_to_string(&marker)) {
                (None, _) => State::Filled,
                (Some(_), Ok(source)) if source.trim() == url.to_string() => State::Resumed,
                (Some(_), Ok(source)) => {
                    return Err(CliError::failed(format!(
                        "{} holds an unfinished clone of {}",
                        root.display(),
                        source.trim()
                    ))
                    .with_hint("remove the directory, or clone into another one"));
                }
                (Some(_), Err(_)) => {
                    return Err(CliError::failed(format!(
                        "{} already exists and is not empty",
                        root.display()
                    ))
                    .with_hint("name another directory: `muse clone URL DIRECTORY`"));
                }
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => State::Created,
            Err(error) => return Err(cannot(error)),
        };
        let repository = if state == State::Resumed {
            Repository::open(root)?
        } else {
            fs::create_dir_all(root).map_err(cannot)?;
            let repository = Repository::init(root, branch.short())?;
            fs::write(&marker, format!("{url}\n")).map_err(cannot)?;
            repository
        };
        Ok(Self {
            repository,
            root: root.to_owned(),
            state,
        })
    }

    /// Whether there are no files yet.
    pub(super) fn is_fresh(&self) -> bool {
        self.state != State::Resumed
    }

    /// The clone is complete.
    pub(super) fn finish(&self) -> Result<(), CliError> {
        let marker = self.repository.layout.muse_dir().join(MARKER);
        fs::remove_file(&marker)
            .map_err(|error| CliError::io(format!("cannot remove {}", marker.display()), error))
    }

    /// The clone failed: removes what it made, unless the network is to blame and the next attempt
    /// can go on from what has been downloaded.
    pub(super) fn give_up(&self, error: CliError) -> CliError {
        if self.state == State::Resumed
            || (error.kind == ErrorKind::Network && self.has_downloads())
        {
            return error.with_hint(
                "what was downloaded is kept; run the same command again to go on from there",
            );
        }
        let removed = match self.state {
            State::Created => fs::remove_dir_all(&self.root),
            State::Filled | State::Resumed => remove_contents(&self.root),
        };
        match removed {
            Ok(()) => error,
            Err(_) => error.with_hint(format!("{} could not be removed", self.root.display())),
        }
    }

    fn has_downloads(&self) -> bool {
        let is_download = |entry: fs::DirEntry| {
            entry.path().extension().is_some_and(|end| end == "part")
                && entry.metadata().is_ok_and(|metadata| metadata.len() > 0)
        };
        fs::read_dir(self.repository.layout.temporary_dir())
            .is_ok_and(|entries| entries.flatten().any(is_download))
    }
}

fn remove_contents(directory: &Path) -> std::io::Result<()> {
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
