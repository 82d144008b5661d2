//! Writes an mpack in one pass, hashing it on the way.
use std::io::{Read, Write};

use super::{Counts, Mpack, WriteError};
use crate::commit::{Commit, CommitEnvelope};
use crate::id::{MpackKey, ObjectId};
use crate::snapshot::SnapshotRecord;

/// A commit to be written: the envelope, what is decoded from it, and its generation.
#[derive(Debug, Clone)]
pub struct NewCommit<'a> {
    /// What is stored, verbatim.
    pub envelope: &'a CommitEnvelope,
    /// The same record, decoded.
    pub commit: &'a Commit,
    /// One more than the highest of its parents'.
    pub generation: u32,
}

/// What came out of a finished writer.
#[derive(Debug)]
pub struct Written<W> {
    /// SHA-256 of all bytes written.
    pub key: MpackKey,
    /// How many they are.
    pub size_bytes: u64,
    /// The output, flushed but not synced.
    pub out: W,
}

/// Writes objects, then commits (parents first), then snapshot records (bases first).
///
/// Frames are compressed on a few threads and written in order: the same calls give the same bytes.
/// Memory is bounded by a few frames, whatever the sizes.
pub struct MpackWriter<W> {
    _out: W,
}

impl<W: Write> MpackWriter<W> {
    /// Starts an mpack that will hold exactly `counts`.
    ///
    /// # Errors
    /// [`WriteError::Io`] where the output fails.
    pub fn new(out: W, counts: Counts) -> Result<Self, WriteError> {
        unimplemented!("{counts:?} {}", std::mem::size_of_val(&out))
    }

    /// Adds an object, which must hash to `id`, to the current frame. Any size; [`Self::add_large_object`]
    /// is for what should not be held in memory.
    ///
    /// # Errors
    /// [`WriteError`] where the output fails or commits have already been added.
    pub fn add_object(&mut self, id: ObjectId, contents: &[u8]) -> Result<(), WriteError> {
        unimplemented!("{id} {contents:?}")
    }

    /// Adds an object of `length` bytes from a reader, in frames of its own; checks that the bytes hash to `id`.
    ///
    /// # Errors
    /// [`WriteError::Inconsistent`] where the reader gives other bytes than announced.
    pub fn add_large_object(
        &mut self,
        id: ObjectId,
        length: u64,
        source: &mut dyn Read,
    ) -> Result<(), WriteError> {
        unimplemented!("{id} {length} {}", std::mem::size_of_val(source))
    }

    /// Ends the current object frame, so that what comes next starts another.
    ///
    /// # Errors
    /// [`WriteError`] where the output fails.
    pub fn cut_frame(&mut self) -> Result<(), WriteError> {
        unimplemented!()
    }

    /// Copies a stored object frame as it is, with all its objects. For an object that spans several
    /// frames, `frame` is its first and all are copied.
    ///
    /// # Errors
    /// [`WriteError`] where the output fails or `frame` is no first object frame.
    pub fn copy_object_frame(&mut self, source: &Mpack, frame: u32) -> Result<(), WriteError> {
        unimplemented!("{frame} {}", std::mem::size_of_val(source))
    }

    /// Adds a commit; its parents in this mpack come before it.
    ///
    /// # Errors
    /// [`WriteError`] where the output fails or snapshots have already been added.
    pub fn add_commit(&mut self, commit: &NewCommit<'_>) -> Result<(), WriteError> {
        unimplemented!("{commit:?}")
    }

    /// Adds a snapshot record; its base, if in this mpack, comes before it.
    ///
    /// # Errors
    /// [`WriteError`] where the output fails.
    pub fn add_snapshot(&mut self, record: &SnapshotRecord) -> Result<(), WriteError> {
        unimplemented!("{record:?}")
    }

    /// Writes tables and trailer.
    ///
    /// # Errors
    /// [`WriteError::Inconsistent`] where what was added is not what was announced.
    pub fn finish(self) -> Result<Written<W>, WriteError> {
        unimplemented!()
    }
}
