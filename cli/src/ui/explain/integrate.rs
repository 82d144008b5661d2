//! Errors of merging, and of putting changes aside.

use super::worktree::name_some;
use crate::integrate::IntegrateError;
use crate::merge::MergeError;
use crate::stash::StashError;
use crate::ui::error::{CliError, ErrorKind};
use crate::ui::outcome::how_to_settle;

impl From<MergeError> for CliError {
    fn from(error: MergeError) -> Self {
        match error {
            MergeError::Repository(error) => error.into(),
            MergeError::Walk(error) => error.into(),
            error => Self::wrap(ErrorKind::Failed, error),
        }
    }
}

impl From<IntegrateError> for CliError {
    fn from(error: IntegrateError) -> Self {
        use IntegrateError as I;
        let message = error.to_string();
        match error {
            I::Merge(error) => error.into(),
            I::Walk(error) => error.into(),
            I::Worktree(error) => error.into(),
            I::Repository(error) => error.into(),
            I::NotFastForward => Self::new(ErrorKind::Rejected, message)
                .with_hint("`muse merge REV` makes a commit of the merge")
                .with_hint("`muse rebase REV` makes the commits of this branch again on top"),
            I::Unrelated => {
                Self::failed(message).with_hint("`--allow-unrelated` merges them all the same")
            }
            I::UnrelatedHere => Self::not_found(message)
                .with_hint("`muse fetch --deepen N` brings N commits more, `--unshallow` all"),
            I::IsMerge(_) => Self::failed(message)
                .with_hint("`-m 1` takes the changes against the branch that it was merged into"),
            I::LocalChanges(paths) | I::NotClean(paths) => Self::failed(message)
                .with_hint(format!("changed: {}", name_some(paths.iter())))
                .with_hint("commit them, or put them aside with `muse stash`"),
            I::OtherUnfinished(action) => {
                Self::failed(message).with_hint(format!("`muse {action} --continue` goes on"))
            }
            I::NotWritten(action) => Self::failed(message).with_hint(format!(
                "`muse {action} --abort` goes back, then begin again"
            )),
            I::Unsettled(paths) => Self::new(ErrorKind::Conflict, message)
                .with_hint(format!("in conflict: {}", name_some(paths.iter())))
                .with_hint(how_to_settle())
                .with_hint("`muse resolve PATH` takes a file as it is"),
            I::NotInConflict(_) | I::NothingUnfinished(_) | I::NoSuchParent { .. } => {
                Self::not_found(message)
            }
            I::NoParent(_) => Self::failed(message),
        }
    }
}

impl From<StashError> for CliError {
    fn from(error: StashError) -> Self {
        let message = error.to_string();
        match error {
            StashError::Integrate(error) => error.into(),
            StashError::Merge(error) => error.into(),
            StashError::Worktree(error) => error.into(),
            StashError::Repository(error) => error.into(),
            StashError::NothingToStash => Self::failed(message),
            StashError::NoStash => Self::not_found(message),
            StashError::NoSuchStash { .. } => {
                Self::not_found(message).with_hint("`muse stash list` lists them")
            }
        }
    }
}
