//! Going on with an operation that stopped at a conflict, or going back.

use std::collections::BTreeSet;

use muse_wire::id::CommitId;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::Tree;

use super::conflicts::unsettled;
use super::error::IntegrateError;
use super::sequence::{Applied, Committer, Outcome, Sequence, details};
use crate::fault;
use crate::report::Reporter;
use crate::repository::{
    Action, Expected, Head, HeadState, LockedRepository, RefEdit, Repository, Unfinished,
};
use crate::worktree::{
    CheckoutStats, CommitOptions, Follows, WorktreeError, commit, restore_files,
};

/// Commits what people made of the conflicts, and applies what is left. `action` is what is meant
/// to be unfinished; `None` is whatever is.
///
/// # Errors
/// [`IntegrateError::Unsettled`] while there are conflicts, before anything is changed.
pub fn go_on(
    repository: &Repository,
    action: Option<Action>,
    message: Option<String>,
    committer: &Committer,
    reporter: &dyn Reporter,
) -> Result<Outcome, IntegrateError> {
    let mut locked = repository.lock()?;
    let unfinished = expect_settled(&locked, action)?;
    let mut steps = unfinished.steps.clone();
    let mut made = Vec::new();
    let mut skipped = Vec::new();
    // It stopped at the first one, unless that was committed and the process died after it.
    if unfinished.shown != unfinished.tip && !steps.is_empty() {
        let step = steps.remove(0);
        let goes_on = Unfinished {
            steps: steps.clone(),
            conflicts: Vec::new(),
            message: None,
            ..unfinished.clone()
        };
        let committed = commit_step(
            &mut locked,
            &unfinished,
            step,
            goes_on,
            message,
            committer,
            reporter,
        )?;
        match committed {
            Some(id) => made.push(id),
            None => skipped.push(step),
        }
    }
    let tip = made.last().copied().unwrap_or(unfinished.tip);
    let rest = Sequence::rest(unfinished, tip, steps);
    Ok(match rest.run(&mut locked, committer, reporter)? {
        Outcome::Done(applied) => {
            made.extend(applied.made);
            skipped.extend(applied.skipped);
            Outcome::Done(Applied {
                made,
                skipped,
                ..applied
            })
        }
        stopped => stopped,
    })
}

