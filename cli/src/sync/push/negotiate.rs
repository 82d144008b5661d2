//! What the server says before a push: where the refs are that are to move, and which of the
//! commits that are new to it, as far as this repository knows, it has nevertheless.
//!
//! All of its refs would say less, and there may be a hundred thousand.

use std::collections::{BTreeMap, BTreeSet};

use muse_wire::api::push::RefUpdate;
use muse_wire::api::refs::{NegotiateRequest, RefEntry};
use muse_wire::id::CommitId;
use muse_wire::limits::{MAX_NEGOTIATE_IDS, MAX_NEGOTIATE_REFS, PushLimits};
use muse_wire::name::{HEADS, REMOTES, RefName};

use super::error::PushError;
use super::refspec::RefChange;
use crate::repository::{Refs, Repository};
use crate::sync::Connection;
use crate::transport::TransportError;
use crate::walk;

/// Most tracking refs that tell what the server has. More would cost more than they save: what they
/// leave open, the server is asked.
const MAX_TRACKED: usize = 1_000;

/// The server, as far as a push needs to know it.
pub(super) struct Negotiated {
    /// The repository's id.
    pub(super) repo_id: String,
    /// The branch that clones check out.
    pub(super) default_branch: RefName,
    /// What the server takes in one push.
    pub(super) limits: PushLimits,
    /// Where the refs are that are to move.
    pub(super) refs: BTreeMap<RefName, CommitId>,
    /// Commits that it has. Ids that are unknown here stop nothing.
    pub(super) have: Vec<CommitId>,
}

/// Asks the server what has to be known for these changes.
pub(super) fn negotiate(
    repository: &Repository,
    connection: &Connection<'_>,
    refs: &Refs,
    remote: &str,
    changes: &[RefChange],
) -> Result<Negotiated, PushError> {
    let tips: Vec<CommitId> = changes.iter().filter_map(|change| change.new).collect();
    let names: Vec<RefName> = changes.iter().map(|change| change.name.clone()).collect();
    let mut have = last_seen(refs, remote, &names);
    let mut lists = names.chunks(MAX_NEGOTIATE_REFS);
    let mut question = Question::about(repository, &tips, &have)?;
    let first = NegotiateRequest {
        commits: question.commits.clone(),
        refs: lists.next().unwrap_or_default().to_vec(),
    };
    let client = connection.client();
    let mut answer = connection.wait(client.negotiate(&first))?;
    let mut found = answer.refs;
    for names in lists {
        found.extend(refs_at(connection, names)?);
    }
    have.extend(found.iter().map(|entry| entry.target));
    loop {
        have.append(&mut answer.have);
        if question.is_complete() {
            break;
        }
        let next = Question::about(repository, &tips, &have)?;
        if next.new_count >= question.new_count {
            // The server has nothing of all that.
            break;
        }
        question = next;
        answer = connection.wait(client.negotiate(&NegotiateRequest {
            commits: question.commits.clone(),
            refs: Vec::new(),
        }))?;
    }
    let mut seen = BTreeSet::new();
    have.retain(|id| seen.insert(*id));
    let reporter = connection.reporter();
    reporter.step(format_args!("step 1: have={} anchor(s)", have.len()));
    Ok(Negotiated {
        repo_id: answer.repo_id,
        default_branch: answer.default_branch,
        limits: answer.limits,
        refs: found.into_iter().map(|at| (at.name, at.target)).collect(),
        have,
    })
}

/// Whether all refs are where these updates were to move them.
pub(super) fn are_applied(
    connection: &Connection<'_>,
    updates: &[RefUpdate],
) -> Result<bool, TransportError> {
    for updates in updates.chunks(MAX_NEGOTIATE_REFS) {
        let names: Vec<RefName> = updates.iter().map(|update| update.name.clone()).collect();
        let found = refs_at(connection, &names)?.into_iter();
        let found: BTreeMap<RefName, CommitId> = found.map(|at| (at.name, at.target)).collect();
        let is_applied = |update: &RefUpdate| found.get(&update.name) == update.new.as_ref();
        if !updates.iter().all(is_applied) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Where these refs are, of which there are no more than a request can name.
fn refs_at(
    connection: &Connection<'_>,
    names: &[RefName],
) -> Result<Vec<RefEntry>, TransportError> {
    let request = NegotiateRequest {
        commits: Vec::new(),
        refs: names.to_vec(),
    };
    Ok(connection
        .wait(connection.client().negotiate(&request))?
        .refs)
}

/// Commits to ask about.
struct Question {
    /// The newest first.
    commits: Vec<CommitId>,
    /// How many may be new to the server.
    new_count: usize,
}

impl Question {
    /// About what `tips` reach and `have` does not. Of more than a request can name, it is about
    /// some at even distances: what lies between, another one is about.
    fn about(
        repository: &Repository,
        tips: &[CommitId],
        have: &[CommitId],
    ) -> Result<Self, PushError> {
        let commits = walk::new_commits(&repository.objects, tips, have)?.commits;
        let distance = commits.len().div_ceil(MAX_NEGOTIATE_IDS).max(1);
        Ok(Self {
            commits: commits.iter().rev().step_by(distance).copied().collect(),
            new_count: commits.len(),
        })
    }

    /// Whether it is about all commits that may be new to the server.
    const fn is_complete(&self) -> bool {
        self.commits.len() == self.new_count
    }
}

/// What was last seen of the remote's branches: those that are to move first, then those that have
/// a local branch of the same name, then others.
fn last_seen(refs: &Refs, remote: &str, names: &[RefName]) -> Vec<CommitId> {
    let prefix = format!("{REMOTES}{remote}/");
    let local = refs.with_prefix(HEADS).map(|(name, _)| name);
    let branches = names.iter().chain(local).filter_map(RefName::as_branch);
    let tracked = branches.filter_map(|branch| {
        let name = RefName::remote_branch(remote, branch).ok()?;
        refs.get(&name)
    });
    let others = refs.with_prefix(&prefix).map(|(_, commit)| commit);
    tracked.chain(others).take(MAX_TRACKED).collect()
}
