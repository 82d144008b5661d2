//! Thin frames: contents compressed against contents that the receiver has.

use super::compress::compress_with_prefix;
use super::tables::Base;
use crate::id::ObjectId;
use crate::limits::{MAX_FRAME_BASE_BYTES, MAX_OBJECT_FRAME_RAW_BYTES};

/// A frame of objects that was compressed with the contents of its bases as prefix.
#[derive(Debug)]
pub struct ThinFrame {
    /// The objects with their lengths, in order.
    pub(super) objects: Vec<(ObjectId, u32)>,
    pub(super) bases: Vec<Base>,
    pub(super) raw_bytes: u64,
    pub(super) stored: Vec<u8>,
}

impl ThinFrame {
    /// Compresses `contents`, the bytes of `objects` one behind the other, after `base_contents`,
    /// those of `bases`.
    ///
    /// # Errors
    /// Where the compressor fails.
    ///
    /// # Panics
    /// Where contents or bases are more than a frame may have.
    pub fn compress(
        objects: Vec<(ObjectId, u32)>,
        contents: &[u8],
        bases: Vec<Base>,
        base_contents: &[u8],
    ) -> std::io::Result<Self> {
        assert!(contents.len() as u64 <= MAX_OBJECT_FRAME_RAW_BYTES);
        assert!(base_contents.len() as u64 <= MAX_FRAME_BASE_BYTES);
        let mut stored = Vec::new();
        compress_with_prefix(contents, base_contents, &mut stored)?;
        stored.shrink_to_fit();
        Ok(Self {
            objects,
            bases,
            raw_bytes: contents.len() as u64,
            stored,
        })
    }

    /// Bytes of its payload.
    pub fn stored_bytes(&self) -> u64 {
        self.stored.len() as u64
    }

    /// Bytes of its bases together, uncompressed.
    pub fn base_bytes(&self) -> u64 {
        self.bases.iter().map(|base| u64::from(base.length)).sum()
    }
}
