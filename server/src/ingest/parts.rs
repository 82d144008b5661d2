//! An upload in parts: which of them are missing, and the file that they make.
//!
//! Each part lies under its own digest, so what one attempt at a push uploaded is there for the
//! next one, even where that sends another mpack which begins in the same way.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use muse_wire::api::push::{PresignResponse, part_sizes};
use muse_wire::id::PartId;
use muse_wire::limits::{MAX_PRESIGNED_PARTS, MAX_UPLOAD_PARTS, UPLOAD_PART_BYTES};
use muse_wire::problem::ProblemCode;
use tempfile::{NamedTempFile, TempPath};
use uuid::Uuid;

use super::limits::check_announced_size;
use crate::blobs::{BlobError, BlobKey, Blobs};
use crate::blocking::run_blocking;
use crate::error::{Error, Result};
use crate::jobs::Cancellation;

/// How many parts the blob store is asked about at a time.
const CONCURRENT_QUESTIONS: usize = 16;

/// The file that the parts of an upload make; removed when dropped.
pub(super) struct Assembled {
    pub(super) path: TempPath,
    pub(super) size_bytes: u64,
}

/// The parts of one upload, in order.
pub(super) struct Parts<'a> {
    blobs: &'a Blobs,
    keys: Vec<BlobKey>,
}

impl<'a> Parts<'a> {
    /// The parts that a client names.
    ///
    /// # Errors
    /// [`Error::Problem`] where there are too many.
    pub(super) fn new(blobs: &'a Blobs, repo_id: Uuid, ids: &[PartId]) -> Result<Self> {
        if ids.len() > MAX_UPLOAD_PARTS {
            let detail = format!(
                "an upload has at most {MAX_UPLOAD_PARTS} parts, and this one has {}",
                ids.len()
            );
            return Err(Error::problem(ProblemCode::BadRequest, detail));
        }
        let keys = ids.iter().map(|id| BlobKey::part(repo_id, *id)).collect();
        Ok(Self { blobs, keys })
    }

    /// Which parts of a file of so many bytes are missing, and where to upload the first of them.
    ///
    /// # Errors
    /// [`Error::Problem`] where a file of that size has another number of parts.
    pub(super) async fn presign(
        &self,
        size_bytes: u64,
        lifetime: Duration,
    ) -> Result<PresignResponse> {
        let expected: Vec<u64> = part_sizes(size_bytes).collect();
        if expected.len() != self.keys.len() {
            let detail = format!(
                "{size_bytes} bytes are {} parts of {UPLOAD_PART_BYTES} bytes, and {} are named",
                expected.len(),
                self.keys.len()
            );
            return Err(Error::problem(ProblemCode::BadRequest, detail));
        }
        let actual = self.sizes().await?;
        let mut answer = PresignResponse::default();
        for (index, (key, size_bytes)) in self.keys.iter().zip(expected).enumerate() {
            if actual[index] == Some(size_bytes) {
                continue;
            }
            let position = u32::try_from(index).expect("there are few parts");
            answer.missing_parts.push(position);
            if answer.part_uploads.len() < MAX_PRESIGNED_PARTS {
                let signed = self.blobs.presign_put(key, size_bytes, lifetime);
                answer.part_uploads.push(signed.await?);
            }
        }
        Ok(answer)
    }

    /// Bytes of all parts together; `None` where one is missing.
    ///
    /// # Errors
    /// [`Error`] where the blob store fails.
    pub(super) async fn size_bytes(&self) -> Result<Option<u64>> {
        Ok(self.sizes().await?.into_iter().sum())
    }

    /// Puts the parts together in a file of this machine, which is not synced yet.
    ///
    /// # Errors
    /// [`BlobError::NotFound`] where one is missing; [`Error::Problem`] where they have more than
    /// `limit_bytes` together.
    pub(super) async fn assemble(
        &self,
        limit_bytes: u64,
        cancellation: &Cancellation,
    ) -> Result<Assembled> {
        if let Some(size_bytes) = self.size_bytes().await? {
            check_announced_size(size_bytes, limit_bytes)?;
        }
        let assembling = |error| Error::internal("putting an upload together", error);
        let directory = self.blobs.staging_dir().to_owned();
        let created = run_blocking(move || NamedTempFile::new_in(directory)).await;
        let (mut file, path) = created.map_err(assembling)?.into_parts();
        let mut size_bytes = 0;
        for key in &self.keys {
            cancellation.check()?;
            // A store that does not check what it takes may hold anything.
            let most = limit_bytes - size_bytes + 1;
            let count;
            (file, count) = match self.blobs.local_path(key) {
                // From one file to another, the kernel copies, or shares the blocks.
                Some(part) => {
                    let opened = run_blocking(move || File::open(part)).await;
                    let part = opened.map_err(|error| match error.kind() {
                        ErrorKind::NotFound => BlobError::NotFound(*key),
                        _ => BlobError::store(key, error),
                    })?;
                    append(file, part, most).await
                }
                None => append(file, self.blobs.reader(key).await?, most).await,
            }
            .map_err(assembling)?;
            size_bytes += count;
            check_announced_size(size_bytes, limit_bytes)?;
        }
        Ok(Assembled { path, size_bytes })
    }

    async fn sizes(&self) -> Result<Vec<Option<u64>>, BlobError> {
        stream::iter(self.keys.clone())
            .map(|key| {
                let blobs = Blobs::clone(self.blobs);
                async move { blobs.size(&key).await }
            })
            .buffered(CONCURRENT_QUESTIONS)
            .try_collect()
            .await
    }
}

/// Copies at most so many bytes to the end of a file; gives it back, and how many they were.
async fn append(
    mut file: File,
    source: impl Read + Send + 'static,
    most: u64,
) -> io::Result<(File, u64)> {
    run_blocking(move || {
        let count = io::copy(&mut source.take(most), &mut file)?;
        Ok((file, count))
    })
    .await
}
