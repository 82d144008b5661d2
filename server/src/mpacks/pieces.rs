//! Pieces of frames, read one behind the other: what objects and chunks are made of.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use muse_wire::mpack::{FrameKind, FrameRow};

use super::tables::ReadRange;
use crate::blocking::run_blocking;
use crate::error::{Error, Result};

/// An mpack, wherever its bytes lie.
pub(crate) type MpackBytes<'a> = Arc<dyn ReadRange + 'a>;

/// How many frames of chunks a piece may return to. The chunks of a large object come from the
/// frames of its versions in turn.
const RECENT_CHUNK_FRAMES: usize = 4;

/// Pieces of frames of contents, in the order in which they are read. A frame is read once for all
/// its pieces that follow each other, and a frame of chunks also for those that return to it soon.
#[derive(Default)]
pub(crate) struct Pieces<'a> {
    /// In the order in which they are read.
    frames: Vec<WantedFrame<'a>>,
    runs: Vec<Run>,
    /// Indexes of the frames that a piece may return to; the one used last at the end.
    recent: VecDeque<usize>,
}

struct WantedFrame<'a> {
    mpack: MpackBytes<'a>,
    row: FrameRow,
    /// How many runs are of this frame.
    run_count: usize,
}

/// Pieces of one frame that follow each other.
struct Run {
    /// Index of the frame.
    frame: usize,
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
        row: &FrameRow,
        range: Range<usize>,
    ) -> Result<()> {
        if !row.kind.is_content() || range.end as u64 > row.raw_bytes {
            let reason = "the index and the mpack's tables disagree";
            return Err(Error::internal("finding contents", reason));
        }
        let frame = self.frame(mpack, row);
        match self.runs.last_mut() {
            Some(run) if run.frame == frame => run.ranges.push(range),
            _ => {
                self.frames[frame].run_count += 1;
                self.runs.push(Run {
                    frame,
                    ranges: vec![range],
                });
            }
        }
        Ok(())
    }

    /// The index of a frame: that of a recent one, or a new one.
    fn frame(&mut self, mpack: &MpackBytes<'a>, row: &FrameRow) -> usize {
        let is_same =
            |wanted: &WantedFrame<'_>| Arc::ptr_eq(&wanted.mpack, mpack) && wanted.row == *row;
        let mut recent = self.recent.iter();
        let found = recent.position(|&frame| is_same(&self.frames[frame]));
        let frame = found.and_then(|at| self.recent.remove(at));
        let frame = frame.unwrap_or_else(|| {
            self.frames.push(WantedFrame {
                mpack: Arc::clone(mpack),
                row: row.clone(),
                run_count: 0,
            });
            self.frames.len() - 1
        });
        self.recent.push_back(frame);
        // Frames of whole objects are large, and objects are read frame by frame.
        let most = match row.kind {
            FrameKind::Chunks => RECENT_CHUNK_FRAMES,
            _ => 1,
        };
        while self.recent.len() > most {
            self.recent.pop_front();
        }
        frame
    }

    /// The bytes of the pieces. At most `frames_at_once` frames are read at a time.
    pub(crate) fn read(
        self,
        frames_at_once: usize,
    ) -> impl Stream<Item = Result<Bytes>> + Send + 'a {
        let unread = stream::iter(self.frames)
            .map(WantedFrame::read)
            .buffered(frames_at_once)
            .enumerate()
            .boxed();
        let frames = OpenFrames {
            unread,
            open: HashMap::new(),
        };
        stream::try_unfold(
            (frames, self.runs.into_iter()),
            async |(mut frames, mut runs)| {
                let Some(run) = runs.next() else {
                    return Ok::<_, Error>(None);
                };
                let pieces = frames.read(run).await?;
                Ok(Some((stream::iter(pieces).map(Ok), (frames, runs))))
            },
        )
        .try_flatten()
    }

    /// How many frames are read.
    #[cfg(test)]
    pub(crate) const fn frame_count(&self) -> usize {
        self.frames.len()
    }
}

impl WantedFrame<'_> {
    /// How many runs are of the frame, and its uncompressed bytes.
    async fn read(self) -> Result<(usize, Bytes)> {
        let Self {
            mpack,
            row,
            run_count,
        } = self;
        let stored = row.offset..row.offset + row.stored_bytes;
        let stored = mpack.read_range(stored).await?;
        let contents = run_blocking(move || row.decompress(&stored)).await;
        let contents = contents.map_err(|error| Error::internal("reading a frame", error))?;
        Ok((run_count, contents.into()))
    }
}

/// The frames that have been read and have runs left.
struct OpenFrames<S> {
    /// Those that come next, with their index.
    unread: S,
    /// How many runs are left, and the contents, by index.
    open: HashMap<usize, (usize, Bytes)>,
}

impl<S: Stream<Item = (usize, Result<(usize, Bytes)>)> + Unpin> OpenFrames<S> {
    /// The pieces of a run.
    async fn read(&mut self, run: Run) -> Result<Vec<Bytes>> {
        // Frames are numbered in the order of their first runs.
        while !self.open.contains_key(&run.frame) {
            let (index, frame) = self.unread.next().await.expect("every run has a frame");
            self.open.insert(index, frame?);
        }
        let (runs_left, contents) = self.open.get_mut(&run.frame).expect("just read");
        *runs_left -= 1;
        let pieces = run.ranges.into_iter().map(|range| contents.slice(range));
        let pieces = pieces.collect();
        if *runs_left == 0 {
            self.open.remove(&run.frame);
        }
        Ok(pieces)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use muse_wire::mpack::Codec;

    use super::*;

    /// Frames of 10 bytes each, which are all the frame's number. Takes note of those that are
    /// read.
    #[derive(Default)]
    struct Frames(Mutex<Vec<u8>>);

    #[async_trait]
    impl ReadRange for Frames {
        async fn read_range(&self, range: Range<u64>) -> Result<Bytes> {
            let number = (range.start / 10) as u8;
            self.0.lock().expect("no panic").push(number);
            Ok(vec![number; 10].into())
        }
    }

    async fn read(kind: FrameKind, numbers: &[u8]) -> Vec<u8> {
        let frames = Arc::new(Frames::default());
        let mpack: MpackBytes<'_> = Arc::<Frames>::clone(&frames);
        let mut pieces = Pieces::default();
        for &number in numbers {
            let row = FrameRow {
                kind,
                codec: Codec::Stored,
                offset: u64::from(number) * 10,
                stored_bytes: 10,
                raw_bytes: 10,
            };
            pieces.push(&mpack, &row, 2..3).expect("inside");
        }
        let read: Vec<Bytes> = pieces.read(2).try_collect().await.expect("readable");
        assert_eq!(read.concat(), numbers, "in the order asked");
        let read = frames.0.lock().expect("no panic");
        read.clone()
    }

    #[tokio::test]
    async fn a_frame_of_chunks_is_read_once_for_pieces_that_return_to_it_soon() {
        let turns = [0, 0, 1, 0, 2, 3, 1, 0, 1, 4, 5, 0, 1];
        assert_eq!(read(FrameKind::Chunks, &turns).await, [0, 1, 2, 3, 4, 5]);
        let far_apart = [0, 1, 2, 3, 4, 0];
        assert_eq!(read(FrameKind::Chunks, &far_apart).await, far_apart);
        assert_eq!(read(FrameKind::Objects, &[0, 0, 1, 0]).await, [0, 1, 0]);
    }
}
