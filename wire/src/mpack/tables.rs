//! The `E` frame: tables of frames, objects, chunks, commits and snapshots, sorted by id.
//!
//! A row says at which *position* in the file its entry stands, and a column in file order says at
//! which offset of its frame each entry starts. An entry ends where the next one starts, so that
//! neither gaps nor overlaps can be written down, and an object costs 40 bytes.

mod check;
mod complete;
mod encode;
mod lookup;
mod recent;
mod rows;
mod sections;
mod size;
mod trailer;

use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

pub(super) use encode::{NewCommitRow, NewFrameRow, NewLargeObject, NewSnapshotRow, NewTables};
use recent::RecentRows;
pub use rows::{
    Base, ChunkReference, ChunkRow, CommitRow, FrameKind, FrameRow, LargeObjectRow, ObjectRow,
    RecordPlace, SnapshotRow,
};
pub use sections::TableSection;
use sections::{ObjectIds, SectionError, Sections, listed_sections};
pub(super) use size::check_table_bytes;
pub use size::most_table_bytes;
pub use trailer::{TRAILER_BYTES, Trailer};

use super::compress::decompress_tables;
use super::layout::{self, FRAME_HEADER_BYTES, Preamble, TABLES_TAG, u64_at};
use super::shared_bytes::SharedBytes;
use super::{Codec, Counts, MpackError};
use crate::dag::CommitNode;
use crate::id::{ChunkId, CommitId, Hasher, ObjectId, SnapshotId};
use crate::limits::MAX_THIN_TABLE_BYTES;

/// Which rows of tables are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowChecks {
    /// All of them, and the checksum over them.
    All,
    /// Those of frames alone: all were checked before.
    Frames,
}

/// The tables of one mpack, checked as a whole when they are parsed: sorted, in range, without
/// overlap.
///
/// Rows are decoded when they are asked for; the memory held is the tables' own bytes, and for what
/// asks for file order, 4 bytes an entry.
///
/// Those of a thin mpack, as it comes, count its objects, but know none of their ids: whoever makes
/// it thick computes them.
pub struct Tables {
    /// The sections, uncompressed.
    bytes: SharedBytes,
    sections: Sections,
    trailer: Trailer,
    /// Tag, codec and length of the frame that they are stored in.
    frame_header: [u8; FRAME_HEADER_BYTES],
    /// Bytes of all objects together, uncompressed.
    object_bytes: u64,
    /// Bytes of all bases together, uncompressed.
    base_bytes: u64,
    /// For each kind, rows in file order.
    file_order: [OnceLock<Box<[u32]>>; FrameKind::ALL.len()],
    /// Where the path of each base ends in its section.
    base_path_ends: OnceLock<Box<[u32]>>,
    /// Parents of the commits that were read last.
    recent_parents: RecentRows,
}

impl Tables {
    /// Parses and checks the tables, given the bytes of their whole frame.
    ///
    /// # Errors
    /// [`MpackError`] naming the first row that breaks a rule.
    pub fn parse(frame: Vec<u8>, trailer: &Trailer) -> Result<Self, MpackError> {
        Self::from_shared(&frame.into(), trailer, RowChecks::All)
    }

    /// As [`Tables::parse`], without a copy of tables that are not compressed, and with these
    /// checks of their rows.
    pub(super) fn from_shared(
        frame: &SharedBytes,
        trailer: &Trailer,
        checks: RowChecks,
    ) -> Result<Self, MpackError> {
        let offset = trailer.tables_offset;
        let malformed = |reason| MpackError::malformed("tables", offset, reason);
        if frame.len() as u64 != trailer.tables_bytes {
            return Err(malformed("they are not as long as the trailer says"));
        }
        let Some((frame_header, payload)) = frame.split_first_chunk::<FRAME_HEADER_BYTES>() else {
            return Err(malformed("they are too short for a frame"));
        };
        let codec = match Codec::from_number(frame_header[1]) {
            Some(codec @ (Codec::Stored | Codec::Zstd)) => codec,
            _ => {
                let what = format!("its tables are stored with codec {}", frame_header[1]);
                return Err(MpackError::newer("tables", offset, &what));
            }
        };
        if *frame_header != layout::frame_header(TABLES_TAG, codec, payload.len() as u64) {
            return Err(malformed("the frame's header is not that of the tables"));
        }
        if checks == RowChecks::All {
            let mut hasher = Hasher::new();
            hasher.update(payload);
            if hasher.finish() != trailer.checksum {
                return Err(malformed("they do not match the checksum in the trailer"));
            }
        }
        let bytes = match codec {
            Codec::Stored => frame.part(FRAME_HEADER_BYTES..frame.len()),
            _ => decompress_tables(payload, offset)?.into(),
        };
        let object_ids = match trailer.is_thin() {
            true => ObjectIds::Unlisted,
            false => ObjectIds::Listed,
        };
        let sections = Sections::parse(&bytes, object_ids);
        let sections = sections.map_err(|error| section_error(error, offset))?;
        let full_bytes = bytes.len() as u64 + sections.unlisted_bytes();
        if trailer.is_thin() && full_bytes > MAX_THIN_TABLE_BYTES {
            return Err(malformed(
                "with the ids of their objects they are larger than a thin mpack's may be",
            ));
        }
        Self::checked(bytes, sections, trailer, frame_header, checks)
    }

