//! Blobs in an S3 bucket, with presigned URLs that bind the bytes' SHA-256.

use std::collections::BTreeMap;
use std::fs;
use std::future::ready;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _};
use muse_wire::api::push::PresignedRequest;
use object_store::RetryConfig;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::buffered::BufWriter;
use object_store::path::Path as ObjectPath;
use object_store::signer::{HeaderName, HeaderValue, Method, SignedUrlOptions, Signer as _};
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode};
use tokio::fs::File;
use tokio::io::{AsyncWriteExt as _, BufReader, copy_buf};
use tokio_util::io::{StreamReader, SyncIoBridge};
use url::Url;
use uuid::Uuid;

use super::error::{BlobError, OpenBlobsError};
use super::key::{BlobArea, BlobKey};
use super::store::{BlobEntry, BlobStore};

/// Stores refuse a PUT whose body does not have the digest in this header.
const CHECKSUM_HEADER: &str = "x-amz-checksum-sha256";
/// Bytes of one part of a multipart upload; S3 allows 10,000 parts.
const PART_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of a local file that are read at a time.
const READ_BYTES: usize = 1024 * 1024;

/// The S3 store.
#[derive(Debug)]
pub struct S3Blobs {
    store: Arc<AmazonS3>,
    /// The same store as clients reach it, for presigned URLs.
    presigner: Arc<AmazonS3>,
    public_url: Option<Url>,
    prefix: ObjectPath,
    staging: PathBuf,
}

impl S3Blobs {
    /// Opens `s3://BUCKET/PREFIX?endpoint=URL&region=NAME&path_style=true`; what the URL leaves
    /// out, and the keys, come from the usual `AWS_*` variables. Where clients reach the store at
    /// another address than this server, `public_endpoint=URL` is for presigned URLs. No request is
    /// made yet.
    ///
    /// # Errors
    /// [`OpenBlobsError`] where the URL or the settings are wrong, or `staging` cannot be created.
    pub fn open(url: &Url, staging: &Path) -> Result<Self, OpenBlobsError> {
        let invalid = |reason: String| OpenBlobsError::Url {
            url: url.to_string(),
            reason,
        };
        let bucket = url
            .host_str()
            .ok_or_else(|| invalid("it has no bucket".to_owned()))?;
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .with_retry(retries());
        let mut public_endpoint = None;
        for (name, value) in url.query_pairs() {
            builder = match (&*name, &*value) {
                ("endpoint", endpoint) => with_endpoint(builder, endpoint),
                ("public_endpoint", endpoint) => {
                    public_endpoint = Some(endpoint.to_owned());
                    builder
                }
                ("region", region) => builder.with_region(region),
                ("path_style", "true") => builder.with_virtual_hosted_style_request(false),
                ("path_style", "false") => builder.with_virtual_hosted_style_request(true),
                _ => return Err(invalid(format!("`{name}={value}` is no known setting"))),
            };
        }
        let build = |builder: AmazonS3Builder| {
            let built = builder.build().map_err(|error| invalid(error.to_string()));
            built.map(Arc::new)
        };
        let store = build(builder.clone())?;
        let presigner = match public_endpoint {
            Some(endpoint) => build(with_endpoint(builder, &endpoint))?,
            None => Arc::clone(&store),
        };
        let prefix = ObjectPath::parse(url.path().trim_matches('/'))
            .map_err(|error| invalid(error.to_string()))?;
        fs::create_dir_all(staging).map_err(|source| OpenBlobsError::Directory {
            path: staging.to_owned(),
            source,
        })?;
        Ok(Self {
            store,
            presigner,
            public_url: None,
            prefix,
            staging: staging.to_owned(),
        })
    }

    /// The same store, whose lasting blobs everybody can read below this URL.
    pub(super) fn with_public_url(mut self, public_url: Option<&Url>) -> Self {
        self.public_url = public_url.cloned();
        self
    }

    fn path(&self, key: &BlobKey) -> ObjectPath {
        self.prefix
            .parts()
            .chain(ObjectPath::from(key.to_string()).parts())
            .collect()
    }

    async fn presign(
        &self,
        method: Method,
        key: &BlobKey,
        headers: BTreeMap<String, String>,
        lifetime: Duration,
    ) -> Result<PresignedRequest, BlobError> {
        let expires_at = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |now| (now + lifetime).as_secs().cast_signed());
        let mut options = SignedUrlOptions::default();
        for (name, value) in &headers {
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|error| BlobError::store(key, error))?;
            let value =
                HeaderValue::from_str(value).map_err(|error| BlobError::store(key, error))?;
            options = options.with_signed_header(name, value);
        }
        let url = self
            .presigner
            .signed_url_opts(method.clone(), &self.path(key), lifetime, &options)
            .await
            .map_err(|error| error_of(key, error))?;
        Ok(PresignedRequest {
            method: method.to_string(),
            url: url.into(),
            headers,
            expires_at,
        })
    }
}

