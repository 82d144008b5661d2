//! The command line of `musehub`, and what stands in for its flags: environment variables, and a
//! file of settings.

mod data;
mod file;
mod serve;
mod settings;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::num::ParseIntError;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use muse_wire::name::RepoName;

pub use self::data::DataArguments;
pub use self::file::ConfigFileError;
pub use self::serve::{ServeArguments, SharedArguments, WorkerArguments};
pub use self::settings::settings_page;
use crate::store::accounts::{Scope, TokenId};

/// The server that `muse` pushes to and clones from.
#[derive(Debug, Parser)]
#[command(name = "musehub", version, propagate_version = true)]
pub struct Arguments {
    /// File of settings, for what neither a flag nor a variable says.
    #[arg(long, global = true, value_name = "FILE", env = "MUSEHUB_CONFIG")]
    pub config: Option<PathBuf>,
    /// How log lines are written to stderr.
    ///
    /// MUSEHUB_LOG sets which ones (default `info`).
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "text",
        env = "MUSEHUB_LOG_FORMAT"
    )]
    pub log_format: LogFormat,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Why the arguments of a process cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ArgumentsError {
    /// The command line or the environment is wrong, or help is asked for.
    #[error(transparent)]
    Usage(#[from] clap::Error),
    /// The file of settings is wrong.
    #[error(transparent)]
    File(#[from] ConfigFileError),
}

impl Arguments {
    /// Reads a command line, the first word of which is the program's name. A flag comes before a
    /// variable, a variable before the file, the file before the default.
    ///
    /// # Errors
    /// [`ArgumentsError`].
    pub fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self, ArgumentsError> {
        let words: Vec<_> = words.into_iter().collect();
        let mut command = Self::command();
        if let Some(path) = file::named_file(command.clone(), &words)? {
            command = file::with_settings_of(&path, command)?;
        }
        Ok(Self::from_arg_matches(
            &command.try_get_matches_from(words)?,
        )?)
    }
}

/// Format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One readable line for each event.
    Text,
    /// One JSON object for each event.
    Json,
}

/// What `musehub` does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve HTTP, with workers in the same process unless `--workers 0`.
    Serve(ServeArguments),
    /// Run jobs only, beside one or more `serve` processes.
    Worker(WorkerArguments),
    /// Bring the database's schema up to date, then exit.
    Migrate(MigrateArguments),
    /// Manage users.
    #[command(subcommand)]
    User(UserCommand),
    /// Manage tokens.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Manage repositories.
    #[command(subcommand)]
    Repo(RepoCommand),
}

/// `musehub migrate`.
#[derive(Debug, Args)]
pub struct MigrateArguments {
    /// Change nothing: print what is pending, and end with exit code 3 where anything is.
    #[arg(long)]
    pub check: bool,
    /// Where the server's data is.
    #[command(flatten)]
    pub data: DataArguments,
}

/// `musehub user`.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Create a user.
    Create {
        /// Lowercase letters, digits, `-`, `_` and `.`.
        name: String,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
}

/// `musehub token`.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Create a token and print it, alone, on stdout. It cannot be shown again.
    Create {
        /// The user it belongs to.
        #[arg(long, value_name = "NAME")]
        user: String,
        /// `read`, `write` or `admin`.
        #[arg(long, default_value = "write")]
        scope: Scope,
        /// What it is for.
        #[arg(long, value_name = "TEXT", default_value = "")]
        label: String,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// List tokens, without their secrets: id, user, scope, state and label, tab-separated.
    List {
        /// Only this user's.
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Revoke a token.
    Revoke {
        /// Its id, as listed.
        #[arg(value_parser = parse_token_id)]
        id: TokenId,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
}

/// `musehub repo`.
#[derive(Debug, Subcommand)]
pub enum RepoCommand {
    /// Create a repository for an existing user.
    Create {
        /// Its address.
        #[arg(value_name = "OWNER/NAME", value_parser = RepoName::parse)]
        name: RepoName,
        /// Let only its owner see it.
        #[arg(long)]
        private: bool,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// List repositories: address, `public` or `private`, and id, tab-separated.
    List {
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Delete a repository with all its history; asks for its name first, at a terminal.
    Delete {
        /// Its address.
        #[arg(value_name = "OWNER/NAME", value_parser = RepoName::parse)]
        name: RepoName,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
}

fn parse_token_id(text: &str) -> Result<TokenId, ParseIntError> {
    text.parse().map(TokenId)
}
