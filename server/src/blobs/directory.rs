//! Blobs as files below one directory: `ROOT/AREA/REPO-ID/HEX`, and `ROOT/tmp` for what is being
//! written.
//!
//! A file appears under its key only when it is complete and synced. Presigned requests are
//! answered by the server itself; see `routes/blobs.rs`. `object_store` has a local store, too, but
//! that one neither syncs directories nor signs URLs.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use bytes::Bytes;
use muse_wire::api::push::PresignedRequest;
use url::Url;
use uuid::Uuid;

use super::error::{BlobError, OpenBlobsError};
use super::key::{BlobArea, BlobKey};
use super::signed_url::{Grant, UrlSigner};
use super::staging::StagedFile;
use super::store::{BlobEntry, BlobStore};
use crate::blocking::run_blocking;

/// Temporary files older than this were left behind by a process that died.
const STAGING_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The directory store.
#[derive(Debug)]
pub struct DirectoryBlobs {
    root: PathBuf,
    staging: PathBuf,
    signer: UrlSigner,
    public_url: Option<Url>,
}

impl DirectoryBlobs {
    /// Opens the store, creating the directories that are missing.
    ///
    /// # Errors
    /// [`OpenBlobsError::Directory`] where that fails.
    pub fn open(root: impl Into<PathBuf>, signer: UrlSigner) -> Result<Self, OpenBlobsError> {
        let root = root.into();
        let staging = root.join("tmp");
        let prepare = || {
            for area in BlobArea::ALL {
                fs::create_dir_all(root.join(area.as_str()))?;
            }
            fs::create_dir_all(&staging)?;
            sync_directory(&root)?;
            // A directory that nothing can be written to must not be found out by the first push.
            tempfile::tempfile_in(&staging)?;
            sweep(&staging)
        };
        match prepare() {
            Ok(()) => Ok(Self {
                root,
                staging,
                signer,
                public_url: None,
            }),
            Err(source) => Err(OpenBlobsError::Directory { path: root, source }),
        }
    }

    /// The same store, whose lasting blobs everybody can read below this URL.
    pub(super) fn with_public_url(mut self, public_url: Option<&Url>) -> Self {
        self.public_url = public_url.cloned();
        self
    }

    /// Signs and checks this store's requests.
    pub(crate) const fn signer(&self) -> &UrlSigner {
        &self.signer
    }

    /// The file of a blob; it need not exist.
    pub(crate) fn path(&self, key: &BlobKey) -> PathBuf {
        self.root.join(key.to_string())
    }

    /// Makes a received file the blob of this key, replacing an earlier one. Uploads may be
    /// replaced, because they are verified only after promotion.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub(crate) async fn keep_upload(
        &self,
        key: &BlobKey,
        staged: StagedFile,
    ) -> Result<(), BlobError> {
        let target = self.path(key);
        run_blocking(move || {
            let directory = make_parent(&target)?;
            staged.path.persist(&target)?;
            sync_directory(directory)
        })
        .await
        .map_err(|source| BlobError::store(key, source))
    }

    fn presign(
        &self,
        method: &str,
        key: &BlobKey,
        grant: Grant,
        lifetime: Duration,
    ) -> PresignedRequest {
        let (url, expires_at) = self.signer.sign(key, grant, lifetime);
        PresignedRequest {
            method: method.to_owned(),
            url,
            headers: Default::default(),
            expires_at,
        }
    }

    async fn run<T: Send + 'static>(
        key: &BlobKey,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Result<T, BlobError> {
        run_blocking(work)
            .await
            .map_err(|source| match source.kind() {
                ErrorKind::NotFound => BlobError::NotFound(*key),
                _ => BlobError::store(key, source),
            })
    }
}

