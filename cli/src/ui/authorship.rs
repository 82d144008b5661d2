//! Who makes a commit, and when.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use muse_wire::commit::{Author, Timestamp};

use super::context::Context;
use super::environment;
use super::error::CliError;
use super::passphrase::ask_passphrase;
use super::settings::{SIGN_COMMITS, SIGNING_KEY};
use super::time;
use crate::repository::Config;
use crate::signing::{Agent, PublicHalf, Signer};

/// Who commits: the environment, else the configuration.
///
/// # Errors
/// If neither says it.
pub fn author(context: &Context, config: &Config) -> Result<Author, CliError> {
    let environment = &context.environment;
    let pick = |given: &Option<String>, key| {
        given
            .clone()
            .or_else(|| config.get(key).map(str::to_owned))
            .filter(|value| !value.trim().is_empty())
    };
    let name = pick(&environment.author_name, "user.name");
    let email = pick(&environment.author_email, "user.email");
    match (name, email) {
        (Some(name), Some(email)) => Ok(Author { name, email }),
        (name, email) => Err(unknown(name.is_none(), email.is_none())),
    }
}

/// What signs commits: the user's key, where it is `asked` for or the setting `commit.sign` says
/// so. Neither an agent nor the user is asked for anything yet.
///
/// # Errors
/// If the key cannot be used.
pub fn signer(
    context: &Context,
    config: &Config,
    asked: Option<bool>,
) -> Result<Option<Signer>, CliError> {
    let is_asked = asked.unwrap_or_else(|| config.get(SIGN_COMMITS) == Some("true"));
    if !is_asked {
        return Ok(None);
    }
    let socket = context.environment.agent_socket.as_deref();
    let agent = socket.map(Agent::at);
    if let Some(text) = config.get(SIGNING_KEY).and_then(literal_key) {
        let key = parse_literal(text)?.public_key;
        return Ok(Some(Signer::with_agent(key, agent)));
    }
    let path = key_path(context, config)?;
    let signer = Signer::from_file(&path, agent, Arc::new(ask_passphrase))?;
    Ok(Some(signer))
}

/// The public half of the user's key.
///
/// # Errors
/// If there is none.
pub fn public_half(context: &Context, config: &Config) -> Result<PublicHalf, CliError> {
    match config.get(SIGNING_KEY).and_then(literal_key) {
        Some(text) => parse_literal(text),
        None => Ok(PublicHalf::read(&key_path(context, config)?)?),
    }
}

fn parse_literal(text: &str) -> Result<PublicHalf, CliError> {
    PublicHalf::parse(text).map_err(|error| {
        CliError::failed(format!("cannot use the key in {SIGNING_KEY}"))
            .with_source(error)
            .with_hint("it takes `ssh-ed25519 AAAA…`, as `ssh-add -L` prints it, or a file")
    })
}

/// The public key that a value of the setting `user.signing-key` is, if it is no file's name. Git
/// takes the same.
fn literal_key(value: &str) -> Option<&str> {
    let is_key = value.starts_with("ssh-") && value.contains(' ');
    value
        .strip_prefix("key::")
        .or_else(|| is_key.then_some(value))
}

/// Where the user's key is: where the setting `user.signing-key` says, else beside the settings.
///
/// # Errors
/// If the setting is a public key and names no file, or there is no directory for the user's
/// settings.
fn key_path(context: &Context, config: &Config) -> Result<PathBuf, CliError> {
    if let Some(value) = config.get(SIGNING_KEY) {
        return match literal_key(value) {
            Some(_) => Err(names_public_key()),
            // No shell has read it, so that this sign is still there.
            None => Ok(
                match (value.strip_prefix("~/"), &context.environment.home) {
                    (Some(below), Some(home)) => home.join(below),
                    _ => context.resolve(Path::new(value)),
                },
            ),
        };
    }
    let home = context.environment.config_home.as_ref();
    let home = home.ok_or_else(|| {
        CliError::failed("there is no directory for your key")
            .with_hint("set HOME or MUSE_CONFIG_HOME")
    })?;
    Ok(home.join("signing-key"))
}

/// Where a new private key of the user's goes.
///
/// # Errors
/// If the setting names a public key, or there is no directory for the user's settings.
pub fn new_key_path(context: &Context, config: &Config) -> Result<PathBuf, CliError> {
    let path = key_path(context, config)?;
    match path.extension().is_some_and(|extension| extension == "pub") {
        true => Err(names_public_key()),
        false => Ok(path),
    }
}

/// A private key is wanted where the setting has a public one.
fn names_public_key() -> CliError {
    CliError::failed(format!("{SIGNING_KEY} names a public key"))
        .with_hint(format!("`muse config --global unset {SIGNING_KEY}` first"))
}

/// What is not known of whoever commits, and how it is set.
fn unknown(name: bool, email: bool) -> CliError {
    let (set_name, set_email) = (
        "muse config --global set user.name \"Your Name\"",
        "muse config --global set user.email you@example.com",
    );
    match (name, email) {
        (true, false) => CliError::failed("your name is not set").with_hint(set_name),
        (false, _) => CliError::failed("your e-mail address is not set").with_hint(set_email),
        (true, true) => CliError::failed("your name and e-mail address are not set")
            .with_hint(set_name)
            .with_hint(set_email),
    }
}

/// When: the environment, else now.
///
/// # Errors
/// If the environment names no date.
pub fn committed_at(context: &Context) -> Result<Timestamp, CliError> {
    match &context.environment.commit_date {
        None => Ok(time::now()),
        Some(text) => time::parse(text).ok_or_else(|| {
            CliError::usage(format!(
                "{} is not a date: {text:?}",
                environment::MUSE_COMMIT_DATE
            ))
            .with_hint("write 2026-03-01T12:00:00+01:00, `1772362800 +0100` or @1772362800")
        }),
    }
}
