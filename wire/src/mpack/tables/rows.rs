//! The rows as callers see them.

use std::ops::Range;

use smallvec::SmallVec;

use crate::id::{ChunkId, CommitId, ObjectId, SnapshotId};
use crate::mpack::compress::{FrameDecompressor, Payload};
use crate::mpack::{Codec, MpackError};
use crate::path::RepoPath;

/// What a frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FrameKind {
    /// Contents of whole objects.
    Objects,
    /// Chunks of large objects.
    Chunks,
    /// Commit envelopes.
    Commits,
    /// Snapshot records.
    Snapshots,
}

impl FrameKind {
    /// All kinds, in the order in which their frames stand in the file.
    pub const ALL: [Self; 4] = [Self::Objects, Self::Chunks, Self::Commits, Self::Snapshots];

    /// The first byte of such a frame.
    pub(in crate::mpack) const fn tag(self) -> u8 {
        match self {
            Self::Objects => b'O',
            Self::Chunks => b'K',
            Self::Commits => b'C',
            Self::Snapshots => b'S',
        }
    }

    /// The name that documents use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Objects => "objects",
            Self::Chunks => "chunks",
            Self::Commits => "commits",
            Self::Snapshots => "snapshots",
        }
    }

    /// Whether the frames hold files' contents, and not records.
    pub const fn is_content(self) -> bool {
        matches!(self, Self::Objects | Self::Chunks)
    }
}

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameRow {
    /// What it holds.
    pub kind: FrameKind,
    /// How its payload is stored.
    pub codec: Codec,
    /// Offset of its payload in the file.
    pub offset: u64,
    /// Bytes of its payload as stored.
    pub stored_bytes: u64,
    /// Bytes once decompressed.
    pub raw_bytes: u64,
}

impl FrameRow {
    /// Decompresses the payload of a frame that needs no prefix, as every frame of contents of an
    /// mpack at rest; the caller has read it from the file.
    ///
    /// # Errors
    /// [`MpackError`] where it does not decompress to exactly its declared length.
    pub fn decompress(&self, stored: &[u8]) -> Result<Vec<u8>, MpackError> {
        let mut raw = Vec::new();
        FrameDecompressor::new().decompress(&self.payload(stored, &[]), &mut raw)?;
        Ok(raw)
    }

    /// The payload, whose bytes are `stored`, and the prefix that its codec asks for.
    pub(in crate::mpack) const fn payload<'a>(
        &self,
        stored: &'a [u8],
        prefix: &'a [u8],
    ) -> Payload<'a> {
        Payload {
            stored,
            codec: self.codec,
            prefix,
            raw_bytes: self.raw_bytes,
            offset: self.offset,
        }
    }
}

/// One object that is stored whole: it starts `offset` bytes into `frame`'s raw bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectRow {
    /// The object.
    pub id: ObjectId,
    /// Index of its frame.
    pub frame: u32,
    /// Offset in the frame's raw bytes.
    pub offset: u32,
    /// Length in bytes.
    pub length: u32,
}

/// One chunk of large objects, stored like an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkRow {
    /// The chunk.
    pub id: ChunkId,
    /// Index of its frame.
    pub frame: u32,
    /// Offset in the frame's raw bytes.
    pub offset: u32,
    /// Length in bytes.
    pub length: u32,
}

/// One object that is stored as a list of chunks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LargeObjectRow {
    /// The object.
    pub id: ObjectId,
    /// Length in bytes: that of all its chunks together.
    pub length: u64,
    /// Its chunks: indexes for [`Tables::chunk_reference`](super::Tables::chunk_reference).
    pub chunks: Range<u32>,
}

/// One chunk of a large object, in this mpack or outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkReference {
    /// The chunk.
    pub id: ChunkId,
    /// Its length in bytes.
    pub length: u32,
    /// Whether this mpack holds it.
    pub is_here: bool,
}

/// A file of a snapshot outside of the mpack, with whose contents a frame was compressed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Base {
    /// The snapshot.
    pub snapshot: SnapshotId,
    /// The file's path in it.
    pub path: RepoPath,
    /// Length of its contents in bytes.
    pub length: u32,
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

/// Where a record lies. A snapshot record that is longer than a frame starts at 0 and fills its
/// frame and those that follow, alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordPlace {
    /// Index of its (first) frame.
    pub frame: u32,
    /// Offset in the frame's raw bytes.
    pub offset: u32,
    /// Length in bytes.
    pub length: u32,
}
