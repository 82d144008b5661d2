//! The large objects of a merged mpack, and their chunks.

use std::collections::{HashMap, HashSet};
use std::io::Write;

use super::error::{MergeError, damaged};
use super::selection::MergeSelection;
use crate::id::{ChunkId, ObjectId};
use crate::mpack::{ChunkRow, FrameKind, Mpack, MpackWriter};

/// The large objects of all sources.
pub(super) struct LargeObjects {
    /// Each once, with its chunks and their lengths: as the first source has it that has it.
    lists: Vec<(ObjectId, Vec<(ChunkId, u32)>)>,
}

impl LargeObjects {
    pub(super) fn find(sources: &[&Mpack], selection: &dyn MergeSelection) -> Self {
        let mut lists = HashMap::new();
        for (source, mpack) in sources.iter().enumerate() {
            let tables = mpack.tables();
            let rows = tables.large_objects();
            for row in rows.filter(|row| selection.takes_large_object(source, &row.id)) {
                lists
                    .entry(row.id)
                    .or_insert_with(|| tables.chunk_list(&row));
            }
        }
        let mut lists: Vec<(ObjectId, Vec<(ChunkId, u32)>)> = lists.into_iter().collect();
        lists.sort_unstable_by_key(|(id, _)| *id);
        Self { lists }
    }

    pub(super) fn count(&self) -> u64 {
        self.lists.len() as u64
    }

    /// Their bytes together, uncompressed.
    pub(super) fn bytes(&self) -> u64 {
        let chunks = self.lists.iter().flat_map(|(_, chunks)| chunks);
        chunks.map(|(_, length)| u64::from(*length)).sum()
    }

    /// Writes all chunks that are taken, each once, and the lists. A chunk stays even where
    /// a list that has it is left out: another mpack may rely on it. Frames of which every chunk
    /// is new are copied as they are.
    pub(super) fn write<W: Write, E>(
        &self,
        sources: &[&Mpack],
        selection: &dyn MergeSelection,
        writer: &mut MpackWriter<W>,
    ) -> Result<(), MergeError<E>> {
        let mut written = HashSet::new();
        for (index, source) in sources.iter().enumerate() {
            let tables = source.tables();
            for frame in tables.frames_of(FrameKind::Chunks) {
                let is_new = |row: &ChunkRow| {
                    selection.takes_chunk(index, row) && !written.contains(&row.id)
                };
                if tables.frame_chunks(frame).all(|row| is_new(&row)) {
                    writer.copy_frame(source, frame)?;
                    written.extend(tables.frame_chunks(frame).map(|row| row.id));
                    continue;
                }
                let wanted: Vec<_> = tables
                    .frame_chunks(frame)
                    .filter(|row| selection.takes_chunk(index, row) && written.insert(row.id))
                    .collect();
                if wanted.is_empty() {
                    continue;
                }
                let raw = source.read_frame(frame).map_err(damaged(index))?;
                for row in wanted {
                    let start = row.offset as usize;
                    writer.add_chunk(row.id, &raw[start..start + row.length as usize])?;
                }
            }
        }
        for (id, chunks) in &self.lists {
            writer.add_chunk_list(*id, chunks.clone())?;
        }
        Ok(())
    }
}

/// Whether any chunk is taken.
pub(super) fn has_chunks(sources: &[&Mpack], selection: &dyn MergeSelection) -> bool {
    let mut sources = sources.iter().enumerate();
    sources.any(|(index, source)| {
        let mut chunks = source.tables().chunks();
        chunks.any(|row| selection.takes_chunk(index, &row))
    })
}
