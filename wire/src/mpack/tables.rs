//! The `E` frame: tables of frames, objects, commits and snapshots, sorted by id.
//!
//! A row says at which *position* in the file its entry stands, and a column in file order says at
//! which offset of its frame each entry starts. An entry ends where the next one starts, so that
//! neither gaps nor overlaps can be written down, and an object costs 40 bytes.

mod check;
mod encode;
mod lookup;
mod recent;
mod rows;
mod sections;
mod trailer;

use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

pub(super) use encode::{NewCommitRow, NewFrameRow, NewSnapshotRow, NewTables, least_table_bytes};
use recent::RecentRows;
pub use rows::{CommitRow, FrameKind, FrameRow, ObjectRow, RecordPlace, SnapshotRow};
use sections::Sections;
pub use trailer::{TRAILER_BYTES, Trailer};

use super::layout::u64_at;
use super::shared_bytes::SharedBytes;
use super::{Counts, MpackError};
use crate::dag::CommitNode;
use crate::id::{CommitId, Hasher, ObjectId, SnapshotId};

/// The tables of one mpack, checked as a whole when they are parsed: sorted, in range, without
/// overlap.
///
/// Rows are decoded when they are asked for; the memory held is the tables' own bytes, and for what
/// asks for file order, 4 bytes an entry.
pub struct Tables {
    bytes: SharedBytes,
    sections: Sections,
    trailer: Trailer,
    object_bytes: u64,
    /// For each kind, rows in file order.
    file_order: [OnceLock<Box<[u32]>>; 3],
    /// Parents of the commits that were read last.
    recent_parents: RecentRows,
}

impl Tables {
    /// Parses and checks the tables.
    ///
    /// # Errors
    /// [`MpackError`] naming the first row that breaks a rule.
    pub fn parse(tables: Vec<u8>, trailer: &Trailer) -> Result<Self, MpackError> {
        Self::from_shared(tables.into(), trailer)
    }

    /// As [`Tables::parse`], without a copy.
    pub(super) fn from_shared(bytes: SharedBytes, trailer: &Trailer) -> Result<Self, MpackError> {
        let malformed = |reason| MpackError::malformed("tables", trailer.tables_offset, reason);
        if bytes.len() as u64 != trailer.tables_bytes {
            return Err(malformed("they are not as long as the trailer says"));
        }
        let mut hasher = Hasher::new();
        hasher.update(&bytes);
        if hasher.finish() != trailer.checksum {
            return Err(malformed("they do not match the checksum in the trailer"));
        }
        let sections = Sections::parse(&bytes)
            .ok_or_else(|| malformed("their counts do not add up to their length"))?;
        let mut tables = Self {
            bytes,
            sections,
            trailer: trailer.clone(),
            object_bytes: 0,
            file_order: Default::default(),
            recent_parents: RecentRows::default(),
        };
        tables.check()?;
        tables.object_bytes = tables
            .sections
            .objects
            .frames
            .clone()
            .map(|frame| tables.frame(frame).raw_bytes)
            .sum();
        Ok(tables)
    }

    /// The tables' own bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The trailer that stands behind them.
    pub fn trailer(&self) -> &Trailer {
        &self.trailer
    }

    /// How much the mpack holds.
    pub fn counts(&self) -> Counts {
        Counts {
            objects: self.sections.objects.count.into(),
            commits: self.sections.commits.count.into(),
            snapshots: self.sections.snapshots.count.into(),
            object_bytes: self.object_bytes,
        }
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
            offset: u64_at(&self.bytes, at + 16),
            stored_bytes: u64_at(&self.bytes, at + 24),
            raw_bytes: u64_at(&self.bytes, at + 32),
        }
    }

    /// Indexes of the frames of one kind.
    pub fn frames_of(&self, kind: FrameKind) -> Range<u32> {
        self.sections.columns(kind).frames.clone()
    }

    /// The objects that start in this frame, in file order. None where the frame continues an
    /// object that an earlier one began, or holds no objects.
    pub fn frame_objects(&self, frame: u32) -> impl Iterator<Item = ObjectRow> + '_ {
        let positions = if self.sections.objects.frames.contains(&frame) {
            self.entries_of(frame)
        } else {
            0..0
        };
        self.rows_at(FrameKind::Objects, positions)
            .map(|row| self.object(row))
    }

    /// Number of objects.
    pub fn object_count(&self) -> usize {
        self.sections.objects.count as usize
    }

    /// All objects, ascending by id.
    pub fn objects(&self) -> impl Iterator<Item = ObjectRow> + '_ {
        (0..self.object_count()).map(|row| self.object(row))
    }

    /// The object's row.
    pub fn find_object(&self, id: &ObjectId) -> Option<ObjectRow> {
        let row = self.ids(FrameKind::Objects).find(id.as_bytes())?;
        Some(self.object(row))
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

    /// Parents that commits of this mpack have outside it, ascending.
    pub fn external_commits(&self) -> Vec<CommitId> {
        let ids = self.external_ids(FrameKind::Commits);
        ids.iter().map(|id| CommitId::from_bytes(*id)).collect()
    }

    /// Snapshots outside this mpack that its commits record or its records build on, ascending.
    pub fn external_snapshots(&self) -> Vec<SnapshotId> {
        let ids = self.external_ids(FrameKind::Snapshots);
        ids.iter().map(|id| SnapshotId::from_bytes(*id)).collect()
    }
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tables")
            .field("counts", &self.counts())
            .field("trailer", &self.trailer)
            .finish_non_exhaustive()
    }
}
