//! The manual of one program: what its pages take from elsewhere than the command line.

use std::collections::BTreeMap;

use clap::{Arg, Command, CommandFactory as _};
use muse::app::App;
use muse::git_remote::Helper;
use muse::ui::commit_format::PLACEHOLDERS;
use muse::ui::environment::{VARIABLES, Variable};
use muse::ui::settings::{SETTINGS, Setting};
use musehub::config::arguments::{Arguments, EXIT_CODES, LOG_VARIABLE};

use super::name_of;
use super::notes::{CLIENT_FILES, GIT_HELPER_FILES, Note, SERVER_FILES};
use crate::exit_codes::exit_codes;

/// A program that has a manual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manual {
    /// `muse`.
    Client,
    /// `musehub`.
    Server,
    /// `git-remote-muse`.
    GitHelper,
}

impl Manual {
    pub(crate) const ALL: [Self; 3] = [Self::Client, Self::Server, Self::GitHelper];

    /// The program's name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Client => "muse",
            Self::Server => "musehub",
            Self::GitHelper => "git-remote-muse",
        }
    }

    /// Its commands, built.
    pub(crate) fn root(self) -> Command {
        let mut root = match self {
            Self::Client => App::command(),
            Self::Server => Arguments::command(),
            Self::GitHelper => Helper::command(),
        };
        root.build();
        root
    }

    /// Sections that only some pages have.
    pub(super) fn sections(self, page: &str) -> Vec<(&'static str, Vec<Note>)> {
        if self != Self::Client {
            return Vec::new();
        }
        let mut sections = Vec::new();
        if page == "muse-log" {
            let notes = PLACEHOLDERS
                .iter()
                .map(|(name, text)| Note::new(format!("`%{name}`"), *text));
            let hex = Note::new("`%x00`", "the character of this code, in hexadecimal");
            sections.push(("PLACEHOLDERS", notes.chain([hex]).collect()));
        }
        let command = page.strip_prefix("muse-").unwrap_or_default();
        let concerns = |setting: &&Setting| {
            command.starts_with("config") || setting.commands.contains(&command)
        };
        let settings = SETTINGS.iter().filter(concerns).map(|setting| {
            let key = setting.key_with(|chosen| format!(".`{chosen}`."));
            Note::new(format!("`{key}`"), setting.text)
        });
        sections.push(("SETTINGS", settings.collect()));
        sections
    }

    /// Each exit code with its meaning, ascending.
    pub(super) fn exit_codes(self) -> Vec<Note> {
        let note = |(code, meaning): (u8, String)| Note::new(format!("`{code}`"), meaning);
        match self {
            Self::Client | Self::GitHelper => exit_codes().into_iter().map(note).collect(),
            Self::Server => {
                let codes = EXIT_CODES.map(|(code, meaning)| (code, meaning.to_owned()));
                codes.into_iter().map(note).collect()
            }
        }
    }

    /// The variables that have an effect on a command; for the program itself, all.
    pub(crate) fn variables(self, command: &Command) -> Vec<Note> {
        let name = name_of(command);
        let name = name.strip_prefix(self.name()).unwrap_or(name);
        let name = name.trim_start_matches('-');
        let of_command = |variable: &&Variable| {
            let commands = variable.commands;
            match self {
                Self::GitHelper => commands.is_empty() || commands.contains(&"push"),
                _ => name.is_empty() || commands.is_empty() || commands.contains(&name),
            }
        };
        match self {
            Self::Client | Self::GitHelper => {
                let concerning = VARIABLES.iter().filter(of_command);
                let notes = concerning.map(|variable| {
                    let names = variable.names.iter().map(|name| format!("`{name}`"));
                    Note::new(names.collect::<Vec<_>>().join(", "), variable.text)
                });
                notes.collect()
            }
            Self::Server => {
                let mut found = BTreeMap::new();
                collect_variables(command, name.is_empty(), &mut found);
                let text = "Which log lines are written, as filters of tracing-subscriber; `info` \
                            unless it is set.";
                found.insert(LOG_VARIABLE.to_owned(), text.to_owned());
                let notes = found.into_iter();
                let notes = notes.map(|(name, text)| Note::new(format!("`{name}`"), text));
                notes.collect()
            }
        }
    }

    /// The files that a command has to do with; for the program itself, all.
    pub(super) fn files(self, command: &Command) -> Vec<Note> {
        let files = match self {
            Self::Client => CLIENT_FILES,
            Self::Server => SERVER_FILES,
            Self::GitHelper => GIT_HELPER_FILES,
        };
        let page = name_of(command);
        let concerning = files.iter().filter(|file| {
            page == self.name() || file.pages.is_empty() || file.pages.contains(&page)
        });
        let notes = concerning.map(|file| Note::new(format!("`{}`", file.path), file.text));
        notes.collect()
    }
}

/// The variables that stand in for the options of a command, and of those below it.
fn collect_variables(command: &Command, deep: bool, found: &mut BTreeMap<String, String>) {
    for arg in command.get_arguments() {
        if let (Some(variable), Some(option)) = (variable_of(arg), arg.get_long()) {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let text = format!("Stands in for `--{option}`: {}", lower_first(&help));
            found.insert(variable, text);
        }
    }
    if deep {
        for below in command.get_subcommands() {
            collect_variables(below, deep, found);
        }
    }
}

fn variable_of(arg: &Arg) -> Option<String> {
    let variable = arg.get_env()?;
    Some(variable.to_string_lossy().into_owned())
}

/// A sentence as it goes on behind a colon. Abbreviations and code stay as they are.
fn lower_first(sentence: &str) -> String {
    let mut characters = sentence.chars();
    match characters.next() {
        Some(first) if !characters.as_str().starts_with(char::is_uppercase) => {
            first.to_lowercase().chain(characters).collect()
        }
        _ => sentence.to_owned(),
    }
}
