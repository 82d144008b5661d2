//! Large objects of which some chunks were here before: read chunk by chunk and hashed as a whole.

use muse_wire::mpack::{LargeObjectRow, Tables, check_large_object};

use crate::repository::ObjectStore;
use crate::sync::FetchError;
use crate::worktree::FileWriter;

/// Checks these large objects, whose lists stand in `tables` and whose chunks are all in `objects`.
/// What `files` wants of them goes there on the way.
///
/// # Errors
/// [`FetchError::Invalid`] if one is not what its id names, or a chunk is nowhere.
pub(super) fn check(
    objects: &ObjectStore,
    tables: &Tables,
    large: &[LargeObjectRow],
    files: Option<&FileWriter>,
) -> Result<(), FetchError> {
    for row in large {
        objects.read_ahead(&tables.chunk_list(row), |chunks| {
            check_large_object(
                tables,
                row,
                |_| {
                    let chunk = chunks.next().expect("it ends early with an error alone");
                    chunk.map_err(FetchError::missing)
                },
                |offset, piece| {
                    let Some(files) = files else { return Ok(()) };
                    Ok(files.object(&row.id, row.length, offset, piece)?)
                },
            )
        })??;
    }
    Ok(())
}
