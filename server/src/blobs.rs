//! The blob store: where mpacks lie, in a local directory or in S3.
//!
//! Blobs are named by [`BlobKey`], written once and never changed. Whoever holds a presigned request
//! may make just that request, without a token, until it expires. Nothing here knows the database.

#[cfg(any(test, feature = "testing"))]
pub mod conformance;
mod directory;
mod key;
mod s3;
mod signed_url;
mod staging;

use std::fmt::Debug;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use muse_wire::api::push::PresignedRequest;
use url::Url;

pub use directory::DirectoryBlobs;
pub use key::{BlobArea, BlobKey, ParseBlobKeyError};
pub use s3::S3Blobs;
pub(crate) use signed_url::SignatureError;
pub use signed_url::{BLOBS_PATH, UrlSigner};
pub use staging::{StagedFile, StagingWriter};

/// A handle to the blob store; clones share it.
pub type Blobs = Arc<dyn BlobStore>;

/// A place for blobs. Every implementation passes the same conformance suite.
#[async_trait]
pub trait BlobStore: Debug + Send + Sync {
    /// Size in bytes; `None` where there is no such blob.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    async fn size(&self, key: &BlobKey) -> Result<Option<u64>, BlobError>;

    /// One upload of the bytes that `key` names, exactly `size_bytes` of them.
    ///
    /// # Errors
    /// [`BlobError::Store`] where signing fails.
    async fn presign_put(
        &self,
        key: &BlobKey,
        size_bytes: u64,
        lifetime: Duration,
    ) -> Result<PresignedRequest, BlobError>;

    /// Downloads of this blob, whole or by range.
    ///
    /// # Errors
    /// [`BlobError::Store`] where signing fails.
    async fn presign_get(
        &self,
        key: &BlobKey,
        lifetime: Duration,
    ) -> Result<PresignedRequest, BlobError>;

    /// Moves an upload to its final key, which no presigned PUT reaches. Where the final blob is
    /// already there it stays as it is, and the upload goes. Doing it twice is fine.
    ///
    /// # Errors
    /// [`BlobError::NotFound`] where there is neither.
    async fn promote(&self, upload: &BlobKey, target: &BlobKey) -> Result<(), BlobError>;

    /// The bytes of a range, all of it inside the blob.
    ///
    /// # Errors
    /// [`BlobError::NotFound`] where there is no blob, [`BlobError::Store`] also for a range that is not inside.
    async fn read_range(&self, key: &BlobKey, range: Range<u64>) -> Result<Bytes, BlobError>;

    /// The whole blob front to back, for use on a blocking thread (never on the runtime's own).
    ///
    /// # Errors
    /// [`BlobError::NotFound`] where there is none.
    async fn reader(&self, key: &BlobKey) -> Result<Box<dyn Read + Send>, BlobError>;

    /// The blob's file, where blobs are local files; it need not exist.
    fn local_path(&self, key: &BlobKey) -> Option<PathBuf>;

    /// Stores a file's bytes; an existing blob stays as it is. The file may be removed afterwards but
    /// must not be changed.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    async fn put_file(&self, key: &BlobKey, path: &Path) -> Result<(), BlobError>;

    /// Stores bytes; an existing blob stays as it is.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    async fn put_bytes(&self, key: &BlobKey, bytes: Bytes) -> Result<(), BlobError>;

    /// Moves a blob to the quarantine, where no request reaches it. Doing it twice is fine.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    async fn quarantine(&self, key: &BlobKey) -> Result<(), BlobError>;

    /// Removes a blob; one that is not there is fine.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError>;

    /// All blobs of an area, in no order.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    async fn list(&self, area: BlobArea) -> Result<Vec<BlobEntry>, BlobError>;

    /// Whether the store answers at all.
    ///
    /// # Errors
    /// [`BlobError::Store`] where it does not.
    async fn ping(&self) -> Result<(), BlobError>;

    /// A directory for temporary files that may become blobs; on the blobs' own file system where they are local.
    fn staging_dir(&self) -> &Path;

    /// This store, where its presigned requests are answered by this server itself.
    fn as_directory(&self) -> Option<&DirectoryBlobs> {
        None
    }
}

/// Why a blob operation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// There is no blob of this key.
    #[error("there is no blob {0}")]
    NotFound(BlobKey),
    /// The store failed; trying again later may help.
    #[error("the blob store failed on {what}")]
    Store {
        /// The blob or the part of the store in question.
        what: String,
        /// What the store said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl BlobError {
    /// The store failed on `what`.
    pub(crate) fn store(
        what: impl ToString,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Store {
            what: what.to_string(),
            source: source.into(),
        }
    }
}

/// A blob, as listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobEntry {
    /// Its key.
    pub key: BlobKey,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// When it was written, in milliseconds since 1970.
    pub modified_ms: i64,
}

/// Why a blob store could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenBlobsError {
    /// The text names no store of a known kind.
    #[error("{url:?} names no blob store: {reason}")]
    Url {
        /// The text.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A directory cannot be made or written to.
    #[error("cannot use the directory {}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

/// Opens the store that `location` names: a directory, `file:///DIR`, or
/// `s3://BUCKET/PREFIX?endpoint=URL&region=NAME&path_style=true` with the usual `AWS_*` variables.
///
/// `signer` signs the requests that a directory store answers through this server; `staging_dir` is for
/// temporary files where blobs are not local.
///
/// # Errors
/// [`OpenBlobsError`] says what is wrong with the location.
pub fn open(
    location: &str,
    signer: UrlSigner,
    staging_dir: &Path,
) -> Result<Blobs, OpenBlobsError> {
    let wrong = |reason: &str| OpenBlobsError::Url {
        url: location.to_owned(),
        reason: reason.to_owned(),
    };
    if !location.contains("://") {
        return Ok(Arc::new(DirectoryBlobs::open(location, signer)?));
    }
    let url = Url::parse(location).map_err(|error| wrong(&error.to_string()))?;
    match url.scheme() {
        "file" => {
            let path = url
                .to_file_path()
                .map_err(|()| wrong("it is not an absolute path on this machine"))?;
            Ok(Arc::new(DirectoryBlobs::open(path, signer)?))
        }
        "s3" => Ok(Arc::new(S3Blobs::open(&url, staging_dir)?)),
        _ => Err(wrong("it is not a directory, file: or s3: URL")),
    }
}
