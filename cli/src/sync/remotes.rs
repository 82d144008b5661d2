//! The servers that a repository knows by name.

use std::path::{Path, PathBuf};

use muse_wire::name::{REMOTES, RefName};

use super::address::RemoteAddress;
use crate::repository::{Config, Expected, Head, RefEdit, Repository, RepositoryError};
use crate::transport::{RemoteUrl, UrlError};

/// The remote that is used if none is named.
pub const DEFAULT_REMOTE: &str = "origin";

/// Why a remote cannot be used or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteError {
    /// There is no remote at all, and none was named.
    #[error("this repository has no remote")]
    None,
    /// There is no remote of this name.
    #[error("there is no remote {name:?}")]
    Unknown {
        /// The name.
        name: String,
        /// The remotes that there are.
        known: Vec<String>,
    },
    /// There are several remotes, and none was named.
    #[error("there are several remotes, and none is named")]
    Several {
        /// The remotes that there are.
        known: Vec<String>,
    },
    /// The remote is a file or directory of this machine.
    #[error("the remote {name} is {}, and no server", path.display())]
    NoServer {
        /// The name.
        name: String,
        /// The file or directory.
        path: PathBuf,
    },
    /// A name that cannot be part of a ref's name.
    #[error("{0:?} cannot be the name of a remote")]
    BadName(String),
    /// There already is a remote of this name.
    #[error("there already is a remote {0:?}")]
    AlreadyExists(String),
    /// The address cannot be used.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// The repository failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

/// The remote to use: the one of this name or address, else `origin`, else the only one.
///
/// # Errors
/// [`RemoteError::None`], [`RemoteError::Unknown`] and [`RemoteError::Several`].
pub fn choose_remote(repository: &Repository, named: Option<&str>) -> Result<String, RemoteError> {
    let config = repository.config.read()?;
    let known = names(&config);
    let is_at = |remote: &&String, url| config.remote(remote).is_some_and(|one| one.url == url);
    match (named, known.as_slice()) {
        (Some(name), _) if known.iter().any(|known| known == name) => Ok(name.to_owned()),
        (Some(name), _) => match known.iter().find(|remote| is_at(remote, name)) {
            Some(remote) => Ok(remote.clone()),
            None => Err(RemoteError::Unknown {
                name: name.to_owned(),
                known,
            }),
        },
        (None, []) => Err(RemoteError::None),
        (None, _) if known.iter().any(|known| known == DEFAULT_REMOTE) => {
            Ok(DEFAULT_REMOTE.to_owned())
        }
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(RemoteError::Several { known }),
    }
}

/// The remote to use where none is named: the one that the current branch follows, else as
/// [`choose_remote`].
///
/// # Errors
/// As [`choose_remote`].
pub fn current_remote(repository: &Repository) -> Result<String, RemoteError> {
    let config = repository.config.read()?;
    let follows = match repository.refs.head()? {
        Head::Branch(branch) => config.followed_remote(branch.short()),
        Head::Detached(_) => None,
    };
    choose_remote(repository, follows)
}

/// The address of a remote.
///
/// # Errors
/// [`RemoteError::Unknown`] and [`RemoteError::Url`].
pub fn remote_address(repository: &Repository, name: &str) -> Result<RemoteAddress, RemoteError> {
    let config = repository.config.read()?;
    match config.remote(name) {
        Some(remote) => Ok(RemoteAddress::parse(&remote.url, repository.layout.root())?),
        None => Err(unknown(&config, name)),
    }
}

/// The address of a remote that is on a server.
///
/// # Errors
/// [`RemoteError::NoServer`], and as [`remote_address`].
pub fn remote_url(repository: &Repository, name: &str) -> Result<RemoteUrl, RemoteError> {
    match remote_address(repository, name)? {
        RemoteAddress::Server(url) => Ok(url),
        RemoteAddress::Path(path) => Err(RemoteError::NoServer {
            name: name.to_owned(),
            path,
        }),
    }
}

