//! Moving the current branch to another commit.

use muse_wire::id::CommitId;

use super::error::UndoError;
use crate::integrate::put_back;
use crate::report::Reporter;
use crate::repository::{Action, Expected, Head, RefEdit, Repository};
use crate::worktree::{CheckoutTarget, LocalChanges, check_out};

/// What a reset does with the files of the work tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilesOnReset {
    /// They stay, and what differs from the new commit counts as changed.
    Stay,
    /// They become those of the new commit. Local changes are lost.
    Discard,
}

/// A reset that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reset {
    /// The branch that moved, or the commit that `HEAD` is at.
    pub head: Head,
    /// The merge or the like that was unfinished, and has ended.
    pub ended: Option<Action>,
    /// Where it was; `None` if it had no commits.
    pub old: Option<CommitId>,
    /// Where it is.
    pub new: CommitId,
}

/// Moves the current branch, or a detached `HEAD`, to `commit`. An unfinished merge or the like
/// ends.
///
/// # Errors
/// [`UndoError`]; an interrupted checkout has to be finished first, unless the files are discarded.
pub fn reset(
    repository: &Repository,
    commit: CommitId,
    files: FilesOnReset,
    reporter: &dyn Reporter,
) -> Result<Reset, UndoError> {
    let mut locked = repository.lock()?;
    let refs = locked.refs.read()?;
    refs.refuse_unfinished_checkout()?;
    locked.objects.require_commit(&commit)?;
    let old = refs.head_commit();
    let head = match refs.head() {
        Head::Branch(name) => Head::Branch(name.clone()),
        Head::Detached(_) => Head::Detached(commit),
    };
    let reason = format!("reset: to {}", commit.short());
    let ended = refs.unfinished().map(|unfinished| unfinished.action);
    match files {
        FilesOnReset::Discard => {
            if let Some(unfinished) = refs.unfinished() {
                // What it has brought goes, too, also where no commit has it.
                let current = locked.objects.commit_tree(old.as_ref())?;
                put_back(&mut locked, unfinished, &current, reporter)?;
            }
            let target = CheckoutTarget {
                commit: Some(commit),
                head: head.clone(),
                edits: &[],
                cause: (&reason).into(),
            };
            check_out(&mut locked, target, LocalChanges::Discard, reporter)?;
        }
        FilesOnReset::Stay => {
            let edit = match &head {
                Head::Branch(name) => Some(RefEdit {
                    name: name.clone(),
                    expected: old.map_or(Expected::Absent, Expected::Is),
                    new: Some(commit),
                }),
                Head::Detached(_) => None,
            };
            locked.update_refs_and_head(edit.as_slice(), &head, &reason)?;
        }
    }
    // `HEAD` may not have moved, and then nothing has ended it yet.
    locked.set_unfinished(None)?;
    Ok(Reset {
        head,
        ended,
        old,
        new: commit,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Silent;
    use crate::testing::Sandbox;

    #[test]
    fn files_stay_or_go_along() {
        let sandbox = Sandbox::new();
        sandbox.write_file("a", "one");
        let one = sandbox.commit();
        sandbox.write_file("a", "two");
        sandbox.write_file("b", "two");
        let two = sandbox.commit();
        let stay = reset(&sandbox.repository, one, FilesOnReset::Stay, &Silent);
        assert_eq!(stay.expect("moves").old, Some(two));
        assert_eq!(sandbox.changes(), ["~a", "+b"]);
        let discard = reset(&sandbox.repository, two, FilesOnReset::Discard, &Silent);
        discard.expect("moves");
        sandbox.write_file("a", "three");
        let again = reset(&sandbox.repository, two, FilesOnReset::Discard, &Silent);
        assert_eq!(again.expect("discards").new, two);
        assert_eq!(sandbox.changes(), [""; 0]);
        assert_eq!(sandbox.read_file("a"), "two");
    }

    #[test]
    fn what_is_in_the_way_of_a_discard_goes() {
        let sandbox = Sandbox::new();
        sandbox.write_file("file", "one");
        sandbox.write_file("directory/deep/a", "one");
        let one = sandbox.commit();
        sandbox.remove_file("file");
        sandbox.write_file("file/new/x", "mine");
        std::fs::remove_dir_all(sandbox.path("directory")).expect("there");
        sandbox.write_file("directory", "mine");
        let discard = reset(&sandbox.repository, one, FilesOnReset::Discard, &Silent);
        discard.expect("everything makes way");
        assert_eq!(sandbox.read_file("file"), "one");
        assert_eq!(sandbox.read_file("directory/deep/a"), "one");
        assert_eq!(sandbox.changes(), [""; 0]);
    }

    #[test]
    fn a_detached_head_moves_alone() {
        let sandbox = Sandbox::new();
        sandbox.write_file("a", "one");
        let one = sandbox.commit();
        sandbox.write_file("a", "two");
        let two = sandbox.commit();
        let mut locked = sandbox.repository.lock().expect("free");
        let detached = Head::Detached(two);
        let moved = locked.update_refs_and_head(&[], &detached, "test");
        moved.expect("moves");
        drop(locked);
        let done = reset(&sandbox.repository, one, FilesOnReset::Discard, &Silent);
        assert_eq!(done.expect("moves").head, Head::Detached(one));
        let main = sandbox.repository.resolve("main").expect("there");
        assert_eq!(main, two);
    }
}
