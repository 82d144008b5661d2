//! Switching to another branch or commit: the files, then `HEAD`.

use muse_wire::id::CommitId;
use muse_wire::name::{REMOTES, RefName};

use super::error::SwitchError;
use super::left_behind::left_behind;
use crate::report::Reporter;
use crate::repository::{Checkout, Head, Refs, Repository};
use crate::worktree::{CheckoutTarget, LocalChanges, check_out, finish_checkout, undo_checkout};

/// Where to switch to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SwitchTarget {
    /// A branch. One that only a remote has is created.
    Branch(String),
    /// A new branch.
    NewBranch {
        /// Its name.
        name: String,
        /// The revision that it starts at; the current commit unless given.
        start: Option<String>,
        /// What becomes of a branch of this name.
        existing: ExistingBranch,
    },
    /// A commit, without a branch that would move.
    Commit(String),
}

/// What becomes of a branch that has the name of a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExistingBranch {
    /// It stays, and there is no new one.
    Keep,
    /// It moves to where the new one starts.
    Move,
}

/// What a switch did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switched {
    /// What `HEAD` is now.
    pub head: Head,
    /// Its commit; `None` on a branch without commits.
    pub commit: Option<CommitId>,
    /// Whether the branch was created.
    pub is_new: bool,
    /// Where the branch was, if it had to move.
    pub moved_from: Option<CommitId>,
    /// Whether `HEAD` was there before.
    pub is_same: bool,
    /// The commits that a detached `HEAD` has left and that no ref reaches, newest first.
    pub left_behind: Vec<CommitId>,
}

/// What to do about a checkout that was interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    /// Write the rest of the files and move `HEAD`.
    Finish,
    /// Bring the files back to where `HEAD` still is.
    Undo,
}

/// Switches to another branch or commit. A checkout that was interrupted is undone first if it
/// started where this one goes, and finished first otherwise. Unless they are discarded, local
/// changes stay, or the switch is refused before it changes anything.
///
/// # Errors
/// [`SwitchError`].
pub fn switch(
    repository: &Repository,
    target: &SwitchTarget,
    local_changes: LocalChanges,
    reporter: &dyn Reporter,
) -> Result<Switched, SwitchError> {
    let mut locked = repository.lock()?;
    let mut destination = Destination::find(repository, target)?;
    let left_behind = left_behind(&locked, destination.commit)?;
    if let Some(checkout) = locked.refs.read()?.checkout().cloned() {
        if checkout.from == destination.commit {
            undo_checkout(&mut locked, local_changes, reporter)?;
        } else {
            finish_checkout(&mut locked, local_changes, reporter)?;
            if destination.is_target_of(&checkout) {
                return Ok(destination.switched(false, left_behind));
            }
            destination = Destination::find(repository, target)?;
        }
    }
    let refs = locked.refs.read()?;
    refs.refuse_unfinished()?;
    let is_same = *refs.head() == destination.head;
    let reason = match &destination.head {
        Head::Branch(name) if destination.is_new => format!("switch: created {}", name.short()),
        Head::Branch(name) if destination.moved_from.is_some() => {
            format!("switch: moved {}", name.short())
        }
        Head::Branch(name) => format!("switch: to {}", name.short()),
        Head::Detached(commit) => format!("switch: to {}", commit.short()),
    };
    let target = CheckoutTarget {
        commit: destination.commit,
        head: destination.head.clone(),
        edits: &[],
        cause: (&reason).into(),
    };
    check_out(&mut locked, target, local_changes, reporter)?;
    Ok(destination.switched(is_same, left_behind))
}

/// Finishes or undoes a checkout that was interrupted.
///
/// # Errors
/// [`SwitchError::NothingToResume`] if there is none, and as [`switch`].
pub fn resume(
    repository: &Repository,
    how: Resume,
    local_changes: LocalChanges,
    reporter: &dyn Reporter,
) -> Result<Switched, SwitchError> {
    let mut locked = repository.lock()?;
    let Some(checkout) = locked.refs.read()?.checkout().cloned() else {
        return Err(SwitchError::NothingToResume);
    };
    let left_behind = match how {
        Resume::Finish => {
            let left_behind = left_behind(&locked, checkout.to)?;
            finish_checkout(&mut locked, local_changes, reporter)?;
            left_behind
        }
        Resume::Undo => {
            undo_checkout(&mut locked, local_changes, reporter)?;
            Vec::new()
        }
    };
    let refs = locked.refs.read()?;
    Ok(Switched {
        head: refs.head().clone(),
        commit: refs.head_commit(),
        is_new: false,
        moved_from: None,
        is_same: false,
        left_behind,
    })
}

/// What stands for where `HEAD` was before.
const PREVIOUS: &str = "-";

/// The branch or commit to switch to.
struct Destination {
    head: Head,
    commit: Option<CommitId>,
    is_new: bool,
    moved_from: Option<CommitId>,
}

