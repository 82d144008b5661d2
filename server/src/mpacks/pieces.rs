//! Pieces of frames, read one behind the other: what objects and chunks are made of.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use muse_wire::mpack::FrameRow;

use super::tables::ReadRange;
use crate::blocking::run_blocking;
use crate::error::{Error, Result};

/// An mpack, wherever its bytes lie.
pub(crate) type MpackBytes<'a> = Arc<dyn ReadRange + 'a>;

/// Pieces of frames of contents, in the order in which they are read. A frame is read once for all
/// its pieces that follow each other.
#[derive(Default)]
pub(crate) struct Pieces<'a> {
    frames: Vec<FramePieces<'a>>,
}

struct FramePieces<'a> {
    mpack: MpackBytes<'a>,
    frame: FrameRow,
    /// Ranges of the frame's uncompressed bytes.
    ranges: Vec<Range<usize>>,
}

impl<'a> Pieces<'a> {
    /// Adds a range of a frame's uncompressed bytes.
    ///
    /// # Errors
    /// Where the frame has no such range of contents.
    pub(crate) fn push(
        &mut self,
        mpack: &MpackBytes<'a>,
        frame: &FrameRow,
        range: Range<usize>,
    ) -> Result<()> {
        if !frame.kind.is_content() || range.end as u64 > frame.raw_bytes {
            let reason = "the index and the mpack's tables disagree";
            return Err(Error::internal("finding contents", reason));
        }
        match self.frames.last_mut() {
            Some(last) if Arc::ptr_eq(&last.mpack, mpack) && last.frame == *frame => {
                last.ranges.push(range);
            }
            _ => self.frames.push(FramePieces {
                mpack: Arc::clone(mpack),
                frame: frame.clone(),
                ranges: vec![range],
            }),
        }
        Ok(())
    }

    /// The bytes of the pieces. At most `frames_at_once` frames are read at a time.
    pub(crate) fn read(
        self,
        frames_at_once: usize,
    ) -> impl Stream<Item = Result<Bytes>> + Send + 'a {
        stream::iter(self.frames)
            .map(FramePieces::read)
            .buffered(frames_at_once)
            .map_ok(|pieces| stream::iter(pieces).map(Ok))
            .try_flatten()
    }

    /// How many frames are read.
    #[cfg(test)]
    pub(crate) const fn frame_count(&self) -> usize {
        self.frames.len()
    }
}

impl FramePieces<'_> {
    async fn read(self) -> Result<Vec<Bytes>> {
        let Self {
            mpack,
            frame,
            ranges,
        } = self;
        let stored = frame.offset..frame.offset + frame.stored_bytes;
        let stored = mpack.read_range(stored).await?;
        let contents = run_blocking(move || frame.decompress(&stored)).await;
        let contents = contents.map_err(|error| Error::internal("reading a frame", error))?;
        let contents = Bytes::from(contents);
        let slice = |range| contents.slice(range);
        Ok(ranges.into_iter().map(slice).collect())
    }
}
