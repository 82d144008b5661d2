//! Reading many objects at once: each frame is decompressed once, several frames in parallel.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use super::Mpack;
use crate::mpack::compress::FrameDecompressor;
use crate::mpack::{MpackError, ObjectRow};

impl Mpack {
    /// Reads these objects, whose rows are of this mpack, and hands each to `each` with the offset
    /// in the object and the bytes: at once, or piece after piece where it spans several frames.
    /// Calls come from several threads; the pieces of one object come in order. Sorts `rows` by
    /// place in the file.
    ///
    /// # Errors
    /// The first error that `each` gives or a damaged frame causes; other objects may have been
    /// handed out by then.
    pub fn read_objects<E, F>(&self, rows: &mut [ObjectRow], each: F) -> Result<(), E>
    where
        E: From<MpackError> + Send,
        F: Fn(&ObjectRow, u64, &[u8]) -> Result<(), E> + Sync,
    {
        rows.par_sort_unstable_by_key(|row| (row.frame, row.offset));
        let groups: Vec<&[ObjectRow]> = rows.chunk_by(|a, b| a.frame == b.frame).collect();
        groups.into_par_iter().try_for_each_init(
            || (FrameDecompressor::new(), Vec::new()),
            |(decompressor, raw), group| {
                let frame = group[0].frame;
                self.read_frame_into(frame, decompressor, raw)?;
                for row in group {
                    let start = row.offset as usize;
                    let end = raw.len().min(start + row.length as usize);
                    each(row, 0, &raw[start..end])?;
                }
                if group[0].length > raw.len() as u64 {
                    let mut offset = raw.len() as u64;
                    for next in self.tables().continuations(frame) {
                        self.read_frame_into(next, decompressor, raw)?;
                        each(&group[0], offset, raw)?;
                        offset += raw.len() as u64;
                    }
                }
                Ok(())
            },
        )
    }
}
