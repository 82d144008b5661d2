//! Cutting large objects into chunks where their contents say so.
//!
//! Cuts depend on the bytes around them alone, so that an insertion or a deletion moves the cuts
//! behind it with the bytes, and all chunks but one or two stay what they were. Where an object is
//! cut is the writer's choice; all that cut alike share chunks.

use std::io::Read;

use fastcdc::v2020::StreamCDC;

use crate::limits::MAX_CHUNK_BYTES;

/// Least bytes of a chunk that is not the last one.
const MIN_CHUNK_BYTES: usize = 256 * 1024;
/// About how many bytes chunks have.
const MEAN_CHUNK_BYTES: usize = 1024 * 1024;

/// The chunks of what `source` holds, in order.
pub(super) fn chunks<'a>(
    source: &'a mut dyn Read,
) -> impl Iterator<Item = std::io::Result<Vec<u8>>> + 'a {
    let cuts = StreamCDC::new(
        source,
        MIN_CHUNK_BYTES,
        MEAN_CHUNK_BYTES,
        MAX_CHUNK_BYTES as usize,
    );
    cuts.map(|chunk| Ok(chunk?.data))
}
