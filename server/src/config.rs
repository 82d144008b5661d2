//! Settings of a server: typed, with every default in one place.
//!
//! [`arguments`] is the command line and the environment; everything else uses [`Config`].

pub mod arguments;
mod network;
mod secret;

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use muse_wire::limits::PushLimits;
use url::Url;

use crate::store::StoreOptions;

pub use network::Network;
pub(crate) use secret::{
    MIN_SECRET_CHARACTERS, is_long_enough, load_or_create as load_or_create_secret,
};

/// The longest time that a presigned URL may be valid: a week, which S3 allows.
pub const MAX_PRESIGN_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// All settings. [`Config::new`] gives the defaults; change fields before starting.
#[derive(Clone)]
pub struct Config {
    /// Directory of the embedded database, the blobs and the signing secret.
    pub data_dir: PathBuf,
    /// `HOST:PORT` to listen on; port 0 picks a free one. None for a process that only runs jobs.
    pub listen: Option<String>,
    /// `sqlite:PATH` or `postgres://…`; `musehub.sqlite` in the data directory unless set.
    pub database: Option<String>,
    /// How the connections to the database are used.
    pub store: StoreOptions,
    /// A directory, `file:///DIR` or `s3://BUCKET/PREFIX?endpoint=…`; `blobs` in the data directory
    /// unless set.
    pub blobs: Option<String>,
    /// Where everybody can read the blobs of the areas `mpacks` and `thin` whose names they know,
    /// as through a cache: plans of public repositories lead there, without signatures.
    pub public_blobs_url: Option<Url>,
    /// PEM file of the certificate that is shown to clients, with those that lead to a known one;
    /// plain HTTP unless set.
    pub tls_certificate: Option<PathBuf>,
    /// PEM file of the certificate's key.
    pub tls_key: Option<PathBuf>,
    /// Proxies whose `X-Forwarded-For` and `X-Request-Id` are believed.
    pub trusted_proxies: Vec<Network>,
    /// Workers in this process; 0 leaves the jobs to other processes.
    pub workers: usize,
    /// How clients reach this server, where that differs from the address that it sees.
    pub public_url: Option<Url>,
    /// Key that signs blob URLs, at least 32 characters; created and kept in the data directory
    /// unless set.
    pub secret: Option<String>,
    /// What one push may hold.
    pub push_limits: PushLimits,
    /// Most unfinished jobs of one repository.
    pub queued_jobs_per_repo: u64,
    /// How much may be pushed in a day.
    pub daily_quota: DailyQuota,
    /// How many requests one user may send in a minute, or one address that sends no token; no
    /// limit unless set. Those to presigned URLs do not count. Each process counts for itself.
    pub max_requests_per_minute: Option<NonZeroU32>,
    /// Memory in bytes that pushes that are verified and mpacks that are merged may take together,
    /// as estimated; what takes more runs alone.
    pub work_memory_bytes: u64,
    /// How long a fetch waits for its plan before it is answered with a job.
    pub fetch_patience: Duration,
    /// How long a finished job is kept: its outcome can be asked for, and the same push gets the
    /// same job.
    pub job_retention: Duration,
    /// How long what nobody needs is kept.
    pub retention: Retention,
    /// How long a presigned URL is valid: at least a second, at most [`MAX_PRESIGN_LIFETIME`].
    pub presign_lifetime: Duration,
    /// `HOST:PORT` at which metrics are given, to whoever reaches it; none unless set.
    pub metrics_listen: Option<String>,
    /// How many connections are served at a time; more wait to be accepted.
    pub max_connections: usize,
    /// How long a client may take to send its request headers.
    pub header_timeout: Duration,
    /// How long a client may pause while it sends a body; after that time in all, a body must have
    /// come with 4 KiB a second.
    pub body_idle_timeout: Duration,
    /// How long a client may take none of an answer.
    pub write_idle_timeout: Duration,
    /// How long open requests and running jobs may take to end when the server stops.
    pub drain_timeout: Duration,
}

/// How many bytes of mpacks may be pushed in a day, from midnight UTC; no limit unless set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DailyQuota {
    /// By one user.
    pub user_bytes: Option<u64>,
    /// To one repository.
    pub repo_bytes: Option<u64>,
}

/// How long what nobody needs is kept, where that is the operator's to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// What no branch or tag reaches.
    pub unreachable: Duration,
    /// Mpacks that were refused because of their bytes.
    pub quarantine: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        let days = |days: u64| Duration::from_secs(days * 24 * 60 * 60);
        Self {
            unreachable: days(14),
            quarantine: days(30),
        }
    }
}

impl Config {
    /// The defaults, for a server with everything in `data_dir`.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            listen: Some("127.0.0.1:8765".to_owned()),
            database: None,
            store: StoreOptions::default(),
            blobs: None,
            public_blobs_url: None,
            tls_certificate: None,
            tls_key: None,
            trusted_proxies: Vec::new(),
            workers: 2,
            public_url: None,
            secret: None,
            push_limits: PushLimits::default(),
            queued_jobs_per_repo: 100,
            daily_quota: DailyQuota::default(),
            max_requests_per_minute: None,
            work_memory_bytes: 1 << 30,
            fetch_patience: Duration::from_secs(2),
            job_retention: Duration::from_secs(7 * 24 * 60 * 60),
            retention: Retention::default(),
            presign_lifetime: Duration::from_secs(15 * 60),
            metrics_listen: None,
            max_connections: 1024,
            header_timeout: Duration::from_secs(30),
            body_idle_timeout: Duration::from_secs(60),
            write_idle_timeout: Duration::from_secs(60),
            drain_timeout: Duration::from_secs(20),
        }
    }

    /// The database's URL.
    pub fn database_url(&self) -> String {
        match &self.database {
            Some(url) => url.clone(),
            None => format!("sqlite:{}", self.data_dir.join("musehub.sqlite").display()),
        }
    }

    /// The file of the database; `None` where it is no file.
    pub(crate) fn database_path(&self) -> Option<PathBuf> {
        let url = self.database_url();
        url.strip_prefix("sqlite:").map(PathBuf::from)
    }

    /// The file of the key that signs blob URLs, where that is not set.
    pub(crate) fn secret_path(&self) -> PathBuf {
        self.data_dir.join("secret")
    }

    /// The blob store's URL or directory.
    pub fn blobs_url(&self) -> String {
        match &self.blobs {
            Some(url) => url.clone(),
            None => self.data_dir.join("blobs").display().to_string(),
        }
    }
}

/// Shows no secret and no password, so not the database's URL either.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("data_dir", &self.data_dir)
            .field("listen", &self.listen)
            .field("workers", &self.workers)
            .field("push_limits", &self.push_limits)
            .finish_non_exhaustive()
    }
}
