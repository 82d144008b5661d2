//! Random access to one mpack, mapped from a file or held in memory.
use std::io::Write;
use std::path::Path;

use super::{MpackError, Tables};
use crate::commit::CommitEnvelope;
use crate::id::{CommitId, ObjectId, SnapshotId};
use crate::snapshot::SnapshotRecord;

/// An opened mpack. Shared between threads freely; recently used record frames are kept decompressed.
#[derive(Debug)]
pub struct Mpack {}

impl Mpack {
    /// Maps a file that is never changed while it exists.
    ///
    /// # Errors
    /// [`MpackError`] where the file cannot be read or its trailer or tables are invalid.
    pub fn open(path: &Path) -> Result<Self, MpackError> {
        unimplemented!("{path:?}")
    }

    /// Reads from memory.
    ///
    /// # Errors
    /// [`MpackError`] where trailer or tables are invalid.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, MpackError> {
        unimplemented!("{bytes:?}")
    }

    /// The tables.
    pub fn tables(&self) -> &Tables {
        unimplemented!()
    }

    /// All bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        unimplemented!()
    }

    /// One frame, decompressed.
    ///
    /// # Errors
    /// [`MpackError`] where it does not decompress to exactly its declared length.
    pub fn read_frame(&self, index: u32) -> Result<Vec<u8>, MpackError> {
        unimplemented!("{index}")
    }

    /// An object's bytes; `None` where this mpack does not hold it. Check the length before asking for a large one.
    ///
    /// # Errors
    /// [`MpackError`] where a frame is damaged.
    pub fn read_object(&self, id: &ObjectId) -> Result<Option<Vec<u8>>, MpackError> {
        unimplemented!("{id}")
    }

    /// Writes an object's bytes to `out`, a frame at a time; `false` where this mpack does not hold it.
    ///
    /// # Errors
    /// Whatever `out` gives; a damaged frame as [`std::io::ErrorKind::InvalidData`].
    pub fn copy_object(&self, id: &ObjectId, out: &mut dyn Write) -> std::io::Result<bool> {
        unimplemented!("{id} {}", std::mem::size_of_val(out))
    }

    /// A commit's envelope.
    ///
    /// # Errors
    /// [`MpackError`] where a frame or record is damaged.
    pub fn read_commit(&self, id: &CommitId) -> Result<Option<CommitEnvelope>, MpackError> {
        unimplemented!("{id}")
    }

    /// A snapshot's record.
    ///
    /// # Errors
    /// [`MpackError`] where a frame or record is damaged.
    pub fn read_snapshot(&self, id: &SnapshotId) -> Result<Option<SnapshotRecord>, MpackError> {
        unimplemented!("{id}")
    }
}
