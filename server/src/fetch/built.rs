//! Mpacks that were put together here: written to a local file, stored, and found again by a digest.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::time::Duration;

use muse_wire::mpack::{Counts, MpackWriter, WriteError};
use tempfile::{NamedTempFile, TempPath};

use crate::app::AppState;
use crate::blobs::BlobKey;
use crate::failure::Failure;
use crate::store::Repo;
pub(super) use crate::store::mpacks::MpackFile as Built;

/// How long a built mpack is given out again.
const LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Writes a new file in `directory` that holds `counts`, which `fill` adds.
///
/// # Errors
/// [`Failure::Internal`] where the file cannot be written, and what `fill` gives.
pub(super) fn write(
    directory: &Path,
    counts: Counts,
    fill: impl FnOnce(&mut MpackWriter<BufWriter<File>>) -> Result<(), Failure>,
) -> Result<(TempPath, Built), Failure> {
    let file = NamedTempFile::new_in(directory)
        .map_err(|error| Failure::internal("creating a local file", error))?;
    let (file, path) = file.into_parts();
    let mut writer = MpackWriter::new(BufWriter::new(file), counts).map_err(writing)?;
    fill(&mut writer)?;
    let written = writer.finish().map_err(writing)?;
    written
        .out
        .into_inner()
        .map_err(|error| Failure::internal("writing a local file", error.into_error()))?;
    let built = Built {
        key: written.key,
        size_bytes: written.size_bytes,
        counts,
    };
    Ok((path, built))
}

/// The failure to write an mpack.
pub(super) fn writing(error: WriteError) -> Failure {
    Failure::internal("writing an mpack", error)
}

/// The mpack that was kept under this digest, if it is still there.
///
/// # Errors
/// [`Failure`] where the database or the blob store fails.
pub(super) async fn find(
    state: &AppState,
    repo: &Repo,
    digest: &[u8; 32],
) -> Result<Option<Built>, Failure> {
    let Some(built) = state.store.built_mpack(repo.id, digest).await? else {
        return Ok(None);
    };
    let size = state
        .blobs
        .size(&BlobKey::mpack(repo.uuid, built.key))
        .await?;
    Ok((size == Some(built.size_bytes)).then_some(built))
}

/// Stores what was written to `file`, and keeps it to be found again under this digest.
///
/// # Errors
/// [`Failure`] where the blob store or the database fails.
pub(super) async fn keep(
    state: &AppState,
    repo: &Repo,
    digest: &[u8; 32],
    file: &Path,
    built: &Built,
) -> Result<(), Failure> {
    let blob = BlobKey::mpack(repo.uuid, built.key);
    state.blobs.put_file(&blob, file).await?;
    let store = &state.store;
    store
        .save_built_mpack(repo.id, digest, built, LIFETIME)
        .await?;
    Ok(())
}
