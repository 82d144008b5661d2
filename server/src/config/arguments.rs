//! The command line of `musehub`, and what stands in for its flags: environment variables, and a
//! file of settings.

mod audit;
mod backup;
mod block;
mod data;
mod exit;
mod file;
mod gc;
mod key;
mod member;
mod quarantine;
mod repo;
mod retention;
mod serve;
mod settings;
#[cfg(test)]
mod tests;
mod token;
mod user;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use url::Url;

pub use self::audit::AuditArguments;
pub use self::backup::{BackupArguments, RestoreArguments};
pub use self::block::{BlockCommand, RestoreObjectArguments, TakedownArguments};
pub use self::data::DataArguments;
pub use self::exit::{EXIT_CODES, EXIT_FAILURE, EXIT_PENDING, EXIT_USAGE};
pub use self::file::ConfigFileError;
pub use self::gc::{DoctorArguments, GcArguments};
pub use self::key::KeyCommand;
pub use self::member::MemberCommand;
pub use self::quarantine::QuarantineCommand;
pub use self::repo::{RepoCommand, Visibility};
pub use self::serve::{ServeArguments, SharedArguments, WorkerArguments};
pub use self::settings::settings_page;
pub use self::token::TokenCommand;
pub use self::user::UserCommand;

/// Which log lines are written, and which spans are sent; `tracing-subscriber`'s filter syntax.
/// There is no flag for it.
pub const LOG_VARIABLE: &str = "MUSEHUB_LOG";

/// The server that `muse` pushes to and clones from.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  musehub user create ada --data hub
    Make the directory `hub`, and a user in it.
  musehub token create --user ada --data hub
    Print a token for her.
  musehub repo create ada/notes --data hub
    Make a repository.
  musehub serve --data hub
    Serve it on this machine.")]
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
    /// Where an OpenTelemetry collector takes traces, as OTLP over HTTP.
    ///
    /// Like `http://127.0.0.1:4318/v1/traces`. Each request and each job is a span, with the steps
    /// of pushes in it.
    #[arg(long, global = true, value_name = "URL", env = "MUSEHUB_OTLP_ENDPOINT")]
    pub otlp_endpoint: Option<Url>,
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
    Serve(Box<ServeArguments>),
    /// Run jobs only, beside one or more `serve` processes.
    Worker(WorkerArguments),
    /// Bring the database's schema up to date, then exit.
    Migrate(MigrateArguments),
    /// Manage users.
    #[command(subcommand)]
    #[command(after_help = "Examples:
  musehub user create ada --data hub
    Make a user.
  musehub user list --data hub
    List all users.")]
    User(UserCommand),
    /// Manage tokens.
    #[command(subcommand)]
    #[command(after_help = "Examples:
  musehub token create --user ada --data hub
    Print a new token.
  musehub token revoke 3 --data hub
    Revoke one.")]
    Token(TokenCommand),
    /// Manage the keys that users sign commits with.
    #[command(subcommand)]
    #[command(after_help = "Examples:
  musehub key list ada --data hub
    List the keys that a user has registered.")]
    Key(KeyCommand),
    /// Manage who may do what in a repository.
    #[command(subcommand)]
    #[command(after_help = "Examples:
  musehub member add ada/notes grace --role write --data hub
    Let a user push to a repository.
  musehub member list ada/notes --data hub
    List who may do what there.")]
    Member(MemberCommand),
    /// Manage repositories.
    #[command(subcommand)]
    #[command(after_help = "Examples:
  musehub repo create ada/notes --private --data hub
    Make a repository that only its owner and members see.
  musehub repo protect ada/notes main --data hub
    Protect its branch `main`.")]
    Repo(RepoCommand),
    /// List who did what to users, tokens, keys, members and repositories, the latest first: time,
    /// who, act, repository, user and detail, tab-separated; `-` stands for what there is not.
    Audit(AuditArguments),
    /// Block objects on the whole server.
    #[command(subcommand)]
    #[command(after_help = "Examples:
  musehub block list --data hub
    List what is blocked.")]
    Block(BlockCommand),
    /// Take an object down in one repository: it still clones, without it.
    Takedown(TakedownArguments),
    /// Give an object again that was taken down.
    RestoreObject(RestoreObjectArguments),
    /// Delete blobs that nobody comes back for, as a running server does every hour, and list them:
    /// blob, bytes and reason, tab-separated.
    Gc(GcArguments),
    /// Compare the mpacks in the blob store with the database, walk the history of all branches and
    /// tags, and list what is damaged: repository, mpack or other id, damage and outcome,
    /// tab-separated. The exit code is 1 where anything is.
    Doctor(DoctorArguments),
    /// See to mpacks that were refused because of their bytes: they are kept for some time.
    #[command(subcommand)]
    #[command(after_help = "Examples:
  musehub quarantine list --data hub
    List what was refused because of its bytes.")]
    Quarantine(QuarantineCommand),
    /// Write everything to one tar archive, while the server runs or not. The database must be
    /// SQLite.
    Backup(BackupArguments),
    /// Put everything back that a backup holds, where no database is yet.
    Restore(RestoreArguments),
}

/// `musehub migrate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  musehub migrate --check --data hub
    Say whether the database has to be brought up to date.
  musehub migrate --data hub
    Bring it up to date.")]
pub struct MigrateArguments {
    /// Change nothing: print what is pending, and end with exit code 3 where anything is.
    #[arg(long)]
    pub check: bool,
    /// Where the server's data is.
    #[command(flatten)]
    pub data: DataArguments,
}
