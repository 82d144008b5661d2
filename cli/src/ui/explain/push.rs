//! Errors of a push.

use super::transport::{explain_problem, with_request};
use super::{Explain, Login};
use crate::sync::{PushError, PushLimit, RefspecError};
use crate::transport::TransportError;
use crate::ui::error::{CliError, ErrorKind};

impl Explain for PushError {
    fn explain(self, login: Option<Login<'_>>) -> CliError {
        let message = self.to_string();
        let rejected = |message| CliError::new(ErrorKind::Rejected, message);
        match self {
            Self::Refspec(error) => error.into(),
            Self::Collect(error) => error.into(),
            Self::Receive(error) => error.explain(login),
            Self::CheckedOut { .. } => rejected(message)
                .with_hint("push to another branch, and merge it there")
                .with_hint("or push to a repository without a work tree: `muse clone --bare`"),
            Self::Shallow { .. } => rejected(message)
                .with_hint("`muse fetch --unshallow` gets all of it from where it was cloned"),
            Self::Bundle { .. } => {
                CliError::usage(message).with_hint("`muse bundle create FILE` makes a new one")
            }
            Self::Walk(error) => error.into(),
            Self::Repository(error) => error.into(),
            Self::Job(error) => error.explain(login),
            Self::Transport(TransportError::Problem {
                problem,
                request_id,
                ..
            }) => {
                let error = explain_problem(&problem, login, ErrorKind::PushFailed);
                with_request(error, &problem, request_id)
            }
            Self::UploadCut(error) => error
                .explain(login)
                .with_hint("what was uploaded is kept, and not sent again"),
            Self::Transport(error) => error.explain(login),
            Self::NothingToDelete { .. } => CliError::not_found(message),
            Self::DefaultBranch { .. } => CliError::usage(message)
                .with_hint("clones start on it; `--yes` deletes it nevertheless"),
            Self::TagExists { .. } => {
                rejected(message).with_hint("tags do not move; `muse push --force` moves it anyway")
            }
            Self::Diverged { .. } => rejected(message)
                .with_hint("fetch first: `muse pull`, then push again")
                .with_hint(
                    "`muse push --force-with-lease` loses those commits, if you have fetched them",
                ),
            Self::LeaseLost { .. } => rejected(message)
                .with_hint("`muse fetch`, look at what is new there, then push again")
                .with_hint("`muse push --force` loses whatever is there"),
            Self::OverLimit { what, .. } => {
                CliError::new(ErrorKind::PushFailed, message).with_hint(over_limit_hint(what))
            }
            Self::TooLargeForStream { .. } => CliError::usage(message),
        }
    }
}

fn over_limit_hint(what: PushLimit) -> String {
    match what {
        PushLimit::Commits | PushLimit::Objects => format!(
            "one commit, with what it merges, cannot be divided; whoever runs the server may raise \
             `--max-push-{}`",
            what.as_str()
        ),
        PushLimit::LargestObject => {
            "whoever runs the server may raise `--max-object-bytes`".to_owned()
        }
        PushLimit::ObjectBytes | PushLimit::RecordBytes | PushLimit::MpackBytes => {
            "push an older commit first: `muse push REMOTE COMMIT:BRANCH`".to_owned()
        }
    }
}

impl From<RefspecError> for CliError {
    fn from(error: RefspecError) -> Self {
        let message = error.to_string();
        match error {
            RefspecError::Repository(error) => error.into(),
            RefspecError::BadUpstream { source, .. } => Self::failed(message).with_source(source),
            RefspecError::Detached => Self::usage(message)
                .with_hint("to push this commit: `muse push REMOTE HEAD:BRANCH`"),
            RefspecError::NoCommits { .. } => {
                Self::not_found(message).with_hint("`muse commit -m MESSAGE` makes the first one")
            }
            RefspecError::Unknown { .. } => Self::not_found(message)
                .with_hint("to push any commit: `muse push REMOTE COMMIT:BRANCH`"),
            _ => Self::usage(message),
        }
    }
}
