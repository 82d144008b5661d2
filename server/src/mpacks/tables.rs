//! Reads the trailer and the tables of an mpack, by two range reads.

use std::collections::HashSet;
use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use muse_wire::id::SnapshotId;
use muse_wire::limits::MAX_TABLE_BYTES;
use muse_wire::mpack::{FrameKind, MpackError, TRAILER_BYTES, Tables, Trailer};
use muse_wire::problem::ProblemCode;

use crate::blobs::{BlobKey, Blobs};
use crate::blocking::run_blocking;
use crate::error::{Error, Result};
use crate::store::mpacks::StoredFrame;

/// Bytes that lie somewhere, and can be read by range.
#[async_trait]
pub(crate) trait ReadRange: Send + Sync {
    /// The bytes of a range that lies inside.
    ///
    /// # Errors
    /// [`Error`] where they cannot be read.
    async fn read_range(&self, range: Range<u64>) -> Result<Bytes>;
}

/// The tables of an mpack of `size_bytes`. Those of more than `most_bytes` are refused before they
/// are read: all of them are held in memory.
///
/// # Errors
/// [`Error::Problem`] where the bytes are not an mpack, or its tables are too large; other errors
/// where they cannot be read.
pub(crate) async fn read_tables(
    mpack: &impl ReadRange,
    size_bytes: u64,
    most_bytes: u64,
) -> Result<Tables> {
    let Some(trailer_offset) = size_bytes.checked_sub(TRAILER_BYTES) else {
        let detail = format!("the mpack is only {size_bytes} bytes long");
        return Err(Error::problem(ProblemCode::MpackMalformed, detail));
    };
    let trailer = mpack.read_range(trailer_offset..size_bytes).await?;
    let trailer = Trailer::parse(&trailer, size_bytes).map_err(|error| malformed(&error))?;
    let table_bytes = trailer.tables_bytes;
    if table_bytes > most_bytes {
        let detail = format!(
            "the mpack has {table_bytes} bytes of tables; at most {most_bytes} are taken this way"
        );
        return Err(Error::problem(ProblemCode::PushTooLarge, detail));
    }
    let tables_end = trailer.tables_offset + trailer.tables_bytes;
    let tables = mpack.read_range(trailer.tables_offset..tables_end).await?;
    run_blocking(move || Tables::parse(tables.into(), &trailer))
        .await
        .map_err(|error| malformed(&error))
}

/// The tables of an mpack of `size_bytes` that was verified when it was pushed. If they cannot be
/// read now, that is the server's fault.
///
/// # Errors
/// Where the mpack is gone, damaged or cannot be read.
pub(crate) async fn read_stored_tables(
    blobs: &Blobs,
    key: &BlobKey,
    size_bytes: u64,
) -> Result<Tables> {
    match read_tables(&StoredBlob::new(blobs, *key), size_bytes, MAX_TABLE_BYTES).await {
        Err(Error::Problem(problem)) => Err(Error::internal("reading a stored mpack", problem)),
        result => result,
    }
}

/// The frames of objects and chunks of an mpack, in the order of their numbers.
pub(crate) fn stored_frames(tables: &Tables) -> Vec<StoredFrame> {
    let kinds = [FrameKind::Objects, FrameKind::Chunks];
    let frames = kinds.into_iter().flat_map(|kind| tables.frames_of(kind));
    let stored = frames.map(|frame| StoredFrame {
        row: tables.frame(frame),
        // No mpack has as many entries as would not fit.
        entry_count: tables.entry_count(frame) as u32,
    });
    stored.collect()
}

/// Whether each record is that of a commit. Any other one may name objects that a reader of the
/// commits neither has nor wants.
pub(crate) fn names_all_records(tables: &Tables) -> bool {
    let named: HashSet<SnapshotId> = tables.commits().map(|commit| commit.snapshot).collect();
    let mut records = tables.snapshots();
    records.all(|record| named.contains(&record.id))
}

/// An mpack in the blob store.
pub(super) struct StoredBlob {
    blobs: Blobs,
    key: BlobKey,
}

impl StoredBlob {
    pub(super) fn new(blobs: &Blobs, key: BlobKey) -> Self {
        Self {
            blobs: Blobs::clone(blobs),
            key,
        }
    }
}

#[async_trait]
impl ReadRange for StoredBlob {
    async fn read_range(&self, range: Range<u64>) -> Result<Bytes> {
        Ok(self.blobs.read_range(&self.key, range).await?)
    }
}

#[async_trait]
impl<T: ReadRange> ReadRange for &T {
    async fn read_range(&self, range: Range<u64>) -> Result<Bytes> {
        (**self).read_range(range).await
    }
}

fn malformed(error: &MpackError) -> Error {
    Error::problem(error.code, error.to_string())
}
