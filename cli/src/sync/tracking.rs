//! Tracking refs: what has to be fetched, and where the remote's branches are afterwards.

use std::collections::HashSet;

use muse_wire::api::refs::RefEntry;
use muse_wire::dag::{CommitGraph, WalkError};
use muse_wire::id::CommitId;
use muse_wire::name::{NameError, REMOTES, RefName};

use crate::repository::{
    Expected, LockedRepository, ObjectStore, RefEdit, Refs, Repository, RepositoryError,
};
use crate::transport::RemoteRefs;

/// One ref that a fetch moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackingChange {
    /// The remote's ref.
    pub remote_ref: RefName,
    /// The local ref that keeps where it is: a tracking ref, or a tag of the same name.
    pub local_ref: RefName,
    /// Where the remote's ref was last seen; `None` if it is new.
    pub old: Option<CommitId>,
    /// Where it is now; `None` if it is gone.
    pub new: Option<CommitId>,
    /// Whether it has lost commits.
    pub forced: bool,
}

/// Why tracking refs cannot be compared or moved.
#[derive(Debug, thiserror::Error)]
pub(super) enum TrackingError {
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(transparent)]
    Walk(#[from] WalkError<RepositoryError>),
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

/// All commits that refs here name, ascending.
///
/// # Errors
/// If one of them is not here, which is damage: nothing that refs reach is ever taken away.
pub(super) fn tips(repository: &Repository) -> Result<Vec<CommitId>, RepositoryError> {
    let refs = repository.refs.read()?;
    let mut tips: Vec<CommitId> = refs.iter().map(|(_, commit)| commit).collect();
    tips.sort_unstable();
    tips.dedup();
    for tip in &tips {
        repository.objects.require_commit(tip)?;
    }
    Ok(tips)
}

/// Those of `targets` that none of `tips` reaches. It is not enough that a commit is here: an
/// interrupted fetch may have left it without its history.
pub(super) fn missing(
    objects: &ObjectStore,
    tips: &[CommitId],
    targets: impl Iterator<Item = CommitId>,
) -> Result<Vec<CommitId>, TrackingError> {
    let mut seen = HashSet::new();
    let others = targets.filter(|id| tips.binary_search(id).is_err() && seen.insert(*id));
    let others: Vec<CommitId> = others.collect();
    let reached = reached_among(objects, &mut CommitGraph::new(objects), &others, tips)?;
    let missing = others.into_iter().filter(|id| !reached.contains(id));
    Ok(missing.collect())
}

/// Moves the tracking refs to where the `wanted` branches are, and adds new tags whose commits are
/// here. Without `prune`, branches that are gone there stay as they were seen.
pub(super) fn update(
    locked: &mut LockedRepository<'_>,
    remote: &str,
    server: &RemoteRefs,
    wanted: &[RefEntry],
    prune: bool,
) -> Result<Vec<TrackingChange>, TrackingError> {
    let refs = locked.refs.read()?;
    let mut graph = CommitGraph::new(&locked.objects);
    let mut changes = branch_changes(&refs, &mut graph, remote, wanted)?;
    changes.extend(new_tags(
        &locked.objects,
        &refs,
        &mut graph,
        server,
        wanted,
    )?);
    if prune {
        changes.extend(gone_branches(&refs, remote, server));
    }
    apply(locked, remote, &changes)?;
    Ok(changes)
}

/// Moves branches and tags here to where the `wanted` ones of the remote are, wherever they were.
/// Of all others, those that `goes` names are gone.
pub(super) fn mirror(
    locked: &mut LockedRepository<'_>,
    remote: &str,
    wanted: &[RefEntry],
    goes: impl Fn(&RefName) -> bool,
) -> Result<Vec<TrackingChange>, TrackingError> {
    let refs = locked.refs.read()?;
    let mut graph = CommitGraph::new(&locked.objects);
    let mut changes = Vec::new();
    for entry in wanted {
        changes.extend(moved(&refs, &mut graph, entry, entry.name.clone())?);
    }
    let kept: HashSet<&RefName> = wanted.iter().map(|entry| &entry.name).collect();
    let own = refs.iter().filter(|(name, _)| name.is_shared());
    let gone = own.filter(|(name, _)| !kept.contains(name) && goes(name));
    changes.extend(gone.map(|(name, old)| TrackingChange {
        remote_ref: name.clone(),
        local_ref: name.clone(),
        old: Some(old),
        new: None,
        forced: false,
    }));
    apply(locked, remote, &changes)?;
    Ok(changes)
}

fn apply(
    locked: &mut LockedRepository<'_>,
    remote: &str,
    changes: &[TrackingChange],
) -> Result<(), RepositoryError> {
    let edits = changes.iter().map(|change| RefEdit {
        name: change.local_ref.clone(),
        expected: Expected::Any,
        new: change.new,
    });
    let edits: Vec<RefEdit> = edits.collect();
    locked.update_refs(&edits, &format!("fetch {remote}"))
}

type Graph<'a> = CommitGraph<&'a ObjectStore>;

fn branch_changes(
    refs: &Refs,
    graph: &mut Graph<'_>,
    remote: &str,
    wanted: &[RefEntry],
) -> Result<Vec<TrackingChange>, TrackingError> {
    let mut changes = Vec::new();
    for entry in wanted {
        let Some(branch) = entry.name.as_branch() else {
            continue;
        };
        let local_ref = RefName::remote_branch(remote, branch)?;
        changes.extend(moved(refs, graph, entry, local_ref)?);
    }
    Ok(changes)
}

/// How the local ref of a remote's ref moves to where that is; `None` if it is there.
fn moved(
    refs: &Refs,
    graph: &mut Graph<'_>,
    entry: &RefEntry,
    local_ref: RefName,
) -> Result<Option<TrackingChange>, TrackingError> {
    let old = refs.get(&local_ref);
    let forced = match old {
        Some(old) if old == entry.target => return Ok(None),
        Some(old) => local_ref.as_tag().is_some() || !graph.is_ancestor(old, entry.target)?,
        None => false,
    };
    Ok(Some(TrackingChange {
        remote_ref: entry.name.clone(),
        local_ref,
        old,
        new: Some(entry.target),
        forced,
    }))
}

/// Tags of the remote that are not here, and whose commits are.
fn new_tags(
    objects: &ObjectStore,
    refs: &Refs,
    graph: &mut Graph<'_>,
    server: &RemoteRefs,
    wanted: &[RefEntry],
) -> Result<Vec<TrackingChange>, TrackingError> {
    let is_new = |name: &RefName| name.as_tag().is_some() && refs.get(name).is_none();
    let tags: Vec<(&RefName, CommitId)> = server.iter().filter(|(name, _)| is_new(name)).collect();
    let targets: Vec<CommitId> = tags.iter().map(|(_, target)| *target).collect();
    let mut tips: Vec<CommitId> = refs.iter().map(|(_, commit)| commit).collect();
    tips.extend(wanted.iter().map(|entry| entry.target));
    let reached = reached_among(objects, graph, &targets, &tips)?;
    let is_reached = |(_, target): &(&RefName, CommitId)| reached.contains(target);
    let change = |(name, target): (&RefName, CommitId)| TrackingChange {
        remote_ref: name.clone(),
        local_ref: name.clone(),
        old: None,
        new: Some(target),
        forced: false,
    };
    Ok(tags.into_iter().filter(is_reached).map(change).collect())
}

/// Tracking refs of branches that the remote does not have any more.
fn gone_branches(refs: &Refs, remote: &str, server: &RemoteRefs) -> Vec<TrackingChange> {
    let prefix = format!("{REMOTES}{remote}/");
    refs.with_prefix(&prefix)
        .filter_map(|(name, old)| {
            let remote_ref = RefName::branch(&name.as_str()[prefix.len()..]).ok()?;
            let is_there = server.get(&remote_ref).is_some();
            (!is_there).then(|| TrackingChange {
                remote_ref,
                local_ref: name.clone(),
                old: Some(old),
                new: None,
                forced: false,
            })
        })
        .collect()
}

/// Those of `commits` that are here and that one of `tips` reaches.
fn reached_among(
    objects: &ObjectStore,
    graph: &mut Graph<'_>,
    commits: &[CommitId],
    tips: &[CommitId],
) -> Result<HashSet<CommitId>, TrackingError> {
    let mut here = Vec::new();
    for commit in commits {
        if objects.has_commit(commit)? {
            here.push(*commit);
        }
    }
    Ok(graph.reached_among(&here, tips)?)
}
