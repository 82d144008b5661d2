//! Whether a history that is shallow can be pushed: what is below its end, the other side must
//! have.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Display;

use muse_wire::api::refs::NegotiateRequest;
use muse_wire::id::CommitId;
use muse_wire::limits::MAX_NEGOTIATE_IDS;

use super::error::PushError;
use crate::repository::{Repository, RepositoryError};
use crate::sync::Connection;
use crate::sync::local::LocalRepository;

/// Checks that a server has the parents of those of `commits` that are here without them.
///
/// # Errors
/// [`PushError::Shallow`]; nothing was sent.
pub(super) fn check_server(
    repository: &Repository,
    connection: &Connection<'_>,
    commits: &[CommitId],
) -> Result<(), PushError> {
    check(repository, connection.url(), commits, |parents| {
        let mut found = HashSet::new();
        for commits in parents.chunks(MAX_NEGOTIATE_IDS) {
            let request = NegotiateRequest {
                commits: commits.to_vec(),
                refs: Vec::new(),
            };
            let answer = connection.wait(connection.client().negotiate(&request))?;
            found.extend(answer.have);
        }
        Ok(found)
    })
}

/// The same of another repository on this machine.
///
/// # Errors
/// As [`check_server`].
pub(super) fn check_local(
    repository: &Repository,
    remote: &LocalRepository<'_>,
    commits: &[CommitId],
) -> Result<(), PushError> {
    check(repository, remote.path().display(), commits, |parents| {
        let mut found = HashSet::new();
        for id in parents {
            if remote.repository().objects.has_commit(id)? {
                found.insert(*id);
            }
        }
        Ok(found)
    })
}

fn check(
    repository: &Repository,
    remote: impl Display,
    commits: &[CommitId],
    had: impl FnOnce(&[CommitId]) -> Result<HashSet<CommitId>, PushError>,
) -> Result<(), PushError> {
    let objects = &repository.objects;
    let shallow = objects.shallow()?;
    let parents = |id: &CommitId| -> Result<Vec<CommitId>, RepositoryError> {
        Ok(objects.recorded_commit(id)?.parents)
    };
    let mut ends = Vec::new();
    for id in commits.iter().filter(|id| shallow.contains(id)) {
        ends.push((*id, parents(id)?));
    }
    if ends.is_empty() {
        return Ok(());
    }
    let asked: BTreeSet<CommitId> = ends
        .iter()
        .flat_map(|(_, parents)| parents)
        .copied()
        .collect();
    let had = had(&asked.into_iter().collect::<Vec<_>>())?;
    let is_lacking = |(_, parents): &&(CommitId, Vec<CommitId>)| {
        parents.iter().any(|parent| !had.contains(parent))
    };
    match ends.iter().find(is_lacking) {
        Some((commit, _)) => Err(PushError::Shallow {
            remote: remote.to_string(),
            commit: *commit,
        }),
        None => Ok(()),
    }
}
