//! An mpack that is being written.

use std::fs::File;
use std::io::BufWriter;

use muse_wire::id::MpackKey;
use muse_wire::mpack::MpackWriter;

use super::{Repository, Result};

/// An mpack that is being written; dropping it leaves nothing behind.
pub struct PendingMpack<'a> {
    _repository: &'a Repository,
}

impl PendingMpack<'_> {
    /// Where objects and records go.
    pub fn writer(&mut self) -> &mut MpackWriter<BufWriter<File>> {
        unimplemented!()
    }

    /// Finishes the mpack and makes it part of the repository.
    ///
    /// # Errors
    /// Where it does not hold what was announced, or cannot be synced or renamed.
    pub fn install(self) -> Result<MpackKey> {
        unimplemented!()
    }
}
