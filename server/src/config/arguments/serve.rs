//! `musehub serve` and `musehub worker`: the settings of a server that runs.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, value_parser};
use muse_wire::limits::PushLimits;
use url::Url;

use super::data::DataArguments;
use super::retention::RetentionArguments;
use crate::config::{Config, DailyQuota, Network};
use crate::store::StoreOptions;

/// Longest time that finished jobs are kept: ten years.
const MAX_JOB_RETENTION_SECONDS: u64 = 10 * 365 * 24 * 60 * 60;

/// `musehub serve`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  musehub serve --data hub --listen 127.0.0.1:8765
    Serve what is in `hub` on this machine.
  musehub serve --config /etc/musehub/musehub.toml --data /var/lib/musehub --workers 0
    Serve with the settings of a file, and leave jobs to `musehub worker`.")]
pub struct ServeArguments {
    /// Where the server's data is.
    #[command(flatten)]
    pub data: DataArguments,
    /// Host name or address, and port, to listen on; port 0 is a free one.
    #[arg(
        long,
        value_name = "HOST:PORT",
        default_value = "127.0.0.1:8765",
        env = "MUSEHUB_LISTEN"
    )]
    pub listen: String,
    /// How clients reach this server, if it is behind a proxy.
    #[arg(long, value_name = "URL", env = "MUSEHUB_PUBLIC_URL")]
    pub public_url: Option<Url>,
    /// PEM file of the certificate for HTTPS, with its chain.
    ///
    /// Read again when it changes, and on SIGHUP.
    #[arg(long, value_name = "FILE", env = "MUSEHUB_TLS_CERTIFICATE")]
    pub tls_certificate: Option<PathBuf>,
    /// PEM file of the certificate's key.
    #[arg(long, value_name = "FILE", env = "MUSEHUB_TLS_KEY")]
    pub tls_key: Option<PathBuf>,
    /// Address or network of a proxy whose headers are believed; several.
    ///
    /// The client's address is taken from its X-Forwarded-For, a request's id from X-Request-Id.
    #[arg(
        long,
        value_name = "CIDR",
        value_delimiter = ',',
        env = "MUSEHUB_TRUSTED_PROXY"
    )]
    pub trusted_proxy: Vec<Network>,
    /// Where everybody can read blobs of public repositories, as from a CDN.
    ///
    /// It serves the areas `mpacks` and `thin` of the blob store. Plans for public repositories
    /// lead there, without signatures; all else stays presigned.
    #[arg(long, value_name = "URL", env = "MUSEHUB_PUBLIC_BLOBS_URL")]
    pub public_blobs_url: Option<Url>,
    /// How many connections are served at a time; more wait.
    #[arg(
        long,
        value_name = "N",
        default_value = "1024",
        env = "MUSEHUB_MAX_CONNECTIONS"
    )]
    pub max_connections: NonZeroUsize,
    /// Most requests of a user, or of an address, in a minute [default: no limit].
    ///
    /// An address counts for requests without a token. Transfers by presigned URL do not count.
    /// Each process counts for itself.
    #[arg(long, value_name = "N", env = "MUSEHUB_MAX_REQUESTS_PER_MINUTE")]
    pub max_requests_per_minute: Option<NonZeroU32>,
    /// How many jobs run at a time; with 0, `serve` leaves them to `worker`.
    #[arg(long, value_name = "N", default_value_t = 2, env = "MUSEHUB_WORKERS")]
    pub workers: usize,
    /// Settings that every process of one server shares.
    #[command(flatten)]
    pub shared: SharedArguments,
}

/// `musehub worker`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  musehub worker --data /var/lib/musehub --database postgres://musehub@db/musehub --workers 4
    Run four jobs at a time, beside servers.")]
pub struct WorkerArguments {
    /// Where the server's data is.
    #[command(flatten)]
    pub data: DataArguments,
    /// How many jobs run at a time; with 0, `serve` leaves them to `worker`.
    #[arg(long, value_name = "N", default_value_t = 2, env = "MUSEHUB_WORKERS")]
    pub workers: usize,
    /// Settings that every process of one server shares.
    #[command(flatten)]
    pub shared: SharedArguments,
}

