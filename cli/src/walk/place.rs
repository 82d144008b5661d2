//! Where the objects of a push are stored.

use std::collections::HashSet;
use std::sync::Arc;

use muse_wire::id::{ChunkId, ObjectId};
use muse_wire::mpack::{ChunkRow, Mpack, ObjectRow, OrderedObject};
use muse_wire::path::RepoPath;

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

/// The versions of one file, newest first.
#[derive(Clone)]
pub(super) struct Versions {
    pub(super) path: RepoPath,
    pub(super) places: Vec<ObjectPlace>,
}

/// Where everything is that a push sends, in the order in which it is sent.
#[derive(Default)]
pub(super) struct Places {
    /// Objects that are stored whole.
    pub(super) whole: Vec<Versions>,
    /// Large objects.
    pub(super) large: Vec<(ObjectId, Vec<ListedChunk>)>,
    /// Those of their chunks that the receiver does not have.
    pub(super) chunks: Vec<ChunkPlace>,
}

impl Places {
    /// The places of the objects that are stored whole.
    pub(super) fn all_whole(&self) -> impl Iterator<Item = ObjectPlace> {
        self.whole
            .iter()
            .flat_map(|versions| versions.places.iter().copied())
    }

    /// The lengths of all objects.
    pub(super) fn lengths(&self) -> impl Iterator<Item = u64> {
        let whole = self.all_whole();
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
            if let Some(place) = locate_object(mpacks, &object.id) {
                whole.push(place);
                continue;
            }
            let chunks = store.large_object(&object.id)?;
            let chunks = chunks.ok_or_else(|| store.missing_object(&object.id))?;
            for (chunk, _) in &chunks {
                if listed.insert(*chunk) {
                    places.chunks.push(locate_chunk(mpacks, chunk)?);
                }
            }
            places.large.push((object.id, chunks));
        }
        if !whole.is_empty() {
            places.whole.push(Versions {
                path: versions[0].path.clone(),
                places: whole,
            });
        }
    }
    Ok(places)
}

/// The place of an object; `None` if it is not stored whole.
pub(super) fn locate_object(mpacks: &[Arc<Mpack>], object: &ObjectId) -> Option<ObjectPlace> {
    mpacks.iter().enumerate().find_map(|(mpack, pack)| {
        let row = pack.tables().find_object(object)?;
        Some(ObjectPlace { mpack, row })
    })
}

fn locate_chunk(mpacks: &[Arc<Mpack>], chunk: &ChunkId) -> Result<ChunkPlace, RepositoryError> {
    let place = mpacks.iter().enumerate().find_map(|(mpack, pack)| {
        let row = pack.tables().find_chunk(chunk)?;
        Some(ChunkPlace { mpack, row })
    });
    place.ok_or_else(|| RepositoryError::missing_chunk(chunk))
}