    /// Checks what the sections hold.
    fn checked(
        bytes: SharedBytes,
        sections: Sections,
        trailer: &Trailer,
        frame_header: &[u8; FRAME_HEADER_BYTES],
        checks: RowChecks,
    ) -> Result<Self, MpackError> {
        let mut tables = Self {
            bytes,
            sections,
            trailer: trailer.clone(),
            frame_header: *frame_header,
            object_bytes: 0,
            base_bytes: 0,
            file_order: Default::default(),
            base_path_ends: OnceLock::new(),
            recent_parents: RecentRows::default(),
        };
        tables.check_frames()?;
        if checks == RowChecks::All {
            tables.check_rows()?;
        }
        let frames = tables.frames_of(FrameKind::Objects);
        let whole_bytes: u64 = frames.map(|frame| tables.frame(frame).raw_bytes).sum();
        let large_bytes = tables.large_objects().map(|row| row.length);
        tables.object_bytes = large_bytes.fold(whole_bytes, u64::saturating_add);
        tables.base_bytes = tables.declared_base_bytes();
        Ok(tables)
    }

    /// The header of the frame that they are stored in.
    pub(super) const fn frame_header(&self) -> &[u8; FRAME_HEADER_BYTES] {
        &self.frame_header
    }

    /// Checks that the file's first bytes say the same.
    pub(super) fn check_preamble(&self, preamble: &Preamble) -> Result<(), MpackError> {
        let own = Preamble {
            counts: self.counts(),
            incompatible_flags: self.trailer.incompatible_flags,
        };
        if own == *preamble {
            return Ok(());
        }
        let reason = "the announced counts or flags are not those of the tables";
        Err(MpackError::malformed("header", 0, reason))
    }

    /// The trailer that stands behind them.
    pub fn trailer(&self) -> &Trailer {
        &self.trailer
    }

    /// Whether some frames are compressed against objects that only the receiver has.
    pub const fn is_thin(&self) -> bool {
        self.trailer.is_thin()
    }

    /// How much the mpack holds.
    pub fn counts(&self) -> Counts {
        Counts {
            objects: (self.object_count() + self.large_object_count()) as u64,
            commits: self.sections.commits.count.into(),
            snapshots: self.sections.snapshots.count.into(),
            object_bytes: self.object_bytes,
            base_bytes: self.base_bytes,
        }
    }

