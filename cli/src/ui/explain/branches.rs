//! Errors of changing and switching branches.

use muse_wire::name::RefName;

use crate::branches::{BranchError, SwitchError};
use crate::ui::error::CliError;
use crate::worktree::WorktreeError;

impl From<BranchError> for CliError {
    fn from(error: BranchError) -> Self {
        let message = error.to_string();
        match error {
            BranchError::Walk(error) => error.into(),
            BranchError::Repository(error) => error.into(),
            BranchError::Name(_) => Self::usage(message),
            BranchError::Unknown(_) => {
                Self::not_found(message).with_hint("`muse branch` lists the branches")
            }
            BranchError::IsCurrent(_) => {
                Self::failed(message).with_hint("switch to another one first")
            }
            BranchError::WouldLoseCommits(name) => Self::failed(message).with_hint(format!(
                "`muse branch -D {}` deletes it anyway",
                name.short()
            )),
            BranchError::UnknownUpstream(_) => Self::not_found(message)
                .with_hint("write REMOTE/BRANCH: `muse branch -r` lists them")
                .with_hint("`muse fetch` looks for new ones, `muse push -u` makes one"),
            BranchError::Detached => Self::failed(message).with_hint("name the branch"),
            _ => Self::failed(message),
        }
    }
}

impl From<SwitchError> for CliError {
    fn from(error: SwitchError) -> Self {
        let message = error.to_string();
        match error {
            SwitchError::Worktree(error @ WorktreeError::WouldOverwrite(_)) => {
                Self::from(error).with_hint("`muse switch --force` overwrites them")
            }
            SwitchError::Worktree(error) => error.into(),
            SwitchError::Repository(error) => error.into(),
            SwitchError::Name(_) => Self::usage(message),
            SwitchError::Unknown { name, is_commit } => {
                Self::not_found(message).with_hint(if is_commit {
                    format!("`muse switch --detach {name}` goes to the commit")
                } else if RefName::branch(&name).is_ok() {
                    format!("`muse switch -c {name}` makes it")
                } else {
                    "`muse branch -a` lists the branches".to_owned()
                })
            }
            SwitchError::Ambiguous { name, candidates } => {
                Self::not_found(message).with_hint(format!(
                    "`muse switch -c {name} {}` takes that one",
                    candidates[0].short()
                ))
            }
            _ => Self::failed(message),
        }
    }
}
