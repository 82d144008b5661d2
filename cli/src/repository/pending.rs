//! An mpack that is being written.

use std::fs::File;
use std::io::BufWriter;

use muse_wire::id::MpackKey;
use muse_wire::mpack::{Counts, MpackWriter};
use tempfile::NamedTempFile;

use super::{Repository, RepositoryError, Result, durable};

/// Bytes that are collected before they go to the file.
const BUFFER_BYTES: usize = 1024 * 1024;

/// An mpack that is being written; dropping it leaves nothing behind.
pub struct PendingMpack<'a> {
    repository: &'a Repository,
    temporary: NamedTempFile,
    writer: MpackWriter<BufWriter<File>>,
}

impl<'a> PendingMpack<'a> {
    pub(super) fn create(repository: &'a Repository, counts: Counts) -> Result<Self> {
        let temporary = durable::temporary_file(repository.temporary_dir())?;
        let failed = RepositoryError::writing(temporary.path());
        let file = temporary.as_file().try_clone().map_err(failed)?;
        let writer = MpackWriter::new(BufWriter::with_capacity(BUFFER_BYTES, file), counts)?;
        Ok(Self {
            repository,
            temporary,
            writer,
        })
    }

    /// Where objects and records go.
    pub fn writer(&mut self) -> &mut MpackWriter<BufWriter<File>> {
        &mut self.writer
    }

    /// Finishes the mpack and makes it part of the repository.
    ///
    /// # Errors
    /// Where it does not hold what was announced, or cannot be synced or renamed.
    pub fn install(self) -> Result<MpackKey> {
        let written = self.writer.finish()?;
        let path = self.repository.mpacks.path(&written.key);
        durable::install(self.temporary, &path)?;
        self.repository.mpacks.refresh()?;
        Ok(written.key)
    }
}
