//! `muse config`.

use crate::repository::{self, Config, ConfigFile};
use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::error::{CliError, ErrorKind};
use crate::ui::settings::{check, is_known, known_settings};

/// Arguments of `muse config`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse config --global user.name 'Ada Lovelace'
    Set a setting for all repositories.
  muse config pull.mode
    Read one.")]
#[command(arg_required_else_help = true)]
pub struct ConfigArgs {
    #[command(subcommand)]
    action: Option<Action>,
    /// Setting to read, such as `user.name`.
    #[arg(add = Completes::SettingKey)]
    key: Option<String>,
    /// Value to set it to.
    #[arg(add = Completes::SettingValue)]
    value: Option<String>,
    /// Use the user's settings, which apply to all their repositories.
    #[arg(long, global = true)]
    global: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Print the value of a setting.
    #[command(after_help = "Examples:
  muse config get user.name
    Print whose name commits carry.")]
    Get {
        /// The setting, such as `user.name`.
        #[arg(add = Completes::SetKey)]
        key: String,
    },
    /// Set a setting to a value.
    #[command(after_help = "Examples:
  muse config --global set user.email ada@example.org
    Set the address for all repositories.
  muse config set pull.mode rebase
    Let `muse pull` rebase in this repository.")]
    Set {
        /// The setting, such as `user.name`.
        #[arg(add = Completes::SettingKey)]
        key: String,
        /// Its value.
        #[arg(add = Completes::SettingValue)]
        value: String,
    },
    /// Print all settings.
    #[command(after_help = "Examples:
  muse config list
    Print all settings that have an effect here.")]
    List,
    /// Remove a setting.
    #[command(after_help = "Examples:
  muse config unset pull.mode
    Let the rule count again.")]
    Unset {
        /// The setting.
        #[arg(add = Completes::SetKey)]
        key: String,
    },
}

/// Reads or changes settings.
///
/// # Errors
/// If the setting is not there, or a file cannot be read or written.
pub fn run(context: &Context, args: ConfigArgs) -> Result<(), CliError> {
    let action = match (args.action, args.key, args.value) {
        (Some(action), ..) => action,
        (None, Some(key), Some(value)) => Action::Set { key, value },
        (None, Some(key), None) => Action::Get { key },
        (None, None, _) => Action::List,
    };
    match action {
        Action::Get { key } => get(context, args.global, &key),
        Action::List => list(context, args.global),
        Action::Set { key, value } => {
            check(&key, &value)?;
            edit(context, args.global, |file| file.set(&key, &value))
        }
        Action::Unset { key } => {
            if edit(context, args.global, |file| file.unset(&key))? {
                Ok(())
            } else {
                Err(not_set(&key))
            }
        }
    }
}

fn get(context: &Context, global: bool, key: &str) -> Result<(), CliError> {
    let config = read(context, global)?;
    let value = config.get(key).ok_or_else(|| not_set(key))?;
    if context.json() {
        context.printer.json(&serde_json::json!({ key: value }))
    } else {
        context.printer.line(value)
    }
}

fn list(context: &Context, global: bool) -> Result<(), CliError> {
    let config = read(context, global)?;
    if context.json() {
        let entries: serde_json::Map<_, _> = config
            .entries()
            .map(|(key, value)| (key.to_owned(), value.into()))
            .collect();
        return context.printer.json(&entries);
    }
    for (key, value) in config.entries() {
        context.printer.line(format_args!("{key} = {value}"))?;
    }
    Ok(())
}

/// The user's settings, or those in effect here. Outside of a repository, only the user's are.
fn read(context: &Context, global: bool) -> Result<Config, CliError> {
    if !global {
        match context.repository() {
            Ok(repository) => return context.config(&repository),
            Err(error) if error.kind == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(user_file(context)?.config())
}

fn edit<T>(
    context: &Context,
    global: bool,
    change: impl FnOnce(&mut ConfigFile) -> repository::Result<T>,
) -> Result<T, CliError> {
    if global {
        let mut file = user_file(context)?;
        let done = change(&mut file)?;
        file.write()?;
        return Ok(done);
    }
    let repository = context.repository().map_err(|error| {
        error.with_hint("`--global` changes the settings of all your repositories")
    })?;
    Ok(repository.lock()?.edit_config(change)?)
}

fn user_file(context: &Context) -> Result<ConfigFile, CliError> {
    let path = context.user_config_path().ok_or_else(|| {
        CliError::failed("there is no directory for your own settings")
            .with_hint("set HOME or MUSE_CONFIG_HOME")
    })?;
    Ok(ConfigFile::read(&path)?)
}

fn not_set(key: &str) -> CliError {
    let error = CliError::not_found(format!("{key} is not set"));
    match is_known(key) {
        true => error.with_hint(format!("`muse config set {key} VALUE` sets it")),
        false => error.with_hint(known_settings()),
    }
}
