//! Writing mpacks to local files.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use muse_wire::mpack::{Counts, MpackWriter, WriteError};
use tempfile::{NamedTempFile, TempPath};

use crate::error::{Error, Result};
use crate::store::mpacks::MpackFile;

/// Writes a new file in `directory` that holds `counts`; `fill` adds the contents.
///
/// # Errors
/// [`Error::Internal`] where the file cannot be written, and whatever `fill` returns.
pub(crate) fn write_mpack(
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
pub(crate) fn write_error(error: WriteError) -> Error {
    Error::internal("writing an mpack", error)
}
