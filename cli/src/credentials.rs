//! Tokens: where they come from, and where `muse auth login` keeps them.
//!
//! A program that the user has for that ([`CredentialHelper`]), else one file, `credentials.toml`
//! in the configuration directory, readable by its owner only; one table for each server's origin.
//! A token is never written to a repository's configuration.

mod choice;
mod helper;

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, Table, value};

use crate::repository::{TEMPORARY_PREFIX, locked_file, sweep_strays};
use crate::secret::Secret;

pub use choice::{TokenChoice, TokenSources, Withheld};
pub use helper::{CredentialHelper, HelperError};

/// The mode of the file.
const OWNER_ONLY: u32 = 0o600;

/// Why stored tokens cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// The file cannot be read or written.
    #[error("cannot use {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The file is not in the form that `muse auth login` writes.
    #[error("{} is not valid: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where and why, without the line itself, which may hold a token.
        reason: String,
    },
}

/// The stored tokens of all servers.
pub struct Credentials {
    path: PathBuf,
    document: DocumentMut,
}

impl Credentials {
    /// Reads what is stored in a configuration directory; nothing if there is no file yet.
    ///
    /// # Errors
    /// [`CredentialsError`].
    pub fn load(config_home: &Path) -> Result<Self, CredentialsError> {
        let path = config_home.join("credentials.toml");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(source) => return Err(CredentialsError::File { path, source }),
        };
        match text.parse() {
            Ok(document) => Ok(Self { path, document }),
            Err(error) => Err(CredentialsError::Malformed {
                path,
                reason: error.message().to_owned(),
            }),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The token for a server.
    pub fn token(&self, origin: &str) -> Option<Secret> {
        let token = self.document.get(origin)?.get("token")?;
        token.as_str().map(Secret::new)
    }

    /// The servers that a token is stored for.
    pub fn origins(&self) -> impl Iterator<Item = &str> {
        self.document.iter().map(|(origin, _)| origin)
    }

    /// Stores a token for a server.
    ///
    /// # Errors
    /// [`CredentialsError::File`].
    pub fn store(&mut self, origin: &str, token: &Secret) -> Result<(), CredentialsError> {
        let mut table = Table::new();
        table.insert("token", value(token.reveal()));
        self.document.insert(origin, Item::Table(table));
        self.write()
    }

    /// Forgets the token for a server; `false` if there was none.
    ///
    /// # Errors
    /// [`CredentialsError::File`].
    pub fn remove(&mut self, origin: &str) -> Result<bool, CredentialsError> {
        let found = self.document.remove(origin).is_some();
        if found {
            self.write()?;
        }
        Ok(found)
    }

    /// Replaces the file whole, and removes what writers that are gone have left beside it.
    fn write(&self) -> Result<(), CredentialsError> {
        let directory = self.path.parent().unwrap_or(Path::new("."));
        let written = (|| {
            std::fs::create_dir_all(directory)?;
            sweep_strays(directory);
            let mut file = locked_file(directory, TEMPORARY_PREFIX, OWNER_ONLY)?;
            file.write_all(self.document.to_string().as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&self.path).map_err(|error| error.error)?;
            std::fs::File::open(directory)?.sync_all()
        })();
        written.map_err(|source| CredentialsError::File {
            path: self.path.clone(),
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const ORIGIN: &str = "http://127.0.0.1:8765";

    #[test]
    fn tokens_are_kept_per_server_and_for_the_owner_only() {
        let home = tempfile::tempdir().expect("temporary directory");
        let home = home.path().join("made/on/demand");
        let mut credentials = Credentials::load(&home).expect("no file is no error");
        assert_eq!(credentials.token(ORIGIN), None);
        let token = Secret::new("secret");
        credentials.store(ORIGIN, &token).expect("stored");
        let mode = std::fs::metadata(credentials.path())
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let mut again = Credentials::load(&home).expect("readable");
        assert_eq!(again.token(ORIGIN), Some(token));
        assert_eq!(again.token("https://127.0.0.1:8765"), None);
        assert_eq!(again.origins().collect::<Vec<_>>(), [ORIGIN]);
        assert!(again.remove(ORIGIN).expect("removed"));
        assert!(!again.remove(ORIGIN).expect("nothing to do"));
        let last = Credentials::load(&home).expect("readable");
        assert_eq!(last.token(ORIGIN), None);
    }

    #[test]
    fn an_error_does_not_show_the_secret() {
        let home = tempfile::tempdir().expect("temporary directory");
        std::fs::write(home.path().join("credentials.toml"), "token = hunter2").expect("written");
        let error = Credentials::load(home.path()).err().expect("malformed");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
