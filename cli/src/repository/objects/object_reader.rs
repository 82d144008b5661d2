//! Objects that are read one by one, many of them from the same frames.

use std::sync::{Arc, Mutex, PoisonError};

use muse_wire::id::ObjectId;
use muse_wire::mpack::PartialFrame;

use super::ObjectStore;
use super::mpacks::OpenMpack;
use crate::repository::error::Result;

/// Most bytes of frames that a reader keeps decompressed: two of the largest. Filling memory for
/// the first time takes longer than decompressing into it.
const MAX_KEPT_BYTES: usize = 32 * 1024 * 1024;

/// Reads objects, keeping the frames that it used last: versions of a file, and files of a commit,
/// are often in one frame, and whatever stands before an object in its frame is decompressed
/// with it.
pub struct ObjectReader<'a> {
    store: &'a ObjectStore,
    /// The one used last at the end.
    frames: Mutex<Vec<KeptFrame>>,
}

struct KeptFrame {
    mpack: Arc<OpenMpack>,
    index: u32,
    memory_bytes: usize,
    /// Two threads that read from one frame take turns.
    frame: Arc<Mutex<PartialFrame>>,
}

impl ObjectStore {
    /// Reads objects one by one. Where they are known beforehand, [`ObjectStore::whole_objects`]
    /// needs less memory.
    pub fn object_reader(&self) -> ObjectReader<'_> {
        ObjectReader {
            store: self,
            frames: Mutex::default(),
        }
    }
}

impl ObjectReader<'_> {
    /// The object's bytes. Check the length before asking for a large one.
    ///
    /// # Errors
    /// As [`ObjectStore::read_object`].
    pub fn read(&self, id: &ObjectId) -> Result<Vec<u8>> {
        for mpack in self.store.mpacks.current()?.iter() {
            let Some(row) = mpack.mpack.tables().find_object(id) else {
                continue;
            };
            // Where the frame is damaged, another mpack may have the object, too.
            let Ok(frame) = self.frame(mpack, row.frame) else {
                break;
            };
            let mut frame = frame.lock().unwrap_or_else(PoisonError::into_inner);
            if let Ok(contents) = mpack.mpack.read_object_in(&mut frame, &row) {
                return Ok(contents.to_vec());
            }
            break;
        }
        self.store.read_object(id)
    }

    /// The frame of this index, as far as it is decompressed.
    fn frame(&self, mpack: &Arc<OpenMpack>, index: u32) -> Result<Arc<Mutex<PartialFrame>>> {
        let mut frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        let is_wanted = |kept: &KeptFrame| kept.index == index && Arc::ptr_eq(&kept.mpack, mpack);
        if let Some(at) = frames.iter().position(is_wanted) {
            let kept = frames.remove(at);
            let frame = Arc::clone(&kept.frame);
            frames.push(kept);
            return Ok(frame);
        }
        let frame_bytes = mpack.mpack.tables().frame(index).raw_bytes as usize;
        let mut kept_bytes: usize = frames.iter().map(|kept| kept.memory_bytes).sum();
        // Memory that held a frame before is there already, unless somebody still reads from it.
        let mut used = None;
        while kept_bytes + frame_bytes > MAX_KEPT_BYTES && !frames.is_empty() {
            let oldest = frames.remove(0);
            kept_bytes -= oldest.memory_bytes;
            used = Arc::into_inner(oldest.frame).and_then(|frame| frame.into_inner().ok());
        }
        let frame = mpack.mpack.begin_frame(index, used);
        let frame = frame.map_err(mpack.damage())?;
        let kept = KeptFrame {
            mpack: Arc::clone(mpack),
            index,
            memory_bytes: frame.memory_bytes(),
            frame: Arc::new(Mutex::new(frame)),
        };
        let frame = Arc::clone(&kept.frame);
        frames.push(kept);
        Ok(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::RepositoryError;
    use crate::testing::Sandbox;

    #[test]
    fn objects_are_read_as_they_are_and_frames_are_kept() {
        let sandbox = Sandbox::new();
        sandbox.add_commit(&[], &[("a", "one"), ("b", "two")]);
        let objects = &sandbox.repository.objects;
        let reader = objects.object_reader();
        for text in ["one", "two", "one"] {
            let read = reader.read(&ObjectId::of(text.as_bytes())).expect("reads");
            assert_eq!(read, text.as_bytes());
        }
        let kept = reader.frames.lock().expect("no thread panicked").len();
        assert_eq!(kept, 1, "both are in one frame");
        // What came since the reader was made is found, too.
        sandbox.add_commit(&[], &[("a", "three")]);
        assert_eq!(
            reader.read(&ObjectId::of(b"three")).expect("reads"),
            b"three"
        );
        let missing = reader.read(&ObjectId::of(b"four"));
        assert!(matches!(missing, Err(RepositoryError::Missing { .. })));
    }
}
