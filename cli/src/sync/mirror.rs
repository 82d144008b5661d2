//! Bringing everything that a remote has, and nothing that it has no more.

use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::receive::{merge_small_mpacks, receive};
use super::{Depth, FetchError, Remote, tracking};
use crate::repository::Repository;
use crate::worktree::PreparedFiles;

/// What a remote has.
#[derive(Debug, Clone)]
pub struct Mirrored {
    /// The branch that a clone checks out; it need not exist.
    pub default_branch: RefName,
    /// All branches and tags, ascending by name.
    pub refs: Vec<(RefName, CommitId)>,
}

/// Brings all that the branches and tags of `source`, which this repository knows as `remote`,
/// reach. Tracking refs and tags are the remote's afterwards; tags that it lacks are gone.
///
/// # Errors
/// [`FetchError`]; no ref has moved.
pub fn mirror(
    repository: &Repository,
    source: &Remote<'_>,
    remote: &str,
) -> Result<Mirrored, FetchError> {
    let server = source.refs()?;
    let have = tracking::tips(repository)?;
    let targets = server.iter().map(|(_, target)| target);
    let want = tracking::missing(&repository.objects, &have, targets)?;
    let prepared = &mut PreparedFiles::default();
    let received = receive(repository, source, &want, &have, Depth::Whole, prepared)?;
    let mut locked = repository.lock()?;
    tracking::update(&mut locked, remote, &server, &server.branches(), true)?;
    let is_tag = |name: &RefName| name.as_tag().is_some();
    tracking::mirror(&mut locked, remote, &server.tags(), is_tag)?;
    drop(locked);
    if received.commits > 0 {
        merge_small_mpacks(repository, source.reporter());
    }
    let refs = server.iter().map(|(name, target)| (name.clone(), target));
    Ok(Mirrored {
        default_branch: server.default_branch().clone(),
        refs: refs.collect(),
    })
}
