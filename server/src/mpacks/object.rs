//! One object's bytes, read from the frames of the mpack that holds it.

use std::io;
use std::ops::Range;

use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use muse_wire::mpack::{FrameKind, FrameRow, Tables};

use super::tables::read_stored_tables;
use crate::blobs::{BlobError, BlobKey, Blobs};
use crate::blocking::run_blocking;
use crate::error::{Error, Result, with_causes};
use crate::store::objects::ObjectLocation;

/// An object, and the parts of frames that hold its bytes.
pub(crate) struct StoredObject {
    blobs: Blobs,
    mpack: BlobKey,
    parts: Vec<FramePart>,
}

/// A part of a frame's uncompressed bytes.
struct FramePart {
    frame: FrameRow,
    raw: Range<usize>,
}

impl StoredObject {
    /// Looks up the frames of an object in `mpack`.
    ///
    /// # Errors
    /// [`Error`] where the mpack's tables cannot be read, or do not agree with the index.
    pub(crate) async fn find(
        blobs: &Blobs,
        mpack: BlobKey,
        location: &ObjectLocation,
    ) -> Result<Self> {
        let size_bytes = blobs.size(&mpack).await?;
        let size_bytes = size_bytes.ok_or(BlobError::NotFound(mpack))?;
        let tables = read_stored_tables(blobs, &mpack, size_bytes).await?;
        Ok(Self {
            blobs: Blobs::clone(blobs),
            mpack,
            parts: parts_of(&tables, location)?,
        })
    }

    /// The bytes of a range of the object. Only the frames that it touches are read, one at a time.
    pub(crate) fn read(
        self,
        range: Range<u64>,
    ) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let Self {
            blobs,
            mpack,
            parts,
        } = self;
        stream::iter(clip(parts, range)).then(move |part| {
            let blobs = Blobs::clone(&blobs);
            async move {
                read_part(&blobs, &mpack, part).await.inspect_err(|error| {
                    // The answer has begun, so it can only be cut.
                    let error = with_causes(error);
                    tracing::error!(error, %mpack, "cannot read a stored frame");
                })
            }
        })
    }
}

/// The parts of frames that hold an object, in order. An object that is longer than a frame goes on
/// in the next one.
fn parts_of(tables: &Tables, location: &ObjectLocation) -> Result<Vec<FramePart>> {
    let damaged = || {
        let reason = "the index and the mpack's tables disagree";
        Error::internal("finding an object", reason)
    };
    let (mut parts, mut index) = (Vec::new(), location.frame);
    let (mut start, mut remaining) = (u64::from(location.offset), location.length);
    while remaining > 0 {
        if index >= tables.frame_count() {
            return Err(damaged());
        }
        let frame = tables.frame(index);
        if frame.kind != FrameKind::Objects || start >= frame.raw_bytes {
            return Err(damaged());
        }
        let end = frame.raw_bytes.min(start + remaining);
        let raw = start as usize..end as usize;
        parts.push(FramePart { frame, raw });
        (remaining, start, index) = (remaining - (end - start), 0, index + 1);
    }
    Ok(parts)
}

/// What of each part lies in `range` of the object.
fn clip(parts: Vec<FramePart>, range: Range<u64>) -> Vec<FramePart> {
    let mut before = 0;
    let mut touched = Vec::new();
    for FramePart { frame, raw } in parts {
        let length = (raw.end - raw.start) as u64;
        let from = range.start.clamp(before, before + length) - before;
        let to = range.end.clamp(before, before + length) - before;
        if from < to {
            let raw = raw.start + from as usize..raw.start + to as usize;
            touched.push(FramePart { frame, raw });
        }
        before += length;
    }
    touched
}

async fn read_part(blobs: &Blobs, mpack: &BlobKey, part: FramePart) -> io::Result<Bytes> {
    let FramePart { frame, raw } = part;
    let stored = blobs
        .read_range(mpack, frame.offset..frame.offset + frame.stored_bytes)
        .await
        .map_err(io::Error::other)?;
    let contents = run_blocking(move || frame.decompress(&stored)).await;
    let contents = contents.map_err(io::Error::other)?;
    Ok(Bytes::from(contents).slice(raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(raw: Range<usize>) -> FramePart {
        let frame = FrameRow {
            kind: FrameKind::Objects,
            offset: 0,
            stored_bytes: 0,
            raw_bytes: 100,
        };
        FramePart { frame, raw }
    }

    fn clipped(range: Range<u64>) -> Vec<(usize, usize)> {
        let parts = vec![part(90..100), part(0..100), part(0..5)];
        clip(parts, range)
            .into_iter()
            .map(|part| (part.raw.start, part.raw.end))
            .collect()
    }

    #[test]
    fn a_range_touches_only_its_frames() {
        assert_eq!(clipped(0..115), [(90, 100), (0, 100), (0, 5)]);
        assert_eq!(clipped(0..1), [(90, 91)]);
        assert_eq!(clipped(9..11), [(99, 100), (0, 1)]);
        assert_eq!(clipped(110..115), [(0, 5)]);
        assert_eq!(clipped(50..60), [(40, 50)]);
        assert!(clipped(0..0).is_empty());
    }
}
