//! Tracking refs: what has to be fetched, and where the remote's branches are afterwards.

use indicatif::HumanBytes;
use muse_wire::api::refs::{RefEntry, RefsResponse};
use muse_wire::dag::{CommitGraph, WalkError};
use muse_wire::id::CommitId;
use muse_wire::limits::MAX_NEGOTIATE_IDS;
use muse_wire::name::{REMOTES, RefName};
use serde_json::json;

use super::receive::Received;
use crate::connection::Connection;
use crate::repository::{Expected, RefEdit, Repository, RepositoryError};
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::quantity::counted;
use crate::walk::CollectError;

/// What a fetch from one remote changed.
pub(in crate::commands) struct Fetched {
    remote: String,
    changes: Vec<TrackingChange>,
    received: Received,
}

/// One ref that a fetch moved.
struct TrackingChange {
    theirs: RefName,
    ours: RefName,
    old: Option<CommitId>,
    new: Option<CommitId>,
    forced: bool,
}

/// The remote's branches that are meant: the named ones, or all.
pub(in crate::commands) fn choose(
    server: &RefsResponse,
    remote: &str,
    branches: &[String],
) -> Result<Vec<RefEntry>, CliError> {
    if branches.is_empty() {
        let entries = server.refs.iter();
        return Ok(entries
            .filter(|entry| entry.name.as_branch().is_some())
            .cloned()
            .collect());
    }
    branches
        .iter()
        .map(|branch| {
            let mut entries = server.refs.iter();
            let found = entries.find(|entry| entry.name.as_branch() == Some(branch));
            found.cloned().ok_or_else(|| {
                CliError::not_found(format!("{remote} has no branch {branch:?}"))
                    .with_hint(format!("`muse fetch {remote}` fetches those that it has"))
            })
        })
        .collect()
}

/// Those of `targets` that no ref of ours reaches. That a commit is here is not enough: an interrupted
/// fetch may have left it without its history.
pub(in crate::commands) fn missing(
    repository: &Repository,
    targets: impl Iterator<Item = CommitId>,
) -> Result<Vec<CommitId>, CliError> {
    let ours = have(repository)?;
    let mut graph = CommitGraph::new(&repository.objects);
    let mut missing = Vec::new();
    for target in targets {
        if ours.contains(&target) || missing.contains(&target) {
            continue;
        }
        let mut reached = false;
        if repository.objects.has_commit(&target)? {
            for &tip in &ours {
                reached = reached || graph.is_ancestor(target, tip).map_err(walk_error)?;
            }
        }
        if !reached {
            missing.push(target);
        }
    }
    Ok(missing)
}

fn walk_error(error: WalkError<RepositoryError>) -> CliError {
    CollectError::Walk(error).into()
}

/// All commits that our refs name.
pub(in crate::commands) fn have(repository: &Repository) -> Result<Vec<CommitId>, CliError> {
    let refs = repository.refs.read()?;
    let mut have: Vec<CommitId> = refs.iter().map(|(_, commit)| commit).collect();
    have.sort_unstable();
    have.dedup();
    have.truncate(MAX_NEGOTIATE_IDS);
    Ok(have)
}

