//! Cutting large objects into chunks where their contents say so, and hashing both on the way.
//!
//! Cuts depend on the bytes around them alone, so that an insertion or a deletion moves the cuts
//! behind it with the bytes, and all chunks but one or two stay what they were. Where an object is
//! cut is the writer's choice; all that cut alike share chunks.

use std::io::{self, Read};
use std::ops::Range;

use fastcdc::v2020::FastCDC;
use rayon::prelude::*;

use crate::id::{ChunkId, Hasher, ObjectId};
use crate::limits::MIN_CHUNK_BYTES;

/// Least bytes of a chunk that is not the last one.
const SHORTEST_BYTES: usize = MIN_CHUNK_BYTES as usize;
/// About how many bytes chunks have. `wire/MPACK.md` tells what was measured.
const MEAN_BYTES: usize = 256 * 1024;
/// Most bytes of a chunk.
const LONGEST_BYTES: usize = 1024 * 1024;

/// Bytes that are read at a time, to be cut and hashed on all cores: what hashing them takes is far
/// more than handing them to other threads.
const BATCH_BYTES: usize = 8 * LONGEST_BYTES;

/// The chunks that an object is cut into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutObject {
    /// The id of the whole object.
    pub id: ObjectId,
    /// Its chunks and their lengths in bytes, in order.
    pub chunks: Vec<(ChunkId, u32)>,
}

impl CutObject {
    /// Cuts what `source` holds. Reads it once and takes the memory of a few chunks.
    ///
    /// # Errors
    /// Whatever reading `source` gives.
    pub fn of(source: &mut dyn Read) -> io::Result<Self> {
        let mut chunks = Vec::new();
        let id = cut(source, |id, chunk| {
            chunks.push((id, chunk.len() as u32));
            Ok::<_, io::Error>(())
        })?;
        Ok(Self { id, chunks })
    }

    /// Bytes of the whole object.
    pub fn length(&self) -> u64 {
        let lengths = self.chunks.iter().map(|(_, length)| u64::from(*length));
        lengths.sum()
    }
}

/// Cuts what `source` holds and gives the chunks to `each`, in order. Returns the id of the whole.
pub(super) fn cut<E: From<io::Error>>(
    source: &mut dyn Read,
    mut each: impl FnMut(ChunkId, &[u8]) -> Result<(), E>,
) -> Result<ObjectId, E> {
    let mut whole = Hasher::new();
    let mut batch = Vec::new();
    loop {
        let carried = batch.len();
        let room = BATCH_BYTES - carried;
        let read = source.take(room as u64).read_to_end(&mut batch)?;
        let is_end = read < room;
        let ((), chunks) = rayon::join(
            || whole.update(&batch[carried..]),
            || {
                let cuts = cuts(&batch, is_end).into_par_iter().with_max_len(1);
                let hash = |cut: Range<usize>| (ChunkId::of(&batch[cut.clone()]), cut);
                cuts.map(hash).collect::<Vec<_>>()
            },
        );
        let end = chunks.last().map_or(0, |(_, cut)| cut.end);
        for (id, cut) in chunks {
            each(id, &batch[cut])?;
        }
        if is_end {
            return Ok(ObjectId::from_bytes(whole.finish()));
        }
        batch.drain(..end);
    }
}

/// Where `bytes` are cut. Unless they are the last ones, this leaves a rest whose first chunk could
/// go on behind them.
fn cuts(bytes: &[u8], is_end: bool) -> Vec<Range<usize>> {
    let cutter = FastCDC::new(bytes, SHORTEST_BYTES, MEAN_BYTES, LONGEST_BYTES);
    let mut cuts = Vec::new();
    let mut start = 0;
    while bytes.len() - start >= LONGEST_BYTES || is_end && start < bytes.len() {
        let (_, end) = cutter.cut(start, bytes.len() - start);
        cuts.push(start..end);
        start = end;
    }
    cuts
}

#[cfg(test)]
mod tests {
    use fastcdc::v2020::StreamCDC;

    use super::*;

    /// Gives one byte more at a time than the last time, as a pipe might.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 += 1;
            let most = buffer.len().min(self.1);
            self.0.read(&mut buffer[..most])
        }
    }

    #[test]
    fn batches_leave_no_trace_in_the_cuts() {
        let mut state = 1_u64;
        let mut noise = vec![0; 2 * BATCH_BYTES + 12_345];
        for piece in noise.chunks_mut(8) {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            piece.copy_from_slice(&(state ^ state >> 29).to_le_bytes()[..piece.len()]);
        }
        let zeros = vec![0; BATCH_BYTES];
        for contents in [&noise[..], &noise[..BATCH_BYTES], &zeros, &noise[..1], &[]] {
            let expected: Vec<_> =
                StreamCDC::new(contents, SHORTEST_BYTES, MEAN_BYTES, LONGEST_BYTES)
                    .map(|chunk| {
                        let chunk = chunk.expect("memory is readable").data;
                        (ChunkId::of(&chunk), chunk.len() as u32)
                    })
                    .collect();
            for source in [&mut &*contents as &mut dyn Read, &mut Trickle(contents, 0)] {
                let object = CutObject::of(source).expect("memory is readable");
                assert_eq!(object.id, ObjectId::of(contents));
                assert_eq!(object.length(), contents.len() as u64);
                assert_eq!(object.chunks, expected);
            }
        }
    }
}
