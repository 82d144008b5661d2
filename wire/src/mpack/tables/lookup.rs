//! From positions and references to rows: how the columns hang together.
//!
//! Relies on what [`super::check`] has established, and is relied on by it where it says so.

use std::ops::Range;

use smallvec::SmallVec;

use super::sections::{
    BASE_BYTES, CHUNK_REFERENCE_BYTES, Columns, EDGE_FLAG, FRAME_ROW_BYTES, NO_REFERENCE,
    WORD_BYTES,
};
use super::{
    Base, ChunkReference, ChunkRow, CommitRow, FrameKind, LargeObjectRow, ObjectRow, RecordPlace,
    SnapshotRow, Tables,
};
use crate::dag::CommitNode;
use crate::id::{ChunkId, CommitId, ID_BYTES, ObjectId, SnapshotId};
use crate::mpack::layout::u32_at;
use crate::mpack::sorted_ids::SortedIds;
use crate::path::RepoPath;

/// Where an entry lies: its frame, and its range of the frame's raw bytes.
struct Place {
    frame: u32,
    start: u32,
    end: u32,
}

impl Tables {
    /// The rows at these positions of the file.
    pub(super) fn rows_at(
        &self,
        kind: FrameKind,
        positions: Range<u32>,
    ) -> impl Iterator<Item = usize> + '_ {
        let order = self.file_order[kind as usize].get_or_init(|| {
            let columns = self.sections.columns(kind);
            let mut order = vec![0; columns.listed_count()];
            for row in 0..order.len() {
                order[self.position(columns, row) as usize] = row as u32;
            }
            order.into_boxed_slice()
        });
        order[positions.start as usize..positions.end as usize]
            .iter()
            .map(|&row| row as usize)
    }

    /// The rows of the records in this frame, in file order.
    pub(in crate::mpack) fn record_rows(&self, frame: u32) -> impl Iterator<Item = usize> + '_ {
        self.rows_at(self.sections.kind_of(frame), self.entries_of(frame))
    }

    pub(super) fn object(&self, row: usize) -> ObjectRow {
        let columns = &self.sections.objects;
        let position = self.position(columns, row);
        let place = self.place(columns, position);
        ObjectRow {
            id: ObjectId::from_bytes(self.ids(FrameKind::Objects).get(row)),
            frame: place.frame,
            offset: place.start,
            length: place.end - place.start,
        }
    }

    pub(super) fn chunk(&self, row: usize) -> ChunkRow {
        let columns = &self.sections.chunks;
        let position = self.position(columns, row);
        let place = self.place(columns, position);
        ChunkRow {
            id: ChunkId::from_bytes(self.ids(FrameKind::Chunks).get(row)),
            frame: place.frame,
            offset: place.start,
            length: place.end - place.start,
        }
    }

    pub(super) fn large_object(&self, row: usize) -> LargeObjectRow {
        let chunks = self.chunks_of_row(row);
        let lengths = chunks
            .clone()
            .map(|index| u64::from(self.chunk_reference_words(index)[1]));
        LargeObjectRow {
            id: ObjectId::from_bytes(self.large_ids().get(row)),
            length: lengths.sum(),
            chunks,
        }
    }

    /// The references of the large object in this row.
    pub(super) fn chunks_of_row(&self, row: usize) -> Range<u32> {
        let first = |row: usize| u32_at(&self.bytes, self.large_row_at(row));
        let end = if row + 1 < self.large_ids().len() {
            first(row + 1)
        } else {
            self.chunk_reference_count()
        };
        first(row)..end
    }

    pub(super) const fn large_row_at(&self, row: usize) -> usize {
        self.sections.large_rows.start + row * WORD_BYTES
    }

    pub(super) fn chunk_reference_count(&self) -> u32 {
        (self.sections.chunk_references.len() / CHUNK_REFERENCE_BYTES) as u32
    }

    /// Reference and length.
    pub(super) fn chunk_reference_words(&self, index: u32) -> [u32; 2] {
        let at = self.sections.chunk_references.start + index as usize * CHUNK_REFERENCE_BYTES;
        [0, 1].map(|word| u32_at(&self.bytes, at + word * WORD_BYTES))
    }

    /// The chunk reference of this index.
    ///
    /// # Panics
    /// Where it is none of a [`LargeObjectRow`] of this mpack.
    pub fn chunk_reference(&self, index: u32) -> ChunkReference {
        let [reference, length] = self.chunk_reference_words(index);
        let id = self
            .resolve(FrameKind::Chunks, reference)
            .expect("every chunk reference was checked to name a chunk");
        ChunkReference {
            id: ChunkId::from_bytes(id),
            length,
            is_here: reference < self.sections.chunks.count,
        }
    }

    /// The positions of a large object's chunks; none where some are not in this mpack.
    pub(in crate::mpack) fn chunk_positions(&self, row: &LargeObjectRow) -> Option<Vec<u32>> {
        let columns = &self.sections.chunks;
        let position = |index| {
            let [reference, _] = self.chunk_reference_words(index);
            let is_here = reference < columns.count;
            is_here.then(|| self.position(columns, reference as usize))
        };
        row.chunks.clone().map(position).collect()
    }

    /// Reference to the snapshot, and length.
    pub(super) fn base_words(&self, index: usize) -> [u32; 2] {
        let at = self.sections.bases.start + index * BASE_BYTES;
        [0, 1].map(|word| u32_at(&self.bytes, at + word * WORD_BYTES))
    }

    /// Bytes of all bases together.
    pub(super) fn declared_base_bytes(&self) -> u64 {
        let count = self.sections.bases.len() / BASE_BYTES;
        (0..count)
            .map(|index| u64::from(self.base_words(index)[1]))
            .sum()
    }

    /// The paths of all bases, each as it stands in its section.
    pub(super) fn base_paths(&self) -> impl Iterator<Item = &[u8]> {
        let paths = &self.bytes[self.sections.base_paths.clone()];
        paths.split_inclusive(|&byte| byte == 0)
    }

    pub(super) fn frame_bases(&self, frame: u32) -> impl Iterator<Item = Base> + '_ {
        let at = self.frame_row_at(frame);
        let [first, count] =
            [2, 3].map(|word| u32_at(&self.bytes, at + word * WORD_BYTES) as usize);
        (first..first + count).map(|index| {
            let [snapshot, length] = self.base_words(index);
            let snapshot = self
                .resolve(FrameKind::Snapshots, snapshot)
                .expect("every base was checked to name a snapshot");
            let path = str::from_utf8(self.base_path(index)).ok();
            Base {
                snapshot: SnapshotId::from_bytes(snapshot),
                path: path
                    .and_then(|path| RepoPath::new(path).ok())
                    .expect("every base's path was checked"),
                length,
            }
        })
    }

    /// The path of the base of this index.
    fn base_path(&self, index: usize) -> &[u8] {
        // Looked for once: each frame would otherwise search through the paths of all before it.
        let ends = self.base_path_ends.get_or_init(|| {
            let mut end = 0;
            let ends = self.base_paths().map(|path| {
                end += path.len() as u32;
                end
            });
            ends.collect()
        });
        let start = match index.checked_sub(1) {
            Some(before) => ends[before] as usize,
            None => 0,
        };
        let paths = &self.bytes[self.sections.base_paths.clone()];
        // Without the byte 0 that ends it.
        &paths[start..ends[index] as usize - 1]
    }

    pub(in crate::mpack) fn commit(&self, row: usize) -> CommitRow {
        let columns = &self.sections.commits;
        let node = self.node(row);
        CommitRow {
            id: CommitId::from_bytes(self.ids(FrameKind::Commits).get(row)),
            generation: node.generation,
            committed_at: node.committed_at,
            parents: node.parents,
            snapshot: self
                .resolve(FrameKind::Snapshots, self.commit_word(row, 4))
                .map(SnapshotId::from_bytes)
                .expect("every commit's snapshot was checked to be a reference"),
            place: self.record_place(columns, self.commit_word(row, 0)),
        }
    }

    pub(super) fn node(&self, row: usize) -> CommitNode {
        let mut parents = SmallVec::new();
        let mut add = |reference| {
            if let Some(id) = self.resolve(FrameKind::Commits, reference) {
                self.recent_parents.note(&id, reference);
                parents.push(CommitId::from_bytes(id));
            }
        };
        add(self.commit_word(row, 5));
        match self.commit_word(row, 6) {
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
        let [low, high] = [2, 3].map(|index| u64::from(self.commit_word(row, index)));
        CommitNode {
            parents,
            generation: self.commit_word(row, 1),
            committed_at: (high << 32 | low).cast_signed(),
        }
    }

    /// A word of a commit's row.
    fn commit_word(&self, row: usize, index: usize) -> u32 {
        let columns = &self.sections.commits;
        let at = columns.rows.start + row * columns.row_bytes;
        u32_at(&self.bytes, at + index * WORD_BYTES)
    }

    pub(in crate::mpack) fn snapshot(&self, row: usize) -> SnapshotRow {
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
            // Longer records are refused when the tables are checked.
            length: place.end - place.start + self.continued_bytes(place.frame) as u32,
        }
    }

    /// Where the entry at this position lies, as far as its first frame goes.
    fn place(&self, columns: &Columns, position: u32) -> Place {
        // The last frame whose first entry is not after this one: frames that continue a record
        // count as starting after it.
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

    /// Raw bytes of the frames that continue the record which fills `frame`.
    pub(super) fn continued_bytes(&self, frame: u32) -> u64 {
        self.continuations(frame)
            .map(|next| self.frame(next).raw_bytes)
            .sum()
    }

    /// The frames that continue the record which fills `frame`: those behind it in which nothing
    /// starts.
    pub(in crate::mpack) fn continuations(&self, frame: u32) -> impl Iterator<Item = u32> + '_ {
        let kind = self.sections.kind_of(frame);
        (frame + 1..self.sections.columns(kind).frames.end)
            .take_while(|&next| self.entries_of(next).is_empty())
    }

    /// Positions of the entries that start in this frame.
    pub(in crate::mpack) fn entries_of(&self, frame: u32) -> Range<u32> {
        let columns = self.sections.columns(self.sections.kind_of(frame));
        let end = if frame + 1 < columns.frames.end {
            self.first_entry(frame + 1)
        } else {
            columns.count
        };
        self.first_entry(frame)..end
    }

    /// Where the entries that start in this frame lie in its raw bytes, in file order.
    pub(in crate::mpack) fn entry_ranges(
        &self,
        frame: u32,
    ) -> impl Iterator<Item = Range<usize>> + '_ {
        let columns = self.sections.columns(self.sections.kind_of(frame));
        self.entries_of(frame).map(|position| {
            let place = self.place(columns, position);
            place.start as usize..place.end as usize
        })
    }

    pub(super) fn frame_row_at(&self, index: u32) -> usize {
        assert!(index < self.sections.frame_count, "no frame {index}");
        self.sections.frames.start + index as usize * FRAME_ROW_BYTES
    }

    fn first_entry(&self, frame: u32) -> u32 {
        u32_at(&self.bytes, self.frame_row_at(frame) + WORD_BYTES)
    }

    pub(super) fn position(&self, columns: &Columns, row: usize) -> u32 {
        u32_at(&self.bytes, columns.rows.start + row * columns.row_bytes)
    }

    pub(super) fn offset_of(&self, columns: &Columns, position: u32) -> u32 {
        let at = columns.offsets.start + position as usize * WORD_BYTES;
        u32_at(&self.bytes, at)
    }

    pub(super) fn edge(&self, index: u32) -> u32 {
        u32_at(
            &self.bytes,
            self.sections.edges.start + index as usize * WORD_BYTES,
        )
    }

    pub(super) fn ids(&self, kind: FrameKind) -> SortedIds<'_> {
        SortedIds::new(&self.bytes[self.sections.columns(kind).ids.clone()])
    }

    pub(super) fn large_ids(&self) -> SortedIds<'_> {
        SortedIds::new(&self.bytes[self.sections.large_ids.clone()])
    }

    pub(super) fn external_ids(&self, kind: FrameKind) -> SortedIds<'_> {
        let range = match kind {
            FrameKind::Commits => &self.sections.external_commits,
            FrameKind::Snapshots => &self.sections.external_snapshots,
            FrameKind::Chunks => &self.sections.external_chunks,
            // A record may name any object, so the tables list none.
            FrameKind::Objects => &(0..0),
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
