//! Why a server does not start.

use std::io;
use std::path::PathBuf;

use crate::blobs::{BlobError, OpenBlobsError};
use crate::config::{MAX_PRESIGN_LIFETIME, MIN_SECRET_CHARACTERS};
use crate::http::TlsError;
use crate::store::StoreError;

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The data directory cannot be created or written to.
    #[error("cannot use the data directory {}", path.display())]
    DataDirectory {
        /// The directory.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The signing secret cannot be read or created.
    #[error("cannot use the secret in {}", path.display())]
    Secret {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The signing secret that was given can be guessed.
    #[error("the secret must have at least {MIN_SECRET_CHARACTERS} characters")]
    ShortSecret,
    /// Presigned URLs would be valid for no time, or for longer than stores allow.
    #[error(
        "a presigned URL can be valid for 1 to {} seconds",
        MAX_PRESIGN_LIFETIME.as_secs()
    )]
    PresignLifetime,
    /// There is no database to work on, and this is no command that creates one.
    #[error(
        "there is no database {}: check the data directory, or create one with `musehub migrate`",
        path.display()
    )]
    NoDatabase {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The database has no tables, and this is no command that creates them.
    #[error("the database is empty: check its name, or prepare it with `musehub migrate`")]
    EmptyDatabase,
    /// The database cannot be opened.
    #[error("cannot open the database")]
    Store(#[from] StoreError),
    /// The blob store cannot be opened.
    #[error("cannot open the blob store")]
    Blobs(#[from] OpenBlobsError),
    /// The blob store does not do what it must.
    #[error("the blob store does not work")]
    BlobsProbe(#[source] BlobError),
    /// Only one of certificate and key is given.
    #[error("HTTPS takes both a certificate and its key")]
    TlsPair,
    /// The certificate cannot be used.
    #[error("cannot serve HTTPS")]
    Tls(#[from] TlsError),
    /// The process that embeds the server records metrics elsewhere.
    #[error("this process has another recorder of metrics; leave out the address for them")]
    Metrics,
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address, as configured.
        address: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
}
