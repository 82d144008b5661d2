//! Large objects: lists of chunks, which lie in any of the mpacks.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

use muse_wire::id::{ChunkId, ObjectId};

use super::ObjectStore;
use super::mpacks::{MpackSet, OpenMpack};
use crate::repository::error::{RepositoryError, Result};

/// Chunks that wait for whoever needs them. With the one being read and the one in use, they are the
/// memory that reading a large object takes.
const READ_AHEAD_CHUNKS: usize = 4;

/// Most frames that a reader of chunks keeps decompressed. Versions of a file take turns with theirs.
const MAX_KEPT_FRAMES: usize = 8;

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

    /// Lets `each` take the bytes of these chunks, in order, from an iterator. Another thread reads
    /// ahead.
    ///
    /// # Errors
    /// If an mpack cannot be opened. The iterator ends with the first chunk that cannot be read.
    pub fn read_ahead<T>(
        &self,
        chunks: &[ListedChunk],
        each: impl FnOnce(&mut dyn Iterator<Item = Result<Vec<u8>>>) -> T,
    ) -> Result<T> {
        let mut reader = self.chunk_reader()?;
        let (sender, receiver) = sync_channel(READ_AHEAD_CHUNKS);
        thread::scope(|scope| {
            scope.spawn(move || {
                for (chunk, _) in chunks {
                    let read = reader.read(chunk).map(<[u8]>::to_vec);
                    let is_last = read.is_err();
                    // Nobody waits for more where `each` has ended early.
                    if sender.send(read).is_err() || is_last {
                        return;
                    }
                }
            });
            Ok(each(&mut receiver.into_iter()))
        })
    }

    /// Reads chunks. One after the other in the order of an object decompresses each frame once.
    ///
    /// # Errors
    /// If an mpack cannot be opened.
    pub fn chunk_reader(&self) -> Result<ChunkReader<'_>> {
        Ok(ChunkReader {
            store: self,
            set: self.mpacks.current()?,
            frames: Vec::new(),
        })
    }
}

/// Reads chunks, keeping the frames that it used last: chunks of one object may come from several
/// frames in turn.
pub struct ChunkReader<'a> {
    store: &'a ObjectStore,
    set: MpackSet,
    /// The one used last at the end.
    frames: Vec<KeptFrame>,
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
        let kept = self.frames.iter().position(is_kept);
        let frame = match kept.map(|at| self.frames.remove(at)) {
            Some(kept) => kept,
            None => {
                if self.frames.len() == MAX_KEPT_FRAMES {
                    self.frames.remove(0);
                }
                KeptFrame {
                    mpack: Arc::clone(mpack),
                    index: row.frame,
                    raw: mpack.mpack.read_frame(row.frame).map_err(mpack.damage())?,
                }
            }
        };
        self.frames.push(frame);
        let raw = &self.frames[self.frames.len() - 1].raw;
        let start = row.offset as usize;
        Ok(&raw[start..start + row.length as usize])
    }
}
