//! Undoing the last operation that moved refs.

use super::error::UndoError;
use crate::branches::undo_settings;
use crate::report::Reporter;
use crate::repository::{
    Cause, Expected, Head, LockedRepository, Operation, RefEdit, RefMove, Repository,
};
use crate::worktree::{CheckoutTarget, LocalChanges, check_out};

/// An operation that was undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// The operation, as it was noted.
    pub operation: Operation,
}

/// Undoes the last operation that moved a branch, a tag or `HEAD` and was not undone yet. Where it
/// moved the files of the work tree, they go back, too, and local changes stay; after a commit is
/// undone, what it recorded counts as changed again.
///
/// # Errors
/// [`UndoError`]; nothing was touched where it is [`UndoError::NothingToUndo`] or
/// [`UndoError::MovedSince`], or where a commit has gone with the garbage.
pub fn undo(repository: &Repository, reporter: &dyn Reporter) -> Result<Undone, UndoError> {
    let mut locked = repository.lock()?;
    locked.refs.read()?.refuse_unfinished()?;
    let reflog = locked.refs.reflog()?;
    let (index, operation) =
        last_not_undone(reflog.operations()).ok_or(UndoError::NothingToUndo)?;
    refuse_moved(&locked, &operation)?;
    let old_commits = operation.moves.iter().filter_map(|moved| moved.old);
    for commit in old_commits.chain(operation.old_head.commit) {
        locked.objects.require_remembered(&commit)?;
    }
    let reason = format!("undo: {}", operation.reason);
    let cause = Cause {
        undoes: Some(index + 1),
        ..Cause::from(&reason)
    };
    let old_head = &operation.old_head;
    // A checkout moves the branch that it leads to by itself.
    let moved_by_checkout = |moved: &&RefMove| {
        operation.moved_files && old_head.head == Head::Branch(moved.name.clone())
    };
    let moves = operation.moves.iter();
    let edits: Vec<RefEdit> = moves
        .filter(|moved| !moved_by_checkout(moved))
        .map(back)
        .collect();
    if operation.moved_files {
        let target = CheckoutTarget {
            commit: old_head.commit,
            head: old_head.head.clone(),
            edits: &edits,
            cause,
        };
        check_out(&mut locked, target, LocalChanges::Keep, reporter)?;
    } else {
        locked.update_refs_and_head(&edits, &old_head.head, cause)?;
    }
    undo_settings(&mut locked, &operation)?;
    Ok(Undone { operation })
}

/// The newest operation of `operations` (newest first) that is to be undone next, with all the
/// steps that it took, and how many come before the one in which it began.
fn last_not_undone(operations: impl Iterator<Item = Operation>) -> Option<(usize, Operation)> {
    let mut next = 0;
    let mut later: Option<Operation> = None;
    for (index, operation) in operations.enumerate() {
        if index < next {
            continue;
        }
        next = index + 1;
        if let Some(undone) = operation.undoes {
            next = next.saturating_add(undone);
            continue;
        }
        let goes_on = operation.goes_on;
        let all = match later.take() {
            Some(later) => operation.with(later),
            None => operation,
        };
        if goes_on {
            later = Some(all);
        } else if all.is_clone() {
            return None;
        } else if all.is_local() {
            return Some((index, all));
        }
    }
    None
}

/// Every ref must be where the operation has left it.
fn refuse_moved(locked: &LockedRepository<'_>, operation: &Operation) -> Result<(), UndoError> {
    let refs = locked.refs.read()?;
    let mut moves = operation.moves.iter();
    match moves.find(|moved| refs.get(&moved.name) != moved.new) {
        Some(moved) => Err(UndoError::MovedSince {
            name: moved.name.clone(),
            reason: operation.reason.clone(),
        }),
        None => Ok(()),
    }
}

fn back(moved: &RefMove) -> RefEdit {
    RefEdit {
        name: moved.name.clone(),
        expected: moved.new.map_or(Expected::Absent, Expected::Is),
        new: moved.old,
    }
}

#[cfg(test)]
mod tests {
    use muse_wire::id::CommitId;

    use super::*;
    use crate::branches::{ExistingBranch, SwitchTarget, delete_branches, rename_branch, switch};
    use crate::report::Silent;
    use crate::testing::Sandbox;
    use crate::undo::{FilesOnReset, reset};

    fn undone(sandbox: &Sandbox) -> Result<String, UndoError> {
        undo(&sandbox.repository, &Silent).map(|undone| undone.operation.reason)
    }

