//! Large objects: lists of chunks, which lie in any of the mpacks.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

use bytes::Bytes;
use muse_wire::id::{ChunkId, ObjectId};

use super::ObjectStore;
use super::mpacks::{MpackSet, OpenMpack};
use crate::repository::error::{RepositoryError, Result};

/// Chunks that are read before they are needed.
const READ_AHEAD_CHUNKS: usize = 4;

/// Most frames that a reader of chunks keeps decompressed: versions of a file take turns with
/// theirs.
const MAX_KEPT_FRAMES: usize = 4;

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

    /// Calls `read` with an iterator over the bytes of these chunks, in order. Another thread reads
    /// and decompresses the next ones meanwhile.
    ///
    /// # Errors
    /// If an mpack cannot be opened. The iterator ends with the first chunk that cannot be read.
    pub fn read_ahead<T>(
        &self,
        chunks: &[ListedChunk],
        read: impl FnOnce(&mut dyn Iterator<Item = Result<Bytes>>) -> T,
    ) -> Result<T> {
        let mut reader = self.chunk_reader()?;
        let (sender, receiver) = sync_channel(READ_AHEAD_CHUNKS);
        thread::scope(|scope| {
            scope.spawn(move || {
                for (chunk, _) in chunks {
                    let bytes = reader.read(chunk);
                    let is_last = bytes.is_err();
                    // Nobody waits for more where `read` has ended early.
                    if sender.send(bytes).is_err() || is_last {
                        return;
                    }
                }
            });
            Ok(read(&mut receiver.into_iter()))
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
    raw: Bytes,
}

impl ChunkReader<'_> {
    /// The chunk's bytes.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`] if it is not here, and if its frame is damaged.
    pub fn read(&mut self, id: &ChunkId) -> Result<Bytes> {
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
                let raw = mpack.mpack.read_frame(row.frame).map_err(mpack.damage())?;
                KeptFrame {
                    mpack: Arc::clone(mpack),
                    index: row.frame,
                    raw: raw.into(),
                }
            }
        };
        let start = row.offset as usize;
        let bytes = frame.raw.slice(start..start + row.length as usize);
        let checked = mpack.mpack.check_chunk(&row, &bytes);
        checked.map_err(mpack.damage())?;
        self.frames.push(frame);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    /// A repository with two versions of a large file, and the chunks of each.
    fn two_versions() -> (Sandbox, [Vec<u8>; 2], [Vec<ListedChunk>; 2]) {
        let sandbox = Sandbox::new();
        let mut state = 1_u32;
        let one: Vec<u8> = (0..12 << 20)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        let mut two = one.clone();
        two.iter_mut().step_by(1 << 20).for_each(|byte| *byte ^= 1);
        let versions = [one, two];
        let lists = versions.each_ref().map(|contents| {
            sandbox.write_file("large", contents);
            let commit = sandbox.commit();
            let entry = sandbox.tree(&commit).get("large").expect("committed");
            let list = sandbox.repository.objects.large_object(&entry.object);
            list.expect("readable").expect("it is large")
        });
        (sandbox, versions, lists)
    }

    #[test]
    fn versions_share_chunks_and_each_is_read_as_it_was() {
        let (sandbox, versions, lists) = two_versions();
        assert!(lists[1].iter().any(|chunk| lists[0].contains(chunk)));
        assert!(lists[1].iter().any(|chunk| !lists[0].contains(chunk)));
        for (contents, list) in versions.iter().zip(&lists) {
            let read = sandbox.repository.objects.read_ahead(list, |chunks| {
                chunks.collect::<Result<Vec<_>>>().map(|read| read.concat())
            });
            let read = read.expect("readable").expect("all are here");
            assert!(read == *contents, "other bytes");
        }
    }

    #[test]
    fn a_chunk_that_is_missing_ends_the_reading_and_so_does_its_reader() {
        let (sandbox, _, [mut list, _]) = two_versions();
        let objects = &sandbox.repository.objects;
        let first = objects.read_ahead(&list, |chunks| chunks.next().is_some());
        assert!(first.expect("the thread ends, too"));
        list[1].0 = ChunkId::of(b"nowhere");
        let read = objects.read_ahead(&list, |chunks| {
            chunks.map(|chunk| chunk.is_ok()).collect::<Vec<_>>()
        });
        assert_eq!(read.expect("readable"), [true, false]);
    }
}
