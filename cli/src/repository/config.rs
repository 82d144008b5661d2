//! The configuration: TOML files that keep their comments when they are edited.
//!
//! A key is a section, perhaps a subsection, and a name: `user.name`, `remote.origin.url`. The
//! first and the last dot separate, so a subsection may hold dots and slashes of its own.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

use super::durable::{self, Durability};
use super::error::{RepositoryError, Result};
use super::layout::Layout;

/// A server repository that this one knows by a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// Its name, such as `origin`.
    pub name: String,
    /// Its URL.
    pub url: String,
}

/// The settings in effect: the repository's own over the user's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    values: BTreeMap<String, String>,
}

impl Config {
    /// Puts these settings over `below`: a key that is not set here is looked up there.
    pub fn over(mut self, below: &Self) -> Self {
        for (key, value) in &below.values {
            if !self.values.contains_key(key) {
                self.values.insert(key.clone(), value.clone());
            }
        }
        self
    }

    /// The value of a key such as `user.name` or `remote.origin.url`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// All keys that are set, ascending, with their values.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// All remotes, ascending by name.
    pub fn remotes(&self) -> Vec<Remote> {
        self.entries()
            .filter_map(|(key, url)| {
                let name = key.strip_prefix("remote.")?.strip_suffix(".url")?;
                Some(Remote {
                    name: name.to_owned(),
                    url: url.to_owned(),
                })
            })
            .collect()
    }

    /// The remote that a local branch follows.
    pub fn followed_remote(&self, branch: &str) -> Option<&str> {
        self.get(&format!("branch.{branch}.remote"))
    }

    /// The only branch of a remote that is fetched unless others are named, if there is one.
    pub fn only_branch(&self, remote: &str) -> Option<&str> {
        self.get(&format!("remote.{remote}.branch"))
    }

    /// Whether the branches and tags here are those of the remote.
    pub fn is_mirror(&self, remote: &str) -> bool {
        self.get(&format!("remote.{remote}.mirror")) == Some("true")
    }

    /// The full name of the remote's branch that a local branch follows.
    pub fn followed_branch(&self, branch: &str) -> Option<&str> {
        self.get(&format!("branch.{branch}.merge"))
    }

    /// The remote of this name.
    pub fn remote(&self, name: &str) -> Option<Remote> {
        let url = self.get(&format!("remote.{name}.url"))?.to_owned();
        Some(Remote {
            name: name.to_owned(),
            url,
        })
    }
}

/// The repository's own configuration file.
#[derive(Debug)]
pub struct ConfigStore {
    path: PathBuf,
}

impl ConfigStore {
    pub(super) fn new(layout: &Layout) -> Self {
        Self {
            path: layout.config.clone(),
        }
    }

    /// The settings in it; see [`Config::over`] for the user's.
    ///
    /// # Errors
    /// [`RepositoryError::Config`] if the file is not valid TOML.
    pub fn read(&self) -> Result<Config> {
        Ok(ConfigFile::read(&self.path)?.config())
    }
}

/// One configuration file, to be edited. The repository's own is edited through
/// [`super::LockedRepository::edit_config`], the user's is read and written here.
#[derive(Debug)]
pub struct ConfigFile {
    path: PathBuf,
    document: DocumentMut,
}

