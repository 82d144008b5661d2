//! A push into another repository on this machine.

use std::collections::BTreeMap;

use muse_wire::api::push::RefUpdate;
use muse_wire::id::CommitId;
use muse_wire::limits::PushLimits;
use muse_wire::mpack::Counts;
use muse_wire::name::RefName;

use super::error::PushError;
use super::negotiate::Negotiated;
use super::outcome::Sent;
use super::refspec::RefChange;
use super::send::done_unseen;
use super::shallow;
use crate::repository::{Expected, Head, RefEdit, Repository};
use crate::sync::local::LocalRepository;
use crate::sync::receive::{install, merge_small_mpacks};
use crate::walk;
use crate::worktree::PreparedFiles;

/// What has to be known of the other repository for these changes.
pub(super) fn negotiate(
    remote: &LocalRepository<'_>,
    changes: &[RefChange],
) -> Result<Negotiated, PushError> {
    let theirs = remote.refs()?;
    let named = changes.iter().map(|change| &change.name);
    let refs: BTreeMap<RefName, CommitId> = named
        .filter_map(|name| Some((name.clone(), theirs.get(name)?)))
        .collect();
    Ok(Negotiated {
        repo_id: String::new(),
        default_branch: theirs.default_branch().clone(),
        limits: PushLimits::default(),
        refs,
        have: theirs.iter().map(|(_, target)| target).collect(),
    })
}

/// Copies what the other repository lacks, verifies it there, and moves the refs.
pub(super) fn send(
    repository: &Repository,
    remote: &LocalRepository<'_>,
    server: &Negotiated,
    updates: &[RefUpdate],
) -> Result<Sent, PushError> {
    let theirs = remote.repository();
    refuse_checked_out(remote, updates)?;
    let tips: Vec<CommitId> = updates.iter().filter_map(|update| update.new).collect();
    let new = walk::new_commits(&repository.objects, &tips, &server.have)?.commits;
    shallow::check_local(repository, remote, &new)?;
    let download = remote.upload(repository, &tips, &server.have)?;
    let (counts, bytes) = match &download.mpacks[..] {
        [] => (Counts::default(), 0),
        mpacks => {
            let prepared = &mut PreparedFiles::default();
            let reporter = remote.reporter();
            let have = &server.have;
            let received = install(theirs, reporter, &tips, have, &download, None, prepared)?;
            let counts = Counts {
                commits: received.commits,
                objects: received.objects,
                ..Counts::default()
            };
            (counts, mpacks.iter().map(|mpack| mpack.size_bytes).sum())
        }
    };
    let edits: Vec<RefEdit> = updates
        .iter()
        .map(|update| RefEdit {
            name: update.name.clone(),
            expected: update.old.map_or(Expected::Absent, Expected::Is),
            new: update.new,
        })
        .collect();
    theirs.lock()?.update_refs(&edits, "push")?;
    if bytes > 0 {
        merge_small_mpacks(theirs, remote.reporter());
    }
    Ok(Sent {
        counts,
        bytes,
        job: done_unseen(),
    })
}

/// The files of a work tree would no longer be those of its branch.
fn refuse_checked_out(
    remote: &LocalRepository<'_>,
    updates: &[RefUpdate],
) -> Result<(), PushError> {
    let theirs = remote.repository();
    let Head::Branch(current) = theirs.refs.head()? else {
        return Ok(());
    };
    let is_current = |update: &&RefUpdate| update.name == current;
    match updates.iter().find(is_current) {
        Some(_) if !theirs.layout.is_bare() => Err(PushError::CheckedOut {
            name: current,
            path: remote.path().to_owned(),
        }),
        _ => Ok(()),
    }
}
