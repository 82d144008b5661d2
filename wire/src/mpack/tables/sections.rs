//! Where each section stands in the tables: computed from the directory at their front.
//!
//! The directory is the number of sections (u32) and for each its number and its length in bytes
//! (u32 each), in ascending order of the numbers; the sections follow in that order. A section
//! without bytes is not listed. A reader skips sections that it does not know, unless
//! [`REQUIRED_SECTION`] is set in the number.
//!
//! | number | section | bytes each |
//! |---|---|---|
//! | 1 | frames | 40 |
//! | 2, 3, 4, 5, 6 | ids of objects, chunks, large objects, commits, snapshots | 32 |
//! | 7, 8, 9 | external ids of chunks, commits, snapshots | 32 |
//! | 10, 11 | rows and offsets of objects | 4, 4 |
//! | 12, 13 | rows and offsets of chunks | 4, 4 |
//! | 14, 15 | rows and offsets of commits | 28, 4 |
//! | 16, 17 | rows and offsets of snapshots | 8, 4 |
//! | 18 | edges | 4 |
//! | 19 | rows of large objects | 4 |
//! | 20 | chunk references | 8 |
//! | 21 | bases | 8 |
//! | 22 | paths of bases | 1 |
//!
//! All ids stand in one piece, since records may be compressed with them as prefix. A thin mpack's
//! tables as they are stored list neither the ids of objects nor their rows.

use std::ops::Range;

use super::FrameKind;
use crate::id::ID_BYTES;
use crate::mpack::layout::u32_at;

/// In a section's number: a reader that does not know the section must not read the mpack.
pub(super) const REQUIRED_SECTION: u32 = 1 << 31;

/// Tag, codec, two zero bytes; first entry, first base, bases (u32 each); payload offset, stored
/// bytes, raw bytes (u64 each).
pub(super) const FRAME_ROW_BYTES: usize = 40;
/// Position.
pub(super) const OBJECT_ROW_BYTES: usize = 4;
/// Position, generation, committed_at (i64), snapshot, first parent, second parent.
pub(super) const COMMIT_ROW_BYTES: usize = 28;
/// Position, base.
pub(super) const SNAPSHOT_ROW_BYTES: usize = 8;
/// An offset, an edge, a large object's row.
pub(super) const WORD_BYTES: usize = 4;
/// Reference to a chunk, its length (u32 each).
pub(super) const CHUNK_REFERENCE_BYTES: usize = 8;
/// Reference to a snapshot, length of the base (u32 each).
pub(super) const BASE_BYTES: usize = 8;

/// A reference to nothing.
pub(super) const NO_REFERENCE: u32 = u32::MAX;
/// In a second parent: the rest is an index into the edges. In an edge: it is the commit's last.
pub(super) const EDGE_FLAG: u32 = 1 << 31;

/// Bytes of a directory with this many sections.
pub(super) const fn directory_bytes(sections: usize) -> usize {
    WORD_BYTES + sections * 2 * WORD_BYTES
}

/// How many sections this version knows, numbered from 1.
pub(super) const SECTION_COUNT: usize = 22;

/// The sections that a thin mpack does not list, ids and rows of objects: their numbers less 1.
pub(super) const UNLISTED_SECTIONS: [usize; 2] = [1, 9];

/// Name and bytes of one row, by the section's number less 1.
const KNOWN_SECTIONS: [(&str, usize); SECTION_COUNT] = [
    ("frames", FRAME_ROW_BYTES),
    ("object ids", ID_BYTES),
    ("chunk ids", ID_BYTES),
    ("large object ids", ID_BYTES),
    ("commit ids", ID_BYTES),
    ("snapshot ids", ID_BYTES),
    ("external chunks", ID_BYTES),
    ("external commits", ID_BYTES),
    ("external snapshots", ID_BYTES),
    ("object rows", OBJECT_ROW_BYTES),
    ("object offsets", WORD_BYTES),
    ("chunk rows", OBJECT_ROW_BYTES),
    ("chunk offsets", WORD_BYTES),
    ("commit rows", COMMIT_ROW_BYTES),
    ("commit offsets", WORD_BYTES),
    ("snapshot rows", SNAPSHOT_ROW_BYTES),
    ("snapshot offsets", WORD_BYTES),
    ("edges", WORD_BYTES),
    ("large object rows", WORD_BYTES),
    ("chunk references", CHUNK_REFERENCE_BYTES),
    ("bases", BASE_BYTES),
    ("paths of bases", 1),
];

/// One section of the tables, for whoever looks inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSection {
    /// Its number in the directory.
    pub number: u32,
    /// What it holds; none where this version does not know it.
    pub name: Option<&'static str>,
    /// Its length in bytes.
    pub bytes: u32,
}

