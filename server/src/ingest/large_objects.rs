//! Large objects that the streaming pass could not hash, because their chunks are in the repository
//! or in another order: read chunk by chunk and hashed as a whole.
//!
//! Chunks themselves are true by then: those of the mpack were hashed by the pass, those of the
//! repository when they were pushed. A few frames are in memory at a time.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt as _;
use muse_wire::id::ChunkId;
use muse_wire::mpack::{LargeObjectRow, Tables, VerifyError, check_large_object};
use muse_wire::problem::ProblemCode;
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::unverified::UnverifiedMpack;
use super::verify::verify_error;
use crate::blobs::Blobs;
use crate::blocking::run_blocking;
use crate::error::{Error, Result};
use crate::jobs::Cancellation;
use crate::mpacks::{MpackBytes, Pieces, StoredFrames};
use crate::store::mpacks::ContentLocation;
use crate::store::{Repo, Store};

/// How many frames are read while another is hashed, and how many chunks wait for that.
const READ_AHEAD: usize = 2;

/// What large objects are read from.
pub(super) struct LargeObjectCheck<'a> {
    tables: &'a Arc<Tables>,
    mpack: MpackBytes<'a>,
    /// Chunks that only the repository has.
    stored: HashMap<ChunkId, ContentLocation>,
    frames: StoredFrames,
}

impl<'a> LargeObjectCheck<'a> {
    /// Looks up the chunks that are not in the mpack.
    ///
    /// # Errors
    /// [`Error::Problem`] where the repository lacks one.
    pub(super) async fn new(
        store: &Store,
        blobs: &Blobs,
        repo: &Repo,
        mpack: &'a UnverifiedMpack,
        tables: &'a Arc<Tables>,
    ) -> Result<Self> {
        let external = tables.external_chunks();
        let stored = store.chunk_locations(repo.id, &external).await?;
        if let Some(missing) = external.iter().find(|chunk| !stored.contains_key(chunk)) {
            let detail = format!("chunk {missing} is neither in the mpack nor in the repository");
            return Err(Error::problem(ProblemCode::MissingDependency, detail));
        }
        Ok(Self {
            tables,
            mpack: Arc::new(mpack),
            frames: StoredFrames::find(store, blobs, repo, stored.values()).await?,
            stored,
        })
    }

    /// Checks that an object's chunks hash to its id together.
    ///
    /// # Errors
    /// [`Error::Problem`] where they do not; other errors where they cannot be read, or where the
    /// work must stop.
    pub(super) async fn check(
        &self,
        row: LargeObjectRow,
        cancellation: &Cancellation,
    ) -> Result<()> {
        let pieces = self.pieces(&row)?;
        let (sender, receiver) = mpsc::channel(READ_AHEAD);
        let (tables, cancellation) = (Arc::clone(self.tables), cancellation.clone());
        let hashed = run_blocking(move || hash(&tables, &row, receiver, &cancellation));
        let (sent, hashed) = tokio::join!(send(pieces, sender), hashed);
        sent?;
        hashed
    }

    fn pieces(&self, row: &LargeObjectRow) -> Result<Pieces<'a>> {
        let mut pieces = Pieces::default();
        for reference in self.tables.chunks_of(row) {
            let id = reference.id;
            if let Some(own) = self.tables.find_chunk(&id) {
                let start = own.offset as usize;
                let range = start..start + own.length as usize;
                pieces.push(&self.mpack, &self.tables.frame(own.frame), range)?;
                continue;
            }
            let location = &self.stored[&id];
            if location.length != reference.length {
                let (actual, declared) = (location.length, reference.length);
                let detail = format!("chunk {id} has {actual} bytes, not {declared}");
                return Err(Error::problem(ProblemCode::MpackMalformed, detail));
            }
            self.frames
                .push(&mut pieces, location, 0..location.length)?;
        }
        Ok(pieces)
    }
}

async fn send(pieces: Pieces<'_>, sender: Sender<Bytes>) -> Result<()> {
    let mut chunks = std::pin::pin!(pieces.read(READ_AHEAD));
    while let Some(chunk) = chunks.try_next().await? {
        if sender.send(chunk).await.is_err() {
            // Hashing has ended early, and says why.
            break;
        }
    }
    Ok(())
}

fn hash(
    tables: &Tables,
    row: &LargeObjectRow,
    mut chunks: Receiver<Bytes>,
    cancellation: &Cancellation,
) -> Result<()> {
    let next = |_: &_| {
        cancellation.check().map_err(Stopped::Failed)?;
        let chunk = chunks.blocking_recv().ok_or_else(|| {
            let reason = "its chunks end early";
            Stopped::Failed(Error::internal("reading a large object", reason))
        })?;
        Ok(chunk)
    };
    check_large_object(tables, row, next, |_, _| Ok(())).map_err(|stopped| match stopped {
        Stopped::Invalid(error) => verify_error(error),
        Stopped::Failed(error) => error,
    })
}

/// Why hashing ended early.
enum Stopped {
    Invalid(VerifyError),
    Failed(Error),
}

impl From<VerifyError> for Stopped {
    fn from(error: VerifyError) -> Self {
        Self::Invalid(error)
    }
}
