//! One object's bytes, read from the frames that hold them.

use std::io;
use std::ops::Range;

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use muse_wire::id::{ChunkId, ObjectId};

use super::frames::StoredFrames;
use super::pieces::Pieces;
use crate::blobs::Blobs;
use crate::error::{Error, Result, with_causes};
use crate::store::large_objects::LargeObject;
use crate::store::mpacks::{ContentLocation, MpackId};
use crate::store::{Repo, Store};

/// An object of a repository, as the index has it.
pub(crate) enum StoredObject {
    /// It lies in one frame.
    Whole(ContentLocation),
    /// It is a list of chunks.
    Large(LargeObject),
}

impl StoredObject {
    /// Looks up an object; `None` where the repository does not have it.
    ///
    /// # Errors
    /// [`Error`] where the database fails.
    pub(crate) async fn find(store: &Store, repo: &Repo, id: &ObjectId) -> Result<Option<Self>> {
        let ids = [*id];
        if let Some(location) = store.object_locations(repo.id, &ids).await?.remove(id) {
            return Ok(Some(Self::Whole(location)));
        }
        let large = store.large_objects(repo.id, &ids).await?.remove(id);
        Ok(large.map(Self::Large))
    }

    /// The mpack that brought it.
    pub(crate) const fn mpack(&self) -> MpackId {
        match self {
            Self::Whole(location) => location.mpack,
            Self::Large(large) => large.mpack,
        }
    }

    /// Length in bytes.
    pub(crate) const fn length(&self) -> u64 {
        match self {
            Self::Whole(location) => location.length as u64,
            Self::Large(large) => large.length,
        }
    }

    /// The bytes of a range of the object. Only the frames that it touches are read, one at a time.
    ///
    /// # Errors
    /// [`Error`] where a chunk or the mpacks' tables cannot be found.
    pub(crate) async fn read(
        &self,
        store: &Store,
        blobs: &Blobs,
        repo: &Repo,
        range: Range<u64>,
    ) -> Result<impl Stream<Item = io::Result<Bytes>> + Send + 'static> {
        let pieces = self.pieces(store, blobs, repo, range).await?;
        let name = repo.name.to_string();
        Ok(pieces.read(1).map(move |piece| {
            piece.map_err(|error| {
                // The answer has begun, so it can only be cut.
                let causes = with_causes(&error);
                tracing::error!(repo = name, error = causes, "cannot read a stored frame");
                io::Error::other(error)
            })
        }))
    }

    async fn pieces(
        &self,
        store: &Store,
        blobs: &Blobs,
        repo: &Repo,
        range: Range<u64>,
    ) -> Result<Pieces<'static>> {
        let mut pieces = Pieces::default();
        if range.is_empty() {
            return Ok(pieces);
        }
        let touched = match self {
            // The range lies inside the object.
            Self::Whole(location) => vec![(*location, range.start as u32..range.end as u32)],
            Self::Large(large) => {
                let touched = touched_chunks(&large.chunks, &range);
                let ids: Vec<ChunkId> = touched.iter().map(|(id, _)| *id).collect();
                let locations = store.chunk_locations(repo.id, &ids).await?;
                let locate = |(id, range): (ChunkId, Range<u32>)| {
                    let location = locations.get(&id).copied().ok_or_else(|| {
                        let reason = format!("chunk {id} is in no mpack");
                        Error::internal("finding an object", reason)
                    })?;
                    Ok((location, range))
                };
                touched.into_iter().map(locate).collect::<Result<_>>()?
            }
        };
        let locations = touched.iter().map(|(location, _)| location);
        let frames = StoredFrames::find(store, blobs, repo, locations).await?;
        for (location, range) in touched {
            frames.push(&mut pieces, &location, range)?;
        }
        Ok(pieces)
    }
}

/// The chunks of which parts lie in `range` of a large object, with these parts.
fn touched_chunks(chunks: &[(ChunkId, u32)], range: &Range<u64>) -> Vec<(ChunkId, Range<u32>)> {
    let mut touched = Vec::new();
    let mut before = 0;
    for &(id, length) in chunks {
        let end = before + u64::from(length);
        let from = range.start.clamp(before, end) - before;
        let to = range.end.clamp(before, end) - before;
        if from < to {
            // Both lie inside the chunk.
            touched.push((id, from as u32..to as u32));
        }
        before = end;
    }
    touched
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt as _;

    use super::*;
    use crate::sandbox::{Project, Sandbox, noise};

    fn touched(range: Range<u64>) -> Vec<(u8, Range<u32>)> {
        let chunks = [(1, 10), (2, 100), (1, 10)]
            .map(|(id, length)| (ChunkId::from_bytes([id; 32]), length));
        let touched = touched_chunks(&chunks, &range).into_iter();
        touched
            .map(|(id, range)| (id.as_bytes()[0], range))
            .collect()
    }

    #[test]
    fn a_range_touches_only_its_chunks() {
        assert_eq!(touched(0..120), [(1, 0..10), (2, 0..100), (1, 0..10)]);
        assert_eq!(touched(0..1), [(1, 0..1)]);
        assert_eq!(touched(9..11), [(1, 9..10), (2, 0..1)]);
        assert_eq!(touched(115..120), [(1, 5..10)]);
        assert_eq!(touched(50..60), [(2, 40..50)]);
        assert_eq!(touched(0..0), []);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_range_of_a_large_object_reads_only_its_frames() {
        let sandbox = Sandbox::new().await;
        let mut project = Project::default();
        let contents = noise(1, 24 << 20);
        let tip = project.add(&[], &[("large", Some(&contents))]);
        sandbox.push_main(&project, &[tip]).await;
        let (store, blobs, repo) = (sandbox.store(), sandbox.blobs(), &sandbox.repo);
        let id = ObjectId::of(&contents);
        let found = StoredObject::find(store, repo, &id).await.expect("asked");
        let object = found.expect("it is there");
        assert_eq!(object.length(), 24 << 20);
        let whole = object.pieces(store, blobs, repo, 0..24 << 20).await;
        assert!((6..24).contains(&whole.expect("found").frame_count()));
        let byte = 12 << 20;
        let part = object.pieces(store, blobs, repo, byte..byte + 1).await;
        assert_eq!(part.expect("found").frame_count(), 1);
        let part = object.read(store, blobs, repo, byte..byte + 1).await;
        let part: Vec<Bytes> = part.expect("found").try_collect().await.expect("read");
        assert_eq!(part, [&contents[byte as usize..][..1]]);
    }
}
