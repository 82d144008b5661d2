//! Turns what a writer has collected in file order into the tables' bytes.

use super::sections::{
    COMMIT_ROW_BYTES, COUNTS_BYTES, EDGE_FLAG, FRAME_ROW_BYTES, NO_REFERENCE, OBJECT_ROW_BYTES,
    SNAPSHOT_ROW_BYTES, WORD_BYTES,
};
use super::{FrameKind, Tables, Trailer};
use crate::id::{CommitId, Hasher, ID_BYTES, ObjectId, SnapshotId};
use crate::limits::MAX_TABLE_BYTES;
use crate::mpack::{Counts, WriteError};

/// A frame that has been written.
#[derive(Debug)]
pub(in crate::mpack) struct NewFrameRow {
    pub(in crate::mpack) kind: FrameKind,
    /// Position of the first entry that starts in it.
    pub(in crate::mpack) first: u32,
    pub(in crate::mpack) offset: u64,
    pub(in crate::mpack) stored_bytes: u64,
    pub(in crate::mpack) raw_bytes: u64,
}

/// A commit that has been written.
#[derive(Debug)]
pub(in crate::mpack) struct NewCommitRow {
    pub(in crate::mpack) id: CommitId,
    pub(in crate::mpack) generation: u32,
    pub(in crate::mpack) committed_at: i64,
    pub(in crate::mpack) parents: Vec<CommitId>,
    pub(in crate::mpack) snapshot: SnapshotId,
    /// Offset in its frame.
    pub(in crate::mpack) offset: u32,
}

/// A snapshot record that has been written.
#[derive(Debug)]
pub(in crate::mpack) struct NewSnapshotRow {
    pub(in crate::mpack) id: SnapshotId,
    pub(in crate::mpack) base: Option<SnapshotId>,
    /// Offset in its frame.
    pub(in crate::mpack) offset: u32,
}

/// Everything that the tables will tell of an mpack, in file order.
#[derive(Debug, Default)]
pub(in crate::mpack) struct NewTables {
    pub(in crate::mpack) frames: Vec<NewFrameRow>,
    /// Ids, and offsets in their frames.
    pub(in crate::mpack) objects: Vec<(ObjectId, u32)>,
    pub(in crate::mpack) commits: Vec<NewCommitRow>,
    pub(in crate::mpack) snapshots: Vec<NewSnapshotRow>,
}

/// The least that the tables of an mpack with these counts take: without frames, parents outside of
/// the mpack and third parents.
pub(in crate::mpack) fn least_table_bytes(counts: &Counts) -> u64 {
    [
        (counts.objects, OBJECT_ROW_BYTES),
        (counts.commits, COMMIT_ROW_BYTES),
        (counts.snapshots, SNAPSHOT_ROW_BYTES),
    ]
    .into_iter()
    .map(|(count, row_bytes)| count.saturating_mul((ID_BYTES + row_bytes + WORD_BYTES) as u64))
    .fold(COUNTS_BYTES as u64, u64::saturating_add)
}

impl NewTables {
    /// The tables and their trailer, for tables that start at `tables_offset` of the file.
    ///
    /// They are read back before they are given out, so that a reader's rules are the writer's too.
    pub(in crate::mpack) fn encode(
        &self,
        tables_offset: u64,
    ) -> Result<(Tables, Trailer), WriteError> {
        let bytes = self.encode_tables();
        WriteError::check_limit("bytes of tables", bytes.len() as u64, MAX_TABLE_BYTES)?;
        let mut hasher = Hasher::new();
        hasher.update(&bytes);
        let trailer = Trailer {
            tables_offset,
            tables_bytes: bytes.len() as u64,
            checksum: hasher.finish(),
        };
        let tables = Tables::parse(bytes, &trailer)
            .map_err(|error| WriteError::Inconsistent(error.to_string()))?;
        Ok((tables, trailer))
    }