impl Destination {
    /// Whether an interrupted checkout was going there.
    fn is_target_of(&self, checkout: &Checkout) -> bool {
        self.head == checkout.head && self.commit == checkout.to
    }

    fn switched(self, is_same: bool, left_behind: Vec<CommitId>) -> Switched {
        Switched {
            head: self.head,
            commit: self.commit,
            is_new: self.is_new,
            moved_from: self.moved_from,
            is_same,
            left_behind,
        }
    }

    fn find(repository: &Repository, target: &SwitchTarget) -> Result<Self, SwitchError> {
        match target {
            SwitchTarget::Commit(revision) => {
                let commit = repository.resolve(revision)?;
                Ok(Self {
                    head: Head::Detached(commit),
                    commit: Some(commit),
                    is_new: false,
                    moved_from: None,
                })
            }
            SwitchTarget::NewBranch {
                name,
                start,
                existing,
            } => Self::new_branch(repository, name, start.as_deref(), *existing),
            SwitchTarget::Branch(name) if name == PREVIOUS => Self::previous(repository),
            SwitchTarget::Branch(name) => Self::branch(repository, name),
        }
    }

    /// Where `HEAD` was before it was last pointed elsewhere.
    fn previous(repository: &Repository) -> Result<Self, SwitchError> {
        let previous = repository.refs.reflog()?.previous_head();
        match previous.ok_or(SwitchError::NoPrevious)? {
            Head::Branch(name) => Self::branch(repository, name.short()),
            Head::Detached(commit) => Ok(Self {
                head: Head::Detached(commit),
                commit: Some(commit),
                is_new: false,
                moved_from: None,
            }),
        }
    }

    fn new_branch(
        repository: &Repository,
        name: &str,
        start: Option<&str>,
        existing: ExistingBranch,
    ) -> Result<Self, SwitchError> {
        let name = RefName::branch(name)?;
        let refs = repository.refs.read()?;
        let moved_from = refs.get(&name);
        if moved_from.is_some() && existing == ExistingBranch::Keep {
            return Err(SwitchError::AlreadyExists(name));
        }
        let commit = match start {
            Some(start) => Some(repository.resolve(start)?),
            None => refs.head_commit(),
        };
        Ok(Self {
            head: Head::Branch(name),
            commit,
            is_new: moved_from.is_none(),
            moved_from: moved_from.filter(|from| Some(*from) != commit),
        })
    }

    /// A branch that is here, or one that exactly one remote has.
    fn branch(repository: &Repository, name: &str) -> Result<Self, SwitchError> {
        let Ok(branch) = RefName::branch(name) else {
            // What no branch can be called may be a commit, such as HEAD~1.
            return Err(SwitchError::Unknown {
                name: name.to_owned(),
                is_commit: repository.resolve(name).is_ok(),
            });
        };
        let refs = repository.refs.read()?;
        let known = refs.get(&branch);
        let is_current = matches!(refs.head(), Head::Branch(current) if *current == branch);
        if known.is_some() || is_current {
            return Ok(Self {
                head: Head::Branch(branch),
                commit: known,
                is_new: false,
                moved_from: None,
            });
        }
        match tracked(&refs, name).as_slice() {
            [(_, commit)] => Ok(Self {
                head: Head::Branch(branch),
                commit: Some(*commit),
                is_new: true,
                moved_from: None,
            }),
            [] => Err(SwitchError::Unknown {
                name: name.to_owned(),
                is_commit: repository.resolve(name).is_ok(),
            }),
            several => Err(SwitchError::Ambiguous {
                name: name.to_owned(),
                candidates: several.iter().map(|(name, _)| name.clone()).collect(),
            }),
        }
    }
}

