//! Bringing files and `HEAD` to another commit.
//!
//! Between the first file and `HEAD`, the work tree holds files of two commits. A durable mark says
//! so from before the first file is touched until `HEAD` has moved: whoever finds one finishes the
//! checkout or undoes it.

use muse_wire::id::CommitId;

use super::prepared::PreparedFiles;
use super::stats::CheckoutStats;
use super::switch::{LocalChanges, Start, Switch};
use crate::fault;
use crate::report::Reporter;
use crate::repository::{Cause, Checkout, Head, LockedRepository, RefEdit};
use crate::worktree::error::Result;

/// Where files and `HEAD` go.
#[derive(Debug, Clone)]
pub struct CheckoutTarget<'a> {
    /// The commit whose files are written; without one, the files go.
    pub commit: Option<CommitId>,
    /// Where `HEAD` points then. A branch moves to the commit, and is created if it is missing.
    pub head: Head,
    /// What moves in the same step, beside that branch.
    pub edits: &'a [RefEdit],
    /// For the reflog, and what follows from the move.
    pub cause: Cause<'a>,
}

/// Brings the files of the work tree from the current commit to that of `target`, then moves `HEAD`
/// and refs.
///
/// # Errors
/// [`crate::worktree::WorktreeError`]; nothing was touched where it is
/// [`crate::worktree::WorktreeError::WouldOverwrite`], or where another checkout is unfinished. If
/// anything else stops it, [`finish_checkout`] goes on and [`undo_checkout`] goes back.
pub fn check_out(
    locked: &mut LockedRepository<'_>,
    target: CheckoutTarget<'_>,
    local_changes: LocalChanges,
    reporter: &dyn Reporter,
) -> Result<CheckoutStats> {
    let prepared = PreparedFiles::default();
    check_out_prepared(locked, target, local_changes, prepared, reporter)
}

/// As [`check_out`], with files that are `prepared`: they are put in place and not read again.
///
/// # Errors
/// As [`check_out`].
pub fn check_out_prepared(
    locked: &mut LockedRepository<'_>,
    target: CheckoutTarget<'_>,
    local_changes: LocalChanges,
    prepared: PreparedFiles,
    reporter: &dyn Reporter,
) -> Result<CheckoutStats> {
    let refs = locked.refs.read()?;
    refs.refuse_unfinished_checkout()?;
    let branch_was = match &target.head {
        Head::Branch(name) => refs.get(name),
        Head::Detached(_) => None,
    };
    let checkout = Checkout {
        from: refs.head_commit(),
        to: target.commit,
        head: target.head,
        branch_was,
    };
    if let Some(commit) = &checkout.to {
        locked.objects.require_commit(commit)?;
    }
    let mut stats = CheckoutStats::default();
    // What was left out before may be within reach by now.
    let is_incomplete = !locked.left_out.read()?.is_empty();
    if checkout.from != checkout.to || local_changes == LocalChanges::Discard || is_incomplete {
        let switch = plan(
            locked,
            checkout.from,
            Start::Finished,
            checkout.to,
            local_changes,
        )?;
        if !switch.is_empty() {
            locked.begin_checkout(&checkout, target.edits)?;
            fault::point("checkout_marked");
            stats = switch.run(locked, prepared, reporter)?;
        }
    }
    locked.finish_checkout(&checkout, target.edits, target.cause)?;
    Ok(stats)
}

/// Finishes a checkout that was interrupted, and returns it; `None` if there is none.
///
/// # Errors
/// As [`check_out`].
pub fn finish_checkout(
    locked: &mut LockedRepository<'_>,
    local_changes: LocalChanges,
    reporter: &dyn Reporter,
) -> Result<Option<Checkout>> {
    let Some(checkout) = locked.refs.read()?.checkout().cloned() else {
        return Ok(None);
    };
    let (from, to) = (checkout.from, checkout.to);
    let switch = plan(locked, from, Start::Finished, to, local_changes)?;
    switch.run(locked, PreparedFiles::default(), reporter)?;
    locked.finish_checkout(&checkout, &[], "checkout: finished after an interruption")?;
    Ok(Some(checkout))
}

/// Brings the files back to where an interrupted checkout started, and returns it; `None` if there
/// is none. `HEAD` has not moved.
///
/// # Errors
/// As [`check_out`].
pub fn undo_checkout(
    locked: &mut LockedRepository<'_>,
    local_changes: LocalChanges,
    reporter: &dyn Reporter,
) -> Result<Option<Checkout>> {
    let Some(checkout) = locked.refs.read()?.checkout().cloned() else {
        return Ok(None);
    };
    let (from, to) = (checkout.to, checkout.from);
    let switch = plan(locked, from, Start::Interrupted, to, local_changes)?;
    switch.run(locked, PreparedFiles::default(), reporter)?;
    locked.abandon_checkout()?;
    Ok(Some(checkout))
}

fn plan(
    locked: &LockedRepository<'_>,
    from: Option<CommitId>,
    start: Start,
    to: Option<CommitId>,
    local_changes: LocalChanges,
) -> Result<Switch> {
    let from = locked.objects.commit_tree(from.as_ref())?;
    let to = locked.objects.commit_tree(to.as_ref())?;
    Switch::plan(locked, &from, start, &to, local_changes)
}
