//! Recently used record frames, decompressed.

use std::sync::{Arc, Mutex, PoisonError};

use crate::mpack::MpackError;

/// Most bytes kept: eight full frames. A longer frame is not kept.
const MAX_CACHED_BYTES: usize = 16 * 1024 * 1024;

/// Frames by index, the most recently used last.
#[derive(Default)]
pub(super) struct RecordCache(Mutex<Vec<(u32, Arc<Vec<u8>>)>>);

impl RecordCache {
    /// The raw bytes of this frame, from the cache or from `read`.
    pub(super) fn get(
        &self,
        frame: u32,
        read: impl FnOnce() -> Result<Vec<u8>, MpackError>,
    ) -> Result<Arc<Vec<u8>>, MpackError> {
        {
            let mut frames = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(at) = frames.iter().position(|(index, _)| *index == frame) {
                let hit = frames.remove(at);
                let raw = Arc::clone(&hit.1);
                frames.push(hit);
                return Ok(raw);
            }
        }
        // Two threads may decompress the same frame at once; that is cheaper than one waiting for
        // the other's.
        let raw = Arc::new(read()?);
        let mut frames = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        frames.retain(|(index, _)| *index != frame);
        frames.push((frame, Arc::clone(&raw)));
        let mut cached_bytes: usize = frames.iter().map(|(_, raw)| raw.len()).sum();
        while cached_bytes > MAX_CACHED_BYTES {
            cached_bytes -= frames.remove(0).1.len();
        }
        Ok(raw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(mebibytes: usize) -> Result<Vec<u8>, MpackError> {
        Ok(vec![0; mebibytes << 20])
    }

    fn is_cached(cache: &RecordCache, index: u32) -> bool {
        let frames = cache.0.lock().expect("no thread panicked");
        frames.iter().any(|(cached, _)| *cached == index)
    }

    #[test]
    fn the_least_recently_used_frame_goes_first() {
        let cache = RecordCache::default();
        for index in 0..4 {
            cache.get(index, || frame(4)).expect("reads");
        }
        cache
            .get(0, || unreachable!("it is cached"))
            .expect("cached");
        cache.get(9, || frame(4)).expect("reads");
        assert!(is_cached(&cache, 0) && is_cached(&cache, 9));
        assert!(!is_cached(&cache, 1));
        // As many go as the new one needs room.
        cache.get(10, || frame(12)).expect("reads");
        assert!(is_cached(&cache, 9) && is_cached(&cache, 10));
        assert!([2, 3, 0].iter().all(|&index| !is_cached(&cache, index)));
    }

    #[test]
    fn a_frame_larger_than_the_cache_is_not_kept() {
        let cache = RecordCache::default();
        cache.get(7, || frame(17)).expect("reads");
        assert!(!is_cached(&cache, 7));
    }
}
