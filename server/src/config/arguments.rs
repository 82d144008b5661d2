//! The command line of `musehub`, and the environment variables that stand in for it.

mod audit;
mod data;
mod member;
mod repo;
mod token;
mod user;

use std::num::NonZeroUsize;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};
use muse_wire::limits::PushLimits;
use url::Url;

pub use audit::AuditArguments;
pub use data::DataArguments;
pub use member::MemberCommand;
pub use repo::{RepoCommand, Visibility};
pub use token::TokenCommand;
pub use user::UserCommand;

use super::Config;

/// Longest time that finished jobs are kept: ten years.
const MAX_JOB_RETENTION_SECONDS: u64 = 10 * 365 * 24 * 60 * 60;

/// The server that `muse` pushes to and clones from.
#[derive(Debug, Parser)]
#[command(name = "musehub", version, propagate_version = true)]
pub struct Arguments {
    /// How log lines are written to stderr; MUSEHUB_LOG sets which ones (default `info`).
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
    Migrate(DataArguments),
    /// Manage users.
    #[command(subcommand)]
    User(UserCommand),
    /// Manage tokens.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Manage who may do what in a repository.
    #[command(subcommand)]
    Member(MemberCommand),
    /// Manage repositories.
    #[command(subcommand)]
    Repo(RepoCommand),
    /// List who did what to users, tokens, members and repositories, the latest first: time, who,
    /// act, repository, user and detail, tab-separated; `-` stands for what there is not.
    Audit(AuditArguments),
}

/// `musehub serve`.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// Where the server's data is.
    #[command(flatten)]
    pub data: DataArguments,
    /// Host name or address, and port, to listen on; port 0 picks a free one.
    #[arg(
        long,
        value_name = "HOST:PORT",
        default_value = "127.0.0.1:8765",
        env = "MUSEHUB_LISTEN"
    )]
    pub listen: String,
    /// Workers in this process; 0 leaves the jobs to `musehub worker`.
    #[arg(long, value_name = "N", default_value_t = 2, env = "MUSEHUB_WORKERS")]
    pub workers: usize,
    /// How clients reach this server, if it is behind a proxy.
    #[arg(long, value_name = "URL", env = "MUSEHUB_PUBLIC_URL")]
    pub public_url: Option<Url>,
    /// How many connections are served at a time; more wait.
    #[arg(
        long,
        value_name = "N",
        default_value = "1024",
        env = "MUSEHUB_MAX_CONNECTIONS"
    )]
    pub max_connections: NonZeroUsize,
    /// How long open requests and running jobs may take to end when the server stops.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 20,
        env = "MUSEHUB_DRAIN_SECONDS"
    )]
    pub drain_seconds: u64,
    /// Settings that every process of one server shares.
    #[command(flatten)]
    pub shared: SharedArguments,
}

/// `musehub worker`.
#[derive(Debug, Args)]
pub struct WorkerArguments {
    /// Where the server's data is.
    #[command(flatten)]
    pub data: DataArguments,
    /// How many jobs run at a time.
    #[arg(long, value_name = "N", default_value_t = 2, env = "MUSEHUB_WORKERS")]
    pub workers: usize,
    /// Settings that every process of one server shares.
    #[command(flatten)]
    pub shared: SharedArguments,
}

/// Settings that must be the same in every process of one server.
#[derive(Debug, Args)]
pub struct SharedArguments {
    /// Key that signs blob URLs, at least 32 characters, where several servers share blobs but not
    /// DIR [default: in DIR/secret].
    #[arg(
        long,
        value_name = "TEXT",
        env = "MUSEHUB_SECRET",
        hide_env_values = true
    )]
    pub secret: Option<String>,
    /// Largest mpack in bytes.
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = PushLimits::default().mpack_bytes,
        env = "MUSEHUB_MAX_MPACK_BYTES"
    )]
    pub max_mpack_bytes: u64,
    /// Largest single object in bytes.
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = PushLimits::default().object_bytes,
        env = "MUSEHUB_MAX_OBJECT_BYTES"
    )]
    pub max_object_bytes: u64,
    /// Most objects in one push.
    #[arg(
        long,
        value_name = "N",
        default_value_t = PushLimits::default().objects,
        env = "MUSEHUB_MAX_PUSH_OBJECTS"
    )]
    pub max_push_objects: u64,
    /// Most commits in one push.
    #[arg(
        long,
        value_name = "N",
        default_value_t = PushLimits::default().commits,
        env = "MUSEHUB_MAX_PUSH_COMMITS"
    )]
    pub max_push_commits: u64,
    /// Most bytes of all objects of one push together, uncompressed.
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = PushLimits::default().raw_bytes,
        env = "MUSEHUB_MAX_PUSH_RAW_BYTES"
    )]
    pub max_push_raw_bytes: u64,
    /// Most unfinished jobs of one repository.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 100,
        env = "MUSEHUB_MAX_QUEUED_JOBS"
    )]
    pub max_queued_jobs: u64,
    /// How long finished jobs are kept and can be asked for.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 604_800,
        value_parser = value_parser!(u64).range(..=MAX_JOB_RETENTION_SECONDS),
        env = "MUSEHUB_JOB_RETENTION_SECONDS"
    )]
    pub job_retention_seconds: u64,
    /// How long a presigned URL is valid, at most a week.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 900,
        env = "MUSEHUB_PRESIGN_SECONDS"
    )]
    pub presign_seconds: u64,
}

impl SharedArguments {
    fn apply(self, config: &mut Config) {
        config.secret = self.secret;
        config.push_limits = PushLimits {
            mpack_bytes: self.max_mpack_bytes,
            object_bytes: self.max_object_bytes,
            objects: self.max_push_objects,
            commits: self.max_push_commits,
            raw_bytes: self.max_push_raw_bytes,
        };
        config.queued_jobs_per_repo = self.max_queued_jobs;
        config.job_retention = Duration::from_secs(self.job_retention_seconds);
        config.presign_lifetime = Duration::from_secs(self.presign_seconds);
    }
}

impl ServeArguments {
    /// The settings.
    pub fn config(self) -> Config {
        let mut config = Config {
            listen: Some(self.listen),
            workers: self.workers,
            public_url: self.public_url,
            max_connections: self.max_connections.get(),
            drain_timeout: Duration::from_secs(self.drain_seconds),
            ..self.data.config()
        };
        self.shared.apply(&mut config);
        config
    }
}

impl WorkerArguments {
    /// The settings.
    pub fn config(self) -> Config {
        let mut config = Config {
            listen: None,
            workers: self.workers.max(1),
            ..self.data.config()
        };
        self.shared.apply(&mut config);
        config
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn defaults_are_those_of_the_library() {
        let parsed = Arguments::try_parse_from(["musehub", "serve", "--data", "d"]);
        let Command::Serve(serve) = parsed.expect("valid").command else {
            panic!("another command");
        };
        let (config, default) = (serve.config(), Config::new("d"));
        assert_eq!(config.listen, default.listen);
        assert_eq!(config.workers, default.workers);
        assert_eq!(config.push_limits, default.push_limits);
        assert_eq!(config.queued_jobs_per_repo, default.queued_jobs_per_repo);
        assert_eq!(config.job_retention, default.job_retention);
        assert_eq!(config.presign_lifetime, default.presign_lifetime);
        assert_eq!(config.max_connections, default.max_connections);
        assert_eq!(config.drain_timeout, default.drain_timeout);
    }
}
