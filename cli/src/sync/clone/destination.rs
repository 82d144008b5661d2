//! Where a clone goes: a directory that is made for it, marked as unfinished, and removed if the
//! clone fails.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use muse_wire::name::RefName;

use super::error::{CloneError, Leftovers};
use crate::repository::{Layout, LayoutKind, Repository, RepositoryError};
use crate::sync::FetchError;

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
        kind: LayoutKind,
        url: &str,
        branch: &RefName,
    ) -> Result<Self, CloneError> {
        let cannot_use = |source| CloneError::Directory {
            directory: root.to_owned(),
            source,
        };
        let marker = Layout::unfinished_clone_mark(root, kind);
        let state = match fs::read_dir(root) {
            Ok(_) => match fs::read_to_string(&marker) {
                Ok(source) if source.trim() == url => State::Resumed,
                Ok(source) if !source.is_empty() => {
                    return Err(CloneError::OtherClone {
                        directory: root.to_owned(),
                        url: source.trim().to_owned(),
                    });
                }
                _ if is_untouched(root, kind).map_err(cannot_use)? => State::WasEmpty,
                _ => {
                    return Err(CloneError::NotEmpty {
                        directory: root.to_owned(),
                    });
                }
            },
            Err(error) if error.kind() == ErrorKind::NotFound => State::Created,
            Err(error) => return Err(cannot_use(error)),
        };
        if state != State::Resumed {
            // Before anything else: a clone that dies from here on can be resumed.
            write_marker(&marker, url).map_err(cannot_use)?;
        }
        let repository = match Repository::open(root) {
            Err(RepositoryError::NotARepository(_)) => {
                Repository::init_as(kind, root, branch.short())
            }
            opened => opened,
        };
        Ok(Self {
            repository: repository?,
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

    /// Whether there is anything that another attempt need not download.
    fn has_downloads(&self) -> bool {
        let mpacks = self.repository.objects.mpacks();
        self.repository.layout.has_partial_downloads()
            || mpacks.is_ok_and(|mpacks| !mpacks.is_empty())
    }

    /// Marks the clone as complete.
    pub(super) fn finish(self) -> Result<Repository, CloneError> {
        let layout = &self.repository.layout;
        let path = Layout::unfinished_clone_mark(layout.root(), layout.kind());
        match fs::remove_file(&path) {
            Ok(()) => Ok(self.repository),
            Err(source) => Err(CloneError::Marker { path, source }),
        }
    }

    /// Whether the directory has no files of a work tree, neither a clone's nor anybody's. Of a
    /// bare repository nobody can say whose a file is.
    fn holds_only_muse(&self) -> bool {
        let muse = self.repository.layout.muse_dir();
        fs::read_dir(&self.root).is_ok_and(|mut entries| {
            entries.all(|entry| entry.is_ok_and(|entry| muse.ends_with(entry.file_name())))
        })
    }

    /// Removes the files of a work tree that is the clone's own.
    fn remove_files(&self) -> io::Result<()> {
        match self.repository.layout.is_bare() {
            true => Ok(()),
            false => empty_directory(&self.root, self.repository.layout.muse_dir().file_name()),
        }
    }

    /// Removes what a failed clone has made, unless the next attempt can go on with what was
    /// downloaded: after a failure of the network, where there was no room for the files, or after
    /// whatever stopped a clone that was resumed.
    pub(super) fn clean_up(&self, error: FetchError) -> CloneError {
        let can_resume = self.has_downloads()
            && match self.state {
                State::Resumed => !matches!(error, FetchError::Invalid(_)),
                State::Created | State::WasEmpty => {
                    error.is_network_failure() || error.is_lack_of_room()
                }
            };
        let leftovers = if can_resume {
            // What was written while it came is written again.
            let is_tidy = !self.is_fresh() || self.remove_files().is_ok();
            match is_tidy {
                true => Leftovers::Downloads,
                false => Leftovers::Directory(self.root.clone()),
            }
        } else if self.state == State::Resumed && !self.holds_only_muse() {
            // Somebody may have put files there since.
            Leftovers::Directory(self.root.clone())
        } else {
            let removed = match self.state {
                State::Created => fs::remove_dir_all(&self.root),
                State::WasEmpty | State::Resumed => empty_directory(&self.root, None),
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

/// Whether nothing is in a directory but what a clone makes first and had no time to mark.
fn is_untouched(root: &Path, kind: LayoutKind) -> io::Result<bool> {
    let marker = Layout::unfinished_clone_mark(root, kind);
    let holds_only = |directory: &Path, path: &Path| {
        fs::read_dir(directory)?
            .map(|entry| Ok(entry?.path() == path))
            .collect::<io::Result<Vec<_>>>()
            .map(|are_it| are_it.iter().all(|is_it| *is_it))
    };
    let Some(muse) = marker.parent().filter(|muse| muse.is_dir()) else {
        return Ok(fs::read_dir(root)?.next().is_none());
    };
    Ok((kind == LayoutKind::Bare || holds_only(root, muse)?)
        && holds_only(muse, &marker)?
        && fs::read(&marker).unwrap_or_default().is_empty())
}

fn write_marker(path: &Path, url: &str) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut file = File::create(path)?;
    writeln!(file, "{url}")?;
    file.sync_all()
}

fn empty_directory(directory: &Path, except: Option<&OsStr>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if except == Some(&*entry.file_name()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepare(root: &Path) -> Result<Destination, CloneError> {
        let branch = RefName::branch("main").expect("valid");
        Destination::prepare(
            root,
            LayoutKind::WorkTree,
            "https://hub.example/ada/engine",
            &branch,
        )
    }

    #[test]
    fn a_clone_that_died_at_any_point_can_be_made_again() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let root = directory.path();
        let marker = Layout::unfinished_clone_mark(root, LayoutKind::WorkTree);
        let muse = marker.parent().expect("it has a directory");
        let resumes = |expected: bool| {
            let destination = prepare(root).expect("usable");
            assert_eq!(!destination.is_fresh(), expected);
        };
        fs::create_dir(muse).expect("empty");
        resumes(false);
        // The marker is there before anything else is.
        for lost in [&["format"][..], &["format", "refs"], &["lock"]] {
            for file in lost {
                fs::remove_file(muse.join(file)).expect("it was made");
            }
            resumes(true);
        }
        let names = |directory: &Path| fs::read_dir(directory).expect("there").count();
        assert_eq!(names(root), 1);
        fs::remove_dir_all(muse).expect("there");
        fs::create_dir(muse).expect("empty");
        fs::write(&marker, "").expect("writable");
        resumes(false);
    }

    #[test]
    fn what_is_no_clone_is_left_alone() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let root = directory.path();
        Repository::init(root, "main").expect("empty");
        assert!(matches!(prepare(root), Err(CloneError::NotEmpty { .. })));
        let marker = Layout::unfinished_clone_mark(root, LayoutKind::WorkTree);
        write_marker(&marker, "https://hub.example/a/b").expect("writable");
        assert!(matches!(prepare(root), Err(CloneError::OtherClone { .. })));
        let other = tempfile::tempdir().expect("temporary directory");
        fs::write(other.path().join("a"), "1").expect("writable");
        assert!(matches!(
            prepare(other.path()),
            Err(CloneError::NotEmpty { .. })
        ));
    }

    #[test]
    fn only_what_can_be_gone_on_with_is_kept() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let root = directory.path().join("clone");
        let leftovers = |error: FetchError, download: bool| {
            let destination = prepare(&root).expect("usable");
            if download {
                let part = destination.repository.layout.temporary_dir().join("x.part");
                fs::write(part, "begun").expect("writable");
            }
            match destination.clean_up(error) {
                CloneError::Failed { leftovers, .. } => leftovers,
                other => panic!("{other}"),
            }
        };
        let cut = || {
            FetchError::Transport(crate::transport::TransportError::Short {
                host: "hub.example".to_owned(),
            })
        };
        assert_eq!(leftovers(cut(), false), Leftovers::None);
        assert!(!root.exists());
        assert_eq!(leftovers(FetchError::NoPlan, true), Leftovers::None);
        assert_eq!(leftovers(cut(), true), Leftovers::Downloads);
        // Resumed: whatever is not the download's own fault leaves it.
        assert_eq!(leftovers(FetchError::NoPlan, false), Leftovers::Downloads);
        assert_eq!(
            leftovers(FetchError::invalid("lie"), false),
            Leftovers::None
        );
        assert_eq!(fs::read_dir(&root).expect("kept").count(), 0);

        // What somebody put into an interrupted clone is never removed.
        assert_eq!(leftovers(cut(), true), Leftovers::Downloads);
        fs::write(root.join("notes"), "mine").expect("writable");
        let kept = Leftovers::Directory(root.clone());
        assert_eq!(leftovers(FetchError::invalid("lie"), false), kept);
        assert_eq!(fs::read(root.join("notes")).expect("kept"), b"mine");
    }
}
