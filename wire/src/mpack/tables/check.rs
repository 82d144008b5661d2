//! Every rule of the tables. What passes here can be read without another check.

use super::sections::{
    BASE_BYTES, CHUNK_REFERENCE_BYTES, COMMIT_ROW_BYTES, Columns, EDGE_FLAG, NO_REFERENCE,
    SNAPSHOT_ROW_BYTES, WORD_BYTES,
};
use super::{FrameKind, FrameRow, Tables};
use crate::id::ID_BYTES;
use crate::limits::{
    MAX_CHUNK_BYTES, MAX_COMMIT_BYTES, MAX_FRAME_BASE_BYTES, MAX_OBJECT_FRAME_RAW_BYTES,
    MAX_PARENTS, MAX_PREFIX_ID_BYTES, MAX_SNAPSHOT_RECORD_BYTES, MAX_WHOLE_OBJECT_BYTES,
    RECORD_FRAME_RAW_BYTES,
};
use crate::mpack::compress::max_stored_bytes;
use crate::mpack::layout::{FRAME_HEADER_BYTES, PREAMBLE_BYTES, u32_at};
use crate::mpack::sorted_ids::SortedIds;
use crate::mpack::{Codec, MpackError};
use crate::path::RepoPath;

impl Tables {
    /// Checks everything, in an order in which each check relies only on those before it.
    pub(super) fn check(&self) -> Result<(), MpackError> {
        self.check_frames()?;
        for kind in FrameKind::ALL {
            let columns = self.sections.columns(kind);
            self.check_entries(kind, columns)?;
            self.check_sorted(self.ids(kind), columns.ids.start)?;
            self.check_positions(columns)?;
        }
        let mut externals = Externals {
            chunks: BitSet::new(self.external_ids(FrameKind::Chunks).len()),
            commits: BitSet::new(self.external_ids(FrameKind::Commits).len()),
            snapshots: BitSet::new(self.external_ids(FrameKind::Snapshots).len()),
        };
        self.check_large_objects(&mut externals)?;
        self.check_commits(&mut externals)?;
        self.check_snapshots(&mut externals)?;
        self.check_bases(&mut externals)?;
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
            self.check_codec(index, at)?;
            let frame = self.frame(index);
            expected += FRAME_HEADER_BYTES as u64;
            if frame.offset != expected {
                return Err(self.at(at, "the frame does not start where the one before it ends"));
            }
            let limit = match frame.kind {
                FrameKind::Objects => MAX_OBJECT_FRAME_RAW_BYTES,
                FrameKind::Chunks => MAX_CHUNK_BYTES,
                FrameKind::Commits => MAX_COMMIT_BYTES as u64,
                FrameKind::Snapshots => RECORD_FRAME_RAW_BYTES,
            };
            if frame.raw_bytes > limit {
                return Err(self.at(at, format!("the frame declares more than {limit} bytes")));
            }
            if !is_possible_size(&frame) {
                return Err(self.at(at, "the frame cannot be stored in that many bytes"));
            }
            expected += frame.stored_bytes;
        }
        if expected != self.trailer.tables_offset {
            return Err(self.at(0, "the frames do not end where the tables start"));
        }
        Ok(())
    }

    /// The frame's codec is known, and one for what it holds.
    fn check_codec(&self, index: u32, at: usize) -> Result<(), MpackError> {
        let kind = self.sections.kind_of(index);
        let number = self.bytes[at + 1];
        let Some(codec) = Codec::from_number(number) else {
            let offset = self.trailer.tables_offset + at as u64;
            let what = format!("a frame is stored with codec {number}");
            return Err(MpackError::newer("tables", offset, &what));
        };
        if self.bytes[at + 2..at + WORD_BYTES] != [0, 0] {
            return Err(self.at(at, "the frame's reserved bytes are not 0"));
        }
        let is_for_kind = match codec {
            Codec::Stored | Codec::Zstd => true,
            Codec::ZstdBases => kind == FrameKind::Objects,
            Codec::ZstdIds => !kind.is_content(),
        };
        if !is_for_kind {
            return Err(self.at(at, "the frame's codec is not for what it holds"));
        }
        if codec == Codec::ZstdIds && self.ids_prefix().len() as u64 > MAX_PREFIX_ID_BYTES {
            return Err(self.at(at, "there are more ids than a frame may be compressed with"));
        }
        Ok(())
    }

    /// The frames of a kind share out its entries in order, and the entries of each start at its
    /// beginning and lie inside it, one behind the other, within their limits.
    fn check_entries(&self, kind: FrameKind, columns: &Columns) -> Result<(), MpackError> {
        let (least, most) = entry_limits(kind);
        let mut first = 0;
        // Whether the frame before this one is filled by a single record that may go on.
        let mut may_continue = false;
        for index in columns.frames.clone() {
            let at = self.frame_row_at(index);
            let entries = self.entries_of(index);
            if entries.start != first || entries.end < first || entries.end > columns.count {
                return Err(self.at(at, "the frame's entries do not follow those before"));
            }
            first = entries.end;
            let raw_bytes = self.frame(index).raw_bytes;
            if entries.is_empty() && (!may_continue || raw_bytes == 0) {
                return Err(self.at(at, "nothing starts in the frame or continues into it"));
            }
            if kind == FrameKind::Commits && entries.len() > 1 && raw_bytes > RECORD_FRAME_RAW_BYTES
            {
                return Err(self.at(at, "the frame is too long for more than one commit"));
            }
            may_continue = kind == FrameKind::Snapshots
                && (entries.len() == 1 || entries.is_empty() && may_continue)
                && raw_bytes == RECORD_FRAME_RAW_BYTES;
            let mut start = 0;
            for position in entries.clone() {
                let at = columns.offsets.start + position as usize * WORD_BYTES;
                if position == entries.start && self.offset_of(columns, position) != 0 {
                    return Err(self.at(at, "the frame's first entry does not start at 0"));
                }
                let end = if position + 1 < entries.end {
                    u64::from(self.offset_of(columns, position + 1))
                } else {
                    raw_bytes
                };
                let Some(length) = end.checked_sub(start).filter(|_| end <= raw_bytes) else {
                    return Err(self.at(at, "the entry ends before it starts or outside its frame"));
                };
                if length < least {
                    return Err(self.at(at, "the entry is shorter than such an entry can be"));
                }
                let length = match (kind, entries.len()) {
                    (FrameKind::Snapshots, 1) => length + self.continued_bytes(index),
                    _ => length,
                };
                if length > most {
                    return Err(self.at(at, format!("the entry is longer than {most} bytes")));
                }
                start = end;
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

    /// Large objects are in the mpack once, and longer than one that is stored whole. They share out
    /// the chunk references in order. Those are references that exist, no chunk is without one, and
    /// lengths are those of the chunks.
    fn check_large_objects(&self, externals: &mut Externals) -> Result<(), MpackError> {
        let ids = self.large_ids();
        self.check_sorted(ids, self.sections.large_ids.start)?;
        let mut referred = BitSet::new(self.sections.chunks.count as usize);
        let mut next = 0;
        for row in 0..ids.len() {
            let at = self.large_row_at(row);
            if self.ids(FrameKind::Objects).find(&ids.get(row)).is_some() {
                return Err(self.at(at, "the object is stored both whole and as chunks"));
            }
            let chunks = self.chunks_of_row(row);
            if chunks.start != next
                || chunks.end < next
                || chunks.end > self.chunk_reference_count()
            {
                return Err(self.at(at, "the object's chunks do not follow those before"));
            }
            next = chunks.end;
            let mut length = 0;
            for index in chunks {
                length += self.check_chunk_reference(index, &mut referred, externals)?;
            }
            if length <= MAX_WHOLE_OBJECT_BYTES {
                return Err(self.at(at, "the object is too short for chunks"));
            }
        }
        if next != self.chunk_reference_count() {
            let at = self.sections.chunk_references.start;
            return Err(self.at(at, "there are chunk references of no object"));
        }
        match referred.first_missing(self.sections.chunks.count as usize) {
            None => Ok(()),
            Some(row) => Err(self.at(
                self.sections.chunks.ids.start + row * ID_BYTES,
                "the chunk is one of no object",
            )),
        }
    }

    /// Checks one reference; returns the chunk's length.
    fn check_chunk_reference(
        &self,
        index: u32,
        referred: &mut BitSet,
        externals: &mut Externals,
    ) -> Result<u64, MpackError> {
        let at = self.sections.chunk_references.start + index as usize * CHUNK_REFERENCE_BYTES;
        let [reference, length] = self.chunk_reference_words(index);
        match self.check_reference(FrameKind::Chunks, reference, externals) {
            Reference::Dangling => return Err(self.at(at, "the chunk is no reference")),
            Reference::Row(row) => {
                referred.insert(row);
                if self.chunk(row).length != length {
                    return Err(self.at(at, "the chunk has another length"));
                }
            }
            Reference::External if !(1..=MAX_CHUNK_BYTES).contains(&u64::from(length)) => {
                return Err(self.at(at, "no chunk has that length"));
            }
            Reference::External => {}
        }
        Ok(length.into())
    }

    /// Thin frames share out the bases in order, each within its limit. A base is a file of a
    /// snapshot outside of the mpack.
    fn check_bases(&self, externals: &mut Externals) -> Result<(), MpackError> {
        let start = self.sections.bases.start;
        let count = (self.sections.bases.len() / BASE_BYTES) as u32;
        let mut next = 0;
        for index in 0..self.frame_count() {
            let at = self.frame_row_at(index);
            let [first, bases] = [2, 3].map(|word| u32_at(&self.bytes, at + word * WORD_BYTES));
            let is_thin = self.frame(index).codec == Codec::ZstdBases;
            if is_thin != (bases > 0) || (!is_thin && first != 0) {
                return Err(self.at(at, "a frame has bases if and only if it is thin"));
            }
            if !is_thin {
                continue;
            }
            if first != next || bases > count - next {
                return Err(self.at(at, "the frame's bases do not follow those before"));
            }
            next += bases;
            let mut total = 0;
            for base in first..next {
                let at = start + base as usize * BASE_BYTES;
                let [snapshot, length] = self.base_words(base as usize);
                if self.check_reference(FrameKind::Snapshots, snapshot, externals)
                    != Reference::External
                {
                    return Err(self.at(at, "the base is of no snapshot outside of the mpack"));
                }
                if !(1..=MAX_WHOLE_OBJECT_BYTES).contains(&u64::from(length)) {
                    return Err(self.at(at, "no base has that length"));
                }
                total += u64::from(length);
            }
            if total > MAX_FRAME_BASE_BYTES {
                return Err(self.at(at, "the frame's bases are too large together"));
            }
        }
        if next != count {
            return Err(self.at(start, "there are bases of no frame"));
        }
        if self.is_thin() != (count > 0) {
            return Err(self.at(start, "the flag for thin frames does not fit the frames"));
        }
        self.check_base_paths(count)
    }

    /// There is a path for each base, and each is a legal one.
    fn check_base_paths(&self, count: u32) -> Result<(), MpackError> {
        let mut at = self.sections.base_paths.start;
        let mut paths = 0;
        for path in self.base_paths() {
            let text = path.strip_suffix(&[0]).map(str::from_utf8);
            match text {
                Some(Ok(text)) => RepoPath::new(text)
                    .map(drop)
                    .map_err(|error| self.at(at, error.to_string()))?,
                _ => return Err(self.at(at, "the base's path has no end, or is not UTF-8")),
            }
            at += path.len();
            paths += 1;
        }
        if paths != count {
            let at = self.sections.base_paths.start;
            return Err(self.at(at, "there is not one path for each base"));
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
                FrameKind::Chunks,
                self.sections.external_chunks.start,
                &externals.chunks,
            ),
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
        let used = match kind {
            FrameKind::Chunks => &mut externals.chunks,
            FrameKind::Commits => &mut externals.commits,
            FrameKind::Snapshots | FrameKind::Objects => &mut externals.snapshots,
        };
        used.insert(external);
        Reference::External
    }
}

/// Whether the frame can be stored in as many bytes as its row says.
fn is_possible_size(frame: &FrameRow) -> bool {
    match frame.codec {
        Codec::Stored => frame.stored_bytes == frame.raw_bytes,
        _ => frame.stored_bytes <= max_stored_bytes(frame.raw_bytes),
    }
}

/// The least and the most bytes of an entry.
const fn entry_limits(kind: FrameKind) -> (u64, u64) {
    match kind {
        FrameKind::Objects => (0, MAX_WHOLE_OBJECT_BYTES),
        FrameKind::Chunks => (1, MAX_CHUNK_BYTES),
        FrameKind::Commits => (1, MAX_COMMIT_BYTES as u64),
        FrameKind::Snapshots => (1, MAX_SNAPSHOT_RECORD_BYTES as u64),
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
    chunks: BitSet,
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

    /// The lowest number below `bound` that was not added.
    fn first_missing(&self, bound: usize) -> Option<usize> {
        (0..bound).find(|&number| !self.contains(number))
    }

    fn contains(&self, number: usize) -> bool {
        self.0[number / 64] & 1 << (number % 64) != 0
    }
}
