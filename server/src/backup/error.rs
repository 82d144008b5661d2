//! Why a backup or a restoration failed.

use std::io;
use std::path::PathBuf;

use crate::blobs::{BlobError, BlobKey};
use crate::server::StartError;
use crate::store::StoreError;

/// Why a backup or a restoration failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The database is PostgreSQL, which has tools of its own for that.
    #[error("this is for SQLite: back PostgreSQL up with `pg_dump`, and the blobs after it")]
    NotSqlite,
    /// The database, or the store of blobs, cannot be opened.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The blob store failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// The archive, or the data directory, cannot be read or written.
    #[error("cannot {what}")]
    Io {
        /// What failed.
        what: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file of the archive cannot be written.
    #[error("cannot write {}", path.display())]
    WriteFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A blob changed while it was read.
    #[error("{0} changed while it was read: try again")]
    Changed(BlobKey),
    /// An mpack that the database names is not in the store.
    #[error("{0} is missing: `musehub doctor` says what is damaged")]
    Missing(BlobKey),
    /// There is a database already.
    #[error("{} is there already: restore into a directory without a database", .0.display())]
    NotEmpty(PathBuf),
    /// The archive holds what no backup holds.
    #[error("this is no backup of a server: it holds {0:?}")]
    Foreign(String),
    /// The archive was written by a later version.
    #[error("the backup has version {0} of its format, which this version does not know")]
    Version(u32),
    /// The archive cannot be read as one.
    #[error("this is no backup of a server, or it is cut short")]
    Unreadable(#[source] io::Error),
    /// The archive ends too early.
    #[error("the backup is cut short")]
    CutShort,
    /// The bytes of an mpack are others than those that were backed up.
    #[error("the backup is damaged: {0} does not hash to its key")]
    Damaged(BlobKey),
}

impl BackupError {
    pub(super) const fn io(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what, source }
    }
}
