//! The file of settings: what it says stands in for what neither a flag nor a variable says.
//!
//! A setting is an argument that has a variable. In the file it has the name of its flag. So the
//! command line is the only list of settings, and checks the values of all three sources.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::builder::OsStr;
use clap::{Arg, Command};
use toml_edit::{Document, Item, Value};

/// Id of the argument that names the file, which is no setting in it.
const FILE_ARGUMENT: &str = "config";

/// Why a file of settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFileError {
    /// It cannot be read.
    #[error("cannot read the settings in {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A line is wrong.
    #[error("{}:{line}: {reason}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line's number, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

/// The command, with the settings of the file as defaults.
///
/// # Errors
/// [`ConfigFileError`], also for a setting that no command knows and for a value that its argument
/// does not take.
pub(super) fn with_settings_of(path: &Path, command: Command) -> Result<Command, ConfigFileError> {
    let text = fs::read_to_string(path).map_err(|source| ConfigFileError::Read {
        path: path.to_owned(),
        source,
    })?;
    let wrong = |span: Option<Range<usize>>, reason: String| ConfigFileError::Line {
        path: path.to_owned(),
        line: line_of(&text, span),
        reason,
    };
    let document = Document::parse(text.as_str())
        .map_err(|error| wrong(error.span(), error.message().replace('\n', "; ")))?;
    let known = settings(&command);
    let mut defaults = BTreeMap::new();
    for (name, item) in document.iter() {
        let span = document.as_table().key(name).and_then(|key| key.span());
        let argument = known
            .get(name)
            .ok_or_else(|| wrong(span.clone(), format!("`{name}` is no setting")))?;
        let values = values_of(item).ok_or_else(|| {
            let reason = format!("`{name}` takes a text, a number, true, false or a list of them");
            wrong(span.clone(), reason)
        })?;
        check(argument, &values).map_err(|reason| wrong(span, reason))?;
        defaults.insert(name.to_owned(), values);
    }
    Ok(with_defaults(command, &defaults))
}

/// The file that the arguments or the environment name.
///
/// # Errors
/// Where the command line is wrong.
pub(super) fn named_file(
    command: Command,
    words: &[OsString],
) -> Result<Option<PathBuf>, clap::Error> {
    // What is required may be in the file.
    let command = map_arguments(command, &|argument| argument.required(false));
    let matches = command.try_get_matches_from(words)?;
    Ok(matches.get_one::<PathBuf>(FILE_ARGUMENT).cloned())
}

/// The settings of a command and of all below it, by their names in a file.
pub(super) fn settings(command: &Command) -> BTreeMap<&str, &Arg> {
    let mut found: BTreeMap<_, _> = command
        .get_arguments()
        .filter_map(|argument| Some((setting_name(argument)?, argument)))
        .collect();
    found.extend(command.get_subcommands().flat_map(settings));
    found
}

fn setting_name(argument: &Arg) -> Option<&str> {
    argument.get_env()?;
    argument
        .get_long()
        .filter(|_| argument.get_id() != FILE_ARGUMENT)
}

fn with_defaults(command: Command, defaults: &BTreeMap<String, Vec<String>>) -> Command {
    map_arguments(command, &|argument| match setting_name(&argument)
        .and_then(|name| defaults.get(name))
    {
        Some(values) => {
            let values = values.iter().map(OsStr::from);
            argument.required(false).default_values(values)
        }
        None => argument,
    })
}

fn map_arguments(command: Command, map: &impl Fn(Arg) -> Arg) -> Command {
    command
        .mut_args(map)
        .mut_subcommands(|below| map_arguments(below, map))
}

/// Whether the argument takes these values; what it says where it does not.
fn check(argument: &Arg, values: &[String]) -> Result<(), String> {
    let name = argument.get_long().unwrap_or_default();
    let words = values.iter().map(|value| format!("--{name}={value}"));
    let alone = Command::new("musehub")
        .no_binary_name(true)
        .arg(argument.clone().required(false));
    match alone.try_get_matches_from(words) {
        Ok(_) => Ok(()),
        Err(error) => {
            let text = error.to_string();
            let text = text.trim_start_matches("error: ");
            let (reason, _) = text.split_once("\n\n").unwrap_or((text, ""));
            Err(reason.split_whitespace().collect::<Vec<_>>().join(" "))
        }
    }
}

/// The values of a setting, as they would stand on the command line.
fn values_of(item: &Item) -> Option<Vec<String>> {
    match item.as_value()? {
        Value::Array(list) => list.iter().map(value_of).collect(),
        value => Some(vec![value_of(value)?]),
    }
}

fn value_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.value().clone()),
        Value::Integer(number) => Some(number.value().to_string()),
        Value::Boolean(flag) => Some(flag.value().to_string()),
        _ => None,
    }
}

fn line_of(text: &str, span: Option<Range<usize>>) -> usize {
    let start = span.map_or(0, |span| span.start.min(text.len()));
    let before = &text.as_bytes()[..start];
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}
