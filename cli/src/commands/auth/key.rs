//! `muse auth key`: the keys that a user has registered at a server.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::ValueHint;
use muse_wire::api::key::{InvalidKey, KeyResponse, RegisterKeyRequest};
use muse_wire::commit::PublicKey;

use crate::signing::PublicHalf;
use crate::sync::Account;
use crate::transport::{ServerUrl, TransportError};
use crate::ui::authorship::public_half;
use crate::ui::completion::Completes;
use crate::ui::connect::{chosen_server, required_token};
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::escape::one_line;
use crate::ui::explain::{Explain as _, Login};
use crate::ui::time::{format_short, local};

#[derive(Debug, clap::Subcommand)]
pub(super) enum KeyAction {
    /// Register a key with a server, or name it anew there.
    ///
    /// Only its public half is read and sent, so a passphrase is not asked for. What it signs then
    /// counts as yours in branches that take only what registered keys have signed.
    #[command(after_help = "Examples:
  muse auth key add
    Register the key that `muse commit -S` signs with.
  muse auth key add ~/.ssh/id_ed25519.pub --name desk
    Register one of OpenSSH under a name.")]
    Add {
        /// The file of the key, public or private; that of `muse commit -S` unless given.
        #[arg(value_hint = ValueHint::FilePath)]
        file: Option<PathBuf>,
        /// What to call it; what its file says, or else the file's name, unless given.
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        at: ServerChoice,
    },
    /// List the keys that you have registered: key, when it was registered, and name.
    #[command(after_help = "Examples:
  muse auth key list --server https://hub.example
    Show which keys sign as you there.")]
    List {
        #[command(flatten)]
        at: ServerChoice,
    },
    /// Remove a key from a server: what it signs no longer counts, what it signed stays.
    #[command(after_help = "Examples:
  muse auth key remove desk
    Let what this key signs no longer count as yours.")]
    Remove {
        /// The key or its name, as listed.
        #[arg(value_name = "KEY|NAME")]
        key: String,
        #[command(flatten)]
        at: ServerChoice,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct ServerChoice {
    /// The server, or a repository on it; the remote's server unless given.
    #[arg(long, value_name = "URL", add = Completes::Server)]
    server: Option<String>,
}

/// Runs `muse auth key`.
///
/// # Errors
/// If there is no such key, or the server refuses or cannot be asked.
pub(super) fn run(context: &Context, action: KeyAction) -> Result<(), CliError> {
    match action {
        KeyAction::Add { file, name, at } => add(context, file, name, &at),
        KeyAction::List { at } => list(context, &at),
        KeyAction::Remove { key, at } => remove(context, &key, &at),
    }
}

fn add(
    context: &Context,
    file: Option<PathBuf>,
    name: Option<String>,
    at: &ServerChoice,
) -> Result<(), CliError> {
    let half = match &file {
        Some(file) => PublicHalf::read(&context.resolve(file))?,
        None => {
            let config = match context.repository() {
                Ok(repository) => context.config(&repository)?,
                Err(_) => context.user_config()?,
            };
            public_half(context, &config)?
        }
    };
    let file_name = || file.as_deref().and_then(Path::file_stem);
    let request = RegisterKeyRequest {
        public_key: half.public_key,
        name: name.unwrap_or_else(|| match half.comment.trim() {
            "" => file_name()
                .map_or("muse".into(), OsStr::to_string_lossy)
                .into_owned(),
            comment => comment.to_owned(),
        }),
    };
    request.check().map_err(|error| match error {
        InvalidKey::Unusable(_) => CliError::failed(error.to_string()),
        _ => CliError::usage(error.to_string()).with_hint("`--name NAME` gives it another one"),
    })?;
    let user = User::open(context, at)?;
    let key = user.ask(|account| account.register_key(&request))?;
    if context.json() {
        return context.printer.json(&key);
    }
    let origin = user.server.origin();
    let line = format!("Registered {} as {} at {origin}", key.public_key, key.name);
    context.printer.note(one_line(&line));
    Ok(())
}

fn list(context: &Context, at: &ServerChoice) -> Result<(), CliError> {
    let user = User::open(context, at)?;
    let keys = user.ask(Account::keys)?;
    if context.json() {
        return context.printer.json(&keys);
    }
    if keys.is_empty() {
        context.printer.note(format_args!(
            "no key is registered at {}; `muse auth key add` registers one",
            user.server.origin()
        ));
    }
    for key in &keys {
        context.printer.line(one_line(&describe(key)))?;
    }
    Ok(())
}

fn remove(context: &Context, named: &str, at: &ServerChoice) -> Result<(), CliError> {
    let user = User::open(context, at)?;
    let keys = user.ask(Account::keys)?;
    let key = find(&keys, named)?;
    user.ask(|account| account.remove_key(&key.public_key))?;
    if context.json() {
        return context.printer.json(key);
    }
    let origin = user.server.origin();
    let line = format!("Removed {} ({}) from {origin}", key.public_key, key.name);
    context.printer.note(one_line(&line));
    Ok(())
}

fn describe(key: &KeyResponse) -> String {
    let time = format_short(local(key.created_at));
    format!("{}  {time}  {}", key.public_key, key.name)
}

/// The one key that is meant by a key or by a name.
fn find<'k>(keys: &'k [KeyResponse], named: &str) -> Result<&'k KeyResponse, CliError> {
    let is_meant = |one: &&KeyResponse| match named.parse::<PublicKey>() {
        Ok(key) => one.public_key == key,
        Err(_) => one.name == named,
    };
    let found: Vec<&KeyResponse> = keys.iter().filter(is_meant).collect();
    match found[..] {
        [key] => Ok(key),
        [] => Err(
            CliError::not_found(format!("you have registered no key {named}"))
                .with_hint("`muse auth key list` lists them"),
        ),
        _ => {
            let error = CliError::usage(format!("several keys are called {named}: name the key"));
            Err(found.iter().fold(error, |error, key| {
                error.with_hint(one_line(&describe(key)).into_owned())
            }))
        }
    }
}

