//! Where each column stands in the tables: computed from the counts at their front.
//!
//! | section | bytes each | how many |
//! |---|---|---|
//! | counts | 40 | one |
//! | frames | 40 | object frames, then commit frames, then snapshot frames |
//! | object ids, rows, offsets | 32, 4, 4 | objects |
//! | commit ids, rows, offsets | 32, 28, 4 | commits |
//! | snapshot ids, rows, offsets | 32, 8, 4 | snapshots |
//! | external commits, external snapshots | 32 | as counted |
//! | edges | 4 | as counted |
//! | base objects of thin frames | 32 | as counted |

use std::ops::Range;

use super::FrameKind;
use crate::id::ID_BYTES;
use crate::mpack::layout::u32_at;

/// Ten u32.
pub(super) const COUNTS_BYTES: usize = 40;
/// Flags, first entry, first base, bases (u32 each); payload offset, stored bytes, raw bytes (u64
/// each).
pub(super) const FRAME_ROW_BYTES: usize = 40;
/// Position.
pub(super) const OBJECT_ROW_BYTES: usize = 4;
/// Position, generation, committed_at (i64), snapshot, first parent, second parent.
pub(super) const COMMIT_ROW_BYTES: usize = 28;
/// Position, base.
pub(super) const SNAPSHOT_ROW_BYTES: usize = 8;
/// An offset, an edge.
pub(super) const WORD_BYTES: usize = 4;

/// A reference to nothing.
pub(super) const NO_REFERENCE: u32 = u32::MAX;
/// In a second parent: the rest is an index into the edges. In an edge: it is the commit's last.
pub(super) const EDGE_FLAG: u32 = 1 << 31;
/// In a frame's flags: it is compressed against base objects.
pub(super) const THIN_FLAG: u32 = 1;

/// The columns of one kind of entry.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    /// Indexes of its frames.
    pub(super) frames: Range<u32>,
    /// Number of entries.
    pub(super) count: u32,
    /// Ids, ascending.
    pub(super) ids: Range<usize>,
    /// Rows in the order of the ids. Each starts with the entry's position in the file.
    pub(super) rows: Range<usize>,
    /// Bytes of one row.
    pub(super) row_bytes: usize,
    /// Offset of each entry in its frame, in file order.
    pub(super) offsets: Range<usize>,
}

/// All sections, as ranges of the tables' bytes.
#[derive(Debug, Clone)]
pub(super) struct Sections {
    pub(super) frame_count: u32,
    pub(super) frames: Range<usize>,
    pub(super) objects: Columns,
    pub(super) commits: Columns,
    pub(super) snapshots: Columns,
    pub(super) external_commits: Range<usize>,
    pub(super) external_snapshots: Range<usize>,
    pub(super) edges: Range<usize>,
    pub(super) bases: Range<usize>,
}

impl Sections {
    /// Reads the counts; `None` where they do not add up to the tables' length.
    pub(super) fn parse(tables: &[u8]) -> Option<Self> {
        let counts: [u32; COUNTS_BYTES / WORD_BYTES] = {
            let header = tables.get(..COUNTS_BYTES)?;
            std::array::from_fn(|at| u32_at(header, at * WORD_BYTES))
        };
        let [object_frames, commit_frames, snapshot_frames, ..] = counts;
        let [
            ..,
            objects,
            commits,
            snapshots,
            external_commits,
            external_snapshots,
            edges,
            bases,
        ] = counts;
        let frame_count = object_frames
            .checked_add(commit_frames)?
            .checked_add(snapshot_frames)?;
        let mut rest = Cursor {
            end: COUNTS_BYTES,
            limit: tables.len(),
        };
        let frames = rest.take(frame_count, FRAME_ROW_BYTES)?;
        let mut first_frame = 0;
        let mut columns = |frames: u32, count, row_bytes| {
            let frames = first_frame..first_frame + frames;
            first_frame = frames.end;
            Some(Columns {
                frames,
                count,
                ids: rest.take(count, ID_BYTES)?,
                rows: rest.take(count, row_bytes)?,
                row_bytes,
                offsets: rest.take(count, WORD_BYTES)?,
            })
        };
        let sections = Self {
            frame_count,
            frames,
            objects: columns(object_frames, objects, OBJECT_ROW_BYTES)?,
            commits: columns(commit_frames, commits, COMMIT_ROW_BYTES)?,
            snapshots: columns(snapshot_frames, snapshots, SNAPSHOT_ROW_BYTES)?,
            external_commits: rest.take(external_commits, ID_BYTES)?,
            external_snapshots: rest.take(external_snapshots, ID_BYTES)?,
            edges: rest.take(edges, WORD_BYTES)?,
            bases: rest.take(bases, ID_BYTES)?,
        };
        (rest.end == tables.len()).then_some(sections)
    }

    /// The columns of this kind.
    pub(super) fn columns(&self, kind: FrameKind) -> &Columns {
        match kind {
            FrameKind::Objects => &self.objects,
            FrameKind::Commits => &self.commits,
            FrameKind::Snapshots => &self.snapshots,
        }
    }

    /// What the frame of this index holds.
    pub(super) fn kind_of(&self, frame: u32) -> FrameKind {
        if frame < self.objects.frames.end {
            FrameKind::Objects
        } else if frame < self.commits.frames.end {
            FrameKind::Commits
        } else {
            FrameKind::Snapshots
        }
    }
}

/// Hands out one section after another.
struct Cursor {
    end: usize,
    limit: usize,
}

impl Cursor {
    fn take(&mut self, count: u32, bytes_each: usize) -> Option<Range<usize>> {
        let start = self.end;
        let bytes = usize::try_from(count).ok()?.checked_mul(bytes_each)?;
        self.end = start.checked_add(bytes).filter(|&end| end <= self.limit)?;
        Some(start..self.end)
    }
}