/// Adds a remote at this address; of the paths that a relative one may mean, it is that in
/// `directory`.
///
/// # Errors
/// [`RemoteError::BadName`], [`RemoteError::AlreadyExists`] and [`RemoteError::Url`].
pub fn add_remote(
    repository: &Repository,
    name: &str,
    address: &str,
    directory: &Path,
) -> Result<(), RemoteError> {
    if !is_remote_name(name) {
        return Err(RemoteError::BadName(name.to_owned()));
    }
    if repository.config.read()?.remote(name).is_some() {
        return Err(RemoteError::AlreadyExists(name.to_owned()));
    }
    write_address(repository, name, &RemoteAddress::parse(address, directory)?)
}

/// Changes a remote's address, which is read as by [`add_remote`].
///
/// # Errors
/// [`RemoteError::Unknown`] and [`RemoteError::Url`].
pub fn set_remote_url(
    repository: &Repository,
    name: &str,
    address: &str,
    directory: &Path,
) -> Result<(), RemoteError> {
    require(repository, name)?;
    write_address(repository, name, &RemoteAddress::parse(address, directory)?)
}

/// Forgets a remote, what was last seen of its branches, and which branches follow it.
///
/// # Errors
/// [`RemoteError::Unknown`], and if the repository cannot be written.
pub fn remove_remote(repository: &Repository, name: &str) -> Result<(), RemoteError> {
    require(repository, name)?;
    let mut locked = repository.lock()?;
    let followers: Vec<String> = locked
        .config
        .read()?
        .entries()
        .filter(|&(key, value)| {
            key.starts_with("branch.") && key.ends_with(".remote") && value == name
        })
        .map(|(key, _)| key.trim_end_matches(".remote").to_owned())
        .collect();
    // Refs first: while the remote is known, the command can be run again.
    let edits: Vec<RefEdit> = locked
        .refs
        .read()?
        .with_prefix(&format!("{REMOTES}{name}/"))
        .map(|(name, _)| RefEdit {
            name: name.clone(),
            expected: Expected::Any,
            new: None,
        })
        .collect();
    locked.update_refs(&edits, &format!("remote: remove {name}"))?;
    locked.edit_config(|file| {
        file.remove_section(&format!("remote.{name}"))?;
        for section in &followers {
            file.remove_section(section)?;
        }
        Ok(())
    })?;
    Ok(())
}

/// Whether a remote can have this name: it becomes one component of its tracking refs' names.
pub(super) fn is_remote_name(name: &str) -> bool {
    !name.contains('/') && RefName::remote_branch(name, "main").is_ok()
}

fn write_address(
    repository: &Repository,
    name: &str,
    address: &RemoteAddress,
) -> Result<(), RemoteError> {
    let url = address.to_string();
    let mut locked = repository.lock()?;
    locked.edit_config(|file| file.set(&format!("remote.{name}.url"), &url))?;
    Ok(())
}

fn require(repository: &Repository, name: &str) -> Result<(), RemoteError> {
    let config = repository.config.read()?;
    match config.remote(name) {
        Some(_) => Ok(()),
        None => Err(unknown(&config, name)),
    }
}

fn unknown(config: &Config, name: &str) -> RemoteError {
    RemoteError::Unknown {
        name: name.to_owned(),
        known: names(config),
    }
}

