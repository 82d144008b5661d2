//! The `E` frame: fixed-width tables of frames, objects, commits and snapshots, sorted by id.
use smallvec::SmallVec;

use super::{Counts, MpackError};
use crate::id::{CommitId, ObjectId, SnapshotId};

/// Bytes of the trailer at the very end of an mpack.
pub const TRAILER_BYTES: u64 = 48;

/// Where the tables lie, and what they hash to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer {
    /// Offset of the tables (the `E` frame's payload) in the file.
    pub tables_offset: u64,
    /// Their length in bytes.
    pub tables_bytes: u64,
    /// SHA-256 of the tables.
    pub checksum: [u8; 32],
}

impl Trailer {
    /// Parses the last [`TRAILER_BYTES`] of a file of `file_bytes`.
    ///
    /// # Errors
    /// [`MpackError`] where they are no trailer or point outside the file.
    pub fn parse(trailer: &[u8], file_bytes: u64) -> Result<Self, MpackError> {
        unimplemented!("{trailer:?} {file_bytes}")
    }
}

/// What a frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// One object: it starts `offset` bytes into `frame`'s raw bytes. One longer than a frame's
/// remainder starts at 0 and fills that frame and those that follow, alone.
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

/// The tables of one mpack, checked as a whole when they are parsed: sorted, in range, without overlap.
///
/// Rows are decoded when they are asked for; the memory held is the tables' own bytes.
#[derive(Debug)]
pub struct Tables {}

impl Tables {
    /// Parses and checks the tables.
    ///
    /// # Errors
    /// [`MpackError`] naming the first row that breaks a rule.
    pub fn parse(tables: Vec<u8>, trailer: &Trailer) -> Result<Self, MpackError> {
        unimplemented!("{tables:?} {trailer:?}")
    }

    /// How much the mpack holds.
    pub fn counts(&self) -> Counts {
        unimplemented!()
    }

    /// Number of frames.
    pub fn frame_count(&self) -> u32 {
        unimplemented!()
    }

    /// The frame of this index, in file order.
    pub fn frame(&self, index: u32) -> FrameRow {
        unimplemented!("{index}")
    }

    /// Number of objects.
    pub fn object_count(&self) -> usize {
        unimplemented!()
    }

    /// All objects, ascending by id.
    pub fn objects(&self) -> impl Iterator<Item = ObjectRow> + '_ {
        std::iter::empty()
    }

    /// The object's row.
    pub fn find_object(&self, id: &ObjectId) -> Option<ObjectRow> {
        unimplemented!("{id}")
    }

    /// Number of commits.
    pub fn commit_count(&self) -> usize {
        unimplemented!()
    }

    /// All commits, ascending by id.
    pub fn commits(&self) -> impl Iterator<Item = CommitRow> + '_ {
        std::iter::empty()
    }

    /// The commit's row.
    pub fn find_commit(&self, id: &CommitId) -> Option<CommitRow> {
        unimplemented!("{id}")
    }

    /// Commits whose id starts with these hexadecimal digits, at most `limit` of them.
    pub fn commits_with_prefix(&self, hex_digits: &str, limit: usize) -> Vec<CommitId> {
        unimplemented!("{hex_digits} {limit}")
    }

    /// Number of snapshot records.
    pub fn snapshot_count(&self) -> usize {
        unimplemented!()
    }

    /// All snapshot records, ascending by id.
    pub fn snapshots(&self) -> impl Iterator<Item = SnapshotRow> + '_ {
        std::iter::empty()
    }

    /// The snapshot record's row.
    pub fn find_snapshot(&self, id: &SnapshotId) -> Option<SnapshotRow> {
        unimplemented!("{id}")
    }

    /// Parents that commits of this mpack have outside it, ascending.
    pub fn external_commits(&self) -> Vec<CommitId> {
        unimplemented!()
    }

    /// Snapshots outside this mpack that its commits record or its records build on, ascending.
    pub fn external_snapshots(&self) -> Vec<SnapshotId> {
        unimplemented!()
    }
}
