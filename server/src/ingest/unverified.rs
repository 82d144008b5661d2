//! A push's mpack while it is verified: bytes that nobody can change, and that nobody else reads.
//!
//! An upload can be replaced for as long as its presigned URL lives. So each attempt at a push pins
//! the upload: it gives the bytes a second key, which only this attempt knows and no presigned PUT
//! reaches, and verifies those; what came in parts is put together in a file that only this attempt
//! knows. Only then do the bytes get the mpack's own key. Two rules follow:
//!
//! * what lies under an mpack's own key hashes to it, whoever put it there, so it is never replaced
//!   by other bytes and never taken away;
//! * a refusal touches the attempt's own bytes and the upload that they came from, nothing else.
//!
//! The upload stays until the push is published, or until its bytes are known to be bad: a push
//! that is refused because of what the repository has, or that is interrupted, can come again
//! without it.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;

use async_trait::async_trait;
use bytes::Bytes;
use muse_wire::id::MpackKey;
use muse_wire::problem::ProblemCode;
use tempfile::TempPath;
use uuid::Uuid;

use super::parts::Assembled;
use crate::blobs::{BlobError, BlobKey, Blobs, StagedFile};
use crate::blocking::run_blocking;
use crate::error::{Error, Result, with_causes};
use crate::mpacks::{LocalMpack, ReadRange};

/// A push's mpack while it is verified.
pub(super) struct UnverifiedMpack {
    blobs: Blobs,
    repo_id: Uuid,
    key: MpackKey,
    size_bytes: u64,
    place: Place,
    /// What a client uploaded of it; none where it came in the request.
    uploads: Vec<BlobKey>,
}

/// Where the bytes are that this attempt verifies.
enum Place {
    /// In the blob store.
    Pinned(BlobKey),
    /// In a file of this machine.
    Local(TempPath),
}

impl UnverifiedMpack {
    /// Makes sure that the bytes of an upload cannot change any more.
    ///
    /// # Errors
    /// [`Error::Problem`] where there is no upload; other errors where the blob store fails.
    pub(super) async fn pin(blobs: &Blobs, repo_id: Uuid, key: MpackKey) -> Result<Self> {
        let upload = BlobKey::upload(repo_id, key);
        let pinned = BlobKey::pinned(repo_id, key, Uuid::new_v4());
        match blobs.copy(&upload, &pinned).await {
            Err(BlobError::NotFound(_)) => return Err(never_uploaded(key)),
            result => result?,
        }
        let size_bytes = blobs.size(&pinned).await?;
        Ok(Self {
            blobs: Blobs::clone(blobs),
            repo_id,
            key,
            size_bytes: size_bytes.ok_or(BlobError::NotFound(pinned))?,
            place: Place::Pinned(pinned),
            uploads: vec![upload],
        })
    }

    /// The file that the parts of an upload made.
    pub(super) fn assembled(
        blobs: &Blobs,
        repo_id: Uuid,
        key: MpackKey,
        file: Assembled,
        parts: Vec<BlobKey>,
    ) -> Self {
        Self {
            blobs: Blobs::clone(blobs),
            repo_id,
            key,
            size_bytes: file.size_bytes,
            place: Place::Local(file.path),
            uploads: parts,
        }
    }

    /// An mpack that came in a request, or was written on this machine.
    pub(super) fn local(blobs: &Blobs, repo_id: Uuid, file: StagedFile) -> Self {
        Self {
            blobs: Blobs::clone(blobs),
            repo_id,
            key: file.key,
            size_bytes: file.size_bytes,
            place: Place::Local(file.path),
            uploads: Vec::new(),
        }
    }

    /// The key that the bytes are said to hash to.
    pub(super) const fn key(&self) -> MpackKey {
        self.key
    }

    /// How many bytes there are.
    pub(super) const fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Whether the bytes came in the request that waits for the outcome.
    pub(super) const fn is_streamed(&self) -> bool {
        self.uploads.is_empty()
    }

    /// Reads all bytes from front to back, for a thread that may block.
    ///
    /// # Errors
    /// [`Error`] where they cannot be read.
    pub(super) async fn reader(&self) -> Result<Box<dyn Read + Send>> {
        match &self.place {
            Place::Pinned(pinned) => Ok(self.blobs.reader(pinned).await?),
            Place::Local(file) => {
                let path = file.to_path_buf();
                let file = run_blocking(move || File::open(path)).await;
                Ok(Box::new(file.map_err(received_error)?))
            }
        }
    }

