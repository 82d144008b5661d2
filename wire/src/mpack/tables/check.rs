//! Every rule of the tables. What passes here can be read without another check.

use super::sections::{
    COMMIT_ROW_BYTES, Columns, EDGE_FLAG, NO_REFERENCE, SNAPSHOT_ROW_BYTES, THIN_FLAG, WORD_BYTES,
};
use super::{FrameKind, Tables};
use crate::id::ID_BYTES;
use crate::limits::{
    MAX_OBJECT_FRAME_RAW_BYTES, MAX_PARENTS, MAX_RECORD_FRAME_RAW_BYTES, RECORD_FRAME_RAW_BYTES,
};
use crate::mpack::MpackError;
use crate::mpack::compress::max_stored_bytes;
use crate::mpack::layout::{FRAME_HEADER_BYTES, PREAMBLE_BYTES, u32_at};
use crate::mpack::sorted_ids::SortedIds;
use crate::problem::ProblemCode;

impl Tables {
    /// Checks everything, in an order in which each check relies only on those before it.
    pub(super) fn check(&self) -> Result<(), MpackError> {
        self.check_frames()?;
        for kind in [FrameKind::Objects, FrameKind::Commits, FrameKind::Snapshots] {
            let columns = self.sections.columns(kind);
            self.check_entries(kind, columns)?;
            self.check_sorted(self.ids(kind), columns.ids.start)?;
            self.check_positions(columns)?;
        }
        let mut externals = Externals {
            commits: BitSet::new(self.external_ids(FrameKind::Commits).len()),
            snapshots: BitSet::new(self.external_ids(FrameKind::Snapshots).len()),
        };
        self.check_commits(&mut externals)?;
        self.check_snapshots(&mut externals)?;
        self.check_externals(&externals)
    }

    /// An error at this offset of the tables.
    fn at(&self, at: usize, reason: impl Into<String>) -> MpackError {
        let offset = self.trailer.tables_offset + at as u64;
        MpackError::malformed("tables", offset, reason)
    }

    /// Frames follow each other without a gap, from the preamble to the tables, within their
    /// limits.
    fn check_frames(&self) -> Result<(), MpackError> {
        let mut expected = PREAMBLE_BYTES as u64;
        for index in 0..self.frame_count() {
            let at = self.frame_row_at(index);
            let frame = self.frame(index);
            let flags = u32_at(&self.bytes, at);
            if flags & THIN_FLAG != 0 {
                return Err(self
                    .at(
                        at,
                        "the frame is thin, which this program does not read yet",
                    )
                    .with_code(ProblemCode::MpackVersion));
            }
            if flags != 0 {
                return Err(self.at(at, "the frame has unknown flags"));
            }
            if u32_at(&self.bytes, at + 8) != 0 || u32_at(&self.bytes, at + 12) != 0 {
                return Err(self.at(at, "the frame names bases, yet is not thin"));
            }
            expected += FRAME_HEADER_BYTES as u64;
            if frame.offset != expected {
                return Err(self.at(at, "the frame does not start where the one before it ends"));
            }
            let limit = match frame.kind {
                FrameKind::Objects => MAX_OBJECT_FRAME_RAW_BYTES,
                FrameKind::Commits | FrameKind::Snapshots => MAX_RECORD_FRAME_RAW_BYTES,
            };
            if frame.raw_bytes > limit {
                return Err(self.at(at, format!("the frame declares more than {limit} bytes")));
            }
            if frame.stored_bytes > max_stored_bytes(frame.raw_bytes) {
                return Err(self.at(at, "the frame is stored in more bytes than it can need"));
            }
            expected += frame.stored_bytes;
        }
        expected += FRAME_HEADER_BYTES as u64;
        if expected != self.trailer.tables_offset {
            return Err(self.at(0, "the frames do not end where the tables start"));
        }
        if !self.sections.bases.is_empty() {
            let at = self.sections.bases.start;
            return Err(self.at(at, "bases are listed, yet no frame is thin"));
        }
        Ok(())
    }

