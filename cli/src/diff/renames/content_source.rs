//! Where the contents of files come from that are compared.

use muse_wire::id::ObjectId;

use crate::repository::{ObjectStore, RepositoryError};

/// Where contents are read that files are compared by.
pub(crate) trait ContentSource {
    /// The length in bytes; `None` where the contents are not here.
    ///
    /// # Errors
    /// If the source fails.
    fn length(&self, id: &ObjectId) -> Result<Option<u64>, RepositoryError>;

    /// The contents, whose length has been asked for.
    ///
    /// # Errors
    /// If they are not here.
    fn read(&self, id: &ObjectId) -> Result<Vec<u8>, RepositoryError>;
}

impl ContentSource for ObjectStore {
    fn length(&self, id: &ObjectId) -> Result<Option<u64>, RepositoryError> {
        self.object_length(id)
    }

    fn read(&self, id: &ObjectId) -> Result<Vec<u8>, RepositoryError> {
        self.read_object(id)
    }
}
