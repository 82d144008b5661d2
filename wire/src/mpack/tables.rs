//! The `E` frame: tables of frames, objects, commits and snapshots, sorted by id.
//!
//! A row says at which *position* in the file its entry stands, and a column in file order says at which offset
//! of its frame each entry starts. An entry ends where the next one starts, so that neither gaps nor overlaps can
//! be written down, and an object costs 40 bytes.

mod check;
mod encode;
mod rows;
mod sections;
mod trailer;

use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

use smallvec::SmallVec;

pub(super) use encode::{Contents, NewCommitRow, NewFrameRow, NewSnapshotRow};
pub use rows::{CommitRow, FrameKind, FrameRow, ObjectRow, RecordPlace, SnapshotRow};
use sections::{Columns, EDGE_FLAG, FRAME_ROW_BYTES, NO_REFERENCE, Sections, WORD_BYTES};
pub use trailer::{TRAILER_BYTES, Trailer};

use super::layout::{u32_at, u64_at};
use super::shared_bytes::SharedBytes;
use super::sorted_ids::SortedIds;
use super::{Counts, MpackError};
use crate::id::{CommitId, Hasher, ID_BYTES, ObjectId, SnapshotId};

/// The tables of one mpack, checked as a whole when they are parsed: sorted, in range, without overlap.
///
/// Rows are decoded when they are asked for; the memory held is the tables' own bytes, and for what asks
/// for file order, 4 bytes an entry.
pub struct Tables {
    bytes: SharedBytes,
    sections: Sections,
    trailer: Trailer,
    object_bytes: u64,
    /// For each kind, rows in file order.
    file_order: [OnceLock<Box<[u32]>>; 3],
}

/// Where an entry lies: its frame, and its range of the frame's raw bytes.
struct Place {
    frame: u32,
    start: u32,
    end: u32,
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

    /// The objects that start in this frame, in file order. None where the frame continues an object that
    /// an earlier one began, or holds no objects.
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

