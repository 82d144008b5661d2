//! Getting again what was lost here.

use std::collections::HashSet;

use muse_wire::id::CommitId;

use super::receive::{Received, receive};
use super::{Depth, FetchError, Remote};
use crate::repository::Repository;
use crate::worktree::PreparedFiles;

/// Fetches all that `source` has and `sound`, commits that are here with all
/// their history, do not reach. What is here besides is not claimed to be. Refs stay as they are.
///
/// # Errors
/// [`FetchError`].
pub fn refetch(
    repository: &Repository,
    source: &Remote<'_>,
    sound: &[CommitId],
) -> Result<Received, FetchError> {
    let server = source.refs()?;
    let sound_ones: HashSet<&CommitId> = sound.iter().collect();
    let targets = server.iter().map(|(_, target)| target);
    let mut want: Vec<CommitId> = targets.filter(|id| !sound_ones.contains(id)).collect();
    want.sort_unstable();
    want.dedup();
    receive(
        repository,
        source,
        &want,
        sound,
        Depth::Whole,
        &mut PreparedFiles::default(),
    )
}
