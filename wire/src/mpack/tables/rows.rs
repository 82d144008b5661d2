//! The rows as callers see them.

use smallvec::SmallVec;

use crate::id::{CommitId, ObjectId, SnapshotId};
use crate::mpack::MpackError;
use crate::mpack::compress::FrameDecompressor;

/// What a frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FrameKind {
    /// Objects' contents.
    Objects,
    /// Commit envelopes.
    Commits,
    /// Snapshot records.
    Snapshots,
}

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameRow {
    /// What it holds.
    pub kind: FrameKind,
    /// Offset of its payload in the file.
    pub offset: u64,
    /// Bytes of its payload as stored.
    pub stored_bytes: u64,
    /// Bytes once decompressed.
    pub raw_bytes: u64,
}

impl FrameRow {
    /// Decompresses the frame's payload, which the caller has read from the file.
    ///
    /// # Errors
    /// [`MpackError`] where it does not decompress to exactly its declared length.
    pub fn decompress(&self, stored: &[u8]) -> Result<Vec<u8>, MpackError> {
        let mut raw = Vec::new();
        FrameDecompressor::new().decompress(stored, self.raw_bytes, self.offset, &mut raw)?;
        Ok(raw)
    }
}

/// One object: it starts `offset` bytes into `frame`'s raw bytes. One longer than a frame starts at
/// 0 and fills that frame and those that follow, alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectRow {
    /// The object.
    pub id: ObjectId,
    /// Index of its (first) frame.
    pub frame: u32,
    /// Offset in the frame's raw bytes.
    pub offset: u32,
    /// Length in bytes.
    pub length: u64,
}

/// One commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitRow {
    /// The commit.
    pub id: CommitId,
    /// One more than the highest of its parents'.
    pub generation: u32,
    /// Seconds since 1970.
    pub committed_at: i64,
    /// Parents in the record's order, in this mpack or outside.
    pub parents: SmallVec<[CommitId; 2]>,
    /// Its snapshot, in this mpack or outside.
    pub snapshot: SnapshotId,
    /// Frame, offset and length of its envelope.
    pub place: RecordPlace,
}

/// One snapshot record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotRow {
    /// The snapshot.
    pub id: SnapshotId,
    /// Its record's base, in this mpack or outside; none for a keyframe.
    pub base: Option<SnapshotId>,
    /// Frame, offset and length of its record.
    pub place: RecordPlace,
}

/// Where a record lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordPlace {
    /// Index of its frame.
    pub frame: u32,
    /// Offset in the frame's raw bytes.
    pub offset: u32,
    /// Length in bytes.
    pub length: u32,
}