/// The user at a server.
struct User<'a> {
    server: ServerUrl,
    account: Account<'a>,
}

impl<'a> User<'a> {
    fn open(context: &'a Context, at: &ServerChoice) -> Result<Self, CliError> {
        let server = chosen_server(context, at.server.as_deref(), "--server URL")?;
        let token = required_token(context, &server)?;
        let account = Account::open(server.clone(), token, context);
        let account = account.map_err(|error| error.explain(None))?;
        Ok(Self { server, account })
    }

    fn ask<T>(
        &self,
        request: impl FnOnce(&Account<'a>) -> Result<T, TransportError>,
    ) -> Result<T, CliError> {
        let login = Login {
            server: &self.server,
            has_token: true,
            withheld: None,
        };
        request(&self.account).map_err(|error| error.explain(Some(login)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::error::ErrorKind;

    #[test]
    fn a_key_is_found_by_itself_and_by_a_name_that_is_its_own() {
        let key = |number: u8, name: &str| KeyResponse {
            public_key: PublicKey::from_bytes([number; PublicKey::BYTES]),
            name: name.to_owned(),
            created_at: 0,
        };
        let keys = [key(1, "desk"), key(2, "muse"), key(3, "muse")];
        assert_eq!(find(&keys, "desk").expect("one"), &keys[0]);
        let third = keys[2].public_key.to_string();
        assert_eq!(find(&keys, &third).expect("one"), &keys[2]);
        let error = find(&keys, "muse").expect_err("two");
        assert_eq!((error.kind, error.hints.len()), (ErrorKind::Usage, 2));
        assert!(error.hints[1].contains(&third), "{:?}", error.hints);
        for unknown in ["attic", &key(4, "").public_key.to_string()] {
            let error = find(&keys, unknown).expect_err("none");
            assert_eq!(error.kind, ErrorKind::NotFound);
        }
    }
}
