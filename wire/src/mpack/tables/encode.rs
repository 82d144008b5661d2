//! Turns what a writer has collected in file order into the tables' bytes.

use super::sections::{EDGE_FLAG, NO_REFERENCE, SECTION_COUNT, UNLISTED_SECTIONS, directory_bytes};
use super::size::{TABLE_BYTES, max_table_bytes};
use super::{Base, FrameKind, RowChecks, Tables, Trailer};
use crate::id::{ChunkId, CommitId, Hasher, ID_BYTES, ObjectId, SnapshotId};
use crate::mpack::compress::FrameCompressor;
use crate::mpack::layout::{TABLES_TAG, THIN, frame_header};
use crate::mpack::shared_bytes::SharedBytes;
use crate::mpack::{Codec, WriteError};

/// A frame that has been written.
#[derive(Debug)]
pub(in crate::mpack) struct NewFrameRow {
    pub(in crate::mpack) kind: FrameKind,
    pub(in crate::mpack) codec: Codec,
    /// Position of the first entry that starts in it.
    pub(in crate::mpack) first: u32,
    /// How many of the bases are this frame's.
    pub(in crate::mpack) base_count: u32,
    pub(in crate::mpack) offset: u64,
    pub(in crate::mpack) stored_bytes: u64,
    pub(in crate::mpack) raw_bytes: u64,
}

/// A large object that has been written, or whose chunks are elsewhere.
#[derive(Debug)]
pub(in crate::mpack) struct NewLargeObject {
    pub(in crate::mpack) id: ObjectId,
    /// Its chunks with their lengths, in order.
    pub(in crate::mpack) chunks: Vec<(ChunkId, u32)>,
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

/// Everything that the tables will tell of an mpack's entries, in file order.
#[derive(Debug, Default)]
pub(in crate::mpack) struct NewTables {
    /// Ids, and offsets in their frames.
    pub(in crate::mpack) objects: Vec<(ObjectId, u32)>,
    /// Ids, and offsets in their frames.
    pub(in crate::mpack) chunks: Vec<(ChunkId, u32)>,
    pub(in crate::mpack) large_objects: Vec<NewLargeObject>,
    pub(in crate::mpack) commits: Vec<NewCommitRow>,
    pub(in crate::mpack) snapshots: Vec<NewSnapshotRow>,
    /// Of all thin frames, one behind the other.
    pub(in crate::mpack) bases: Vec<Base>,
}

impl NewTables {
    /// Objects, whole and large.
    pub(in crate::mpack) fn object_count(&self) -> u64 {
        (self.objects.len() + self.large_objects.len()) as u64
    }

    /// Sorts the ids and finds out which of those referred to are outside.
    pub(in crate::mpack) fn ids(&self) -> NewIds<'_> {
        NewIds {
            objects: References::new(self.objects.iter().map(|(id, _)| id.as_bytes()), []),
            chunks: References::new(
                self.chunks.iter().map(|(id, _)| id.as_bytes()),
                self.large_objects
                    .iter()
                    .flat_map(|object| object.chunks.iter().map(|(id, _)| id.as_bytes())),
            ),
            large_objects: References::new(
                self.large_objects.iter().map(|object| object.id.as_bytes()),
                [],
            ),
            commits: References::new(
                self.commits.iter().map(|commit| commit.id.as_bytes()),
                self.commits
                    .iter()
                    .flat_map(|commit| &commit.parents)
                    .map(CommitId::as_bytes),
            ),
            snapshots: References::new(
                self.snapshots.iter().map(|snapshot| snapshot.id.as_bytes()),
                self.commits
                    .iter()
                    .map(|commit| &commit.snapshot)
                    .chain(self.snapshots.iter().filter_map(|row| row.base.as_ref()))
                    .chain(self.bases.iter().map(|base| &base.snapshot))
                    .map(SnapshotId::as_bytes),
            ),
        }
    }

    /// The frame of the tables and the trailer, for a frame that starts at `tables_offset` of the
    /// file. A thin mpack's tables are compressed, as far as that is allowed, and without what its
    /// receiver computes.
    ///
    /// They are read back before they are given out, so that a reader's rules are the writer's too.
    pub(in crate::mpack) fn encode(
        &self,
        ids: &NewIds<'_>,
        frames: &[NewFrameRow],
        tables_offset: u64,
    ) -> Result<(SharedBytes, Trailer), WriteError> {
        let is_thin = !self.bases.is_empty();
        let mut sections = self.encode_sections(ids, frames);
        let mut tables = join(&sections);
        let full_bytes = tables.len() as u64;
        WriteError::check_limit(TABLE_BYTES, full_bytes, max_table_bytes(is_thin))?;
        if is_thin {
            for section in UNLISTED_SECTIONS {
                sections[section].clear();
            }
            tables = join(&sections);
        }
        // All tables are in memory twice from here on, which is enough.
        drop(sections);
        let mut stored = Vec::new();
        let codec = match is_thin {
            true => FrameCompressor::new().compress(&tables, &mut stored)?,
            false => Codec::Stored,
        };
        let payload = match codec {
            Codec::Stored => &tables,
            _ => &stored,
        };
        let mut hasher = Hasher::new();
        hasher.update(payload);
        let mut frame = frame_header(TABLES_TAG, codec, payload.len() as u64).to_vec();
        frame.extend_from_slice(payload);
        let trailer = Trailer {
            tables_offset,
            tables_bytes: frame.len() as u64,
            checksum: hasher.finish(),
            incompatible_flags: if is_thin { THIN } else { 0 },
        };
        let frame = SharedBytes::from(frame);
        Tables::from_shared(&frame, &trailer, RowChecks::All)
            .map_err(|error| WriteError::Inconsistent(error.to_string()))?;
        Ok((frame, trailer))
    }