    /// The frames of a kind share out its entries in order, and the entries of each start at its
    /// beginning and lie inside it, one behind the other.
    fn check_entries(&self, kind: FrameKind, columns: &Columns) -> Result<(), MpackError> {
        let mut first = 0;
        // Whether the frame before this one is filled by a single object that may go on.
        let mut may_continue = false;
        for index in columns.frames.clone() {
            let at = self.frame_row_at(index);
            let entries = self.entries_of(index);
            if entries.start != first || entries.end < first || entries.end > columns.count {
                return Err(self.at(at, "the frame's entries do not follow those before"));
            }
            first = entries.end;
            let frame = self.frame(index);
            match (kind, entries.len()) {
                (FrameKind::Objects, 0) => {
                    if !may_continue || frame.raw_bytes == 0 {
                        return Err(self.at(at, "nothing starts in the frame or continues into it"));
                    }
                }
                (_, 0) => return Err(self.at(at, "the frame holds no record")),
                (FrameKind::Objects, 1) => may_continue = true,
                (FrameKind::Objects, _) => may_continue = false,
                (_, 1) => {}
                (_, _) if frame.raw_bytes > RECORD_FRAME_RAW_BYTES => {
                    return Err(self.at(at, "the frame is too long for more than one record"));
                }
                (_, _) => {}
            }
            may_continue &= frame.raw_bytes == MAX_OBJECT_FRAME_RAW_BYTES;
            let mut end = 0;
            for position in entries.clone() {
                let offset = self.offset_of(columns, position);
                let at = columns.offsets.start + position as usize * WORD_BYTES;
                if position == entries.start && offset != 0 {
                    return Err(self.at(at, "the frame's first entry does not start at 0"));
                }
                if offset < end {
                    return Err(self.at(at, "the entry overlaps the one before it"));
                }
                // An object may be empty; a record takes at least a byte.
                end = offset + u32::from(kind != FrameKind::Objects);
                if u64::from(end) > frame.raw_bytes {
                    return Err(self.at(at, "the entry lies outside its frame"));
                }
            }
        }
        if first != columns.count {
            return Err(self.at(columns.offsets.start, "there are entries without a frame"));
        }
        Ok(())
    }

    fn check_sorted(&self, ids: SortedIds<'_>, start: usize) -> Result<(), MpackError> {
        match ids.first_unsorted() {
            None => Ok(()),
            Some(row) => Err(self.at(
                start + row * ID_BYTES,
                "the id is not above the one before it",
            )),
        }
    }

    /// Every position of the file is taken by exactly one row.
    fn check_positions(&self, columns: &Columns) -> Result<(), MpackError> {
        let mut taken = BitSet::new(columns.count as usize);
        for row in 0..columns.count as usize {
            let position = self.position(columns, row);
            if position >= columns.count || !taken.insert(position as usize) {
                let at = columns.rows.start + row * columns.row_bytes;
                return Err(self.at(at, "the position is outside the file or taken twice"));
            }
        }
        Ok(())
    }

    /// Snapshots and parents are references that exist; parents here come earlier and have lower
    /// generations.
    fn check_commits(&self, externals: &mut Externals) -> Result<(), MpackError> {
        let columns = &self.sections.commits;
        let edge_count = (self.sections.edges.len() / WORD_BYTES) as u32;
        let mut next_edge = 0;
        for row in 0..columns.count as usize {
            let at = columns.rows.start + row * COMMIT_ROW_BYTES;
            let word = |index: usize| u32_at(&self.bytes, at + index * WORD_BYTES);
            let (position, generation) = (word(0), word(1));
            if generation == 0 {
                return Err(self.at(at, "the commit's generation is 0"));
            }
            let snapshot = self.check_reference(FrameKind::Snapshots, word(4), externals);
            if snapshot == Reference::Dangling {
                return Err(self.at(at, "the commit's snapshot is no reference"));
            }
            let mut check_parent = |reference| {
                match self.check_reference(FrameKind::Commits, reference, externals) {
                    Reference::Dangling => {
                        return Err(self.at(at, "a parent of the commit is no reference"));
                    }
                    Reference::Row(parent) => {
                        if self.position(columns, parent) >= position {
                            return Err(self.at(at, "a parent of the commit comes after it"));
                        }
                        let parent_at = columns.rows.start + parent * COMMIT_ROW_BYTES;
                        if u32_at(&self.bytes, parent_at + WORD_BYTES) >= generation {
                            return Err(self.at(
                                at,
                                "the commit's generation is not above that of its parent",
                            ));
                        }
                    }
                    Reference::External => {}
                }
                Ok(())
            };
            match (word(5), word(6)) {
                (NO_REFERENCE, NO_REFERENCE) => {}
                (NO_REFERENCE, _) => {
                    return Err(self.at(at, "the commit has a second parent, but no first"));
                }
                (first, NO_REFERENCE) => check_parent(first)?,
                (first, second) if second & EDGE_FLAG == 0 => {
                    check_parent(first)?;
                    check_parent(second)?;
                }
                (first, edges) => {
                    check_parent(first)?;
                    if edges & !EDGE_FLAG != next_edge {
                        return Err(self.at(at, "the commit's edges do not follow those before"));
                    }
                    let mut parent_count = 1;
                    loop {
                        if next_edge == edge_count || parent_count == MAX_PARENTS {
                            return Err(self.at(at, "the commit's edges do not end"));
                        }
                        let edge = self.edge(next_edge);
                        check_parent(edge & !EDGE_FLAG)?;
                        next_edge += 1;
                        parent_count += 1;
                        if edge & EDGE_FLAG != 0 {
                            break;
                        }
                    }
                    if parent_count < 3 {
                        return Err(self.at(at, "two parents need no edges"));
                    }
                }
            }
        }
        if next_edge != edge_count {
            return Err(self.at(self.sections.edges.start, "there are edges of no commit"));
        }
        Ok(())
    }

