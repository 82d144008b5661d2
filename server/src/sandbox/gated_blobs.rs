//! A blob store that a test can hold at the moment when a whole blob is about to be read, and that
//! counts what is read by range. Its blobs are no local files.

use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use muse_wire::api::push::PresignedRequest;
use tokio::sync::Semaphore;
use url::Url;
use uuid::Uuid;

use crate::blobs::{BlobArea, BlobEntry, BlobError, BlobKey, BlobStore, Blobs};

/// Passes everything on, but lets nobody read a whole blob until the test says so.
#[derive(Debug)]
pub(crate) struct GatedBlobs {
    inner: Blobs,
    waiting: Semaphore,
    open: Semaphore,
    range_bytes: AtomicU64,
}

impl GatedBlobs {
    pub(crate) fn new(inner: &Blobs) -> Self {
        Self {
            inner: Blobs::clone(inner),
            waiting: Semaphore::new(0),
            open: Semaphore::new(0),
            range_bytes: AtomicU64::new(0),
        }
    }

    /// Returns when somebody waits to read.
    pub(crate) async fn somebody_waits(&self) {
        let waiting = self.waiting.acquire().await;
        waiting.expect("it is never closed").forget();
    }

    /// How many bytes were read by range.
    pub(crate) fn range_bytes(&self) -> u64 {
        self.range_bytes.load(Ordering::Relaxed)
    }

    /// Lets one reader in.
    pub(crate) fn open(&self) {
        self.open.add_permits(1);
    }
}

#[async_trait]
impl BlobStore for GatedBlobs {
    async fn reader(&self, key: &BlobKey) -> Result<Box<dyn Read + Send>, BlobError> {
        self.waiting.add_permits(1);
        let open = self.open.acquire().await;
        open.expect("it is never closed").forget();
        self.inner.reader(key).await
    }

    async fn size(&self, key: &BlobKey) -> Result<Option<u64>, BlobError> {
        self.inner.size(key).await
    }

    async fn presign_put(
        &self,
        key: &BlobKey,
        size_bytes: u64,
        lifetime: Duration,
    ) -> Result<PresignedRequest, BlobError> {
        self.inner.presign_put(key, size_bytes, lifetime).await
    }

    async fn presign_get(
        &self,
        key: &BlobKey,
        lifetime: Duration,
    ) -> Result<PresignedRequest, BlobError> {
        self.inner.presign_get(key, lifetime).await
    }

    fn public_url(&self) -> Option<&Url> {
        self.inner.public_url()
    }

    async fn copy(&self, from: &BlobKey, to: &BlobKey) -> Result<(), BlobError> {
        self.inner.copy(from, to).await
    }

    async fn read_range(&self, key: &BlobKey, range: Range<u64>) -> Result<Bytes, BlobError> {
        let length = range.end - range.start;
        self.range_bytes.fetch_add(length, Ordering::Relaxed);
        self.inner.read_range(key, range).await
    }

    fn local_path(&self, _key: &BlobKey) -> Option<PathBuf> {
        None
    }

    async fn put_file(&self, key: &BlobKey, path: &Path) -> Result<(), BlobError> {
        self.inner.put_file(key, path).await
    }

    async fn put_bytes(&self, key: &BlobKey, bytes: Bytes) -> Result<(), BlobError> {
        self.inner.put_bytes(key, bytes).await
    }

    async fn quarantine(&self, key: &BlobKey) -> Result<(), BlobError> {
        self.inner.quarantine(key).await
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        self.inner.delete(key).await
    }

    async fn delete_repo(&self, repo_id: Uuid) -> Result<(), BlobError> {
        self.inner.delete_repo(repo_id).await
    }

    async fn list(&self, area: BlobArea) -> Result<Vec<BlobEntry>, BlobError> {
        self.inner.list(area).await
    }

    async fn ping(&self) -> Result<(), BlobError> {
        self.inner.ping().await
    }

    fn staging_dir(&self) -> &Path {
        self.inner.staging_dir()
    }
}