impl ConfigFile {
    /// Reads a file; one that is missing is empty.
    ///
    /// # Errors
    /// [`super::RepositoryError::Config`] if it is not valid TOML.
    pub fn read(path: &Path) -> Result<Self> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                return Err(RepositoryError::Config {
                    path: path.to_owned(),
                    reason: "it is not UTF-8".to_owned(),
                });
            }
            Err(error) => return Err(RepositoryError::storage("read", path)(error)),
        };
        let document =
            text.parse()
                .map_err(|error: toml_edit::TomlError| RepositoryError::Config {
                    path: path.to_owned(),
                    reason: where_and_why(&text, &error),
                })?;
        Ok(Self {
            path: path.to_owned(),
            document,
        })
    }

    /// Writes it back, atomically; missing directories are created.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self) -> Result<()> {
        let directory = self.path.parent().unwrap_or(&self.path);
        fs::create_dir_all(directory).map_err(RepositoryError::writing(directory))?;
        durable::sweep_strays(directory);
        durable::replace(
            &self.path,
            self.document.to_string().as_bytes(),
            directory,
            Durability::Synced,
        )
    }

    /// The settings in it.
    pub fn config(&self) -> Config {
        let mut values = BTreeMap::new();
        flatten("", self.document.as_table(), &mut values);
        Config { values }
    }

    /// Sets a key.
    ///
    /// # Errors
    /// [`super::RepositoryError::Config`] if the key is not of the form `section.name` or
    /// `section.subsection.name`.
    pub fn set(&mut self, key: &str, value: &str) -> Result<()> {
        let (section, name) = self.split_key(key)?;
        let mut table = self.document.as_table_mut();
        for part in &section {
            let created = || {
                let mut table = Table::new();
                // A table that holds only tables needs no header of its own.
                table.set_implicit(true);
                Item::Table(table)
            };
            let item = table.entry(part).or_insert_with(created);
            table = item.as_table_mut().ok_or_else(|| RepositoryError::Config {
                path: self.path.clone(),
                reason: format!("{key} cannot be set: {part} is not a [table]"),
            })?;
        }
        match table.get_mut(name).and_then(Item::as_value_mut) {
            Some(present) => {
                let decor = present.decor().clone();
                *present = Value::from(value);
                *present.decor_mut() = decor;
            }
            None => {
                table.insert(name, toml_edit::value(value));
            }
        }
        Ok(())
    }

    /// Makes a local branch follow a remote's branch, given by its full name.
    ///
    /// # Errors
    /// As [`ConfigFile::set`].
    pub fn set_upstream(&mut self, branch: &str, remote: &str, remote_ref: &str) -> Result<()> {
        self.set(&format!("branch.{branch}.remote"), remote)?;
        self.set(&format!("branch.{branch}.merge"), remote_ref)
    }

    /// Removes a key; returns whether it was there.
    ///
    /// # Errors
    /// As [`ConfigFile::set`].
    pub fn unset(&mut self, key: &str) -> Result<bool> {
        let (section, name) = self.split_key(key)?;
        Ok(remove(self.document.as_table_mut(), &section, name))
    }

    /// Removes a whole section, such as `remote.origin` with all its keys; returns whether it was
    /// there.
    ///
    /// # Errors
    /// As [`ConfigFile::set`].
    pub fn remove_section(&mut self, section: &str) -> Result<bool> {
        let (parents, name) = match section.split_once('.') {
            Some((section, subsection)) => (vec![section], subsection),
            None => (Vec::new(), section),
        };
        Ok(remove(self.document.as_table_mut(), &parents, name))
    }

    /// Gives a section, such as `branch.old`, another subsection's name; returns whether it was
    /// there. Settings that stood at the new name go.
    pub fn rename_section(&mut self, old: &str, new: &str) -> bool {
        let (Some((section, old)), Some((_, new))) = (old.split_once('.'), new.split_once('.'))
        else {
            return false;
        };
        let table = self.document.get_mut(section);
        let Some(table) = table.and_then(Item::as_table_like_mut) else {
            return false;
        };
        let Some(settings) = table.remove(old) else {
            return false;
        };
        table.insert(new, settings);
        true
    }

    /// Splits a key at its first and last dot, and checks what must be a plain word.
    fn split_key<'k>(&self, key: &'k str) -> Result<(Vec<&'k str>, &'k str)> {
        let word = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        let split = key.split_once('.').and_then(|(section, rest)| {
            let (subsection, name) = match rest.rsplit_once('.') {
                Some((subsection, name)) => (Some(subsection), name),
                None => (None, rest),
            };
            let allowed = word(section)
                && word(name)
                && subsection
                    .is_none_or(|text| !text.is_empty() && !text.contains(char::is_control));
            let section = std::iter::once(section).chain(subsection).collect();
            allowed.then_some((section, name))
        });
        split.ok_or_else(|| RepositoryError::Config {
            path: self.path.clone(),
            reason: format!(
                "{key:?} is not a key: expected `section.name` or `section.subsection.name`"
            ),
        })
    }
}

/// An error of the parser in one line.
fn where_and_why(text: &str, error: &toml_edit::TomlError) -> String {
    let reason = error.message().replace('\n', "; ");
    match error.span() {
        Some(span) => {
            let before = &text.as_bytes()[..span.start.min(text.len())];
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            format!("line {line}: {reason}")
        }
        None => reason,
    }
}

