//! Downloading what a remote has, and updating the tracking refs.

mod error;

use std::collections::HashSet;

use muse_wire::api::refs::RefEntry;
use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::receive::{Received, merge_small_mpacks, receive};
use super::tracking::{self, TrackingChange};
use super::{Depth, Remote};
use crate::repository::{Repository, RepositoryError};
use crate::transport::RemoteRefs;
use crate::worktree::PreparedFiles;

pub use error::FetchError;

/// What to fetch.
#[derive(Debug, Clone, Default)]
pub struct FetchOptions {
    /// The remote's branches by their short names; if empty, all of them, or the only one that was
    /// cloned.
    pub branches: Vec<String>,
    /// All tags, although branches are named.
    pub tags: bool,
    /// Forget branches that are gone on the remote.
    pub prune: bool,
    /// How much of the history.
    pub depth: Depth,
}

/// What a fetch changed.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The refs that moved.
    pub changes: Vec<TrackingChange>,
    /// What was downloaded.
    pub received: Received,
}

/// Fetches from `source`, which this repository knows as `remote`. Branches and
/// files stay as they are.
///
/// # Errors
/// [`FetchError`]; no ref has moved.
pub fn fetch(
    repository: &Repository,
    source: &Remote<'_>,
    remote: &str,
    options: &FetchOptions,
) -> Result<Fetched, FetchError> {
    let server = source.refs()?;
    let prepared = &mut PreparedFiles::default();
    fetch_from(repository, source, &server, remote, options, prepared)
}

/// As [`fetch`], where the source has said what it has. Large files are `prepared` for the checkout
/// that may follow.
pub(super) fn fetch_from(
    repository: &Repository,
    source: &Remote<'_>,
    server: &RemoteRefs,
    remote: &str,
    options: &FetchOptions,
    prepared: &mut PreparedFiles,
) -> Result<Fetched, FetchError> {
    let config = repository.config.read()?;
    let named = match (&options.branches[..], config.only_branch(remote)) {
        ([], Some(only)) => vec![only.to_owned()],
        (named, _) => named.to_vec(),
    };
    let is_mirror = repository.layout.is_bare() && config.is_mirror(remote);
    let mut wanted = wanted_branches(server, remote, &named)?;
    if named.is_empty() || options.tags {
        wanted.extend(match is_mirror {
            true => server.tags(),
            false => unknown_tags(repository, server)?,
        });
    }
    let have = tracking::tips(repository)?;
    let targets = wanted.iter().map(|entry| entry.target);
    if options.depth.goes_below() && repository.objects.shallow()?.is_empty() {
        return Err(FetchError::NotShallow);
    }
    let want = match options.depth {
        // More may be wanted of what is here.
        Depth::Commits(_) => {
            let mut seen = HashSet::new();
            targets.filter(|target| seen.insert(*target)).collect()
        }
        _ => tracking::missing(&repository.objects, &have, targets)?,
    };
    let reporter = source.reporter();
    reporter.step(format_args!(
        "step 1: want={} have={}",
        want.len(),
        have.len()
    ));
    let received = receive(repository, source, &want, &have, options.depth, prepared)?;
    let mut locked = repository.lock()?;
    let changes = if is_mirror {
        tracking::mirror(&mut locked, remote, &wanted, |_| named.is_empty())?
    } else {
        tracking::update(&mut locked, remote, server, &wanted, options.prune)?
    };
    drop(locked);
    if received.commits > 0 {
        merge_small_mpacks(repository, reporter);
    }
    Ok(Fetched { changes, received })
}

/// New tags whose commits are not here: annotated ones, which no branch reaches, and those of
/// commits that no branch reaches any more.
fn unknown_tags(
    repository: &Repository,
    server: &RemoteRefs,
) -> Result<Vec<RefEntry>, RepositoryError> {
    let refs = repository.refs.read()?;
    let mut unknown = Vec::new();
    for (name, target) in server.iter() {
        if name.as_tag().is_some()
            && refs.get(name).is_none()
            && !repository.objects.has_commit(&target)?
        {
            unknown.push(entry(name, target));
        }
    }
    Ok(unknown)
}

/// The named branches of the remote, or all.
fn wanted_branches(
    server: &RemoteRefs,
    remote: &str,
    branches: &[String],
) -> Result<Vec<RefEntry>, FetchError> {
    if branches.is_empty() {
        return Ok(server.branches());
    }
    branches
        .iter()
        .map(|branch| {
            let name = RefName::branch(branch).ok();
            let found = name.and_then(|name| Some(entry(&name, server.get(&name)?)));
            found.ok_or_else(|| FetchError::UnknownBranch {
                remote: remote.to_owned(),
                branch: branch.clone(),
            })
        })
        .collect()
}

fn entry(name: &RefName, target: CommitId) -> RefEntry {
    RefEntry {
        name: name.clone(),
        target,
    }
}