/// What was last seen of remotes' branches of this name.
fn tracked(refs: &Refs, branch: &str) -> Vec<(RefName, CommitId)> {
    let named = refs.with_prefix(REMOTES).filter(|(name, _)| {
        let short = name.short().split_once('/').map(|(_, short)| short);
        short == Some(branch)
    });
    named.map(|(name, commit)| (name.clone(), commit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Silent;
    use crate::repository::RepositoryError;
    use crate::testing::Sandbox;
    use crate::worktree::WorktreeError;

    fn switch_to(sandbox: &Sandbox, target: SwitchTarget) -> Result<Switched, SwitchError> {
        switch(&sandbox.repository, &target, LocalChanges::Keep, &Silent)
    }

    fn branch(name: &str) -> SwitchTarget {
        SwitchTarget::Branch(name.to_owned())
    }

    #[test]
    fn files_and_head_follow_the_branch() {
        let sandbox = Sandbox::new();
        sandbox.write_file("a", "one");
        let one = sandbox.commit();
        let new = SwitchTarget::NewBranch {
            name: "dev".to_owned(),
            start: None,
            existing: ExistingBranch::Keep,
        };
        let switched = switch_to(&sandbox, new.clone()).expect("switched");
        assert!(switched.is_new && switched.commit == Some(one));
        assert!(matches!(
            switch_to(&sandbox, new),
            Err(SwitchError::AlreadyExists(_))
        ));
        sandbox.write_file("a", "two");
        let two = sandbox.commit();
        switch_to(&sandbox, branch("main")).expect("switched");
        assert_eq!(sandbox.read_file("a"), "one");
        let again = switch_to(&sandbox, branch("main")).expect("nothing to do");
        assert!(again.is_same);
        let detached = switch_to(&sandbox, SwitchTarget::Commit("dev".to_owned()));
        assert_eq!(detached.expect("switched").head, Head::Detached(two));
        assert_eq!(sandbox.read_file("a"), "two");
    }

    #[test]
    fn a_branch_that_cannot_be_made_leaves_the_files_alone() {
        let sandbox = Sandbox::new();
        sandbox.write_file("a", "one");
        let one = sandbox.commit();
        sandbox.write_file("a", "two");
        sandbox.commit();
        let target = SwitchTarget::NewBranch {
            name: "main/below".to_owned(),
            start: Some(one.to_string()),
            existing: ExistingBranch::Keep,
        };
        let refused = switch_to(&sandbox, target);
        assert!(matches!(
            refused,
            Err(SwitchError::Worktree(WorktreeError::Repository(
                RepositoryError::RefCollision(_)
            )))
        ));
        assert_eq!(sandbox.read_file("a"), "two");
        let refs = sandbox.repository.refs.read().expect("readable");
        assert_eq!(refs.checkout(), None);
    }

    #[test]
    fn commits_that_no_ref_keeps_are_named_when_head_leaves_them() {
        let sandbox = Sandbox::new();
        sandbox.write_file("a", "one");
        let one = sandbox.commit();
        let detach = |revision: CommitId| SwitchTarget::Commit(revision.to_string());
        switch_to(&sandbox, detach(one)).expect("switched");
        let kept = switch_to(&sandbox, branch("main")).expect("switched");
        assert_eq!(kept.left_behind, []);
        switch_to(&sandbox, detach(one)).expect("switched");
        sandbox.write_file("a", "two");
        let two = sandbox.commit();
        sandbox.write_file("a", "three");
        let three = sandbox.commit();
        let back = switch_to(&sandbox, detach(two)).expect("switched");
        assert_eq!(back.left_behind, [three]);
        switch_to(&sandbox, detach(three)).expect("switched");
        let left = switch_to(&sandbox, branch("main")).expect("switched");
        assert_eq!(left.left_behind, [three, two]);
        switch_to(&sandbox, detach(three)).expect("switched");
        let new = SwitchTarget::NewBranch {
            name: "kept".to_owned(),
            start: None,
            existing: ExistingBranch::Keep,
        };
        assert_eq!(switch_to(&sandbox, new).expect("switched").left_behind, []);
    }

    #[test]
    fn a_hyphen_is_where_head_was_before() {
        let sandbox = Sandbox::new();
        let nowhere = switch_to(&sandbox, branch("-"));
        assert!(matches!(nowhere, Err(SwitchError::NoPrevious)));
        sandbox.write_file("a", "one");
        let one = sandbox.commit();
        let new = SwitchTarget::NewBranch {
            name: "dev".to_owned(),
            start: None,
            existing: ExistingBranch::Keep,
        };
        switch_to(&sandbox, new).expect("switched");
        sandbox.write_file("a", "two");
        sandbox.commit();
        for name in ["main", "dev", "main"] {
            let back = switch_to(&sandbox, branch("-")).expect("switched");
            assert_eq!(
                back.head,
                Head::Branch(RefName::branch(name).expect("valid"))
            );
        }
        switch_to(&sandbox, SwitchTarget::Commit("dev".to_owned())).expect("switched");
        switch_to(&sandbox, SwitchTarget::Commit(one.to_string())).expect("switched");
        let back = switch_to(&sandbox, branch("-")).expect("switched");
        assert_eq!(
            back.head,
            Head::Branch(RefName::branch("main").expect("valid"))
        );
    }

    #[test]
    fn a_branch_that_one_remote_has_is_created() {
        let sandbox = Sandbox::new();
        sandbox.write_file("a", "one");
        let one = sandbox.commit();
        let commit = switch_to(&sandbox, branch("HEAD~0"));
        assert!(matches!(
            commit,
            Err(SwitchError::Unknown {
                is_commit: true,
                ..
            })
        ));
        let unknown = switch_to(&sandbox, branch("dev"));
        assert!(matches!(
            unknown,
            Err(SwitchError::Unknown {
                is_commit: false,
                ..
            })
        ));
        sandbox.set_ref("refs/remotes/origin/dev", one);
        let switched = switch_to(&sandbox, branch("dev")).expect("switched");
        assert!(switched.is_new);
        sandbox.set_ref("refs/remotes/origin/topic", one);
        sandbox.set_ref("refs/remotes/other/topic", one);
        let ambiguous = switch_to(&sandbox, branch("topic"));
        assert!(
            matches!(ambiguous, Err(SwitchError::Ambiguous { candidates, .. })
                if candidates.len() == 2)
        );
    }
}