/// Removes `name` below `section`, and tables that become empty by it.
fn remove(table: &mut dyn TableLike, section: &[&str], name: &str) -> bool {
    let Some((first, rest)) = section.split_first() else {
        return table.remove(name).is_some();
    };
    let Some(below) = table.get_mut(first).and_then(Item::as_table_like_mut) else {
        return false;
    };
    let removed = remove(below, rest, name);
    if removed && below.is_empty() {
        table.remove(first);
    }
    removed
}

fn flatten(prefix: &str, table: &dyn TableLike, values: &mut BTreeMap<String, String>) {
    for (key, item) in table.iter() {
        let key = format!("{prefix}{key}");
        if let Some(below) = item.as_table_like() {
            flatten(&format!("{key}."), below, values);
        } else if let Some(value) = item.as_value() {
            let text = value.as_str().map_or_else(
                || value.clone().decorated("", "").to_string(),
                str::to_owned,
            );
            values.insert(key, text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, ConfigFile) {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("deep/er/config.toml");
        fs::create_dir_all(path.parent().expect("has one")).expect("creates");
        fs::write(&path, text).expect("writes");
        let file = ConfigFile::read(&path).expect("valid");
        (directory, file)
    }

    #[test]
    fn edits_keep_what_people_wrote() {
        let (_directory, mut file) = file("# me\n[user]\nname = \"Ada\" # really\n");
        file.set("user.name", "Ada L.").expect("valid key");
        file.set("user.email", "a@b").expect("valid key");
        file.set("remote.my.host.url", "http://h/o/s")
            .expect("valid key");
        file.write().expect("writes");
        let text = fs::read_to_string(&file.path).expect("reads");
        assert_eq!(
            text,
            "# me\n[user]\nname = \"Ada L.\" # really\nemail = \"a@b\"\n\n\
             [remote.\"my.host\"]\nurl = \"http://h/o/s\"\n"
        );
        let again = ConfigFile::read(&file.path).expect("valid").config();
        assert_eq!(
            again.remotes(),
            [Remote {
                name: "my.host".into(),
                url: "http://h/o/s".into()
            }]
        );
    }

    #[test]
    fn removing_takes_empty_tables_along() {
        let (_directory, mut file) = file("");
        file.set("remote.origin.url", "x").expect("valid key");
        file.set("branch.a/b.remote", "origin").expect("valid key");
        assert!(file.remove_section("remote.origin").expect("valid"));
        assert!(!file.remove_section("remote.origin").expect("valid"));
        assert!(file.unset("branch.a/b.remote").expect("valid"));
        assert!(!file.unset("branch.a/b.remote").expect("valid"));
        assert_eq!(file.document.to_string().trim(), "");
    }

    #[test]
    fn a_renamed_section_keeps_what_is_in_it() {
        let (_directory, mut file) = file("[branch.a]\nremote = \"origin\" # why\n");
        assert!(file.rename_section("branch.a", "branch.b/c.d"));
        assert!(!file.rename_section("branch.a", "branch.e"));
        assert!(!file.rename_section("remote.a", "remote.e"));
        assert_eq!(
            file.document.to_string(),
            "[branch.\"b/c.d\"]\nremote = \"origin\" # why\n"
        );
    }

    #[test]
    fn the_repositorys_settings_win() {
        let (_one, own) = file("user.name = 'own'\ncore.n = 3\n");
        let (_two, user) = file("[user]\nname = 'user'\nemail = 'e'\n");
        let config = own.config().over(&user.config());
        let entries: Vec<_> = config.entries().collect();
        assert_eq!(
            entries,
            [("core.n", "3"), ("user.email", "e"), ("user.name", "own")]
        );
    }

    #[test]
    fn bad_files_and_keys_are_named() {
        let (_directory, mut file) = file("user = 3\n");
        for key in ["user", ".x", "a.", "a..b", "a b.c", "a.b c", "user.name"] {
            assert!(
                matches!(file.set(key, "x"), Err(RepositoryError::Config { .. })),
                "{key}"
            );
        }
        fs::write(&file.path, "[user\n").expect("writes");
        assert!(matches!(
            ConfigFile::read(&file.path),
            Err(RepositoryError::Config { .. })
        ));
    }
}