/// Settings of every process of one server; most must be the same in all of them.
#[derive(Debug, Args)]
pub struct SharedArguments {
    /// Most connections to the database, of this process.
    #[arg(
        long,
        value_name = "N",
        default_value = "8",
        env = "MUSEHUB_DATABASE_CONNECTIONS"
    )]
    pub database_connections: NonZeroUsize,
    /// How long a request or job waits for one, before it fails.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 20,
        env = "MUSEHUB_DATABASE_WAIT_SECONDS"
    )]
    pub database_wait_seconds: u64,
    /// How long requests and jobs may take to end when the server stops.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 20,
        env = "MUSEHUB_DRAIN_SECONDS"
    )]
    pub drain_seconds: u64,
    /// Address and port at which `/metrics` is given to Prometheus.
    ///
    /// Whoever reaches it may read them.
    #[arg(long, value_name = "HOST:PORT", env = "MUSEHUB_METRICS_LISTEN")]
    pub metrics_listen: Option<String>,
    /// Key that signs blob URLs, at least 32 characters [default: in DIR/secret].
    ///
    /// To be given where several servers share blobs in a directory, but not DIR.
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
    /// Most bytes of all objects of one push, uncompressed.
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = PushLimits::default().raw_bytes,
        env = "MUSEHUB_MAX_PUSH_RAW_BYTES"
    )]
    pub max_push_raw_bytes: u64,
    /// Most bytes that each byte of an mpack may inflate to.
    ///
    /// What inflates to 256 MiB at most may have any ratio.
    #[arg(
        long,
        value_name = "N",
        default_value_t = PushLimits::default().ratio,
        value_parser = value_parser!(u64).range(1..),
        env = "MUSEHUB_MAX_PUSH_RATIO"
    )]
    pub max_push_ratio: u64,
    /// Most bytes of memory for verifying and merging mpacks.
    ///
    /// It is estimated, for each process; what needs more runs alone.
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = 1 << 30,
        env = "MUSEHUB_WORK_MEMORY_BYTES"
    )]
    pub work_memory_bytes: u64,
    /// Most unfinished jobs of one repository.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 100,
        env = "MUSEHUB_MAX_QUEUED_JOBS"
    )]
    pub max_queued_jobs: u64,
    /// Most bytes that one user may push in a day [default: no limit].
    ///
    /// A day begins at midnight UTC.
    #[arg(long, value_name = "BYTES", env = "MUSEHUB_MAX_USER_BYTES_PER_DAY")]
    pub max_user_bytes_per_day: Option<u64>,
    /// Most bytes that may be pushed to one repository in a day [default: no limit].
    #[arg(long, value_name = "BYTES", env = "MUSEHUB_MAX_REPO_BYTES_PER_DAY")]
    pub max_repo_bytes_per_day: Option<u64>,
    /// How long finished jobs are kept and can be asked for.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 604_800,
        value_parser = value_parser!(u64).range(..=MAX_JOB_RETENTION_SECONDS),
        env = "MUSEHUB_JOB_RETENTION_SECONDS"
    )]
    pub job_retention_seconds: u64,
    /// How long what nobody needs is kept.
    #[command(flatten)]
    pub retention: RetentionArguments,
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
        config.store = StoreOptions {
            max_connections: self.database_connections.get(),
            connection_wait: Duration::from_secs(self.database_wait_seconds),
        };
        config.drain_timeout = Duration::from_secs(self.drain_seconds);
        config.metrics_listen = self.metrics_listen;
        config.secret = self.secret;
        config.push_limits = PushLimits {
            mpack_bytes: self.max_mpack_bytes,
            object_bytes: self.max_object_bytes,
            objects: self.max_push_objects,
            commits: self.max_push_commits,
            raw_bytes: self.max_push_raw_bytes,
            ratio: self.max_push_ratio,
        };
        config.work_memory_bytes = self.work_memory_bytes;
        config.queued_jobs_per_repo = self.max_queued_jobs;
        config.daily_quota = DailyQuota {
            user_bytes: self.max_user_bytes_per_day,
            repo_bytes: self.max_repo_bytes_per_day,
        };
        config.job_retention = Duration::from_secs(self.job_retention_seconds);
        config.retention = self.retention.retention();
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
            public_blobs_url: self.public_blobs_url,
            tls_certificate: self.tls_certificate,
            tls_key: self.tls_key,
            trusted_proxies: self.trusted_proxy,
            max_connections: self.max_connections.get(),
            max_requests_per_minute: self.max_requests_per_minute,
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
