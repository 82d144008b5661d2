//! What can go wrong in a merge.

use crate::mpack::{MpackError, WriteError};

/// Why mpacks could not be merged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError<E> {
    /// One of the sources is damaged.
    #[error("an mpack to be merged is damaged")]
    Source {
        /// Its place among the sources.
        index: usize,
        /// What is wrong with it.
        #[source]
        error: MpackError,
    },
    /// The result cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A snapshot's listing could not be made.
    #[error("a snapshot cannot be listed")]
    Listing(#[source] E),
}

/// Damage in the source of this number.
pub(super) fn damaged<E>(index: usize) -> impl FnOnce(MpackError) -> MergeError<E> {
    move |error| MergeError::Source { index, error }
}
