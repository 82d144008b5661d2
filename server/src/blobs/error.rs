//! Why a blob operation fails.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use super::BlobKey;

/// Why a blob operation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// There is no blob with this key.
    #[error("there is no blob {0}")]
    NotFound(BlobKey),
    /// The store failed; trying again later may help.
    #[error("the blob store failed on {what}")]
    Store {
        /// The blob, or the part of the store.
        what: String,
        /// What the store said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl BlobError {
    /// The store failed on `what`.
    pub(crate) fn store(
        what: impl ToString,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::Store {
            what: what.to_string(),
            source: source.into(),
        }
    }
}

/// Why a blob store could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenBlobsError {
    /// The location names no store of a supported kind.
    #[error("{url:?} names no blob store: {reason}")]
    Url {
        /// The location.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A directory cannot be created or written to.
    #[error("cannot use the directory {}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}
