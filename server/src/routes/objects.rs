//! One object's bytes, out of the frames of the mpack that holds it.

use std::io;
use std::ops::Range;

use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use muse_wire::id::ObjectId;
use muse_wire::mpack::{FrameKind, FrameRow, Tables};
use muse_wire::problem::ProblemCode;

use crate::auth;
use crate::blobs::{BlobError, BlobKey, Blobs};
use crate::failure::{Failure, blocking, with_causes};
use crate::http::answer::streamed;
use crate::http::content::Content;
use crate::http::{Call, CallError, Response, refused};
use crate::ingest;
use crate::store::Repo;
use crate::store::objects::ObjectLocation;

/// `GET /{owner}/{slug}/objects/{object_id}`, whole or one range of it.
pub(crate) async fn get(call: &mut Call) -> Result<Response, CallError> {
    let (repo, id, place) = find(call).await?;
    let blobs = call.state.blobs.clone();
    let blob = BlobKey::mpack(repo.uuid, place.mpack_key);
    let tables = stored_tables(&blobs, &blob).await?;
    let frames = frames_of(&tables, &place)?;
    content(&id.to_hex(), &repo, &place).answer(&call.head.headers, |range| {
        streamed(contents(blobs, blob, frames, range))
    })
}

/// `HEAD /{owner}/{slug}/objects/{object_id}`: the same headers, without a look at the mpack.
pub(crate) async fn head(call: &mut Call) -> Result<Response, CallError> {
    let (repo, id, place) = find(call).await?;
    content(&id.to_hex(), &repo, &place).answer(&call.head.headers, |_| streamed(stream::empty()))
}

async fn find(call: &Call) -> Result<(Repo, ObjectId, ObjectLocation), CallError> {
    let repo = auth::readable_repo(call).await?;
    let id: ObjectId = call.parsed("object_id")?;
    let mut places = call.state.store.object_locations(repo.id, &[id]).await?;
    let place = places.remove(&id).ok_or_else(|| {
        let detail = format!("{} has no object {id}", repo.name);
        refused(ProblemCode::NotFound, detail)
    })?;
    Ok((repo, id, place))
}

const fn content<'a>(name: &'a str, repo: &Repo, place: &ObjectLocation) -> Content<'a> {
    Content {
        name,
        media_type: "application/octet-stream",
        size_bytes: place.length,
        public: !repo.private,
    }
}

/// The tables of an mpack that was verified when it came. Not being able to read them now is the server's fault.
async fn stored_tables(blobs: &Blobs, blob: &BlobKey) -> Result<Tables, CallError> {
    let size_bytes = blobs.size(blob).await?.ok_or(BlobError::NotFound(*blob))?;
    let tables = ingest::read_tables(blobs, blob, size_bytes).await;
    tables.map_err(|failure| match failure {
        Failure::Refused(problem) => CallError::Internal(problem),
        failure => failure.into(),
    })
}

/// A frame that holds a part of the object, and where in its raw bytes.
struct Part {
    frame: FrameRow,
    raw: Range<usize>,
}

/// Where the object's bytes lie, in order. One that is longer than a frame fills those that follow.
fn frames_of(tables: &Tables, place: &ObjectLocation) -> Result<Vec<Part>, CallError> {
    let damaged = || CallError::Internal("the index and an mpack's tables disagree".into());
    let (mut parts, mut index) = (Vec::new(), place.frame);
    let (mut start, mut remaining) = (u64::from(place.offset), place.length);
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
        parts.push(Part { frame, raw });
        (remaining, start, index) = (remaining - (end - start), 0, index + 1);
    }
    Ok(parts)
}

/// The bytes of a range of the object; only the frames that it touches are read, one at a time.
fn contents(
    blobs: Blobs,
    blob: BlobKey,
    parts: Vec<Part>,
    range: Range<u64>,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let touched = clip(parts, range);
    stream::iter(touched).then(move |part| {
        let blobs = Blobs::clone(&blobs);
        async move {
            read_part(&blobs, &blob, part).await.inspect_err(|error| {
                // The answer has begun; all that is left is to cut it.
                tracing::error!(error = %with_causes(error), %blob, "cannot read a stored frame");
            })
        }
    })
}

/// What of each part lies in `range` of the whole.
fn clip(parts: Vec<Part>, range: Range<u64>) -> Vec<Part> {
    let mut before = 0;
    let mut touched = Vec::new();
    for Part { frame, raw } in parts {
        let length = (raw.end - raw.start) as u64;
        let from = range.start.clamp(before, before + length) - before;
        let to = range.end.clamp(before, before + length) - before;
        if from < to {
            let raw = raw.start + from as usize..raw.start + to as usize;
            touched.push(Part { frame, raw });
        }
        before += length;
    }
    touched
}

async fn read_part(blobs: &Blobs, blob: &BlobKey, part: Part) -> io::Result<Bytes> {
    let Part { frame, raw } = part;
    let stored = blobs
        .read_range(blob, frame.offset..frame.offset + frame.stored_bytes)
        .await
        .map_err(io::Error::other)?;
    let contents = blocking(move || frame.decompress(&stored)).await;
    let contents = contents.map_err(io::Error::other)?;
    Ok(Bytes::from(contents).slice(raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(raw: Range<usize>) -> Part {
        let frame = FrameRow {
            kind: FrameKind::Objects,
            offset: 0,
            stored_bytes: 0,
            raw_bytes: 100,
        };
        Part { frame, raw }
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
