//! Putting what LFS pointers stand for into the local store of the git repository.

use std::collections::HashSet;
use std::io::{BufWriter, Write as _};

use super::error::ExportError;
use super::target::Target;
use crate::git::{LfsPointer, LfsStore};
use crate::repository::ObjectStore;

/// Bytes that are written to a file at once.
const BUFFER_BYTES: usize = 1 << 20;

/// Fills the local store of git LFS.
pub(super) struct LfsWriter {
    store: LfsStore,
    /// What is known to be there.
    present: HashSet<LfsPointer>,
    /// How many files were written.
    pub(super) written: u64,
}

impl LfsWriter {
    pub(super) fn new(target: &Target) -> Self {
        Self {
            store: LfsStore::of(&target.git),
            present: HashSet::new(),
            written: 0,
        }
    }

    /// Puts what `pointer` stands for into the store, unless it is there.
    pub(super) fn put(
        &mut self,
        objects: &ObjectStore,
        pointer: LfsPointer,
    ) -> Result<(), ExportError> {
        if !self.present.insert(pointer) || self.store.open(&pointer).is_some() {
            return Ok(());
        }
        let failed = || ExportError::io(self.store.directory());
        let file = self.store.begin().map_err(failed())?;
        let mut out = BufWriter::with_capacity(BUFFER_BYTES, file);
        objects.copy_object(&pointer.object, &mut out)?;
        out.flush().map_err(failed())?;
        let file = out
            .into_inner()
            .map_err(|error| failed()(error.into_error()))?;
        self.store
            .install(file, &pointer.object)
            .map_err(failed())?;
        self.written += 1;
        Ok(())
    }
}
