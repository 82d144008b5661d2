//! Making the changes of single commits again, or taking them back.

use muse_wire::id::CommitId;

use super::error::IntegrateError;
use super::sequence::{Committer, Outcome, Sequence};
use crate::report::Reporter;
use crate::repository::{Action, Repository, RepositoryError};

/// Makes the changes of `commits` again on the current branch, in this order. Author, time and
/// message are theirs. Of a merge, the changes are those against its parent number `mainline`.
///
/// # Errors
/// [`IntegrateError`]; nothing was touched then. Conflicts are no error.
pub fn cherry_pick(
    repository: &Repository,
    commits: Vec<CommitId>,
    mainline: Option<usize>,
    committer: &Committer,
    reporter: &dyn Reporter,
) -> Result<Outcome, IntegrateError> {
    let action = Action::CherryPick;
    apply(repository, action, commits, mainline, committer, reporter)
}

/// Takes the changes of `commits` back on the current branch, in this order.
///
/// # Errors
/// As [`cherry_pick`].
pub fn revert(
    repository: &Repository,
    commits: Vec<CommitId>,
    mainline: Option<usize>,
    committer: &Committer,
    reporter: &dyn Reporter,
) -> Result<Outcome, IntegrateError> {
    let action = Action::Revert;
    apply(repository, action, commits, mainline, committer, reporter)
}

fn apply(
    repository: &Repository,
    action: Action,
    commits: Vec<CommitId>,
    mainline: Option<usize>,
    committer: &Committer,
    reporter: &dyn Reporter,
) -> Result<Outcome, IntegrateError> {
    let mut locked = repository.lock()?;
    let refs = locked.refs.read()?;
    refs.refuse_unfinished()?;
    let tip = refs.head_commit().ok_or(RepositoryError::NoCommits)?;
    let sequence = Sequence {
        action,
        start: refs.head_state(),
        tip,
        steps: commits,
        message: None,
        label: None,
        mainline,
    };
    sequence.run(&mut locked, committer, reporter)
}
