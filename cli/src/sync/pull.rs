//! Fetching, then bringing the current branch and the files up to date.

mod error;
mod fast_forward;
mod source;

use muse_wire::name::RefName;

use self::fast_forward::fast_forward;
use super::Remote;
use super::fetch::{FetchOptions, Fetched, fetch_from};
use crate::repository::{Repository, RepositoryError};
use crate::transport::RemoteRefs;
use crate::worktree::PreparedFiles;

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

/// Fetches all branches from `remote`, then moves the branch of `source` and the files to where the
/// remote's branch is, if that loses nothing.
///
/// # Errors
/// [`PullError`]; where only the second step failed, it holds what the first has changed.
pub fn pull(
    repository: &Repository,
    remote: &Remote<'_>,
    source: &PullSource,
) -> Result<Pulled, PullError> {
    repository.refs.read()?.refuse_unfinished_operation()?;
    let server = remote.refs()?;
    let mut prepared = prepare(repository, source, &server)?;
    let fetched = fetch_from(
        repository,
        remote,
        &server,
        &source.remote,
        &FetchOptions::default(),
        &mut prepared,
    )?;
    match fast_forward(repository, source, prepared, remote.reporter()) {
        Ok(moved) => Ok(Pulled { fetched, moved }),
        Err(error) => Err(PullError::NotMoved {
            fetched,
            source: Box::new(error),
        }),
    }
}

/// For the files of the commit to which the branch will move.
fn prepare(
    repository: &Repository,
    source: &PullSource,
    server: &RemoteRefs,
) -> Result<PreparedFiles, RepositoryError> {
    let branch = RefName::branch(&source.branch).ok();
    let Some(to) = branch.and_then(|branch| server.get(&branch)) else {
        return Ok(PreparedFiles::default());
    };
    let from = repository.refs.read()?.get(&source.local);
    Ok(PreparedFiles::for_checkout(from, to))
}
