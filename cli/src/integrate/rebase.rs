//! Making the commits of a branch again on top of another commit.

use muse_wire::dag::{CommitGraph, Revwalk, Sorting};
use muse_wire::id::CommitId;

use super::error::IntegrateError;
use super::sequence::{Committer, Outcome, Sequence, changed_paths};
use crate::report::Reporter;
use crate::repository::{Action, Repository, RepositoryError};

/// What a rebase did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rebasing {
    /// The branch is on top of the other commit already.
    UpToDate,
    /// Commits were made again, or the rebase stopped.
    Rebased(Outcome),
}

/// Makes the commits of the current branch that `upstream` lacks again on top of `onto`, or of
/// `upstream` where that is not given. Merges are left out: their commits come one by one.
///
/// # Errors
/// [`IntegrateError`]; nothing was touched then. Conflicts are no error.
pub fn rebase(
    repository: &Repository,
    upstream: CommitId,
    onto: Option<CommitId>,
    committer: &Committer,
    reporter: &dyn Reporter,
) -> Result<Rebasing, IntegrateError> {
    let mut locked = repository.lock()?;
    let refs = locked.refs.read()?;
    refs.refuse_unfinished()?;
    let head = refs.head_commit().ok_or(RepositoryError::NoCommits)?;
    let steps = commits_to_apply(&locked, head, upstream)?;
    if onto.is_none_or(|onto| onto == upstream) && is_on_top(&locked, head, upstream)? {
        return Ok(Rebasing::UpToDate);
    }
    let current = locked.objects.commit_tree(Some(&head))?;
    let local = changed_paths(&locked, &current)?;
    if !local.is_empty() {
        return Err(IntegrateError::NotClean(local));
    }
    let sequence = Sequence {
        action: Action::Rebase,
        start: refs.head_state(),
        tip: onto.unwrap_or(upstream),
        steps,
        message: None,
        label: None,
        mainline: None,
    };
    sequence
        .run(&mut locked, committer, reporter)
        .map(Rebasing::Rebased)
}

/// Whether `head` follows `upstream` without a merge in between.
fn is_on_top(
    repository: &Repository,
    head: CommitId,
    upstream: CommitId,
) -> Result<bool, IntegrateError> {
    let mut graph = CommitGraph::new(&repository.objects);
    if !graph.is_ancestor(upstream, head)? {
        return Ok(false);
    }
    let mut walk = Revwalk::new(&repository.objects);
    walk.push(head)?;
    walk.hide(upstream)?;
    for id in walk.run()?.commits {
        if repository.objects.commit(&id)?.parents.len() > 1 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The commits of `head` that `upstream` lacks, without merges, oldest first.
fn commits_to_apply(
    repository: &Repository,
    head: CommitId,
    upstream: CommitId,
) -> Result<Vec<CommitId>, IntegrateError> {
    let mut walk = Revwalk::new(&repository.objects);
    walk.push(head)?;
    walk.hide(upstream)?;
    walk.sorting(Sorting::ParentsFirst);
    let mut steps = Vec::new();
    for id in walk.run()?.commits {
        let commit = repository.objects.commit(&id)?;
        if commit.parents.is_empty() {
            if repository.objects.shallow()?.contains(&id) {
                return Err(RepositoryError::Shallow(id).into());
            }
            return Err(IntegrateError::Unrelated);
        }
        if commit.parents.len() == 1 {
            steps.push(id);
        }
    }
    Ok(steps)
}
