//! What a blob store can do.

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
use uuid::Uuid;

use super::error::BlobError;
use super::key::{BlobArea, BlobKey};

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

    /// A request that uploads the bytes that `key` names, exactly `size_bytes` of them.
    ///
    /// # Errors
    /// [`BlobError::Store`] where signing fails.
    async fn presign_put(
        &self,
        key: &BlobKey,
        size_bytes: u64,
        lifetime: Duration,
    ) -> Result<PresignedRequest, BlobError>;

    /// A request that downloads this blob, whole or by range.
    ///
    /// # Errors
    /// [`BlobError::Store`] where signing fails.
    async fn presign_get(
        &self,
        key: &BlobKey,
        lifetime: Duration,
    ) -> Result<PresignedRequest, BlobError>;

    /// Where everybody can read this store's lasting blobs whose keys they know.
    fn public_url(&self) -> Option<&Url>;

    /// Gives the bytes of a blob a second key, at one moment. A blob that already has that key
    /// stays as it is; of two that come at once, either may stay.
    ///
    /// # Errors
    /// [`BlobError::NotFound`] where there is no blob `from`.
    async fn copy(&self, from: &BlobKey, to: &BlobKey) -> Result<(), BlobError>;

    /// The bytes of a range that lies inside the blob.
    ///
    /// # Errors
    /// [`BlobError::NotFound`] where there is no blob; [`BlobError::Store`] also for a range that
    /// does not lie inside it.
    async fn read_range(&self, key: &BlobKey, range: Range<u64>) -> Result<Bytes, BlobError>;

    /// Reads the whole blob from front to back, for a thread that may block (never the runtime's
    /// own).
    ///
    /// # Errors
    /// [`BlobError::NotFound`] where there is no blob.
    async fn reader(&self, key: &BlobKey) -> Result<Box<dyn Read + Send>, BlobError>;

    /// The blob's file, where blobs are local files; it need not exist.
    fn local_path(&self, key: &BlobKey) -> Option<PathBuf>;

    /// Stores a file's bytes; an existing blob stays as it is. The file may be removed afterwards,
    /// but must not be changed.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    async fn put_file(&self, key: &BlobKey, path: &Path) -> Result<(), BlobError>;

    /// Stores bytes; an existing blob stays as it is.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    async fn put_bytes(&self, key: &BlobKey, bytes: Bytes) -> Result<(), BlobError>;

    /// Moves a blob to the quarantine, where no request reaches it, in place of an earlier one of
    /// the same mpack. Doing it twice is fine.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    async fn quarantine(&self, key: &BlobKey) -> Result<(), BlobError>;

    /// Removes a blob, if it exists.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError>;

    /// Removes everything that a repository has, in every area. Doing it again is fine.
    ///
    /// # Errors
    /// [`BlobError::Store`]; then some of it may be gone.
    async fn delete_repo(&self, repo_id: Uuid) -> Result<(), BlobError>;

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

    /// A directory for temporary files that may become blobs, on the blobs' own file system where
    /// they are local.
    fn staging_dir(&self) -> &Path;
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