/// Moves the tracking refs to where the remote's branches are, and takes over new tags whose
/// commits have come along.
pub(in crate::commands) fn note(
    repository: &Repository,
    remote: &str,
    server: &RefsResponse,
    wanted: &[RefEntry],
    prune: bool,
    received: Received,
) -> Result<Fetched, CliError> {
    let mut locked = repository.lock()?;
    let refs = repository.refs.read()?;
    let mut graph = CommitGraph::new(&repository.objects);
    let mut changes = Vec::new();
    for entry in wanted {
        let branch = entry.name.as_branch().unwrap_or_default();
        let ours = RefName::remote_branch(remote, branch)
            .map_err(|error| CliError::failed(error.to_string()))?;
        let old = refs.get(&ours);
        if old == Some(entry.target) {
            continue;
        }
        let forced = match old {
            Some(old) => !graph.is_ancestor(old, entry.target).map_err(walk_error)?,
            None => false,
        };
        changes.push(TrackingChange {
            theirs: entry.name.clone(),
            ours,
            old,
            new: Some(entry.target),
            forced,
        });
    }
    let mut tips: Vec<CommitId> = refs.iter().map(|(_, commit)| commit).collect();
    tips.extend(wanted.iter().map(|entry| entry.target));
    for entry in &server.refs {
        if entry.name.as_tag().is_none()
            || refs.get(&entry.name).is_some()
            || !repository.objects.has_commit(&entry.target)?
        {
            continue;
        }
        let mut reached = false;
        for &tip in &tips {
            reached = reached || graph.is_ancestor(entry.target, tip).map_err(walk_error)?;
        }
        if reached {
            changes.push(TrackingChange {
                theirs: entry.name.clone(),
                ours: entry.name.clone(),
                old: None,
                new: Some(entry.target),
                forced: false,
            });
        }
    }
    if prune {
        let prefix = format!("{REMOTES}{remote}/");
        for (name, old) in refs.with_prefix(&prefix) {
            let branch = &name.as_str()[prefix.len()..];
            let is_there = |entry: &RefEntry| entry.name.as_branch() == Some(branch);
            if !server.refs.iter().any(is_there)
                && let Ok(theirs) = RefName::branch(branch)
            {
                changes.push(TrackingChange {
                    theirs,
                    ours: name.clone(),
                    old: Some(old),
                    new: None,
                    forced: false,
                });
            }
        }
    }
    let edits: Vec<RefEdit> = changes
        .iter()
        .map(|change| RefEdit {
            name: change.ours.clone(),
            expected: Expected::Any,
            new: change.new,
        })
        .collect();
    locked.update_refs(&edits, &format!("fetch {remote}"))?;
    Ok(Fetched {
        remote: remote.to_owned(),
        changes,
        received,
    })
}

impl Fetched {
    /// Says what moved, as git does.
    pub(in crate::commands) fn report(&self, context: &Context, connection: &Connection<'_>) {
        let printer = &context.printer;
        if context.json() || self.changes.is_empty() {
            return;
        }
        printer.note(format_args!("From {}", connection.client.url()));
        let short = |id: &CommitId| id.to_hex()[..7].to_owned();
        for change in &self.changes {
            let (theirs, ours) = (change.theirs.short(), change.ours.short());
            let kind = if change.theirs.as_tag().is_some() {
                "tag"
            } else {
                "branch"
            };
            printer.note(match (&change.old, &change.new) {
                (None, _) => format!(" * {:<16} {theirs} -> {ours}", format!("[new {kind}]")),
                (Some(_), None) => format!(" - {:<16} {ours}", "[deleted]"),
                (Some(old), Some(new)) => {
                    let (mark, note) = if change.forced {
                        ('+', " (forced)")
                    } else {
                        (' ', "")
                    };
                    let range = format!("{}..{}", short(old), short(new));
                    format!(" {mark} {range:<16} {theirs} -> {ours}{note}")
                }
            });
        }
        if self.received.bytes > 0 {
            printer.note(format_args!(
                "{}, {}, {} received",
                counted(self.received.commits, "commit"),
                counted(self.received.objects, "object"),
                HumanBytes(self.received.bytes)
            ));
        }
    }

    /// The same for programs.
    pub(in crate::commands) fn to_json(&self) -> serde_json::Value {
        let changes: Vec<_> = self
            .changes
            .iter()
            .map(|change| {
                json!({
                    "ref": change.ours,
                    "remote_ref": change.theirs,
                    "old": change.old,
                    "new": change.new,
                    "forced": change.forced,
                })
            })
            .collect();
        json!({
            "remote": self.remote,
            "updates": changes,
            "commits": self.received.commits,
            "objects": self.received.objects,
            "bytes_received": self.received.bytes,
        })
    }
}
