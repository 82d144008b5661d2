//! Bringing back what was put aside.

use muse_wire::id::CommitId;

use super::error::StashError;
use super::{find, forget};
use crate::integrate::{Committer, Stop, expect_settled, stop_at_conflicts};
use crate::merge::{Labels, merge_trees};
use crate::report::Reporter;
use crate::repository::{Action, Repository, RepositoryError};
use crate::worktree::{CheckoutStats, LocalChanges, record_commit, switch_tree};

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Popped {
    /// All of it.
    Done {
        /// The commit that held the changes.
        id: CommitId,
        /// The files that were written and removed.
        files: CheckoutStats,
    },
    /// All of it, with conflicts. The stash is kept until they are settled.
    Stopped(Stop),
}

/// Brings the changes of the stash number `number`, 0 being the newest, back into the work tree.
/// Unless there are conflicts, or it is to be `kept`, the stash is dropped.
///
/// # Errors
/// [`StashError`]; nothing was touched then.
pub fn pop(
    repository: &Repository,
    number: usize,
    is_kept: bool,
    committer: &Committer,
    reporter: &dyn Reporter,
) -> Result<Popped, StashError> {
    let mut locked = repository.lock()?;
    let refs = locked.refs.read()?;
    refs.refuse_unfinished()?;
    let id = find(&locked, number)?;
    let head = refs.head_commit().ok_or(RepositoryError::NoCommits)?;
    let stash = locked.objects.commit(&id)?;
    let base = locked.objects.commit_tree(stash.parents.first())?;
    let current = locked.objects.commit_tree(Some(&head))?;
    let stashed = locked.objects.tree(&stash.snapshot)?;
    let labels = Labels {
        ours: "HEAD",
        base: "before the stash",
        theirs: "stash",
    };
    let merged = merge_trees(&locked.objects, &base, &current, &stashed, labels)?;
    if !merged.conflicts.is_empty() {
        let start = refs.head_state();
        let stop = stop_at_conflicts(&mut locked, Action::Stash, start, id, merged, reporter)?;
        return Ok(Popped::Stopped(stop));
    }
    // What the merge has put together is in no mpack yet.
    let details = committer.says(stash.message);
    let contents = merged.new_objects;
    record_commit(&locked, &[head], &merged.tree, &details, contents)?;
    let keep = LocalChanges::Keep;
    let files = switch_tree(&mut locked, &current, &merged.tree, keep, reporter)?;
    if !is_kept {
        forget(&mut locked, id)?;
    }
    Ok(Popped::Done { id, files })
}

/// Once the conflicts of a pop are settled: drops the stash. The changes stay in the work tree.
///
/// # Errors
/// If no pop is unfinished, or conflicts are not settled.
pub fn finish_pop(repository: &Repository) -> Result<(), StashError> {
    let mut locked = repository.lock()?;
    let unfinished = expect_settled(&locked, Some(Action::Stash))?;
    for step in unfinished.steps {
        forget(&mut locked, step)?;
    }
    locked.set_unfinished(None)?;
    Ok(())
}