fn names(config: &Config) -> Vec<String> {
    let remotes = config.remotes().into_iter();
    remotes.map(|remote| remote.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    const URL: &str = "https://hub.example/ada/engine";

    fn add(repository: &Repository, name: &str, url: &str) -> Result<(), RemoteError> {
        add_remote(repository, name, url, repository.layout.root())
    }

    #[test]
    fn without_a_name_origin_or_the_only_remote_is_meant() {
        let sandbox = Sandbox::new();
        let repository = &sandbox.repository;
        let choose = |named| choose_remote(repository, named);
        assert!(matches!(choose(None), Err(RemoteError::None)));
        add(repository, "one", URL).expect("added");
        assert_eq!(choose(None).expect("the only one"), "one");
        add(repository, "two", URL).expect("added");
        assert!(matches!(choose(None), Err(RemoteError::Several { known }) if known.len() == 2));
        add(repository, DEFAULT_REMOTE, URL).expect("added");
        assert_eq!(choose(None).expect("the default"), DEFAULT_REMOTE);
        assert_eq!(choose(Some("two")).expect("named"), "two");
        assert_eq!(choose(Some(URL)).expect("the first at it"), "one");
        assert!(matches!(
            choose(Some("x")),
            Err(RemoteError::Unknown { .. })
        ));
    }

    #[test]
    fn the_remote_that_the_current_branch_follows_wins() {
        let sandbox = Sandbox::new();
        let repository = &sandbox.repository;
        for name in [DEFAULT_REMOTE, "other"] {
            add(repository, name, URL).expect("added");
        }
        assert_eq!(current_remote(repository).expect("chosen"), DEFAULT_REMOTE);
        let mut locked = repository.lock().expect("free");
        locked
            .edit_config(|file| file.set_upstream("main", "other", "refs/heads/main"))
            .expect("written");
        drop(locked);
        assert_eq!(current_remote(repository).expect("chosen"), "other");
    }

    #[test]
    fn what_was_removed_by_halves_is_removed_by_the_next_attempt() {
        let sandbox = Sandbox::new();
        let repository = &sandbox.repository;
        add(repository, "origin", URL).expect("added");
        let commit = sandbox.add_commit(&[], &[("a", "1")]);
        sandbox.set_ref("refs/remotes/origin/main", commit);
        // A log that cannot be written stands for a process that dies before the refs are.
        let reflog = sandbox.path(".muse/reflog");
        std::fs::remove_file(&reflog).expect("there");
        std::fs::create_dir(&reflog).expect("writable");
        remove_remote(repository, "origin").expect_err("no log");
        std::fs::remove_dir(&reflog).expect("there");
        remove_remote(repository, "origin").expect("removed");
        let refs = repository.refs.read().expect("readable");
        assert_eq!(refs.iter().count(), 0);
    }

    #[test]
    fn bad_names_and_addresses_are_refused() {
        let sandbox = Sandbox::new();
        let repository = &sandbox.repository;
        for name in ["a/b", "", "a b", ".."] {
            let added = add(repository, name, URL);
            assert!(matches!(added, Err(RemoteError::BadName(_))), "{name}");
        }
        let added = add(repository, "one", "ssh://hub.example/ada/engine");
        assert!(matches!(added, Err(RemoteError::Url(_))));
        add(repository, "one", URL).expect("added");
        let again = add(repository, "one", URL);
        assert!(matches!(again, Err(RemoteError::AlreadyExists(_))));
    }

    #[test]
    fn removing_a_remote_forgets_its_branches_and_followers() {
        let sandbox = Sandbox::new();
        let repository = &sandbox.repository;
        for name in ["origin", "other"] {
            add(repository, name, URL).expect("added");
        }
        let commit = sandbox.add_commit(&[], &[("a", "1")]);
        sandbox.set_ref("refs/remotes/origin/main", commit);
        sandbox.set_ref("refs/remotes/other/main", commit);
        let mut locked = repository.lock().expect("free");
        let followed =
            locked.edit_config(|file| file.set_upstream("main", "origin", "refs/heads/main"));
        followed.expect("written");
        drop(locked);
        remove_remote(repository, "origin").expect("removed");
        let config = repository.config.read().expect("readable");
        assert_eq!(config.remote("origin"), None);
        assert_eq!(config.followed_remote("main"), None);
        let refs = repository.refs.read().expect("readable");
        let left: Vec<&str> = refs.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(left, ["refs/remotes/other/main"]);
    }
}
