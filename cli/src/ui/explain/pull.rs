//! Errors of a pull.

use super::{Explain, Login};
use crate::sync::{FastForwardError, PullError};
use crate::ui::error::{CliError, ErrorKind};

impl Explain for PullError {
    fn explain(self, login: Option<Login<'_>>) -> CliError {
        let message = self.to_string();
        match self {
            Self::Remote(error) => error.into(),
            Self::Fetch(error) => error.explain(login),
            Self::NotMoved { source, .. } => (*source).into(),
            Self::Repository(error) => error.into(),
            Self::Detached => {
                CliError::usage(message).with_hint("`muse switch BRANCH` goes to one")
            }
        }
    }
}

impl From<FastForwardError> for CliError {
    fn from(error: FastForwardError) -> Self {
        let message = error.to_string();
        match error {
            FastForwardError::Walk(error) => error.into(),
            FastForwardError::Worktree(error) => error.into(),
            FastForwardError::Repository(error) => error.into(),
            FastForwardError::UnknownBranch { remote, local, .. } => Self::not_found(message)
                .with_hint(format!(
                    "to make it: `muse push -u {remote} {}`",
                    local.short()
                )),
            FastForwardError::Diverged { .. } => Self::new(ErrorKind::Rejected, message)
                .with_hint("`muse pull --merge` merges them")
                .with_hint("`muse pull --rebase` makes your commits again on top of theirs")
                .with_hint(
                    "`muse config set pull.mode MODE` makes one the rule: merge, rebase or ff-only",
                ),
            _ => Self::usage(message),
        }
    }
}
