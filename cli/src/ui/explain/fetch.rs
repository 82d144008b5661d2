//! Errors of a fetch.

use super::transport::explain_problem;
use super::{Explain, Login};
use crate::sync::{FetchError, JobError};
use crate::transport::TransportError;
use crate::ui::error::{CliError, ErrorKind};
use crate::ui::quantity::bytes;

/// Most commits that an error names.
const MOST_NAMED: usize = 5;

impl Explain for FetchError {
    fn explain(self, login: Option<Login<'_>>) -> CliError {
        let message = self.to_string();
        match self {
            Self::Transport(error) => {
                let is_cut = matches!(
                    error,
                    TransportError::Cut { .. }
                        | TransportError::Short { .. }
                        | TransportError::TimedOut { .. }
                );
                let error = error.explain(login);
                match is_cut {
                    true => error.with_hint("what was downloaded is kept, and not fetched again"),
                    false => error,
                }
            }
            Self::Job(JobError::Failed { problem }) => {
                explain_problem(&problem, login, ErrorKind::Failed)
            }
            Self::Job(error) => error.explain(login),
            Self::Walk(error) => error.into(),
            Self::Collect(error) => error.into(),
            Self::BundleRequires { commits } => {
                let error = CliError::not_found(message);
                let named = commits.iter().take(MOST_NAMED);
                let error =
                    named.fold(error, |error, id| error.with_hint(format!("it needs {id}")));
                error.with_hint("fetch them first, or ask for a bundle that has them")
            }
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
            Self::BundleIsWhole => CliError::usage(message)
                .with_hint("leave out `--depth`, `--deepen` and `--unshallow`"),
            Self::NotShallow => CliError::usage(message),
            Self::TooShallow(_) => {
                CliError::failed(message).with_hint("clone again, with another `--depth`")
            }
            Self::ShallowSource { path } => CliError::failed(message)
                .with_hint(format!(
                    "`muse -C {} fetch --unshallow` gets it there",
                    path.display()
                ))
                .with_hint("`--depth N` takes a part of what it has"),
            Self::Invalid(source) => CliError::failed(message)
                .with_source(source)
                .with_hint("run the command again; if it fails again, tell the server's operator"),
            _ => CliError::failed(message),
        }
    }
}
