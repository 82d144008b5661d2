//! Why nothing was collected.

use crate::repository::RepositoryError;
use crate::walk::CollectError;

/// Why nothing was collected.
#[derive(Debug, thiserror::Error)]
pub enum GcError {
    /// What is reached cannot be found or written.
    #[error(transparent)]
    Collect(#[from] CollectError),
    /// The repository cannot be read or written.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}
