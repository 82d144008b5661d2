//! Objects that are read one by one, many of them from the same frames.

use std::sync::{Arc, Mutex, PoisonError};

use muse_wire::id::ObjectId;

use super::ObjectStore;
use super::mpacks::OpenMpack;
use crate::repository::error::Result;

/// Most bytes of frames that a reader keeps decompressed: four of the largest.
const MAX_KEPT_BYTES: usize = 64 * 1024 * 1024;

/// Reads objects, keeping the frames that it used last: versions of a file, and files of a commit,
/// are often in one frame, and a frame is decompressed as a whole.
pub struct ObjectReader<'a> {
    store: &'a ObjectStore,
    /// The one used last at the end.
    frames: Mutex<Vec<KeptFrame>>,
}

struct KeptFrame {
    mpack: Arc<OpenMpack>,
    index: u32,
    raw: Arc<Vec<u8>>,
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
            let start = row.offset as usize;
            let contents = &frame[start..start + row.length as usize];
            if mpack.mpack.check_object(&row, contents).is_ok() {
                return Ok(contents.to_vec());
            }
            break;
        }
        self.store.read_object(id)
    }

    fn frame(&self, mpack: &Arc<OpenMpack>, index: u32) -> Result<Arc<Vec<u8>>> {
        let frames = || self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        let is_wanted = |kept: &KeptFrame| kept.index == index && Arc::ptr_eq(&kept.mpack, mpack);
        {
            let mut frames = frames();
            if let Some(at) = frames.iter().position(is_wanted) {
                let kept = frames.remove(at);
                let raw = Arc::clone(&kept.raw);
                frames.push(kept);
                return Ok(raw);
            }
        }
        let raw = Arc::new(mpack.mpack.read_frame(index).map_err(mpack.damage())?);
        let mut frames = frames();
        frames.push(KeptFrame {
            mpack: Arc::clone(mpack),
            index,
            raw: Arc::clone(&raw),
        });
        let mut kept_bytes: usize = frames.iter().map(|kept| kept.raw.len()).sum();
        while kept_bytes > MAX_KEPT_BYTES {
            kept_bytes -= frames.remove(0).raw.len();
        }
        Ok(raw)
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
