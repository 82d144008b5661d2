//! Random access to one mpack, mapped from a file or held in memory.

mod bulk;
mod partial_frame;
mod record_cache;

use std::fmt::Display;
use std::path::Path;

pub use partial_frame::PartialFrame;
use record_cache::RecordCache;

use super::compress::FrameDecompressor;
use super::layout::{PREAMBLE_BYTES, Preamble};
use super::record::{decode_commit, decode_snapshot};
use super::shared_bytes::SharedBytes;
use super::tables::RowChecks;
use super::{ChunkRow, Codec, MpackError, ObjectRow, RecordPlace, TRAILER_BYTES, Tables, Trailer};
use crate::commit::CommitEnvelope;
use crate::id::{ChunkId, CommitId, ObjectId, SnapshotId};
use crate::problem::ProblemCode;
use crate::snapshot::SnapshotRecord;

/// An opened mpack. Shared between threads freely; recently used record frames are kept
/// decompressed.
///
/// The structure is checked when it is opened first, and records, objects and chunks when they are
/// read: a file that was verified may have been damaged since.
pub struct Mpack {
    bytes: SharedBytes,
    tables: Tables,
    records: RecordCache,
}

impl Mpack {
    /// Maps a file that is never changed while it exists.
    ///
    /// # Errors
    /// [`MpackError`] where the file cannot be read or its trailer or tables are invalid.
    pub fn open(path: &Path) -> Result<Self, MpackError> {
        Self::map(path, RowChecks::All)
    }

    /// As [`Mpack::open`], of a file that was opened with it before and has not changed since: its
    /// tables are not checked again, so that the cost does not grow with what it holds.
    ///
    /// Where the tables are damaged all the same, whatever reads them may find nothing, find the
    /// wrong thing, or panic; what is read from frames is checked.
    ///
    /// # Errors
    /// [`MpackError`] where the file cannot be read, or has not the form of an mpack.
    pub fn open_again(path: &Path) -> Result<Self, MpackError> {
        Self::map(path, RowChecks::Frames)
    }

    /// As [`Mpack::open`], of a file of which only the end is there so far, at its place: tables
    /// and records can be read, contents cannot. What the file begins with is not looked at.
    ///
    /// # Errors
    /// As [`Mpack::open`].
    pub fn open_end(path: &Path) -> Result<Self, MpackError> {
        let bytes = map(path)?;
        let tables = read_tables(&bytes, RowChecks::All)?;
        Ok(Self::new(bytes, tables))
    }

    fn map(path: &Path, checks: RowChecks) -> Result<Self, MpackError> {
        Self::from_shared(map(path)?, checks)
    }

