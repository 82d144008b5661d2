//! Where the objects of a push are stored.

use std::collections::HashSet;
use std::sync::Arc;

use muse_wire::id::{ChunkId, ObjectId};
use muse_wire::mpack::{ChunkRow, Mpack, ObjectRow, OrderedObject};

use super::CollectError;
use crate::repository::{ListedChunk, ObjectStore, RepositoryError};

/// The place of an object that is stored whole among the repository's mpacks.
#[derive(Clone, Copy)]
pub(super) struct ObjectPlace {
    /// Which of the mpacks.
    pub(super) mpack: usize,
    /// Where in it.
    pub(super) row: ObjectRow,
}

/// The place of a chunk among the repository's mpacks.
#[derive(Clone, Copy)]
pub(super) struct ChunkPlace {
    /// Which of the mpacks.
    pub(super) mpack: usize,
    /// Where in it.
    pub(super) row: ChunkRow,
}

/// Where everything is that a push sends, in the order in which it is sent.
#[derive(Default)]
pub(super) struct Places {
    /// Objects that are stored whole, those of each path together.
    pub(super) whole: Vec<Vec<ObjectPlace>>,
    /// Large objects.
    pub(super) large: Vec<(ObjectId, Vec<ListedChunk>)>,
    /// Those of their chunks that the receiver does not have.
    pub(super) chunks: Vec<ChunkPlace>,
}

impl Places {
    /// The lengths of all objects.
    pub(super) fn lengths(&self) -> impl Iterator<Item = u64> {
        let whole = self.whole.iter().flatten();
        let large = self.large.iter().map(|(_, chunks)| {
            let lengths = chunks.iter().map(|(_, length)| u64::from(*length));
            lengths.sum()
        });
        whole.map(|place| u64::from(place.row.length)).chain(large)
    }
}

/// Finds the objects, and the chunks of large ones that are not known to the receiver.
pub(super) fn locate(
    store: &ObjectStore,
    mpacks: &[Arc<Mpack>],
    objects: &[OrderedObject],
    known_chunks: &HashSet<ChunkId>,
) -> Result<Places, CollectError> {
    let mut places = Places::default();
    let mut listed = known_chunks.clone();
    for versions in objects.chunk_by(|one, two| one.path == two.path) {
        let mut whole = Vec::new();
        for object in versions {
            let place = mpacks.iter().enumerate().find_map(|(mpack, pack)| {
                let row = pack.tables().find_object(&object.id)?;
                Some(ObjectPlace { mpack, row })
            });
            if let Some(place) = place {
                whole.push(place);
                continue;
            }
            let chunks = store.large_object(&object.id)?;
            let chunks = chunks.ok_or_else(|| RepositoryError::missing_object(&object.id))?;
            for (chunk, _) in &chunks {
                if listed.insert(*chunk) {
                    places.chunks.push(locate_chunk(mpacks, chunk)?);
                }
            }
            places.large.push((object.id, chunks));
        }
        if !whole.is_empty() {
            places.whole.push(whole);
        }
    }
    Ok(places)
}

fn locate_chunk(mpacks: &[Arc<Mpack>], chunk: &ChunkId) -> Result<ChunkPlace, RepositoryError> {
    let place = mpacks.iter().enumerate().find_map(|(mpack, pack)| {
        let row = pack.tables().find_chunk(chunk)?;
        Some(ChunkPlace { mpack, row })
    });
    place.ok_or_else(|| RepositoryError::missing_chunk(chunk))
}