    fn encode_sections(
        &self,
        ids: &NewIds<'_>,
        frames: &[NewFrameRow],
    ) -> [Vec<u8>; SECTION_COUNT] {
        let NewIds {
            objects,
            chunks,
            large_objects,
            commits,
            snapshots,
        } = ids;
        let mut edges = Vec::new();
        let commit_rows: Vec<[u32; 7]> = commits
            .order
            .iter()
            .map(|&position| self.commit_row(position, commits, snapshots, &mut edges))
            .collect();
        let snapshot_rows = snapshots.order.iter().flat_map(|&position| {
            let base = self.snapshots[position as usize].base;
            [
                position,
                snapshots.of(base.as_ref().map(SnapshotId::as_bytes)),
            ]
        });
        let mut large_rows = Vec::new();
        let mut chunk_references = Vec::new();
        for &position in &large_objects.order {
            large_rows.push((chunk_references.len() / 2) as u32);
            for (id, length) in &self.large_objects[position as usize].chunks {
                chunk_references.extend([chunks.of(Some(id.as_bytes())), *length]);
            }
        }
        let bases = self.bases.iter().flat_map(|base| {
            let snapshot = snapshots.of(Some(base.snapshot.as_bytes()));
            [snapshot, base.length]
        });
        let base_paths = self.bases.iter().flat_map(|base| {
            let path = base.path.as_str().bytes();
            path.chain([0])
        });
        [
            frame_rows(frames),
            objects.internal_bytes(),
            chunks.internal_bytes(),
            large_objects.internal_bytes(),
            commits.internal_bytes(),
            snapshots.internal_bytes(),
            chunks.external_bytes(),
            commits.external_bytes(),
            snapshots.external_bytes(),
            words(objects.order.iter().copied()),
            words(self.objects.iter().map(|(_, offset)| *offset)),
            words(chunks.order.iter().copied()),
            words(self.chunks.iter().map(|(_, offset)| *offset)),
            words(commit_rows.into_iter().flatten()),
            words(self.commits.iter().map(|commit| commit.offset)),
            words(snapshot_rows),
            words(self.snapshots.iter().map(|record| record.offset)),
            words(edges),
            words(large_rows),
            words(chunk_references),
            words(bases),
            base_paths.collect(),
        ]
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

/// All ids that the tables will hold.
pub(in crate::mpack) struct NewIds<'a> {
    objects: References<'a>,
    chunks: References<'a>,
    large_objects: References<'a>,
    commits: References<'a>,
    snapshots: References<'a>,
}

impl NewIds<'_> {
    /// What [`Tables::ids_prefix`] will give.
    pub(in crate::mpack) fn prefix(&self) -> Vec<u8> {
        [
            self.objects.internal_bytes(),
            self.chunks.internal_bytes(),
            self.large_objects.internal_bytes(),
            self.commits.internal_bytes(),
            self.snapshots.internal_bytes(),
            self.chunks.external_bytes(),
            self.commits.external_bytes(),
            self.snapshots.external_bytes(),
        ]
        .concat()
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
        mentioned: impl IntoIterator<Item = &'a [u8; ID_BYTES]>,
    ) -> Self {
        let order = sorted_order(ids.clone());
        let mut internal: Vec<_> = ids.collect();
        internal.sort_unstable();
        let mut external: Vec<_> = mentioned
            .into_iter()
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

    fn internal_bytes(&self) -> Vec<u8> {
        self.internal.iter().copied().flatten().copied().collect()
    }

    fn external_bytes(&self) -> Vec<u8> {
        self.external.iter().copied().flatten().copied().collect()
    }
}

/// Positions in ascending order of the ids that stand there.
pub(super) fn sorted_order<'a>(ids: impl Iterator<Item = &'a [u8; ID_BYTES]>) -> Vec<u32> {
    let mut keyed: Vec<_> = ids.zip(0_u32..).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, position)| position).collect()
}

fn frame_rows(frames: &[NewFrameRow]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut next_base = 0;
    for frame in frames {
        let first_base = if frame.base_count > 0 { next_base } else { 0 };
        next_base += frame.base_count;
        out.extend_from_slice(&[frame.kind.tag(), frame.codec as u8, 0, 0]);
        out.extend(words([frame.first, first_base, frame.base_count]));
        for field in [frame.offset, frame.stored_bytes, frame.raw_bytes] {
            out.extend_from_slice(&field.to_le_bytes());
        }
    }
    out
}

pub(super) fn words(words: impl IntoIterator<Item = u32>) -> Vec<u8> {
    words.into_iter().flat_map(u32::to_le_bytes).collect()
}

/// The directory and the sections that are not empty, numbered from 1.
pub(super) fn join<S: AsRef<[u8]>>(sections: &[S]) -> Vec<u8> {
    let listed = || {
        let numbered = (1..).zip(sections.iter().map(AsRef::as_ref));
        numbered.filter(|(_, section): &(u32, &[u8])| !section.is_empty())
    };
    let section_bytes: usize = listed().map(|(_, section)| section.len()).sum();
    let mut out = Vec::with_capacity(directory_bytes(listed().count()) + section_bytes);
    out.extend(words([listed().count() as u32]));
    for (number, section) in listed() {
        out.extend(words([number, section.len() as u32]));
    }
    for (_, section) in listed() {
        out.extend_from_slice(section);
    }
    out
}