    /// Reads from memory.
    ///
    /// # Errors
    /// [`MpackError`] where trailer or tables are invalid.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, MpackError> {
        Self::from_shared(bytes.into(), RowChecks::All)
    }

    fn from_shared(bytes: SharedBytes, checks: RowChecks) -> Result<Self, MpackError> {
        let preamble = bytes.first_chunk::<PREAMBLE_BYTES>();
        let preamble = preamble.ok_or_else(|| too_short(&bytes))?;
        let preamble = Preamble::parse(preamble)?;
        let tables = read_tables(&bytes, checks)?;
        tables.check_preamble(&preamble)?;
        Ok(Self::new(bytes, tables))
    }

    fn new(bytes: SharedBytes, tables: Tables) -> Self {
        Self {
            bytes,
            tables,
            records: RecordCache::default(),
        }
    }

    /// The same mpack, with the ids of its objects in file order: what makes a thin one complete.
    pub(super) fn with_object_ids(&self, ids: &[ObjectId]) -> Result<Self, MpackError> {
        let tables = self.tables.with_object_ids(ids)?;
        Ok(Self::new(self.bytes.clone(), tables))
    }

    /// The tables.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// All bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// One frame's payload as it is stored.
    pub(super) fn stored_frame(&self, index: u32) -> &[u8] {
        let frame = self.tables.frame(index);
        // All frames were checked to lie between the header and the tables.
        let start = frame.offset as usize;
        &self.bytes[start..start + frame.stored_bytes as usize]
    }

    /// Gives a frame's memory back to the system after it has been read.
    pub(super) fn release_frame(&self, index: u32) {
        let frame = self.tables.frame(index);
        let start = frame.offset as usize;
        self.bytes
            .release(start..start + frame.stored_bytes as usize);
    }

    /// One frame, decompressed.
    ///
    /// # Errors
    /// [`MpackError`] where it does not decompress to exactly its declared length.
    ///
    /// # Panics
    /// Where the index is not below [`Tables::frame_count`].
    pub fn read_frame(&self, index: u32) -> Result<Vec<u8>, MpackError> {
        let mut raw = Vec::new();
        self.read_frame_into(index, &mut FrameDecompressor::new(), &mut raw)?;
        Ok(raw)
    }

    fn read_frame_into(
        &self,
        index: u32,
        decompressor: &mut FrameDecompressor,
        raw: &mut Vec<u8>,
    ) -> Result<(), MpackError> {
        let frame = self.tables.frame(index);
        let prefix = match frame.codec {
            Codec::Stored | Codec::Zstd => &[],
            Codec::ZstdIds => self.tables.ids_prefix(),
            Codec::ZstdBases => {
                let reason = "it is compressed against contents of another repository";
                return Err(MpackError::malformed("frame", frame.offset, reason));
            }
        };
        let stored = self.stored_frame(index);
        decompressor.decompress(&frame.payload(stored, prefix), raw)?;
        self.release_frame(index);
        Ok(())
    }

    /// The bytes of an object that is stored whole; `None` where this mpack does not hold it so, or
    /// is thin.
    ///
    /// # Errors
    /// [`MpackError`] where a frame is damaged.
    pub fn read_object(&self, id: &ObjectId) -> Result<Option<Vec<u8>>, MpackError> {
        let Some(row) = self.tables.find_object(id) else {
            return Ok(None);
        };
        let contents = self.read_part(row.frame, row.offset, row.length)?;
        self.check_object(&row, &contents)?;
        Ok(Some(contents))
    }

    /// The bytes of a chunk; `None` where this mpack does not hold it.
    ///
    /// # Errors
    /// [`MpackError`] where a frame is damaged.
    pub fn read_chunk(&self, id: &ChunkId) -> Result<Option<Vec<u8>>, MpackError> {
        let Some(row) = self.tables.find_chunk(id) else {
            return Ok(None);
        };
        let contents = self.read_part(row.frame, row.offset, row.length)?;
        self.check_chunk(&row, &contents)?;
        Ok(Some(contents))
    }

    /// Checks that these are the bytes of an object of this mpack, as whoever reads its frame and
    /// keeps that has to.
    ///
    /// # Errors
    /// [`MpackError`] where they are not.
    pub fn check_object(&self, row: &ObjectRow, contents: &[u8]) -> Result<(), MpackError> {
        self.check_id(ObjectId::of(contents) == row.id, row.frame, &row.id)
    }

    /// Checks that these are the bytes of a chunk of this mpack, as whoever reads its frame and
    /// keeps that has to.
    ///
    /// # Errors
    /// [`MpackError`] where they are not.
    pub fn check_chunk(&self, row: &ChunkRow, contents: &[u8]) -> Result<(), MpackError> {
        self.check_id(ChunkId::of(contents) == row.id, row.frame, &row.id)
    }

    fn check_id(&self, is_right: bool, frame: u32, id: &dyn Display) -> Result<(), MpackError> {
        if is_right {
            return Ok(());
        }
        let reason = format!("what it holds of {id} hashes to another id");
        let offset = self.tables.frame(frame).offset;
        let error = MpackError::malformed("frame", offset, reason);
        Err(error.with_code(ProblemCode::ObjectIdMismatch))
    }

    fn read_part(&self, frame: u32, offset: u32, length: u32) -> Result<Vec<u8>, MpackError> {
        let mut frame = self.begin_frame(frame, None)?;
        self.read_part_in(&mut frame, offset, length)
            .map(<[u8]>::to_vec)
    }

    /// A commit's envelope.
    ///
    /// # Errors
    /// [`MpackError`] where a frame or record is damaged.
    pub fn read_commit(&self, id: &CommitId) -> Result<Option<CommitEnvelope>, MpackError> {
        let Some(row) = self.tables.find_commit(id) else {
            return Ok(None);
        };
        self.read_record(&row.place, |bytes, offset| {
            decode_commit(&row, bytes, offset)
        })
        .map(Some)
    }

    /// A snapshot's record.
    ///
    /// # Errors
    /// [`MpackError`] where a frame or record is damaged.
    pub fn read_snapshot(&self, id: &SnapshotId) -> Result<Option<SnapshotRecord>, MpackError> {
        let Some(row) = self.tables.find_snapshot(id) else {
            return Ok(None);
        };
        self.read_record(&row.place, |bytes, offset| {
            decode_snapshot(&row, bytes, offset)
        })
        .map(Some)
    }

    /// Gives a record's bytes and its frame's offset to `decode`.
    pub(super) fn read_record<T, E: From<MpackError>>(
        &self,
        place: &RecordPlace,
        decode: impl FnOnce(&[u8], u64) -> Result<T, E>,
    ) -> Result<T, E> {
        let frame = self.tables.frame(place.frame);
        let start = place.offset as usize;
        let end = start + place.length as usize;
        if end as u64 <= frame.raw_bytes {
            let raw = self
                .records
                .get(place.frame, || self.read_frame(place.frame))?;
            return decode(&raw[start..end], frame.offset);
        }
        let mut record = self.read_frame(place.frame)?;
        let (mut decompressor, mut raw) = (FrameDecompressor::new(), Vec::new());
        for next in self.tables.continuations(place.frame) {
            self.read_frame_into(next, &mut decompressor, &mut raw)?;
            record.extend_from_slice(&raw);
        }
        decode(&record, frame.offset)
    }
}

fn map(path: &Path) -> Result<SharedBytes, MpackError> {
    SharedBytes::map(path).map_err(|error| {
        MpackError::malformed("file", 0, format!("it cannot be read: {error}"))
            .with_code(ProblemCode::Internal)
    })
}

/// The tables of a file of which at least the end is there.
fn read_tables(bytes: &SharedBytes, checks: RowChecks) -> Result<Tables, MpackError> {
    let trailer = bytes.last_chunk::<{ TRAILER_BYTES as usize }>();
    let trailer = trailer.ok_or_else(|| too_short(bytes))?;
    let trailer = Trailer::parse(trailer, bytes.len() as u64)?;
    // The trailer was checked to point inside the file, so the offset fits.
    let start = trailer.tables_offset as usize;
    let end = start + trailer.tables_bytes as usize;
    Tables::from_shared(&bytes.part(start..end), &trailer, checks)
}

fn too_short(bytes: &SharedBytes) -> MpackError {
    MpackError::malformed("file", bytes.len() as u64, "it is too short for an mpack")
}

impl std::fmt::Debug for Mpack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mpack")
            .field("tables", &self.tables)
            .finish_non_exhaustive()
    }
}
