//! Hands out stored objects on all cores, so that every frame is decompressed once.

use muse_wire::id::ObjectId;
use rayon::prelude::*;

use crate::repository::{ListedChunk, Repository};
use crate::worktree::error::Result;

/// A piece of an object.
pub(super) struct Piece<'a> {
    pub(super) object: ObjectId,
    /// Bytes of the whole object.
    pub(super) length: u64,
    /// Where the piece starts.
    pub(super) offset: u64,
    pub(super) bytes: &'a [u8],
}

/// Reads all of `ids` and gives their pieces to `sink`: the pieces of one object in order and from
/// one thread, different objects from several.
pub(super) fn deliver(
    repository: &Repository,
    ids: impl Iterator<Item = ObjectId>,
    sink: &(impl Fn(&Piece<'_>) -> Result<()> + Sync),
) -> Result<()> {
    let objects = &repository.objects;
    let (whole, others) = objects.whole_objects(ids)?;
    let mut large = Vec::with_capacity(others.len());
    for id in others {
        let chunks = objects.large_object(&id)?;
        let chunks = chunks.ok_or_else(|| objects.missing_object(&id))?;
        large.push((id, chunks));
    }
    whole.read(|row, contents| {
        sink(&Piece {
            object: row.id,
            length: row.length.into(),
            offset: 0,
            bytes: contents,
        })
    })?;
    large
        .par_iter()
        .try_for_each(|(object, chunks)| deliver_large(repository, *object, chunks, sink))
}

fn deliver_large(
    repository: &Repository,
    object: ObjectId,
    chunks: &[ListedChunk],
    sink: &(impl Fn(&Piece<'_>) -> Result<()> + Sync),
) -> Result<()> {
    let length = chunks.iter().map(|(_, length)| u64::from(*length)).sum();
    repository.objects.read_ahead(chunks, |chunks| {
        let mut offset = 0;
        for chunk in chunks {
            let bytes = &chunk?[..];
            sink(&Piece {
                object,
                length,
                offset,
                bytes,
            })?;
            offset += bytes.len() as u64;
        }
        Ok(())
    })?
}
