//! Many small objects of stored mpacks at once: every frame is read and decompressed once.

use muse_wire::id::ObjectId;
use uuid::Uuid;

use super::tables::read_stored_tables;
use crate::blobs::{BlobError, BlobKey, Blobs};
use crate::blocking::run_blocking;
use crate::error::{Error, Result};
use crate::store::mpacks::ContentLocation;

/// Gives the bytes of each of these objects of the repository `repo` to `each`, which ends the
/// reading with an error. No object may be longer than a frame. One frame is in memory at a time.
///
/// # Errors
/// What `each` gives; [`Error`] where an mpack cannot be read or does not agree with the index.
pub(crate) async fn read_small_objects(
    blobs: &Blobs,
    repo: Uuid,
    mut located: Vec<(ObjectId, ContentLocation)>,
    mut each: impl FnMut(&ObjectId, &[u8]) -> Result<()>,
) -> Result<()> {
    located.sort_unstable_by_key(|(_, at)| (at.mpack_key, at.frame));
    for of_mpack in located.chunk_by(|(_, one), (_, two)| one.mpack_key == two.mpack_key) {
        let mpack = BlobKey::mpack(repo, of_mpack[0].1.mpack_key);
        let size_bytes = blobs.size(&mpack).await?;
        let size_bytes = size_bytes.ok_or(BlobError::NotFound(mpack))?;
        let tables = read_stored_tables(blobs, &mpack, size_bytes).await?;
        for of_frame in of_mpack.chunk_by(|(_, one), (_, two)| one.frame == two.frame) {
            let index = of_frame[0].1.frame;
            if index >= tables.frame_count() {
                return Err(damaged());
            }
            let frame = tables.frame(index);
            let stored = blobs
                .read_range(&mpack, frame.offset..frame.offset + frame.stored_bytes)
                .await?;
            let raw = run_blocking(move || frame.decompress(&stored))
                .await
                .map_err(|error| Error::internal("reading a stored frame", error))?;
            for (id, at) in of_frame {
                let start = at.offset as usize;
                let end = start.saturating_add(at.length as usize);
                each(id, raw.get(start..end).ok_or_else(damaged)?)?;
            }
        }
    }
    Ok(())
}

fn damaged() -> Error {
    let reason = "the index and the mpack's tables disagree";
    Error::internal("finding an object", reason)
}