    /// The sections that the tables have, in order.
    pub fn sections(&self) -> impl Iterator<Item = TableSection> + '_ {
        listed_sections(&self.bytes)
    }

    /// Whether the tables are stored compressed.
    pub fn are_compressed(&self) -> bool {
        self.frame_header[1] != Codec::Stored as u8
    }

    /// How many entries start in this frame.
    pub fn entry_count(&self, frame: u32) -> usize {
        self.entries_of(frame).len()
    }

    /// Bytes that the frames of these kinds take when they are decompressed.
    pub fn raw_bytes_of(&self, kinds: &[FrameKind]) -> u64 {
        let frames = kinds.iter().flat_map(|&kind| self.frames_of(kind));
        frames.fold(0, |sum: u64, frame| {
            sum.saturating_add(self.frame(frame).raw_bytes)
        })
    }

    /// All ids, own and external, one behind the other: the prefix of [`Codec::ZstdIds`].
    pub(super) fn ids_prefix(&self) -> &[u8] {
        &self.bytes[self.sections.all_ids.clone()]
    }

    /// Number of frames.
    pub fn frame_count(&self) -> u32 {
        self.sections.frame_count
    }

    /// The frame of this index, in file order.
    ///
    /// # Panics
    /// Where the index is not below [`Tables::frame_count`].
    pub fn frame(&self, index: u32) -> FrameRow {
        let at = self.frame_row_at(index);
        FrameRow {
            kind: self.sections.kind_of(index),
            codec: Codec::from_number(self.bytes[at + 1])
                .expect("every frame's codec was checked to be known"),
            offset: u64_at(&self.bytes, at + 16),
            stored_bytes: u64_at(&self.bytes, at + 24),
            raw_bytes: u64_at(&self.bytes, at + 32),
        }
    }

    /// Indexes of the frames of one kind.
    pub fn frames_of(&self, kind: FrameKind) -> Range<u32> {
        self.sections.columns(kind).frames.clone()
    }

    /// Offset in the file at which its contents end: from there on it holds records and the tables.
    pub fn contents_end(&self) -> u64 {
        let kinds = [FrameKind::Commits, FrameKind::Snapshots];
        let first = kinds
            .into_iter()
            .find_map(|kind| self.frames_of(kind).next());
        first.map_or(self.trailer.tables_offset, |index| {
            self.frame(index).offset - FRAME_HEADER_BYTES as u64
        })
    }

    /// Whether the ids of the objects that are stored whole are known.
    pub(super) fn has_object_ids(&self) -> bool {
        self.sections.objects.listed_count() == self.object_count()
    }

    /// The objects in this frame whose ids are known, in file order; none where it holds something
    /// else.
    pub fn frame_objects(&self, frame: u32) -> impl Iterator<Item = ObjectRow> + '_ {
        let positions = if self.sections.objects.frames.contains(&frame) && self.has_object_ids() {
            self.entries_of(frame)
        } else {
            0..0
        };
        self.rows_at(FrameKind::Objects, positions)
            .map(|row| self.object(row))
    }

    /// The chunks in this frame, in file order; none where it holds something else.
    pub fn frame_chunks(&self, frame: u32) -> impl Iterator<Item = ChunkRow> + '_ {
        let positions = if self.sections.chunks.frames.contains(&frame) {
            self.entries_of(frame)
        } else {
            0..0
        };
        self.rows_at(FrameKind::Chunks, positions)
            .map(|row| self.chunk(row))
    }

    /// Number of objects that are stored whole.
    pub fn object_count(&self) -> usize {
        self.sections.objects.count as usize
    }

    /// All objects that are stored whole and whose ids are known, ascending by id.
    pub fn objects(&self) -> impl Iterator<Item = ObjectRow> + '_ {
        (0..self.sections.objects.listed_count()).map(|row| self.object(row))
    }

    /// The row of an object that is stored whole.
    pub fn find_object(&self, id: &ObjectId) -> Option<ObjectRow> {
        let row = self.ids(FrameKind::Objects).find(id.as_bytes())?;
        Some(self.object(row))
    }

    /// Number of large objects.
    pub fn large_object_count(&self) -> usize {
        self.large_ids().len()
    }

    /// All large objects, ascending by id.
    pub fn large_objects(&self) -> impl Iterator<Item = LargeObjectRow> + '_ {
        (0..self.large_object_count()).map(|row| self.large_object(row))
    }

    /// The row of a large object.
    pub fn find_large_object(&self, id: &ObjectId) -> Option<LargeObjectRow> {
        let row = self.large_ids().find(id.as_bytes())?;
        Some(self.large_object(row))
    }

    /// Whether the mpack has this object, whole or as a list of chunks.
    pub fn has_object(&self, id: &ObjectId) -> bool {
        let whole = self.ids(FrameKind::Objects).find(id.as_bytes());
        whole.is_some() || self.large_ids().find(id.as_bytes()).is_some()
    }

    /// The length of an object that the mpack has, whole or as a list of chunks, in bytes.
    pub fn object_length(&self, id: &ObjectId) -> Option<u64> {
        let whole = self.find_object(id).map(|row| u64::from(row.length));
        whole.or_else(|| self.find_large_object(id).map(|row| row.length))
    }

    /// The chunks of a large object, in order.
    pub fn chunks_of(&self, row: &LargeObjectRow) -> impl Iterator<Item = ChunkReference> + '_ {
        row.chunks.clone().map(|index| self.chunk_reference(index))
    }

    /// The chunks of a large object with their lengths, in order.
    pub fn chunk_list(&self, row: &LargeObjectRow) -> Vec<(ChunkId, u32)> {
        let chunks = self.chunks_of(row);
        chunks.map(|chunk| (chunk.id, chunk.length)).collect()
    }

    /// Number of chunks.
    pub fn chunk_count(&self) -> usize {
        self.sections.chunks.count as usize
    }

    /// All chunks, ascending by id.
    pub fn chunks(&self) -> impl Iterator<Item = ChunkRow> + '_ {
        (0..self.chunk_count()).map(|row| self.chunk(row))
    }

    /// The chunk's row.
    pub fn find_chunk(&self, id: &ChunkId) -> Option<ChunkRow> {
        let row = self.ids(FrameKind::Chunks).find(id.as_bytes())?;
        Some(self.chunk(row))
    }

    /// Chunks outside this mpack that its large objects have, ascending.
    pub fn external_chunks(&self) -> Vec<ChunkId> {
        let ids = self.external_ids(FrameKind::Chunks);
        ids.iter().map(|id| ChunkId::from_bytes(*id)).collect()
    }

    /// Number of commits.
    pub fn commit_count(&self) -> usize {
        self.sections.commits.count as usize
    }

    /// All commits, ascending by id.
    pub fn commits(&self) -> impl Iterator<Item = CommitRow> + '_ {
        (0..self.commit_count()).map(|row| self.commit(row))
    }

    /// All commits, in file order: parents before their children.
    pub fn commits_in_file_order(&self) -> impl Iterator<Item = CommitRow> + '_ {
        self.rows_at(FrameKind::Commits, 0..self.sections.commits.count)
            .map(|row| self.commit(row))
    }

    /// The commit's row.
    pub fn find_commit(&self, id: &CommitId) -> Option<CommitRow> {
        let row = self.ids(FrameKind::Commits).find(id.as_bytes())?;
        Some(self.commit(row))
    }

    /// What a walk needs to know of the commit.
    pub fn commit_node(&self, id: &CommitId) -> Option<CommitNode> {
        let ids = self.ids(FrameKind::Commits);
        let row = match self.recent_parents.row(id.as_bytes(), ids) {
            Some(row) => row,
            None => ids.find(id.as_bytes())?,
        };
        Some(self.node(row))
    }

    /// Commits whose id starts with these hexadecimal digits, at most `limit` of them.
    pub fn commits_with_prefix(&self, hex_digits: &str, limit: usize) -> Vec<CommitId> {
        self.ids(FrameKind::Commits)
            .with_prefix(hex_digits)
            .take(limit)
            .map(|id| CommitId::from_bytes(*id))
            .collect()
    }

    /// Number of snapshot records.
    pub fn snapshot_count(&self) -> usize {
        self.sections.snapshots.count as usize
    }

    /// All snapshot records, ascending by id.
    pub fn snapshots(&self) -> impl Iterator<Item = SnapshotRow> + '_ {
        (0..self.snapshot_count()).map(|row| self.snapshot(row))
    }

    /// All snapshot records, in file order: bases before what builds on them.
    pub fn snapshots_in_file_order(&self) -> impl Iterator<Item = SnapshotRow> + '_ {
        self.rows_at(FrameKind::Snapshots, 0..self.sections.snapshots.count)
            .map(|row| self.snapshot(row))
    }

    /// The snapshot record's row.
    pub fn find_snapshot(&self, id: &SnapshotId) -> Option<SnapshotRow> {
        let row = self.ids(FrameKind::Snapshots).find(id.as_bytes())?;
        Some(self.snapshot(row))
    }

    /// What a thin frame is compressed against, in order; nothing for any other frame.
    pub fn bases_of(&self, frame: u32) -> Vec<Base> {
        self.frame_bases(frame).collect()
    }

    /// Parents that commits of this mpack have outside it, ascending.
    pub fn external_commits(&self) -> Vec<CommitId> {
        let ids = self.external_ids(FrameKind::Commits);
        ids.iter().map(|id| CommitId::from_bytes(*id)).collect()
    }

    /// Snapshots outside this mpack that its commits record, or that its records or thin frames
    /// build on, ascending.
    pub fn external_snapshots(&self) -> Vec<SnapshotId> {
        let ids = self.external_ids(FrameKind::Snapshots);
        ids.iter().map(|id| SnapshotId::from_bytes(*id)).collect()
    }
}

/// Why the directory of tables at this offset of the file cannot be read.
fn section_error(error: SectionError, tables_offset: u64) -> MpackError {
    if error.is_newer {
        return MpackError::newer("tables", tables_offset, error.reason);
    }
    let at = tables_offset + (FRAME_HEADER_BYTES + error.offset) as u64;
    MpackError::malformed("tables", at, error.reason)
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tables")
            .field("counts", &self.counts())
            .field("trailer", &self.trailer)
            .finish_non_exhaustive()
    }
}