    fn encode_tables(&self) -> Vec<u8> {
        let commits = References::new(
            self.commits.iter().map(|commit| commit.id.as_bytes()),
            self.commits
                .iter()
                .flat_map(|commit| &commit.parents)
                .map(CommitId::as_bytes),
        );
        let snapshots = References::new(
            self.snapshots.iter().map(|snapshot| snapshot.id.as_bytes()),
            self.commits
                .iter()
                .map(|commit| &commit.snapshot)
                .chain(
                    self.snapshots
                        .iter()
                        .filter_map(|record| record.base.as_ref()),
                )
                .map(SnapshotId::as_bytes),
        );
        let object_order = sorted_order(self.objects.iter().map(|(id, _)| id.as_bytes()));
        let mut edges = Vec::new();
        let commit_rows: Vec<[u32; 7]> = commits
            .order
            .iter()
            .map(|&position| self.commit_row(position, &commits, &snapshots, &mut edges))
            .collect();

        let mut out = Vec::with_capacity(
            COUNTS_BYTES
                + self.frames.len() * FRAME_ROW_BYTES
                + self.objects.len() * (ID_BYTES + OBJECT_ROW_BYTES + WORD_BYTES)
                + self.commits.len() * (ID_BYTES + COMMIT_ROW_BYTES + WORD_BYTES)
                + self.snapshots.len() * (ID_BYTES + SNAPSHOT_ROW_BYTES + WORD_BYTES)
                + (commits.external.len() + snapshots.external.len()) * ID_BYTES
                + edges.len() * 4,
        );
        let frames_of = |kind| {
            self.frames
                .iter()
                .filter(move |frame| frame.kind == kind)
                .count()
        };
        put_words(
            &mut out,
            [
                frames_of(FrameKind::Objects),
                frames_of(FrameKind::Commits),
                frames_of(FrameKind::Snapshots),
                self.objects.len(),
                self.commits.len(),
                self.snapshots.len(),
                commits.external.len(),
                snapshots.external.len(),
                edges.len(),
                0,
            ]
            .map(|count| count as u32),
        );
        for frame in &self.frames {
            put_words(&mut out, [0, frame.first, 0, 0]);
            for field in [frame.offset, frame.stored_bytes, frame.raw_bytes] {
                out.extend_from_slice(&field.to_le_bytes());
            }
        }
        for &position in &object_order {
            out.extend_from_slice(self.objects[position as usize].0.as_bytes());
        }
        put_words(&mut out, object_order);
        put_words(&mut out, self.objects.iter().map(|(_, offset)| *offset));
        commits.put_ids(&mut out);
        put_words(&mut out, commit_rows.into_iter().flatten());
        put_words(&mut out, self.commits.iter().map(|commit| commit.offset));
        snapshots.put_ids(&mut out);
        for &position in &snapshots.order {
            let base = self.snapshots[position as usize].base;
            let base = snapshots.of(base.as_ref().map(SnapshotId::as_bytes));
            put_words(&mut out, [position, base]);
        }
        put_words(&mut out, self.snapshots.iter().map(|record| record.offset));
        out.extend(commits.external.iter().copied().flatten());
        out.extend(snapshots.external.iter().copied().flatten());
        put_words(&mut out, edges);
        out
    }

    /// A commit's row, in words; appends to the edges where it has more than two parents.
    fn commit_row(
        &self,
        position: u32,
        commits: &References<'_>,
        snapshots: &References<'_>,
        edges: &mut Vec<u32>,
    ) -> [u32; 7] {
        let commit = &self.commits[position as usize];
        let time = commit.committed_at.cast_unsigned();
        let parent = |index: usize| commits.of(commit.parents.get(index).map(CommitId::as_bytes));
        let second = if commit.parents.len() > 2 {
            let first_edge = edges.len() as u32;
            edges.extend((1..commit.parents.len()).map(parent));
            if let Some(last) = edges.last_mut() {
                *last |= EDGE_FLAG;
            }
            first_edge | EDGE_FLAG
        } else {
            parent(1)
        };
        [
            position,
            commit.generation,
            time as u32,
            (time >> 32) as u32,
            snapshots.of(Some(commit.snapshot.as_bytes())),
            parent(0),
            second,
        ]
    }
}

/// The ids of one kind that stand in this mpack, and those outside that it refers to.
struct References<'a> {
    /// Positions in the file, ascending by id.
    order: Vec<u32>,
    /// Ids, ascending.
    internal: Vec<&'a [u8; ID_BYTES]>,
    /// Ids, ascending.
    external: Vec<&'a [u8; ID_BYTES]>,
}

impl<'a> References<'a> {
    fn new(
        ids: impl Iterator<Item = &'a [u8; ID_BYTES]> + Clone,
        mentioned: impl Iterator<Item = &'a [u8; ID_BYTES]>,
    ) -> Self {
        let order = sorted_order(ids.clone());
        let mut internal: Vec<_> = ids.collect();
        internal.sort_unstable();
        let mut external: Vec<_> = mentioned
            .filter(|id| internal.binary_search(id).is_err())
            .collect();
        external.sort_unstable();
        external.dedup();
        Self {
            order,
            internal,
            external,
        }
    }

    /// The word that stands for this id.
    fn of(&self, id: Option<&[u8; ID_BYTES]>) -> u32 {
        let Some(id) = id else {
            return NO_REFERENCE;
        };
        match self.internal.binary_search(&id) {
            Ok(row) => row as u32,
            Err(_) => {
                let row = self
                    .external
                    .binary_search(&id)
                    .expect("every id that is mentioned was collected");
                (self.internal.len() + row) as u32
            }
        }
    }

    fn put_ids(&self, out: &mut Vec<u8>) {
        out.extend(self.internal.iter().copied().flatten());
    }
}

/// Positions in ascending order of the ids that stand there.
fn sorted_order<'a>(ids: impl Iterator<Item = &'a [u8; ID_BYTES]>) -> Vec<u32> {
    let mut keyed: Vec<_> = ids.zip(0_u32..).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, position)| position).collect()
}

fn put_words(out: &mut Vec<u8>, words: impl IntoIterator<Item = u32>) {
    for word in words {
        out.extend_from_slice(&word.to_le_bytes());
    }
}
