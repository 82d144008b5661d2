//! Where completion is asked for: the command line so far, and the repository that it is about.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::repository::{Config, Refs, Repository};
use crate::ui::context::Context;
use crate::ui::environment::Environment;
use crate::ui::printer::{Printer, PrinterOptions, Verbosity};

/// The option that says where a command works, given before it.
const START_DIRECTORY: &str = "-C";

/// The command line, and what candidates are looked up in. Nothing that it does is printed.
pub(super) struct Place {
    words: Vec<String>,
    context: Context,
}

impl Place {
    /// `words` are the command line with the program's name first; the last one is being typed.
    pub(super) fn new(words: Vec<String>, environment: Environment, directory: &Path) -> Self {
        let options = PrinterOptions {
            verbosity: Verbosity::Quiet,
            json: false,
            stdout_is_terminal: false,
            color_stdout: false,
            color_stderr: false,
        };
        let printer = Printer::to(options, io::sink(), io::sink());
        let directory = start_directory(&words, &environment, directory);
        Self {
            words,
            context: Context::new(printer, "muse".to_owned(), environment, directory, false),
        }
    }

    /// The command line.
    pub(super) fn words(&self) -> &[String] {
        &self.words
    }

    /// The word that is being typed.
    pub(super) fn current(&self) -> &str {
        self.words.last().map_or("", String::as_str)
    }

    /// Whether one of these options was given.
    pub(super) fn has_option(&self, options: &[&str]) -> bool {
        let before = &self.words[..self.words.len().saturating_sub(1)];
        let is_one = |word: &String| options.iter().any(|option| word.starts_with(option));
        before.iter().any(is_one)
    }

    /// What the command works with.
    pub(super) const fn context(&self) -> &Context {
        &self.context
    }

    /// Where the command works.
    pub(super) fn directory(&self) -> &Path {
        &self.context.directory
    }

    /// The repository, if there is one that can be read.
    pub(super) fn repository(&self) -> Option<Arc<Repository>> {
        self.context.repository().ok()
    }

    /// Its refs.
    pub(super) fn refs(&self) -> Option<Refs> {
        self.repository()?.refs.read().ok()
    }

    /// Its own settings; none without a repository.
    pub(super) fn own_settings(&self) -> Config {
        let own = self.repository().and_then(|one| one.config.read().ok());
        own.unwrap_or_default()
    }

    /// The user's settings.
    pub(super) fn user_settings(&self) -> Config {
        self.context.user_config().unwrap_or_default()
    }
}

/// Where a command works that is typed in `directory`: there, or where `-C DIR` says.
fn start_directory(words: &[String], environment: &Environment, directory: &Path) -> PathBuf {
    let before = &words[..words.len().saturating_sub(1)];
    let chosen = match before {
        [_, option, chosen, ..] if option == START_DIRECTORY => Some(chosen.as_str()),
        [_, option, ..] => option.strip_prefix(START_DIRECTORY),
        _ => None,
    };
    let Some(chosen) = chosen else {
        return directory.to_owned();
    };
    // The shell has not replaced the sign for the home directory yet.
    match (chosen.strip_prefix("~/"), &environment.home) {
        (Some(below), Some(home)) => home.join(below),
        _ => directory.join(chosen),
    }
}
