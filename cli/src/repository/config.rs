//! The configuration: TOML files that keep their comments when they are edited.

use std::path::Path;

use super::Result;

/// A server repository that this one knows by a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// Its name, such as `origin`.
    pub name: String,
    /// Its URL.
    pub url: String,
}

/// Settings as they are in force: the repository's own over the user's.
#[derive(Debug, Clone, Default)]
pub struct Config {}

impl Config {
    /// Puts these settings over `below`: a key that is not set here is looked up there.
    pub fn over(self, below: &Self) -> Self {
        unimplemented!("{below:?}")
    }

    /// The value of a key such as `user.name` or `remote.origin.url`.
    pub fn get(&self, key: &str) -> Option<&str> {
        unimplemented!("{key}")
    }

    /// All keys that are set, ascending, with their values.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        std::iter::empty()
    }

    /// All remotes, ascending by name.
    pub fn remotes(&self) -> Vec<Remote> {
        unimplemented!()
    }

    /// The remote of this name.
    pub fn remote(&self, name: &str) -> Option<Remote> {
        unimplemented!("{name}")
    }
}

/// One configuration file, to be edited. The repository's own is edited through
/// [`super::Repository::edit_config`], the user's is read and written here.
#[derive(Debug)]
pub struct ConfigFile {}

impl ConfigFile {
    /// Reads a file; one that is missing is empty.
    ///
    /// # Errors
    /// [`super::RepositoryError::Config`] where it is not valid TOML.
    pub fn read(path: &Path) -> Result<Self> {
        unimplemented!("{path:?}")
    }

    /// Writes it back, atomically; missing directories are created.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&self) -> Result<()> {
        unimplemented!()
    }

    /// The settings in it.
    pub fn config(&self) -> Config {
        unimplemented!()
    }

    /// Sets a key. The first and the last dot separate: `remote.my.host.url` is `url` of the remote `my.host`.
    ///
    /// # Errors
    /// [`super::RepositoryError::Config`] where the key is not of the form `section.name` or `section.subsection.name`.
    pub fn set(&mut self, key: &str, value: &str) -> Result<()> {
        unimplemented!("{key} {value}")
    }

    /// Removes a key; whether it was there.
    ///
    /// # Errors
    /// As [`ConfigFile::set`].
    pub fn unset(&mut self, key: &str) -> Result<bool> {
        unimplemented!("{key}")
    }

    /// Removes a whole section, such as `remote.origin` with all its keys; whether it was there.
    ///
    /// # Errors
    /// As [`ConfigFile::set`].
    pub fn remove_section(&mut self, section: &str) -> Result<bool> {
        unimplemented!("{section}")
    }
}