#[async_trait]
impl BlobStore for S3Blobs {
    async fn size(&self, key: &BlobKey) -> Result<Option<u64>, BlobError> {
        match self.store.head(&self.path(key)).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error_of(key, error)),
        }
    }

    async fn presign_put(
        &self,
        key: &BlobKey,
        // The digest pins the length, so the length needs no signature.
        _size_bytes: u64,
        lifetime: Duration,
    ) -> Result<PresignedRequest, BlobError> {
        let checksum = STANDARD.encode(key.digest());
        let headers = BTreeMap::from([(CHECKSUM_HEADER.to_owned(), checksum)]);
        self.presign(Method::PUT, key, headers, lifetime).await
    }

    async fn presign_get(
        &self,
        key: &BlobKey,
        lifetime: Duration,
    ) -> Result<PresignedRequest, BlobError> {
        self.presign(Method::GET, key, BTreeMap::new(), lifetime)
            .await
    }

    async fn copy(&self, from: &BlobKey, to: &BlobKey) -> Result<(), BlobError> {
        let (source, target) = (self.path(from), self.path(to));
        // Which stores take a condition, and how it is spelled, differs: AWS_COPY_IF_NOT_EXISTS
        // says so. Without one, a copy that comes between these requests is replaced.
        match self.store.copy_if_not_exists(&source, &target).await {
            Ok(()) | Err(object_store::Error::AlreadyExists { .. }) => return Ok(()),
            Err(object_store::Error::NotSupported { .. }) => {}
            Err(error) => return Err(error_of(from, error)),
        }
        if self.size(to).await?.is_some() {
            return Ok(());
        }
        let copied = self.store.copy(&source, &target).await;
        copied.map_err(|error| error_of(from, error))
    }

    async fn read_range(&self, key: &BlobKey, range: Range<u64>) -> Result<Bytes, BlobError> {
        let expected = range.end - range.start;
        if expected == 0 {
            return Ok(Bytes::new());
        }
        let bytes = self
            .store
            .get_range(&self.path(key), range)
            .await
            .map_err(|error| error_of(key, error))?;
        // A store answers a range that ends outside of the blob with the part inside.
        if bytes.len() as u64 == expected {
            Ok(bytes)
        } else {
            Err(BlobError::store(key, "the range lies outside the blob"))
        }
    }

    async fn reader(&self, key: &BlobKey) -> Result<Box<dyn Read + Send>, BlobError> {
        let found = self
            .store
            .get(&self.path(key))
            .await
            .map_err(|error| error_of(key, error))?;
        let stream = found.into_stream().map_err(io::Error::other);
        Ok(Box::new(SyncIoBridge::new(StreamReader::new(stream))))
    }

    fn local_path(&self, _key: &BlobKey) -> Option<PathBuf> {
        None
    }

    async fn put_file(&self, key: &BlobKey, path: &Path) -> Result<(), BlobError> {
        if self.size(key).await?.is_some() {
            return Ok(());
        }
        let store: Arc<dyn ObjectStore> = Arc::clone(&self.store) as _;
        let mut writer = BufWriter::with_capacity(store, self.path(key), PART_BYTES);
        let copied = async {
            let mut file = File::open(path).await?;
            let mut reader = BufReader::with_capacity(READ_BYTES, &mut file);
            copy_buf(&mut reader, &mut writer).await
        }
        .await;
        let outcome = match copied {
            Ok(_) => writer.shutdown().await,
            Err(error) => {
                // Parts that stay behind cost money. The first error is the one to report.
                let _ = writer.abort().await;
                Err(error)
            }
        };
        outcome.map_err(|error| BlobError::store(key, error))
    }

    async fn put_bytes(&self, key: &BlobKey, bytes: Bytes) -> Result<(), BlobError> {
        if self.size(key).await?.is_some() {
            return Ok(());
        }
        let path = self.path(key);
        let put = self
            .store
            .put_opts(&path, bytes.into(), PutMode::Create.into());
        match put.await {
            Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
            Err(error) => Err(error_of(key, error)),
        }
    }

    async fn quarantine(&self, key: &BlobKey) -> Result<(), BlobError> {
        let target = BlobKey::quarantined(key.repo_id(), key.mpack_key());
        match self.store.copy(&self.path(key), &self.path(&target)).await {
            Ok(()) => self.delete(key).await,
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error_of(key, error)),
        }
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        match self.store.delete(&self.path(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error_of(key, error)),
        }
    }

    async fn delete_repo(&self, repo_id: Uuid) -> Result<(), BlobError> {
        for area in BlobArea::ALL {
            let directory = self.prefix.clone().join(area.as_str());
            let directory = directory.join(repo_id.to_string());
            let listed = self.store.list(Some(&directory));
            let keys = listed.map_ok(|meta| meta.location).boxed();
            self.store
                .delete_stream(keys)
                .try_for_each(|_| ready(Ok(())))
                .await
                .map_err(|error| BlobError::store(repo_id, error))?;
        }
        Ok(())
    }

    async fn list(&self, area: BlobArea) -> Result<Vec<BlobEntry>, BlobError> {
        let directory = self.prefix.clone().join(area.as_str());
        let listed: Vec<_> = self
            .store
            .list(Some(&directory))
            .try_collect()
            .await
            .map_err(|error| BlobError::store(area.as_str(), error))?;
        let entries = listed.into_iter().filter_map(|meta| {
            let parts: Vec<_> = meta.location.prefix_match(&self.prefix)?.collect();
            let key = parts.iter().map(AsRef::as_ref).collect::<Vec<&str>>();
            Some(BlobEntry {
                key: key.join("/").parse().ok()?,
                size_bytes: meta.size,
                modified_ms: meta.last_modified.timestamp_millis(),
            })
        });
        Ok(entries.collect())
    }

    async fn ping(&self) -> Result<(), BlobError> {
        // Any answer will do, so this lists an area that is nearly always empty.
        self.store
            .list_with_delimiter(Some(&self.prefix.clone().join(BlobArea::Uploads.as_str())))
            .await
            .map(drop)
            .map_err(|error| BlobError::store("a listing", error))
    }

    fn public_url(&self) -> Option<&Url> {
        self.public_url.as_ref()
    }

    fn staging_dir(&self) -> &Path {
        &self.staging
    }
}