/// The sections that the directory lists, once [`Sections::parse`] has checked it.
pub(super) fn listed_sections(tables: &[u8]) -> impl Iterator<Item = TableSection> + '_ {
    let count = u32_at(tables, 0) as usize;
    (0..count).map(|entry| {
        let at = directory_bytes(entry);
        let number = u32_at(tables, at);
        let known = KNOWN_SECTIONS.get(number as usize - 1);
        TableSection {
            number,
            name: known.map(|(name, _)| *name),
            bytes: u32_at(tables, at + WORD_BYTES),
        }
    })
}

/// The columns of one kind of entry.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    /// Indexes of its frames.
    pub(super) frames: Range<u32>,
    /// Number of entries.
    pub(super) count: u32,
    /// Ids, ascending: of all entries, or of none.
    pub(super) ids: Range<usize>,
    /// Rows in the order of the ids. Each starts with the entry's position in the file.
    pub(super) rows: Range<usize>,
    /// Bytes of one row.
    pub(super) row_bytes: usize,
    /// Offset of each entry in its frame, in file order.
    pub(super) offsets: Range<usize>,
}

impl Columns {
    /// Number of rows: one for each entry, or none.
    pub(super) fn listed_count(&self) -> usize {
        self.rows.len() / self.row_bytes
    }
}

/// Whether tables list the ids of objects that are stored whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ObjectIds {
    /// As those of every mpack at rest do.
    Listed,
    /// As a thin mpack's do not: its receiver computes them.
    Unlisted,
}

/// All sections, as ranges of the tables' bytes.
#[derive(Debug, Clone)]
pub(super) struct Sections {
    pub(super) frame_count: u32,
    pub(super) frames: Range<usize>,
    /// All ids, own and external.
    pub(super) all_ids: Range<usize>,
    pub(super) objects: Columns,
    pub(super) chunks: Columns,
    pub(super) commits: Columns,
    pub(super) snapshots: Columns,
    pub(super) large_ids: Range<usize>,
    pub(super) large_rows: Range<usize>,
    pub(super) chunk_references: Range<usize>,
    pub(super) external_chunks: Range<usize>,
    pub(super) external_commits: Range<usize>,
    pub(super) external_snapshots: Range<usize>,
    pub(super) edges: Range<usize>,
    pub(super) bases: Range<usize>,
    pub(super) base_paths: Range<usize>,
}

/// Why the sections cannot be told apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SectionError {
    /// Offset in the tables.
    pub(super) offset: usize,
    /// What is wrong there.
    pub(super) reason: &'static str,
    /// Whether a newer reader may know better.
    pub(super) is_newer: bool,
}

impl Sections {
    /// Reads the directory of tables that list the ids of their objects, or do not.
    pub(super) fn parse(tables: &[u8], listing: ObjectIds) -> Result<Self, SectionError> {
        let ranges = read_directory(tables)?;
        let [
            frames,
            object_ids,
            chunk_ids,
            large_ids,
            commit_ids,
            snapshot_ids,
            external_chunks,
            external_commits,
            external_snapshots,
            object_rows,
            object_offsets,
            chunk_rows,
            chunk_offsets,
            commit_rows,
            commit_offsets,
            snapshot_rows,
            snapshot_offsets,
            edges,
            large_rows,
            chunk_references,
            bases,
            base_paths,
        ] = ranges;
        let mut frame_kinds = FrameKinds {
            tables,
            frames: &frames,
            next: 0,
        };
        let mut columns = |kind, ids, rows, offsets: Range<usize>, row_bytes| {
            let count = offsets.len() / WORD_BYTES;
            let listed = match (kind, listing) {
                (FrameKind::Objects, ObjectIds::Unlisted) => 0,
                _ => count,
            };
            check_rows(listed, &ids, ID_BYTES)?;
            check_rows(listed, &rows, row_bytes)?;
            Ok(Columns {
                frames: frame_kinds.take(kind),
                // The tables are far smaller than 2^32 bytes, so every count of rows fits.
                count: count as u32,
                ids,
                rows,
                row_bytes,
                offsets,
            })
        };
        let all_ids = object_ids.start..external_snapshots.end;
        let objects = columns(
            FrameKind::Objects,
            object_ids,
            object_rows,
            object_offsets,
            OBJECT_ROW_BYTES,
        )?;
        let chunks = columns(
            FrameKind::Chunks,
            chunk_ids,
            chunk_rows,
            chunk_offsets,
            OBJECT_ROW_BYTES,
        )?;
        let commits = columns(
            FrameKind::Commits,
            commit_ids,
            commit_rows,
            commit_offsets,
            COMMIT_ROW_BYTES,
        )?;
        let snapshots = columns(
            FrameKind::Snapshots,
            snapshot_ids,
            snapshot_rows,
            snapshot_offsets,
            SNAPSHOT_ROW_BYTES,
        )?;
        check_rows(large_ids.len() / ID_BYTES, &large_rows, WORD_BYTES)?;
        let frame_count = (frames.len() / FRAME_ROW_BYTES) as u32;
        if frame_kinds.next != frame_count {
            return Err(SectionError {
                offset: frames.start + frame_kinds.next as usize * FRAME_ROW_BYTES,
                reason: "the frame's tag is unknown or comes after that of a later kind",
                is_newer: false,
            });
        }
        Ok(Self {
            frame_count,
            frames,
            all_ids,
            objects,
            chunks,
            commits,
            snapshots,
            large_ids,
            large_rows,
            chunk_references,
            external_chunks,
            external_commits,
            external_snapshots,
            edges,
            bases,
            base_paths,
        })
    }

