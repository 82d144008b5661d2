//! Bytes that a reader and its tables share without copying: a mapped file or memory.

use std::fs::File;
use std::ops::{Deref, Range};
use std::path::Path;
use std::sync::Arc;

use memmap2::Mmap;

/// A read part of a mapped file at least this long is given back to the system.
const RELEASE_MIN_BYTES: usize = 512 * 1024;

/// A range of a mapped file or of memory.
#[derive(Clone)]
pub(super) struct SharedBytes {
    backing: Arc<Backing>,
    range: Range<usize>,
}

enum Backing {
    Memory(Vec<u8>),
    Mapped(Mmap),
}

impl SharedBytes {
    /// Maps a whole file.
    pub(super) fn map(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path)?;
        #[expect(unsafe_code, reason = "mapping a file has no safe form")]
        // SAFETY: mpack files are written under a temporary name, renamed into place and never
        // changed or cut afterwards: their name is the hash of their bytes.
        let map = unsafe { Mmap::map(&file)? };
        let range = 0..map.len();
        Ok(Self {
            backing: Arc::new(Backing::Mapped(map)),
            range,
        })
    }

    /// A part of these bytes, which the caller knows to be inside.
    pub(super) fn part(&self, range: Range<usize>) -> Self {
        debug_assert!(range.end <= self.len());
        Self {
            backing: Arc::clone(&self.backing),
            range: self.range.start + range.start..self.range.start + range.end,
        }
    }

    /// Says that a part has been read and will not be soon again. Without this, reading a file of
    /// several gigabytes would leave all of it resident.
    pub(super) fn release(&self, range: Range<usize>) {
        #[cfg(unix)]
        if let Backing::Mapped(map) = &*self.backing
            && range.len() >= RELEASE_MIN_BYTES
        {
            #[expect(unsafe_code, reason = "giving pages back has no safe form")]
            // SAFETY: the map is read-only and backed by a file that never changes, so a page that
            // is given back holds the same bytes when it is read again.
            let released = unsafe {
                map.unchecked_advise_range(
                    memmap2::UncheckedAdvice::DontNeed,
                    self.range.start + range.start,
                    range.len(),
                )
            };
            // Only advice: where the system does not take it, the pages stay until it needs them.
            drop(released);
        }
    }
}

impl From<Vec<u8>> for SharedBytes {
    fn from(bytes: Vec<u8>) -> Self {
        let range = 0..bytes.len();
        Self {
            backing: Arc::new(Backing::Memory(bytes)),
            range,
        }
    }
}

impl Deref for SharedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        let all: &[u8] = match &*self.backing {
            Backing::Memory(bytes) => bytes,
            Backing::Mapped(map) => map,
        };
        &all[self.range.clone()]
    }
}
