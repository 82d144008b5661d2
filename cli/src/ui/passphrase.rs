//! Asks people for the passphrases of their keys.

use std::io;
use std::path::Path;

use muse_wire::quote::quote_path;

use super::error::CliError;
use super::prompt::ask_secret;
use crate::secret::Secret;

/// Asks for the passphrase of a key; `None` if there is no terminal.
///
/// # Errors
/// If the terminal cannot be read or written.
pub fn ask_passphrase(key: &Path, was_wrong: bool) -> io::Result<Option<Secret>> {
    let key = quote_path(key);
    ask_secret(&match was_wrong {
        true => format!("That is not it. Passphrase for {key}: "),
        false => format!("Passphrase for {key}: "),
    })
}

/// Asks for the passphrase that a new key gets, twice.
///
/// # Errors
/// If there is no terminal, or what is typed is empty or differs.
pub fn ask_new_passphrase() -> Result<Secret, CliError> {
    let ask = |prompt| {
        ask_secret(prompt)
            .map_err(|error| CliError::io("cannot ask for the passphrase", error))?
            .ok_or_else(|| {
                CliError::usage("there is no terminal to ask for the passphrase on")
                    .with_hint("`ssh-keygen -p -f FILE` gives a key one later")
            })
    };
    let passphrase = ask("Passphrase for the new key: ")?;
    if passphrase.reveal().is_empty() {
        return Err(CliError::failed("the passphrase is empty")
            .with_hint("without `--passphrase`, the key has none"));
    }
    match ask("The same again: ")? == passphrase {
        true => Ok(passphrase),
        false => Err(CliError::failed("the two passphrases differ").with_hint("nothing was made")),
    }
}
