//! Large objects: lists of chunks, which lie in any of the mpacks.

use std::sync::Arc;

use muse_wire::id::{ChunkId, ObjectId};

use super::ObjectStore;
use super::mpacks::{MpackSet, OpenMpack};
use crate::repository::error::{RepositoryError, Result};

/// A chunk of a large object, and its length in bytes.
pub type ListedChunk = (ChunkId, u32);

impl ObjectStore {
    /// The chunks of a large object, in order; `None` if it is stored whole, or is not here.
    ///
    /// # Errors
    /// If an mpack cannot be opened.
    pub fn large_object(&self, id: &ObjectId) -> Result<Option<Vec<ListedChunk>>> {
        let set = self.mpacks.current()?;
        Ok(set.iter().find_map(|mpack| {
            let tables = mpack.mpack.tables();
            let row = tables.find_large_object(id)?;
            Some(tables.chunk_list(&row))
        }))
    }

    /// Reads chunks. One after the other in the order of an object decompresses each frame once.
    ///
    /// # Errors
    /// If an mpack cannot be opened.
    pub fn chunk_reader(&self) -> Result<ChunkReader<'_>> {
        Ok(ChunkReader {
            store: self,
            set: self.mpacks.current()?,
            frame: None,
        })
    }
}

/// Reads chunks, keeping the frame that it read last.
pub struct ChunkReader<'a> {
    store: &'a ObjectStore,
    set: MpackSet,
    frame: Option<KeptFrame>,
}

struct KeptFrame {
    mpack: Arc<OpenMpack>,
    index: u32,
    raw: Vec<u8>,
}

impl ChunkReader<'_> {
    /// The chunk's bytes.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`] if it is not here, and if its frame is damaged.
    pub fn read(&mut self, id: &ChunkId) -> Result<&[u8]> {
        let place = self.set.iter().find_map(|mpack| {
            let row = mpack.mpack.tables().find_chunk(id)?;
            Some((mpack, row))
        });
        let Some((mpack, row)) = place else {
            let missing = RepositoryError::missing_chunk(id);
            return Err(self.store.mpacks.name_unreadable(missing));
        };
        let is_kept = |kept: &KeptFrame| kept.index == row.frame && Arc::ptr_eq(&kept.mpack, mpack);
        let frame = match self.frame.take().filter(is_kept) {
            Some(kept) => kept,
            None => KeptFrame {
                mpack: Arc::clone(mpack),
                index: row.frame,
                raw: mpack.mpack.read_frame(row.frame).map_err(mpack.damage())?,
            },
        };
        let raw = &self.frame.insert(frame).raw;
        let start = row.offset as usize;
        Ok(&raw[start..start + row.length as usize])
    }
}
