//! Objects out of many frames in another order, each frame decompressed once.
//!
//! Their bytes are kept in memory while they are few and in an unnamed temporary file otherwise, so
//! that reordering a long history costs disk and not memory.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use muse_wire::id::ObjectId;
use muse_wire::mpack::{Mpack, ObjectRow};
use rayon::prelude::*;

use super::CollectError;
use super::place::ObjectPlace;

/// Most bytes that are kept in memory.
const MEMORY_BYTES: u64 = 48 * 1024 * 1024;

/// The bytes of objects, in the order of their places.
pub(super) struct ReorderedObjects {
    store: Store,
    /// Where each object starts, and at the end where the last one ends.
    offsets: Vec<u64>,
}

enum Store {
    Memory(Mutex<Vec<u8>>),
    File(File),
}

impl ReorderedObjects {
    /// Reads all `places`.
    pub(super) fn read(
        temporary_dir: &Path,
        mpacks: &[Arc<Mpack>],
        places: &[ObjectPlace],
    ) -> Result<Self, CollectError> {
        let mut offsets = Vec::with_capacity(places.len() + 1);
        let mut total_bytes = 0;
        for place in places {
            offsets.push(total_bytes);
            total_bytes += u64::from(place.row.length);
        }
        offsets.push(total_bytes);
        let store = match usize::try_from(total_bytes) {
            Ok(length) if total_bytes <= MEMORY_BYTES => Store::Memory(Mutex::new(vec![0; length])),
            _ => Store::File(tempfile::tempfile_in(temporary_dir)?),
        };
        let mut by_mpack: Vec<Vec<ObjectRow>> = vec![Vec::new(); mpacks.len()];
        let mut indexes: HashMap<ObjectId, Vec<usize>> = HashMap::new();
        for (index, place) in places.iter().enumerate() {
            let same = indexes.entry(place.row.id).or_default();
            if same.is_empty() {
                by_mpack[place.mpack].push(place.row);
            }
            same.push(index);
        }
        let by_mpack = mpacks.par_iter().zip(by_mpack);
        by_mpack.try_for_each(|(mpack, mut rows)| {
            mpack.read_objects(&mut rows, |row, object| {
                for &index in &indexes[&row.id] {
                    store.write(offsets[index], object)?;
                }
                Ok::<(), CollectError>(())
            })
        })?;
        Ok(Self { store, offsets })
    }

    /// The bytes of the object at the place of this index.
    pub(super) fn get(&self, index: usize) -> Result<Vec<u8>, CollectError> {
        let (start, end) = (self.offsets[index], self.offsets[index + 1]);
        let length = usize::try_from(end - start).map_err(std::io::Error::other)?;
        let mut object = vec![0; length];
        match &self.store {
            Store::Memory(bytes) => {
                let bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
                let start = usize::try_from(start).map_err(std::io::Error::other)?;
                object.copy_from_slice(&bytes[start..start + length]);
            }
            Store::File(file) => file.read_exact_at(&mut object, start)?,
        }
        Ok(object)
    }
}

impl Store {
    fn write(&self, offset: u64, object: &[u8]) -> std::io::Result<()> {
        match self {
            Self::Memory(bytes) => {
                let start = usize::try_from(offset).map_err(std::io::Error::other)?;
                let mut bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
                bytes[start..start + object.len()].copy_from_slice(object);
                Ok(())
            }
            Self::File(file) => file.write_all_at(object, offset),
        }
    }
}
