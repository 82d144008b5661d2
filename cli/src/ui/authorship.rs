//! Who makes a commit, and when.

use std::path::{Path, PathBuf};

use muse_wire::commit::{Author, Timestamp};

use super::context::Context;
use super::environment;
use super::error::CliError;
use super::settings::{SIGN_COMMITS, SIGNING_KEY};
use super::time;
use crate::repository::Config;
use crate::signing::SigningKey;

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
/// so.
///
/// # Errors
/// If the key cannot be used.
pub fn signer(
    context: &Context,
    config: &Config,
    asked: Option<bool>,
) -> Result<Option<SigningKey>, CliError> {
    let is_asked = asked.unwrap_or_else(|| config.get(SIGN_COMMITS) == Some("true"));
    match is_asked {
        true => Ok(Some(SigningKey::read(&key_path(context, config)?)?)),
        false => Ok(None),
    }
}

/// Where the user's key is: where the setting `user.signing-key` says, else beside the settings.
///
/// # Errors
/// If there is no directory for the user's settings.
pub fn key_path(context: &Context, config: &Config) -> Result<PathBuf, CliError> {
    if let Some(path) = config.get(SIGNING_KEY) {
        return Ok(context.resolve(Path::new(path)));
    }
    let home = context.environment.config_home.as_ref();
    let home = home.ok_or_else(|| {
        CliError::failed("there is no directory for your key")
            .with_hint("set HOME or MUSE_CONFIG_HOME")
    })?;
    Ok(home.join("signing-key"))
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
