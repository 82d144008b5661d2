//! Hands out stored objects on all cores, so that every frame is decompressed once.

use muse_wire::id::ObjectId;
use muse_wire::mpack::{MpackError, ObjectRow};
use rayon::prelude::*;

use crate::repository::{ListedChunk, Repository};
use crate::worktree::error::{Result, WorktreeError};

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
    let mpacks = repository.objects.mpacks()?;
    let mut rows: Vec<Vec<ObjectRow>> = vec![Vec::new(); mpacks.len()];
    let mut large = Vec::new();
    for id in ids {
        let place = mpacks.iter().zip(&mut rows).find_map(|(mpack, rows)| {
            let row = mpack.tables().find_object(&id)?;
            Some((rows, row))
        });
        if let Some((rows, row)) = place {
            rows.push(row);
            continue;
        }
        let chunks = repository.objects.large_object(&id)?;
        let chunks = chunks.ok_or_else(|| repository.objects.missing_object(&id))?;
        large.push((id, chunks));
    }
    for (mpack, mut rows) in mpacks.iter().zip(rows) {
        mpack
            .read_objects(&mut rows, |row, contents| {
                Ok(sink(&Piece {
                    object: row.id,
                    length: row.length.into(),
                    offset: 0,
                    bytes: contents,
                })?)
            })
            .map_err(|error| match error {
                ReadError::Sink(error) => error,
                ReadError::Mpack(error) => repository.objects.damage_in(mpack)(error).into(),
            })?;
    }
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
    let mut reader = repository.objects.chunk_reader()?;
    let length = chunks.iter().map(|(_, length)| u64::from(*length)).sum();
    let mut offset = 0;
    for (chunk, _) in chunks {
        let bytes = reader.read(chunk)?;
        sink(&Piece {
            object,
            length,
            offset,
            bytes,
        })?;
        offset += bytes.len() as u64;
    }
    Ok(())
}

/// Why reading stopped.
enum ReadError {
    Mpack(MpackError),
    Sink(WorktreeError),
}

impl From<MpackError> for ReadError {
    fn from(error: MpackError) -> Self {
        Self::Mpack(error)
    }
}

impl From<WorktreeError> for ReadError {
    fn from(error: WorktreeError) -> Self {
        Self::Sink(error)
    }
}
