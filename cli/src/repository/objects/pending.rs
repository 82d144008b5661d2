//! An mpack that is being written.

use std::fs::File;
use std::io::BufWriter;

use muse_wire::id::MpackKey;
use muse_wire::mpack::{Counts, MpackWriter};
use tempfile::NamedTempFile;

use super::ObjectStore;
use super::mpacks::MpackDirectory;
use crate::repository::durable;
use crate::repository::error::{RepositoryError, Result};

/// Bytes that are collected before they go to the file.
const BUFFER_BYTES: usize = 1024 * 1024;

/// An mpack that is being written; dropping it leaves nothing behind.
pub struct PendingMpack<'a> {
    directory: &'a MpackDirectory,
    temporary: NamedTempFile,
    writer: MpackWriter<BufWriter<File>>,
}

impl ObjectStore {
    /// Starts an mpack that will hold exactly `counts`.
    ///
    /// # Errors
    /// If the temporary file cannot be created.
    pub fn new_mpack(&self, counts: Counts) -> Result<PendingMpack<'_>> {
        let temporary = durable::temporary_file(&self.temporary)?;
        let failed = RepositoryError::writing(temporary.path());
        let file = temporary.as_file().try_clone().map_err(failed)?;
        let writer = MpackWriter::new(BufWriter::with_capacity(BUFFER_BYTES, file), counts)?;
        Ok(PendingMpack {
            directory: &self.mpacks,
            temporary,
            writer,
        })
    }
}

impl PendingMpack<'_> {
    /// Where objects and records go.
    pub fn writer(&mut self) -> &mut MpackWriter<BufWriter<File>> {
        &mut self.writer
    }

    /// Finishes the mpack and makes it part of the repository.
    ///
    /// # Errors
    /// If it does not hold what was announced, or cannot be synced or renamed.
    pub fn install(self) -> Result<MpackKey> {
        let written = self.writer.finish()?;
        let path = self.directory.path(&written.key);
        durable::install(self.temporary, &path)?;
        self.directory.refresh()?;
        Ok(written.key)
    }
}
