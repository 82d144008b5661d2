//! Getting again what was lost here.

use muse_wire::id::CommitId;
use muse_wire::limits::MAX_NEGOTIATE_IDS;

use super::receive::{Received, receive};
use super::{Connection, FetchError};
use crate::repository::Repository;
use crate::worktree::PreparedFiles;

/// Fetches all that the server of `connection` has and `sound`, commits that are here with all
/// their history, do not reach. What is here besides is not claimed to be. Refs stay as they are.
///
/// # Errors
/// [`FetchError`].
pub fn refetch(
    repository: &Repository,
    connection: &Connection<'_>,
    sound: &[CommitId],
) -> Result<Received, FetchError> {
    let server = connection.wait(connection.client().refs())?;
    let targets = server.refs.iter().map(|entry| entry.target);
    let mut want: Vec<CommitId> = targets.filter(|target| !sound.contains(target)).collect();
    want.sort_unstable();
    want.dedup();
    let have = &sound[..sound.len().min(MAX_NEGOTIATE_IDS)];
    receive(
        repository,
        connection,
        &want,
        have,
        &mut PreparedFiles::default(),
    )
}
