//! What can go wrong between here and a server.

use std::error::Error;
use std::time::Duration;

use muse_wire::problem::{Problem, ProblemCode};
use reqwest::StatusCode;

use super::internal_address::InternalAddress;
use super::url::UrlError;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The address is unusable.
    #[error("the remote's address cannot be used")]
    Url(#[from] UrlError),
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up")]
    Setup(#[source] reqwest::Error),
    /// The network threads cannot be started.
    #[error("cannot start the network threads")]
    Threads(#[source] std::io::Error),
    /// No connection.
    #[error("cannot connect to {host}")]
    Unreachable {
        /// Host and port.
        host: String,
        /// What the system says.
        #[source]
        source: reqwest::Error,
    },
    /// It was asked over https and speaks http.
    #[error("{host} speaks plain HTTP, not HTTPS")]
    PlainHttp {
        /// Host and port.
        host: String,
    },
    /// It was asked over http and speaks https.
    #[error("{host} speaks HTTPS, not plain HTTP")]
    Tls {
        /// Host and port.
        host: String,
    },
    /// The connection ended early.
    #[error("the connection to {host} was cut")]
    Cut {
        /// Host and port.
        host: String,
        /// What the system says.
        #[source]
        source: reqwest::Error,
    },
    /// A body ended before its announced length.
    #[error("{host} sent less than it announced")]
    Short {
        /// Host and port.
        host: String,
    },
    /// Nothing came for too long.
    #[error("{host} did not answer for {seconds} seconds")]
    TimedOut {
        /// Host and port.
        host: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// An answer came too slowly.
    #[error("{host} did not send all of its answer within {seconds} seconds")]
    TooSlow {
        /// Host and port.
        host: String,
        /// How long it was read.
        seconds: u64,
    },
    /// Something answered, but not musehub: usually a proxy.
    #[error("{host} answered {status} with {content_type}, not with the Muse protocol")]
    NotTheProtocol {
        /// Host and port.
        host: String,
        /// The status.
        status: StatusCode,
        /// The content type, or `no content type`.
        content_type: String,
        /// How long the answer asks to wait.
        retry_after: Option<Duration>,
    },
    /// The server refers to another address, where a token must not be sent unasked.
    #[error("{host} redirects to {location}")]
    Redirected {
        /// Host and port.
        host: String,
        /// Where to.
        location: String,
    },
    /// An answer that breaks the protocol.
    #[error("the answer of {host} cannot be read: {reason}")]
    BadAnswer {
        /// Host and port.
        host: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The refs could not be listed as they are at one moment.
    #[error("the refs on {host} moved each time they were listed")]
    RefsKeepMoving {
        /// Host and port.
        host: String,
    },
    /// The server refused.
    #[error("{problem}")]
    Problem {
        /// Its reason.
        problem: Problem,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
        /// What its log calls the request.
        request_id: Option<Box<str>>,
    },
    /// The server refers to a storage host that it must not send its clients to.
    #[error("the server sends us to the storage host {host}, but {reason}")]
    UnsafeStorage {
        /// Host and port.
        host: String,
        /// Why not.
        reason: String,
    },
    /// A storage host does not take or give a file.
    #[error("the storage host {host} refused with {status}{reason}")]
    StorageRefused {
        /// Host and port.
        host: String,
        /// The status.
        status: StatusCode,
        /// The store's own code in parentheses, behind a space; empty if it gave none.
        reason: String,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// A file of ours cannot be read or written.
    #[error("cannot use {}", path.display())]
    LocalFile {
        /// The file.
        path: std::path::PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The token cannot be sent in a header.
    #[error("the token has characters that no token can have")]
    BadToken,
}

impl TransportError {
    /// The server's reason, where it gave one.
    pub const fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem { problem, .. } => Some(problem),
            _ => None,
        }
    }

    /// The code of the server's reason, where this version knows it.
    pub fn code(&self) -> Option<ProblemCode> {
        self.problem().and_then(Problem::known_code)
    }

    /// How long the server asked to wait, where it did.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::NotTheProtocol { retry_after, .. }
            | Self::Problem { retry_after, .. }
            | Self::StorageRefused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether trying again may help: the network or the server failed, or the server has said when
    /// to come back.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Cut { .. }
            | Self::Short { .. }
            | Self::TimedOut { .. }
            | Self::TooSlow { .. } => true,
            _ => match self.status() {
                Some(StatusCode::TOO_MANY_REQUESTS) => self.retry_after().is_some(),
                Some(status) => is_transient_status(status),
                None => false,
            },
        }
    }

    /// Whether a presigned URL was refused as expired ones are. Another one may be taken.
    pub fn is_expired_url(&self) -> bool {
        matches!(self, Self::StorageRefused { status, .. } if *status == StatusCode::FORBIDDEN)
            || self.code() == Some(ProblemCode::InvalidSignature)
    }

    /// Whether the network, or something on it that is not musehub, is to blame.
    pub fn is_network_failure(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Cut { .. }
                | Self::Short { .. }
                | Self::TimedOut { .. }
                | Self::TooSlow { .. }
                | Self::PlainHttp { .. }
                | Self::Tls { .. }
                | Self::NotTheProtocol { .. }
                | Self::Redirected { .. }
                | Self::StorageRefused { .. }
        ) || self.code() == Some(ProblemCode::Unavailable)
    }

    /// The status that the request was refused with.
    fn status(&self) -> Option<StatusCode> {
        match self {
            Self::NotTheProtocol { status, .. } | Self::StorageRefused { status, .. } => {
                Some(*status)
            }
            Self::Problem { problem, .. } => StatusCode::from_u16(problem.status).ok(),
            _ => None,
        }
    }

    /// Names what reqwest reports, without the URL: a presigned one is a secret.
    pub(super) fn from_reqwest(host: &str, error: reqwest::Error) -> Self {
        let (host, source) = (host.to_owned(), error.without_url());
        if is_caused_by_internal_address(&source) {
            let reason = InternalAddress.to_string();
            Self::UnsafeStorage { host, reason }
        } else if is_caused_by(&source, NOT_TLS) {
            Self::PlainHttp { host }
        } else if is_caused_by(&source, NOT_HTTP) {
            Self::Tls { host }
        } else if source.is_connect() {
            Self::Unreachable { host, source }
        } else if source.is_builder() {
            Self::Setup(source)
        } else {
            Self::Cut { host, source }
        }
    }
}

/// What rustls says of an answer that is no TLS record, and hyper of one that is no HTTP.
const NOT_TLS: &str = "InvalidContentType";
const NOT_HTTP: &str = "invalid HTTP version parsed";

/// Whether one of the causes says this: the libraries below give no type that could be asked.
fn is_caused_by(error: &(dyn Error + 'static), what: &str) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.to_string().contains(what) {
            return true;
        }
        cause = error.source();
    }
    false
}

fn is_caused_by_internal_address(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<InternalAddress>() {
            return true;
        }
        cause = error.source();
    }
    false
}

fn is_transient_status(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
    )
}