#[async_trait]
impl BlobStore for DirectoryBlobs {
    async fn size(&self, key: &BlobKey) -> Result<Option<u64>, BlobError> {
        let path = self.path(key);
        match Self::run(key, move || Ok(fs::metadata(path)?.len())).await {
            Ok(size_bytes) => Ok(Some(size_bytes)),
            Err(BlobError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn presign_put(
        &self,
        key: &BlobKey,
        size_bytes: u64,
        lifetime: Duration,
    ) -> Result<PresignedRequest, BlobError> {
        Ok(self.presign("PUT", key, Grant::Put { size_bytes }, lifetime))
    }

    async fn presign_get(
        &self,
        key: &BlobKey,
        lifetime: Duration,
    ) -> Result<PresignedRequest, BlobError> {
        Ok(self.presign("GET", key, Grant::Get, lifetime))
    }

    async fn copy(&self, from: &BlobKey, to: &BlobKey) -> Result<(), BlobError> {
        let (source, target) = (self.path(from), self.path(to));
        let is_upload = to.area() == BlobArea::Uploads;
        // Files are replaced and never rewritten, so a link keeps the bytes that it was made for.
        Self::run(from, move || {
            if is_upload {
                // Uploads are kept for some time from when they came.
                File::open(&source)?.set_modified(SystemTime::now())?;
            }
            link_new(&source, &target)
        })
        .await
    }

    async fn read_range(&self, key: &BlobKey, range: Range<u64>) -> Result<Bytes, BlobError> {
        let path = self.path(key);
        Self::run(key, move || {
            let length = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
            let file = File::open(path)?;
            if file.metadata()?.len() < range.end {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let mut bytes = vec![0; length];
            file.read_exact_at(&mut bytes, range.start)?;
            Ok(bytes.into())
        })
        .await
    }

    async fn reader(&self, key: &BlobKey) -> Result<Box<dyn Read + Send>, BlobError> {
        let path = self.path(key);
        let file = Self::run(key, move || File::open(path)).await?;
        Ok(Box::new(file))
    }

    fn local_path(&self, key: &BlobKey) -> Option<PathBuf> {
        Some(self.path(key))
    }

    async fn put_file(&self, key: &BlobKey, path: &Path) -> Result<(), BlobError> {
        let (from, to, staging) = (path.to_owned(), self.path(key), self.staging.clone());
        Self::run(key, move || {
            File::open(&from)?.sync_all()?;
            match link_new(&from, &to) {
                Err(error) if error.kind() == ErrorKind::CrossesDevices => {
                    let mut copy = tempfile::NamedTempFile::new_in(staging)?;
                    io::copy(&mut File::open(&from)?, &mut copy)?;
                    copy.as_file().sync_all()?;
                    link_new(copy.path(), &to)
                }
                outcome => outcome,
            }
        })
        .await
    }

    async fn put_bytes(&self, key: &BlobKey, bytes: Bytes) -> Result<(), BlobError> {
        let (to, staging) = (self.path(key), self.staging.clone());
        Self::run(key, move || {
            let mut file = tempfile::NamedTempFile::new_in(staging)?;
            file.write_all(&bytes)?;
            file.as_file().sync_all()?;
            link_new(file.path(), &to)
        })
        .await
    }

    async fn quarantine(&self, key: &BlobKey) -> Result<(), BlobError> {
        let from = self.path(key);
        let to = self.path(&BlobKey::quarantined(key.repo_id(), key.mpack_key()));
        Self::run(key, move || {
            let directory = make_parent(&to)?;
            // Its time there begins now, however old it is.
            let moved = File::open(&from).and_then(|file| {
                file.set_modified(SystemTime::now())?;
                fs::rename(&from, &to)
            });
            match moved {
                Ok(()) => sync_directory(directory),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
                Err(error) => Err(error),
            }
        })
        .await
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        let path = self.path(key);
        Self::run(key, move || remove_if_there(&path)).await
    }

    async fn delete_repo(&self, repo_id: Uuid) -> Result<(), BlobError> {
        let root = self.root.clone();
        let removed = run_blocking(move || {
            for area in BlobArea::ALL {
                match fs::remove_dir_all(root.join(area.as_str()).join(repo_id.to_string())) {
                    Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
            Ok(())
        });
        removed
            .await
            .map_err(|source| BlobError::store(repo_id, source))
    }

    async fn list(&self, area: BlobArea) -> Result<Vec<BlobEntry>, BlobError> {
        let directory = self.root.join(area.as_str());
        run_blocking(move || list_area(area, &directory))
            .await
            .map_err(|source| BlobError::store(area.as_str(), source))
    }

    async fn ping(&self) -> Result<(), BlobError> {
        let staging = self.staging.clone();
        run_blocking(move || tempfile::tempfile_in(staging).map(drop))
            .await
            .map_err(|source| BlobError::store("a test file", source))
    }

    fn public_url(&self) -> Option<&Url> {
        self.public_url.as_ref()
    }

    fn staging_dir(&self) -> &Path {
        &self.staging
    }
}

/// Gives a complete, synced file its final name; one that is already there stays.
fn link_new(from: &Path, to: &Path) -> io::Result<()> {
    let directory = make_parent(to)?;
    match fs::hard_link(from, to) {
        Ok(()) => sync_directory(directory),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// The directory of a blob's file. Where it is missing it is created, and synced into its parent.
fn make_parent(path: &Path) -> io::Result<&Path> {
    let directory = path.parent().expect("blob files lie below the root");
    match fs::create_dir(directory) {
        Ok(()) => sync_directory(directory.parent().expect("areas lie below the root"))?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    Ok(directory)
}

fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes what dead processes left behind; other servers may be writing here now.
fn sweep(staging: &Path) -> io::Result<()> {
    for entry in fs::read_dir(staging)? {
        let entry = entry?;
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        let age = metadata.modified()?.elapsed().unwrap_or_default();
        if metadata.is_file() && age > STAGING_LIFETIME {
            remove_if_there(&entry.path())?;
        }
    }
    Ok(())
}

fn list_area(area: BlobArea, directory: &Path) -> io::Result<Vec<BlobEntry>> {
    let mut entries = Vec::new();
    for repo in fs::read_dir(directory)? {
        let repo = repo?;
        let files = match fs::read_dir(repo.path()) {
            // A file that somebody put here, or a repository that is deleted just now.
            Err(error) if is_no_directory(&error) => continue,
            files => files?,
        };
        for file in files {
            let file = file?;
            let (repo, name) = (repo.file_name(), file.file_name());
            let text = format!(
                "{}/{}/{}",
                area.as_str(),
                repo.to_string_lossy(),
                name.to_string_lossy()
            );
            // Other files may lie here, and files may go while they are listed.
            let (Ok(key), Ok(metadata)) = (text.parse(), file.metadata()) else {
                continue;
            };
            entries.push(BlobEntry {
                key,
                size_bytes: metadata.len(),
                modified_ms: unix_ms(metadata.modified()?),
            });
        }
    }
    Ok(entries)
}

fn is_no_directory(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotADirectory | ErrorKind::NotFound)
}

fn unix_ms(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::blobs::{Blobs, conformance};

    fn open(root: &Path) -> DirectoryBlobs {
        DirectoryBlobs::open(root, UrlSigner::new(b"secret", None)).expect("a fresh store")
    }

    #[tokio::test]
    async fn conforms() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let blobs: Blobs = Arc::new(open(root.path()));
        conformance::run(&blobs).await;
        let left = fs::read_dir(blobs.staging_dir()).expect("list").count();
        assert_eq!(left, 0, "temporary files stayed");
    }

    #[test]
    fn opening_sweeps_only_old_temporary_files() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let staging = open(root.path()).staging;
        fs::write(staging.join("new"), "x").expect("write");
        let old = File::create(staging.join("old")).expect("create");
        old.set_modified(SystemTime::now() - STAGING_LIFETIME * 2)
            .expect("set the time");
        open(root.path());
        assert!(staging.join("new").exists() && !staging.join("old").exists());
    }

    #[test]
    fn an_unusable_directory_is_named() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let file = root.path().join("file");
        fs::write(&file, "").expect("write");
        let error =
            DirectoryBlobs::open(&file, UrlSigner::new(b"", None)).expect_err("no directory");
        assert!(error.to_string().ends_with("/file"), "{error}");
    }
}