    fn head(sandbox: &Sandbox) -> Option<CommitId> {
        sandbox.repository.refs.head_commit().expect("readable")
    }

    #[test]
    fn a_commit_becomes_changes_again() {
        let sandbox = Sandbox::new();
        sandbox.write_file("a", "one");
        let one = sandbox.commit();
        sandbox.write_file("a", "two");
        sandbox.commit();
        assert_eq!(undone(&sandbox).expect("undone"), "commit: Try");
        assert_eq!(head(&sandbox), Some(one));
        assert_eq!(sandbox.changes(), ["~a"]);
        undone(&sandbox).expect("the first commit, too");
        assert_eq!(head(&sandbox), None);
        assert!(matches!(undone(&sandbox), Err(UndoError::NothingToUndo)));
    }

    #[test]
    fn operations_are_undone_one_after_the_other_and_what_follows_is_undone_first() {
        let sandbox = Sandbox::new();
        sandbox.write_file("a", "one");
        let one = sandbox.commit();
        sandbox.write_file("a", "two");
        let two = sandbox.commit();
        reset(&sandbox.repository, one, FilesOnReset::Discard, &Silent).expect("moves");
        let target = SwitchTarget::NewBranch {
            name: "dev".to_owned(),
            start: None,
            existing: ExistingBranch::Keep,
        };
        switch(&sandbox.repository, &target, LocalChanges::Keep, &Silent).expect("made");
        assert_eq!(undone(&sandbox).expect("undone"), "switch: created dev");
        assert!(sandbox.repository.resolve("dev").is_err());
        // Something new: it is what the next undo undoes.
        sandbox.write_file("b", "three");
        sandbox.commit();
        assert_eq!(undone(&sandbox).expect("undone"), "commit: Try");
        sandbox.remove_file("b");
        let reset = undone(&sandbox).expect("undone");
        assert_eq!(reset, format!("reset: to {}", one.short()));
        assert_eq!(head(&sandbox), Some(two));
        assert_eq!(sandbox.read_file("a"), "two");
    }

    #[test]
    fn local_changes_stay_or_stop_the_undo() {
        let sandbox = Sandbox::new();
        sandbox.write_file("a", "one");
        sandbox.write_file("b", "one");
        let one = sandbox.commit();
        sandbox.write_file("a", "two");
        let two = sandbox.commit();
        reset(&sandbox.repository, one, FilesOnReset::Discard, &Silent).expect("moves");
        sandbox.write_file("b", "mine");
        sandbox.write_file("a", "mine");
        let refused = undone(&sandbox);
        assert!(matches!(refused, Err(UndoError::Worktree(_))));
        sandbox.write_file("a", "one");
        undone(&sandbox).expect("nothing is in the way");
        assert_eq!(head(&sandbox), Some(two));
        assert_eq!(sandbox.changes(), ["~b"]);
    }

    #[test]
    fn what_was_seen_of_a_remote_is_passed_over() {
        let sandbox = Sandbox::new();
        sandbox.write_file("a", "one");
        let one = sandbox.commit();
        sandbox.set_ref("refs/remotes/origin/main", one);
        assert_eq!(undone(&sandbox).expect("undone"), "commit: Try");
    }

    #[test]
    fn a_branch_that_comes_back_follows_what_it_followed() {
        let sandbox = Sandbox::new();
        sandbox.write_file("a", "one");
        let one = sandbox.commit();
        sandbox.set_ref("refs/heads/dev", one);
        let repository = &sandbox.repository;
        let mut locked = repository.lock().expect("no other process uses it");
        let follow =
            locked.edit_config(|file| file.set_upstream("dev", "origin", "refs/heads/dev"));
        follow.expect("writable");
        drop(locked);
        let settings = || {
            let config = repository.config.read().expect("readable");
            let entries = config.entries();
            entries.map(|(key, _)| key.to_owned()).collect::<Vec<_>>()
        };
        let followed = ["branch.dev.merge", "branch.dev.remote"];
        delete_branches(repository, &["dev".to_owned()], true).expect("deleted");
        assert_eq!(settings(), [""; 0]);
        undone(&sandbox).expect("undone");
        assert_eq!(settings(), followed);
        rename_branch(repository, Some("dev"), "work").expect("renamed");
        assert_eq!(settings(), ["branch.work.merge", "branch.work.remote"]);
        undone(&sandbox).expect("undone");
        assert_eq!(settings(), followed);
        assert_eq!(repository.resolve("dev").expect("there"), one);
    }
}
