//! Mpacks that the server builds: written to a local file, stored, and found again by a digest.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::time::Duration;

use muse_wire::mpack::{Counts, MpackWriter, WriteError};
use tempfile::{NamedTempFile, TempPath};

use super::source::RepoSource;
use crate::error::{Error, Result};
use crate::store::mpacks::MpackFile;

/// How long a built mpack is given out again.
const LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Writes a new file in `directory` that holds `counts`; `fill` adds the contents.
///
/// # Errors
/// [`Error::Internal`] where the file cannot be written, and whatever `fill` returns.
pub(super) fn write(
    directory: &Path,
    counts: Counts,
    fill: impl FnOnce(&mut MpackWriter<BufWriter<File>>) -> Result<()>,
) -> Result<(TempPath, MpackFile)> {
    let file = NamedTempFile::new_in(directory)
        .map_err(|error| Error::internal("creating a local file", error))?;
    let (file, path) = file.into_parts();
    let mut writer = MpackWriter::new(BufWriter::new(file), counts).map_err(write_error)?;
    fill(&mut writer)?;
    let written = writer.finish().map_err(write_error)?;
    written
        .out
        .into_inner()
        .map_err(|error| Error::internal("writing a local file", error.into_error()))?;
    let built = MpackFile {
        key: written.key,
        size_bytes: written.size_bytes,
        counts,
    };
    Ok((path, built))
}

/// The server's error where it cannot write an mpack.
pub(super) fn write_error(error: WriteError) -> Error {
    Error::internal("writing an mpack", error)
}

/// The mpack that was built for this digest, if it still exists.
///
/// # Errors
/// [`Error`] where the database or the blob store fails.
pub(super) async fn find(source: RepoSource<'_>, digest: &[u8; 32]) -> Result<Option<MpackFile>> {
    let Some(built) = source.store.built_mpack(source.repo.id, digest).await? else {
        return Ok(None);
    };
    let size_bytes = source.blobs.size(&source.blob(built.key)).await?;
    Ok((size_bytes == Some(built.size_bytes)).then_some(built))
}

/// Stores the mpack that was written to `file`, to be found again by this digest.
///
/// # Errors
/// [`Error`] where the blob store or the database fails.
pub(super) async fn save(
    source: RepoSource<'_>,
    digest: &[u8; 32],
    file: &Path,
    built: &MpackFile,
) -> Result<()> {
    let RepoSource { store, blobs, repo } = source;
    blobs.put_file(&source.blob(built.key), file).await?;
    store
        .save_built_mpack(repo.id, digest, built, LIFETIME)
        .await?;
    Ok(())
}