/// Commits the work tree as what became of `step`; `None` where nothing is left of it.
fn commit_step(
    locked: &mut LockedRepository<'_>,
    unfinished: &Unfinished,
    step: CommitId,
    goes_on: Unfinished,
    message: Option<String>,
    committer: &Committer,
    reporter: &dyn Reporter,
) -> Result<Option<CommitId>, IntegrateError> {
    let action = unfinished.action;
    let message = message.or_else(|| unfinished.message.clone());
    let original = locked.objects.commit(&step)?;
    let is_merge = action == Action::Merge;
    let options = CommitOptions {
        details: details(action, &step, original, message.as_ref(), committer),
        allow_empty: is_merge,
        follows: Follows::Unfinished {
            others: is_merge.then_some(step).into_iter().collect(),
            goes_on: Some(Box::new(goes_on.clone())),
            left_alone: unfinished.left_alone.clone(),
        },
    };
    match commit(locked, options, reporter) {
        Ok(committed) => {
            for warning in committed.warnings {
                reporter.warn(format_args!("{warning}"));
            }
            Ok(Some(committed.id))
        }
        Err(WorktreeError::NothingToCommit) => {
            let nothing_shown = Unfinished {
                merged: unfinished.tip,
                shown: unfinished.tip,
                ..goes_on
            };
            locked.set_unfinished(Some(&nothing_shown))?;
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Leaves out the commit at which the operation stopped, and applies the rest.
///
/// # Errors
/// As [`go_on`]. It can be run again, and leaves out no further commit then.
pub fn skip(
    repository: &Repository,
    action: Action,
    committer: &Committer,
    reporter: &dyn Reporter,
) -> Result<Outcome, IntegrateError> {
    let mut locked = repository.lock()?;
    let unfinished = expect_unfinished(&locked, Some(action))?;
    if !unfinished.is_written {
        return Err(IntegrateError::NotWritten(action));
    }
    let tip = locked.objects.commit_tree(Some(&unfinished.tip))?;
    put_back(&mut locked, &unfinished, &tip, reporter)?;
    // It stopped at the first one, unless that was left out and the rest could not be applied yet.
    let is_shown = unfinished.shown != unfinished.tip;
    let steps = unfinished.steps.iter().skip(usize::from(is_shown));
    let steps: Vec<CommitId> = steps.copied().collect();
    let nothing_shown = Unfinished {
        merged: unfinished.tip,
        shown: unfinished.tip,
        steps: steps.clone(),
        conflicts: Vec::new(),
        ..unfinished.clone()
    };
    locked.set_unfinished(Some(&nothing_shown))?;
    let tip = unfinished.tip;
    Sequence::rest(unfinished, tip, steps).run(&mut locked, committer, reporter)
}

/// Goes back to where the operation began. Files that it has not touched keep their changes.
///
/// # Errors
/// [`IntegrateError`]; it can be run again.
pub fn abort(
    repository: &Repository,
    action: Action,
    reporter: &dyn Reporter,
) -> Result<HeadState, IntegrateError> {
    let mut locked = repository.lock()?;
    let unfinished = expect_unfinished(&locked, Some(action))?;
    let start = unfinished.start.clone();
    let tree = locked.objects.commit_tree(start.commit.as_ref())?;
    put_back(&mut locked, &unfinished, &tree, reporter)?;
    let edit = match (&start.head, start.commit) {
        (Head::Branch(name), Some(commit)) => Some(RefEdit {
            name: name.clone(),
            expected: Expected::Any,
            new: Some(commit),
        }),
        _ => None,
    };
    let reason = format!("{action}: aborted");
    locked.update_refs_and_head(edit.as_slice(), &start.head, &reason)?;
    // `HEAD` may not have moved, and then nothing has ended it yet.
    locked.set_unfinished(None)?;
    Ok(start)
}

/// Makes the files that the operation has touched as they are in `tree`.
///
/// # Errors
/// If they cannot be written; it can be run again.
pub fn put_back(
    locked: &mut LockedRepository<'_>,
    unfinished: &Unfinished,
    tree: &Tree,
    reporter: &dyn Reporter,
) -> Result<CheckoutStats, WorktreeError> {
    let shown = locked.objects.commit_tree(Some(&unfinished.shown))?;
    let changes = shown.diff(tree).into_iter().map(|change| change.path);
    let conflicts = unfinished.conflicts.iter();
    let conflicts = conflicts.map(|conflict| conflict.path.clone());
    let touched: BTreeSet<RepoPath> = changes.chain(conflicts).collect();
    let is_touched = |path: &RepoPath| touched.contains(path);
    let stats = restore_files(locked, &shown, tree, &is_touched, reporter)?;
    fault::point("conflict_put_back");
    Ok(stats)
}

/// The operation that stopped, once its conflicts are settled. `action` is what is meant to be
/// unfinished; `None` is whatever is.
///
/// # Errors
/// [`IntegrateError::Unsettled`] while there are conflicts.
pub fn expect_settled(
    repository: &Repository,
    action: Option<Action>,
) -> Result<Unfinished, IntegrateError> {
    let unfinished = expect_unfinished(repository, action)?;
    if !unfinished.is_written {
        return Err(IntegrateError::NotWritten(unfinished.action));
    }
    let open = unsettled(repository, &unfinished)?;
    if !open.is_empty() {
        let paths = open.into_iter().map(|conflict| conflict.path).collect();
        return Err(IntegrateError::Unsettled(paths));
    }
    Ok(unfinished)
}

/// The operation that stopped. `action` is what is meant to be unfinished; `None` is whatever is.
///
/// # Errors
/// [`IntegrateError::NothingUnfinished`] and [`IntegrateError::OtherUnfinished`].
pub fn expect_unfinished(
    repository: &Repository,
    action: Option<Action>,
) -> Result<Unfinished, IntegrateError> {
    let refs = repository.refs.read()?;
    refs.refuse_unfinished_checkout()?;
    match (refs.unfinished(), action) {
        (Some(unfinished), None) => Ok(unfinished.clone()),
        (Some(unfinished), Some(action)) if unfinished.action.command() == action.command() => {
            Ok(unfinished.clone())
        }
        (Some(unfinished), Some(_)) => Err(IntegrateError::OtherUnfinished(unfinished.action)),
        (None, action) => Err(IntegrateError::NothingUnfinished(
            action.unwrap_or(Action::Merge),
        )),
    }
}
