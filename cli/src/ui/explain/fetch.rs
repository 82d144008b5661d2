//! Errors of a fetch.

use super::transport::explain_problem;
use super::{Explain, Login};
use crate::sync::{FetchError, JobError};
use crate::ui::error::{CliError, ErrorKind};
use crate::ui::quantity::bytes;

impl Explain for FetchError {
    fn explain(self, login: Option<Login<'_>>) -> CliError {
        let message = self.to_string();
        match self {
            Self::Transport(error) => error.explain(login),
            Self::Job(JobError::Failed { problem }) => {
                explain_problem(&problem, login, ErrorKind::Failed)
            }
            Self::Job(error) => error.explain(login),
            Self::Walk(error) => error.into(),
            Self::Worktree(error) => error.into(),
            Self::Repository(error) => error.into(),
            Self::NoRoom {
                needed_bytes,
                room_bytes,
            } => {
                let (needed, room) = (bytes(needed_bytes), bytes(room_bytes));
                let message = format!("the download takes {needed}, and there is room for {room}");
                CliError::new(ErrorKind::CannotWrite, message)
                    .with_hint("nothing was downloaded; free some space, or use another disk")
            }
            Self::Downloaded(source) => CliError::io(message, source),
            Self::UnknownBranch { remote, .. } => CliError::not_found(message)
                .with_hint(format!("`muse fetch {remote}` fetches those that it has")),
            Self::Invalid(source) => CliError::failed(message)
                .with_source(source)
                .with_hint("run the command again; if it fails again, tell the server's operator"),
            _ => CliError::failed(message),
        }
    }
}
