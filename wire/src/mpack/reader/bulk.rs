//! Reading many objects at once: each frame is decompressed once, several frames in parallel.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use super::Mpack;
use crate::mpack::compress::FrameDecompressor;
use crate::mpack::{MpackError, ObjectRow};

impl Mpack {
    /// Reads these objects, whose rows are of this mpack, and hands each to `each`. Calls come from
    /// several threads. Sorts `rows` by place in the file.
    ///
    /// # Errors
    /// The first error that `each` gives or a damaged frame causes; other objects may have been
    /// handed out by then.
    pub fn read_objects<E, F>(&self, rows: &mut [ObjectRow], each: F) -> Result<(), E>
    where
        E: From<MpackError> + Send,
        F: Fn(&ObjectRow, &[u8]) -> Result<(), E> + Sync,
    {
        rows.par_sort_unstable_by_key(|row| (row.frame, row.offset));
        let groups: Vec<&[ObjectRow]> = rows.chunk_by(|a, b| a.frame == b.frame).collect();
        groups.into_par_iter().try_for_each_init(
            || (FrameDecompressor::new(), Vec::new()),
            |(decompressor, raw), group| {
                self.read_frame_into(group[0].frame, decompressor, raw)?;
                for row in group {
                    let start = row.offset as usize;
                    let contents = &raw[start..start + row.length as usize];
                    self.check_object(row, contents)?;
                    each(row, contents)?;
                }
                Ok(())
            },
        )
    }
}