    /// The rows at these positions of the file.
    fn rows_at(&self, kind: FrameKind, positions: Range<u32>) -> impl Iterator<Item = usize> + '_ {
        let order = self.file_order[kind as usize].get_or_init(|| {
            let columns = self.sections.columns(kind);
            let mut order = vec![0; columns.count as usize];
            for row in 0..columns.count {
                order[self.position(columns, row as usize) as usize] = row;
            }
            order.into_boxed_slice()
        });
        order[positions.start as usize..positions.end as usize]
            .iter()
            .map(|&row| row as usize)
    }

    /// The rows of the records in this frame, in file order.
    pub(super) fn record_rows(&self, frame: u32) -> impl Iterator<Item = usize> + '_ {
        self.rows_at(self.sections.kind_of(frame), self.entries_of(frame))
    }

    fn object(&self, row: usize) -> ObjectRow {
        let columns = &self.sections.objects;
        let position = self.position(columns, row);
        let place = self.place(columns, position);
        ObjectRow {
            id: ObjectId::from_bytes(self.ids(FrameKind::Objects).get(row)),
            frame: place.frame,
            offset: place.start,
            length: u64::from(place.end - place.start) + self.continued_bytes(place.frame),
        }
    }

    pub(super) fn commit(&self, row: usize) -> CommitRow {
        let columns = &self.sections.commits;
        let at = columns.rows.start + row * columns.row_bytes;
        let word = |index: usize| u32_at(&self.bytes, at + index * WORD_BYTES);
        let mut parents = SmallVec::new();
        let mut add = |reference| {
            if let Some(id) = self.resolve(FrameKind::Commits, reference) {
                parents.push(CommitId::from_bytes(id));
            }
        };
        add(word(5));
        match word(6) {
            edges if edges != NO_REFERENCE && edges & EDGE_FLAG != 0 => {
                let mut index = edges & !EDGE_FLAG;
                loop {
                    let edge = self.edge(index);
                    add(edge & !EDGE_FLAG);
                    if edge & EDGE_FLAG != 0 {
                        break;
                    }
                    index += 1;
                }
            }
            second => add(second),
        }
        CommitRow {
            id: CommitId::from_bytes(self.ids(FrameKind::Commits).get(row)),
            generation: word(1),
            committed_at: u64_at(&self.bytes, at + 8).cast_signed(),
            parents,
            snapshot: self
                .resolve(FrameKind::Snapshots, word(4))
                .map(SnapshotId::from_bytes)
                .expect("every commit's snapshot was checked to be a reference"),
            place: self.record_place(columns, word(0)),
        }
    }

    pub(super) fn snapshot(&self, row: usize) -> SnapshotRow {
        let columns = &self.sections.snapshots;
        let at = columns.rows.start + row * columns.row_bytes;
        SnapshotRow {
            id: SnapshotId::from_bytes(self.ids(FrameKind::Snapshots).get(row)),
            base: self
                .resolve(FrameKind::Snapshots, u32_at(&self.bytes, at + WORD_BYTES))
                .map(SnapshotId::from_bytes),
            place: self.record_place(columns, u32_at(&self.bytes, at)),
        }
    }

    fn record_place(&self, columns: &Columns, position: u32) -> RecordPlace {
        let place = self.place(columns, position);
        RecordPlace {
            frame: place.frame,
            offset: place.start,
            length: place.end - place.start,
        }
    }

    /// Where the entry at this position lies, as far as its first frame goes.
    fn place(&self, columns: &Columns, position: u32) -> Place {
        // The last frame whose first entry is not after this one: frames that continue an object count as
        // starting after it.
        let frames = &columns.frames;
        let (mut low, mut high) = (frames.start, frames.end);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.first_entry(middle) <= position {
                low = middle;
            } else {
                high = middle;
            }
        }
        let end = if position + 1 < self.entries_of(low).end {
            self.offset_of(columns, position + 1)
        } else {
            self.frame(low).raw_bytes as u32
        };
        Place {
            frame: low,
            start: self.offset_of(columns, position),
            end,
        }
    }

    /// Raw bytes of the frames that continue the object which fills `frame`.
    fn continued_bytes(&self, frame: u32) -> u64 {
        self.continuations(frame)
            .map(|next| self.frame(next).raw_bytes)
            .sum()
    }

    /// The frames that continue the object which fills `frame`: those behind it in which nothing starts.
    pub(super) fn continuations(&self, frame: u32) -> impl Iterator<Item = u32> + '_ {
        (frame + 1..self.sections.objects.frames.end)
            .take_while(|&next| self.entries_of(next).is_empty())
    }

    /// Positions of the entries that start in this frame.
    pub(super) fn entries_of(&self, frame: u32) -> Range<u32> {
        let columns = self.sections.columns(self.sections.kind_of(frame));
        let end = if frame + 1 < columns.frames.end {
            self.first_entry(frame + 1)
        } else {
            columns.count
        };
        self.first_entry(frame)..end
    }

    fn frame_row_at(&self, index: u32) -> usize {
        assert!(index < self.sections.frame_count, "no frame {index}");
        self.sections.frames.start + index as usize * FRAME_ROW_BYTES
    }

    fn first_entry(&self, frame: u32) -> u32 {
        u32_at(&self.bytes, self.frame_row_at(frame) + WORD_BYTES)
    }

    fn position(&self, columns: &Columns, row: usize) -> u32 {
        u32_at(&self.bytes, columns.rows.start + row * columns.row_bytes)
    }

    fn offset_of(&self, columns: &Columns, position: u32) -> u32 {
        let at = columns.offsets.start + position as usize * WORD_BYTES;
        u32_at(&self.bytes, at)
    }

    fn edge(&self, index: u32) -> u32 {
        u32_at(
            &self.bytes,
            self.sections.edges.start + index as usize * WORD_BYTES,
        )
    }

    fn ids(&self, kind: FrameKind) -> SortedIds<'_> {
        SortedIds::new(&self.bytes[self.sections.columns(kind).ids.clone()])
    }

    fn external_ids(&self, kind: FrameKind) -> SortedIds<'_> {
        let range = match kind {
            FrameKind::Commits => &self.sections.external_commits,
            FrameKind::Snapshots => &self.sections.external_snapshots,
            FrameKind::Objects => &self.sections.bases,
        };
        SortedIds::new(&self.bytes[range.clone()])
    }

    /// What a reference names: a row of this mpack or, beyond those, an external id.
    fn resolve(&self, kind: FrameKind, reference: u32) -> Option<[u8; ID_BYTES]> {
        if reference == NO_REFERENCE {
            return None;
        }
        let ids = self.ids(kind);
        let row = reference as usize;
        Some(match row.checked_sub(ids.len()) {
            None => ids.get(row),
            Some(external) => self.external_ids(kind).get(external),
        })
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
