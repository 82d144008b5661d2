//! The blob store: where mpacks lie, in a local directory or in S3.
//!
//! Blobs are named by [`BlobKey`], written once and never changed. Whoever holds a presigned request
//! may make just that request, without a token, until it expires.

mod key;

use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use muse_wire::api::push::PresignedRequest;
use muse_wire::id::MpackKey;

pub use key::{BlobArea, BlobKey, ParseBlobKeyError};

/// A handle to the blob store; clones share it.
#[derive(Debug, Clone)]
pub struct Blobs {}

/// Why a blob operation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// There is no blob of this key.
    #[error("there is no blob {0}")]
    NotFound(BlobKey),
    /// The store failed; trying again later may help.
    #[error("the blob store failed on {key}")]
    Store {
        /// The blob in question.
        key: String,
        /// What the store said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
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

/// A file received from a client and synced, not yet a blob; removed when dropped.
#[derive(Debug)]
pub struct StagedFile {
    /// The file.
    pub path: tempfile::TempPath,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// SHA-256 of its bytes, computed here.
    pub key: MpackKey,
}

impl Blobs {
    /// Size in bytes; `None` where there is no such blob.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn size(&self, key: &BlobKey) -> Result<Option<u64>, BlobError> {
        unimplemented!("{key}")
    }

    /// One upload of exactly these bytes.
    ///
    /// # Errors
    /// [`BlobError::Store`] where signing fails.
    pub async fn presign_put(
        &self,
        key: &BlobKey,
        size_bytes: u64,
        sha256: &MpackKey,
        lifetime: Duration,
    ) -> Result<PresignedRequest, BlobError> {
        unimplemented!("{key} {size_bytes} {sha256} {lifetime:?}")
    }

    /// Downloads of this blob, whole or by range.
    ///
    /// # Errors
    /// [`BlobError::Store`] where signing fails.
    pub async fn presign_get(
        &self,
        key: &BlobKey,
        lifetime: Duration,
    ) -> Result<PresignedRequest, BlobError> {
        unimplemented!("{key} {lifetime:?}")
    }

    /// Moves an upload to its final key, which no presigned PUT reaches. Where the final blob is already
    /// there it stays as it is, and the upload goes. Doing it twice is fine.
    ///
    /// # Errors
    /// [`BlobError::NotFound`] where there is neither.
    pub async fn promote(&self, upload: &BlobKey, target: &BlobKey) -> Result<(), BlobError> {
        unimplemented!("{upload} {target}")
    }

    /// The bytes of a range, all of it inside the blob.
    ///
    /// # Errors
    /// [`BlobError::NotFound`], or [`BlobError::Store`] also for a range that is not inside.
    pub async fn read_range(&self, key: &BlobKey, range: Range<u64>) -> Result<Bytes, BlobError> {
        unimplemented!("{key} {range:?}")
    }

    /// The whole blob front to back, for use on a blocking thread (never on the runtime's own).
    ///
    /// # Errors
    /// [`BlobError::NotFound`] where there is none.
    pub async fn reader(&self, key: &BlobKey) -> Result<Box<dyn Read + Send>, BlobError> {
        unimplemented!("{key}")
    }

    /// The blob's file, where blobs are local files.
    pub fn local_path(&self, key: &BlobKey) -> Option<PathBuf> {
        unimplemented!("{key}")
    }

    /// Stores a file's bytes; an existing blob stays as it is.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn put_file(&self, key: &BlobKey, path: &Path) -> Result<(), BlobError> {
        unimplemented!("{key} {path:?}")
    }

    /// Stores bytes; an existing blob stays as it is.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn put_bytes(&self, key: &BlobKey, bytes: Bytes) -> Result<(), BlobError> {
        unimplemented!("{key} {bytes:?}")
    }

    /// Moves a final mpack or an upload to the quarantine, where no request reaches it. Doing it twice is fine.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn quarantine(&self, key: &BlobKey) -> Result<(), BlobError> {
        unimplemented!("{key}")
    }

    /// Removes a blob; one that is not there is fine.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        unimplemented!("{key}")
    }

    /// All blobs whose key starts with `prefix`, a whole number of path components, in no order.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn list(&self, prefix: &str) -> Result<Vec<BlobEntry>, BlobError> {
        unimplemented!("{prefix}")
    }

    /// A directory for temporary files that may become blobs; on the blobs' own file system where they are local.
    pub fn staging_dir(&self) -> &Path {
        unimplemented!()
    }
}
