//! Hands out stored objects on all cores, so that every frame is decompressed once.

use muse_wire::id::ObjectId;
use muse_wire::mpack::{MpackError, ObjectRow};

use crate::repository::Repository;
use crate::worktree::error::{Result, WorktreeError};

/// Reads all of `ids` and gives their pieces to `sink(row, offset, piece)`: the pieces of one
/// object in order and from one thread, different objects from several.
pub(super) fn deliver(
    repository: &Repository,
    ids: impl Iterator<Item = ObjectId>,
    sink: &(impl Fn(&ObjectRow, u64, &[u8]) -> Result<()> + Sync),
) -> Result<()> {
    let mpacks = repository.objects.mpacks()?;
    let mut rows: Vec<Vec<ObjectRow>> = vec![Vec::new(); mpacks.len()];
    for id in ids {
        let place = mpacks.iter().zip(&mut rows).find_map(|(mpack, rows)| {
            let row = mpack.tables().find_object(&id)?;
            Some((rows, row))
        });
        let (rows, row) = place.ok_or_else(|| repository.objects.missing_object(&id))?;
        rows.push(row);
    }
    for (mpack, mut rows) in mpacks.iter().zip(rows) {
        mpack
            .read_objects(&mut rows, |row, offset, piece| {
                Ok(sink(row, offset, piece)?)
            })
            .map_err(|error| match error {
                ReadError::Sink(error) => error,
                ReadError::Mpack(error) => repository.objects.damage_in(mpack)(error).into(),
            })?;
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