    /// Bytes that the ids and rows of objects would take, where they are not listed.
    pub(super) fn unlisted_bytes(&self) -> u64 {
        let unlisted = self.objects.count as usize - self.objects.listed_count();
        (unlisted * (ID_BYTES + OBJECT_ROW_BYTES)) as u64
    }

    /// The columns of this kind.
    pub(super) fn columns(&self, kind: FrameKind) -> &Columns {
        match kind {
            FrameKind::Objects => &self.objects,
            FrameKind::Chunks => &self.chunks,
            FrameKind::Commits => &self.commits,
            FrameKind::Snapshots => &self.snapshots,
        }
    }

    /// What the frame of this index holds.
    pub(super) fn kind_of(&self, frame: u32) -> FrameKind {
        FrameKind::ALL
            .into_iter()
            .find(|&kind| self.columns(kind).frames.contains(&frame))
            .expect("every frame has a kind")
    }
}

/// Counts the frames of one kind after the other.
struct FrameKinds<'a> {
    tables: &'a [u8],
    frames: &'a Range<usize>,
    next: u32,
}

impl FrameKinds<'_> {
    fn take(&mut self, kind: FrameKind) -> Range<u32> {
        let start = self.next;
        let rows = &self.tables[self.frames.clone()];
        let rest = rows.chunks_exact(FRAME_ROW_BYTES).skip(start as usize);
        self.next += rest.take_while(|row| row[0] == kind.tag()).count() as u32;
        start..self.next
    }
}

/// The range of every section that this version knows, empty for one that is not listed.
pub(super) fn read_directory(tables: &[u8]) -> Result<[Range<usize>; SECTION_COUNT], SectionError> {
    let malformed = |offset, reason| SectionError {
        offset,
        reason,
        is_newer: false,
    };
    let count = tables
        .first_chunk()
        .map_or(0, |count| u32::from_le_bytes(*count) as usize);
    // Compared in a width in which nothing overflows.
    if tables.len() < WORD_BYTES
        || (tables.len() - WORD_BYTES) as u64 / (2 * WORD_BYTES as u64) < count as u64
    {
        return Err(malformed(0, "the directory is longer than the tables"));
    }
    let mut end = directory_bytes(count);
    let mut ranges: [Range<usize>; SECTION_COUNT] = std::array::from_fn(|_| end..end);
    let mut last_number = 0;
    let mut filled = 0;
    for entry in 0..count {
        let at = directory_bytes(entry);
        let (number, length) = (u32_at(tables, at), u32_at(tables, at + WORD_BYTES) as usize);
        if number <= last_number {
            return Err(malformed(at, "the section is not above the one before it"));
        }
        last_number = number;
        if length == 0 {
            return Err(malformed(at, "an empty section is listed"));
        }
        let start = end;
        end = start
            .checked_add(length)
            .filter(|&end| end <= tables.len())
            .ok_or_else(|| malformed(at, "the section does not fit into the tables"))?;
        match KNOWN_SECTIONS.get(number as usize - 1) {
            Some((_, row_bytes)) if length.is_multiple_of(*row_bytes) => {
                let index = number as usize - 1;
                // Sections that are not listed are empty where they would stand.
                ranges[filled..index].fill(start..start);
                ranges[index] = start..end;
                filled = index + 1;
            }
            Some(_) => return Err(malformed(at, "the section does not end with a whole row")),
            None if number & REQUIRED_SECTION != 0 => {
                return Err(SectionError {
                    offset: at,
                    reason: "its tables have a section that this program must know",
                    is_newer: true,
                });
            }
            None => {}
        }
    }
    if end != tables.len() {
        return Err(malformed(0, "the sections do not add up to the tables"));
    }
    let known_end = ranges[..filled].last().map_or(end, |last| last.end);
    ranges[filled..].fill(known_end..known_end);
    Ok(ranges)
}

fn check_rows(count: usize, rows: &Range<usize>, row_bytes: usize) -> Result<(), SectionError> {
    if rows.len() / row_bytes == count {
        return Ok(());
    }
    Err(SectionError {
        offset: rows.start,
        reason: "a column does not have as many rows as the others of its kind",
        is_newer: false,
    })
}
