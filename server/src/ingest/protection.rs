//! The rules of protected branches: which moves are refused, and whether the commits that a branch
//! gains are signed. The publication checks all of it once more.

use std::collections::HashMap;

use muse_wire::api::push::RefUpdate;
use muse_wire::dag::Revwalk;
use muse_wire::id::CommitId;
use muse_wire::name::RefName;
use muse_wire::problem::ProblemCode;

use crate::error::{Error, Result};
use crate::history::CommitWindow;
use crate::store::commits::NewCommit;
use crate::store::protections::{BranchRule, Protection, SignedMove};
use crate::store::{Repo, Store};

/// How many stored commits are read at a time to see whether they are signed. One may have
/// megabytes.
const ENVELOPES_AT_A_TIME: usize = 100;

/// Checks the rules that the updates alone can break.
///
/// # Errors
/// [`Error::Problem`] names the first branch whose protection is broken.
pub(super) async fn check_moves(
    store: &Store,
    repo: &Repo,
    updates: &[RefUpdate],
) -> Result<Vec<Protection>> {
    let mut protections = store.protections(repo.id).await?;
    protections.retain(|protection| update_of(&protection.branch, updates).is_some());
    for protection in &protections {
        let update = update_of(&protection.branch, updates);
        if let Some(rule) = update.and_then(|update| protection.broken_by(update)) {
            return Err(protected(&protection.branch, rule));
        }
    }
    Ok(protections)
}

/// Checks all rules, and returns the moves whose commits had to be signed and are.
///
/// # Errors
/// [`Error::Problem`] names the first branch whose protection is broken.
pub(super) async fn check(
    store: &Store,
    repo: &Repo,
    updates: &[RefUpdate],
    new_commits: &[NewCommit],
) -> Result<Vec<SignedMove>> {
    let mut signed = Vec::new();
    for protection in check_moves(store, repo, updates).await? {
        let branch = protection.branch.clone();
        let update = update_of(&branch, updates).filter(|one| protection.wants_signatures(one));
        let Some(new) = update.and_then(|update| update.new) else {
            continue;
        };
        let from = store.ref_target(repo.id, &branch).await?;
        if let Some(unsigned) = find_unsigned(store, repo, from, new, new_commits).await? {
            let rule = BranchRule::SignedOnly.as_str();
            let detail = format!("{branch} {rule}, and {unsigned} is not signed");
            return Err(Error::problem(ProblemCode::SignatureRequired, detail));
        }
        signed.push(SignedMove { branch, from });
    }
    Ok(signed)
}

/// A commit without a signature among those that a branch gains.
async fn find_unsigned(
    store: &Store,
    repo: &Repo,
    from: Option<CommitId>,
    new: CommitId,
    new_commits: &[NewCommit],
) -> Result<Option<CommitId>> {
    let mut window = CommitWindow::new(store, repo.id);
    let nodes = new_commits.iter().map(|one| (one.id, one.node.clone()));
    window.add_new(nodes);
    let ends: Vec<CommitId> = from.into_iter().chain([new]).collect();
    window.load(&ends).await?;
    let gained = window
        .walk(move |loaded| {
            let mut walk = Revwalk::new(loaded);
            if let Some(from) = from {
                walk.hide(from)?;
            }
            walk.push(new)?;
            walk.run()
        })
        .await?;
    let is_signed: HashMap<CommitId, bool> = new_commits
        .iter()
        .map(|commit| (commit.id, !commit.envelope.signatures.is_empty()))
        .collect();
    let mut stored = Vec::new();
    for id in gained.commits {
        match is_signed.get(&id) {
            Some(true) => {}
            Some(false) => return Ok(Some(id)),
            None => stored.push(id),
        }
    }
    for ids in stored.chunks(ENVELOPES_AT_A_TIME) {
        let envelopes = store.commit_envelopes(repo.id, ids).await?;
        let mut unsigned = envelopes
            .iter()
            .filter(|(_, one)| one.signatures.is_empty());
        if let Some((id, _)) = unsigned.next() {
            return Ok(Some(*id));
        }
    }
    Ok(None)
}

/// The error of an update that a protected branch does not take.
pub(super) fn protected(branch: &RefName, rule: BranchRule) -> Error {
    let code = match rule {
        BranchRule::NoForce | BranchRule::NoDeletion => ProblemCode::ProtectedBranch,
        BranchRule::SignedOnly => ProblemCode::SignatureRequired,
    };
    Error::problem(code, format!("{branch} {}", rule.as_str()))
}

fn update_of<'a>(branch: &RefName, updates: &'a [RefUpdate]) -> Option<&'a RefUpdate> {
    updates.iter().find(|update| update.name == *branch)
}