    /// Bases are references that exist; those here come earlier.
    fn check_snapshots(&self, externals: &mut Externals) -> Result<(), MpackError> {
        let columns = &self.sections.snapshots;
        for row in 0..columns.count as usize {
            let at = columns.rows.start + row * SNAPSHOT_ROW_BYTES;
            let base = u32_at(&self.bytes, at + WORD_BYTES);
            if base == NO_REFERENCE {
                continue;
            }
            match self.check_reference(FrameKind::Snapshots, base, externals) {
                Reference::Dangling => {
                    return Err(self.at(at, "the snapshot's base is no reference"));
                }
                Reference::Row(base)
                    if self.position(columns, base) >= self.position(columns, row) =>
                {
                    return Err(self.at(at, "the snapshot's base comes after it"));
                }
                Reference::Row(_) | Reference::External => {}
            }
        }
        Ok(())
    }

    /// External ids are sorted, needed, and really outside.
    fn check_externals(&self, externals: &Externals) -> Result<(), MpackError> {
        for (kind, start, used) in [
            (
                FrameKind::Commits,
                self.sections.external_commits.start,
                &externals.commits,
            ),
            (
                FrameKind::Snapshots,
                self.sections.external_snapshots.start,
                &externals.snapshots,
            ),
        ] {
            let ids = self.external_ids(kind);
            self.check_sorted(ids, start)?;
            for (row, id) in ids.iter().enumerate() {
                let at = start + row * ID_BYTES;
                if !used.contains(row) {
                    return Err(self.at(at, "nothing refers to the external id"));
                }
                if self.ids(kind).find(id).is_some() {
                    return Err(self.at(at, "the external id is in this mpack"));
                }
            }
        }
        Ok(())
    }

    /// What a reference names; notes the external ids that are in use.
    fn check_reference(
        &self,
        kind: FrameKind,
        reference: u32,
        externals: &mut Externals,
    ) -> Reference {
        let row = reference as usize;
        let Some(external) = row.checked_sub(self.ids(kind).len()) else {
            return Reference::Row(row);
        };
        if external >= self.external_ids(kind).len() {
            return Reference::Dangling;
        }
        match kind {
            FrameKind::Commits => externals.commits.insert(external),
            FrameKind::Snapshots | FrameKind::Objects => externals.snapshots.insert(external),
        };
        Reference::External
    }
}

/// What a reference turned out to be.
#[derive(PartialEq, Eq)]
enum Reference {
    Row(usize),
    External,
    Dangling,
}

/// The external ids that something refers to.
struct Externals {
    commits: BitSet,
    snapshots: BitSet,
}

/// One bit for each number below a bound.
struct BitSet(Vec<u64>);

impl BitSet {
    fn new(bound: usize) -> Self {
        Self(vec![0; bound.div_ceil(64)])
    }

    /// Adds a number; `false` where it was there.
    fn insert(&mut self, number: usize) -> bool {
        let (word, bit) = (&mut self.0[number / 64], 1 << (number % 64));
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    fn contains(&self, number: usize) -> bool {
        self.0[number / 64] & 1 << (number % 64) != 0
    }
}