    /// Opens the bytes as a file on this machine.
    ///
    /// # Errors
    /// [`Error::Problem`] where they are no mpack; other errors where they cannot be read.
    pub(super) async fn open(&self) -> Result<LocalMpack> {
        match &self.place {
            Place::Pinned(pinned) => LocalMpack::open(&self.blobs, pinned).await,
            Place::Local(file) => LocalMpack::open_file(file.to_path_buf()).await,
        }
    }

    /// Keeps the bytes for whoever has what they were compressed against.
    ///
    /// # Errors
    /// [`Error`] where the blob store fails.
    pub(super) async fn keep_as_thin_form_of(&self, thick: MpackKey) -> Result<()> {
        let thin = BlobKey::thin(self.repo_id, thick);
        match &self.place {
            Place::Pinned(pinned) => self.blobs.copy(pinned, &thin).await?,
            Place::Local(file) => self.blobs.put_file(&thin, file).await?,
        }
        Ok(())
    }

    /// Gives the verified bytes the mpack's own key. Bytes that are there already are the same.
    ///
    /// # Errors
    /// [`Error`] where the blob store fails.
    pub(super) async fn promote(&self) -> Result<()> {
        let own = BlobKey::mpack(self.repo_id, self.key);
        match &self.place {
            Place::Pinned(pinned) => self.blobs.copy(pinned, &own).await?,
            Place::Local(file) => self.blobs.put_file(&own, file).await?,
        }
        Ok(())
    }

    /// Removes what the push no longer needs. Where that fails, files stay to which nothing refers.
    /// Says whether the bytes are in the quarantine.
    pub(super) async fn settle<T>(self, outcome: &Result<T>) -> bool {
        let is_bad = match outcome {
            Err(Error::Problem(problem)) => problem.known_code().is_some_and(is_about_bytes_alone),
            _ => false,
        };
        let settled = match outcome {
            Ok(_) => self.remove(true).await,
            Err(_) if is_bad => self.quarantine().await,
            Err(_) => self.remove(false).await,
        };
        if let Err(error) = settled {
            let (mpack, error) = (self.key, with_causes(&error));
            tracing::warn!(%mpack, error, "cannot clean up after a push");
        }
        is_bad
    }

    /// Keeps bad bytes for whoever looks into them, so that good ones can come under the same key.
    async fn quarantine(&self) -> Result<(), BlobError> {
        match &self.place {
            Place::Pinned(pinned) => self.blobs.quarantine(pinned).await?,
            Place::Local(file) => {
                let quarantined = BlobKey::quarantined(self.repo_id, self.key);
                self.blobs.put_file(&quarantined, file).await?;
            }
        }
        self.remove(true).await
    }

    async fn remove(&self, with_upload: bool) -> Result<(), BlobError> {
        if let Place::Pinned(pinned) = &self.place {
            self.blobs.delete(pinned).await?;
        }
        if with_upload {
            for upload in &self.uploads {
                self.blobs.delete(upload).await?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl ReadRange for UnverifiedMpack {
    async fn read_range(&self, range: Range<u64>) -> Result<Bytes> {
        match &self.place {
            Place::Pinned(pinned) => Ok(self.blobs.read_range(pinned, range).await?),
            Place::Local(file) => {
                let length = usize::try_from(range.end - range.start)
                    .map_err(|error| Error::internal("reading an mpack", error))?;
                let path = file.to_path_buf();
                let read = run_blocking(move || {
                    let mut bytes = vec![0; length];
                    File::open(path)?.read_exact_at(&mut bytes, range.start)?;
                    Ok(bytes.into())
                });
                read.await.map_err(received_error)
            }
        }
    }
}

/// The error of a push whose mpack is nowhere.
pub(super) fn never_uploaded(key: MpackKey) -> Error {
    let detail = format!("{key} was never uploaded");
    Error::problem(ProblemCode::MpackNotUploaded, detail)
}

/// Whether a refusal for this reason holds for these bytes whatever the repository has and however
/// the server is set: then they are of no use to anybody.
const fn is_about_bytes_alone(code: ProblemCode) -> bool {
    matches!(
        code,
        ProblemCode::MpackKeyMismatch
            | ProblemCode::MpackMalformed
            | ProblemCode::ObjectIdMismatch
            | ProblemCode::CommitInvalid
            | ProblemCode::SignatureInvalid
            | ProblemCode::SnapshotInvalid
            | ProblemCode::Blocked
    )
}

fn received_error(error: io::Error) -> Error {
    Error::internal("reading a received mpack", error)
}
