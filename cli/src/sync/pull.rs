//! Fetching, then bringing the current branch and the files up to date.

mod error;
mod fast_forward;
mod source;

use self::fast_forward::fast_forward;
use super::Connection;
use super::fetch::{FetchOptions, Fetched, fetch};
use crate::repository::Repository;

pub use error::{FastForwardError, PullError};
pub use fast_forward::FastForward;
pub use source::PullSource;

/// A pull that did not fail.
#[derive(Debug, Clone)]
pub struct Pulled {
    /// What the fetch changed.
    pub fetched: Fetched,
    /// What moved; `None` if the branch had everything already.
    pub moved: Option<FastForward>,
}

/// Fetches all branches from the server of `connection`, then moves the branch of `source` and the
/// files to where the remote's branch is, if that loses nothing.
///
/// # Errors
/// [`PullError`]; where only the second step failed, it holds what the first has changed.
pub fn pull(
    repository: &Repository,
    connection: &Connection<'_>,
    source: &PullSource,
) -> Result<Pulled, PullError> {
    let options = FetchOptions::default();
    let fetched = fetch(repository, connection, &source.remote, &options)?;
    match fast_forward(repository, source, connection.reporter()) {
        Ok(moved) => Ok(Pulled { fetched, moved }),
        Err(error) => Err(PullError::NotMoved {
            fetched,
            source: Box::new(error),
        }),
    }
}