fn with_endpoint(builder: AmazonS3Builder, endpoint: &str) -> AmazonS3Builder {
    builder
        .with_endpoint(endpoint)
        .with_allow_http(endpoint.starts_with("http://"))
}

/// How long a request is tried again by itself. Short: requests that fail are made again by clients
/// and jobs, and an operator shall see soon what is wrong.
fn retries() -> RetryConfig {
    RetryConfig {
        max_retries: 4,
        retry_timeout: Duration::from_secs(20),
        ..RetryConfig::default()
    }
}

fn error_of(key: &BlobKey, error: object_store::Error) -> BlobError {
    match error {
        object_store::Error::NotFound { .. } => BlobError::NotFound(*key),
        error => BlobError::store(key, error),
    }
}

#[cfg(test)]
mod tests {
    use muse_wire::id::MpackKey;

    use super::*;

    fn open(url: &str) -> Result<S3Blobs, OpenBlobsError> {
        let staging = tempfile::tempdir().expect("a temporary directory");
        S3Blobs::open(&Url::parse(url).expect("a URL"), staging.path())
    }

    #[test]
    fn settings_come_from_the_url() {
        let blobs = open("s3://bucket/a/b?endpoint=http://127.0.0.1:9&region=r&path_style=true")
            .expect("valid");
        let key = BlobKey::mpack(Uuid::nil(), MpackKey::from_bytes([0; 32]));
        assert!(
            blobs
                .path(&key)
                .as_ref()
                .starts_with("a/b/mpacks/00000000-")
        );
    }

    #[test]
    fn unknown_settings_are_refused() {
        for url in ["s3://bucket?regoin=r", "s3://bucket?path_style=maybe"] {
            let error = open(url).expect_err(url);
            assert!(matches!(error, OpenBlobsError::Url { .. }), "{error}");
        }
    }

    #[tokio::test]
    async fn presigned_urls_lead_to_the_public_endpoint() {
        let builder = AmazonS3Builder::new()
            .with_bucket_name("bucket")
            .with_region("r")
            .with_access_key_id("id")
            .with_secret_access_key("key");
        let build = |endpoint| {
            let built = with_endpoint(builder.clone(), endpoint).build();
            Arc::new(built.expect("complete settings"))
        };
        let blobs = S3Blobs {
            store: build("http://inside:9000"),
            presigner: build("https://blobs.example"),
            public_url: None,
            prefix: ObjectPath::default(),
            staging: PathBuf::new(),
        };
        let key = BlobKey::mpack(Uuid::nil(), MpackKey::from_bytes([0; 32]));
        let signed = blobs.presign_get(&key, Duration::from_secs(60)).await;
        let url = signed.expect("signing needs no network").url;
        assert!(
            url.starts_with("https://blobs.example/bucket/mpacks/"),
            "{url}"
        );
        open("s3://bucket?endpoint=http://127.0.0.1:9&public_endpoint=https://b.example&region=r")
            .expect("a setting of the URL");
    }

    #[tokio::test]
    async fn an_upload_is_bound_to_its_digest() {
        // Keys cannot come from the URL, and `open` reads them from the environment.
        let builder = AmazonS3Builder::new()
            .with_bucket_name("bucket")
            .with_region("r")
            .with_access_key_id("id")
            .with_secret_access_key("key");
        let store = Arc::new(builder.build().expect("complete settings"));
        let blobs = S3Blobs {
            presigner: Arc::clone(&store),
            store,
            public_url: None,
            prefix: ObjectPath::default(),
            staging: PathBuf::new(),
        };
        let key = BlobKey::upload(Uuid::nil(), MpackKey::from_bytes([0; 32]));
        let request = blobs
            .presign_put(&key, 1, Duration::from_secs(60))
            .await
            .expect("signing needs no network");
        assert_eq!(
            request.headers[CHECKSUM_HEADER],
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        );
        assert!(
            request.url.contains("x-amz-checksum-sha256"),
            "{}",
            request.url
        );
    }
}
