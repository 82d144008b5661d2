//! Errors of a server's jobs.

use super::transport::explain_problem;
use super::{Explain, Login};
use crate::sync::JobError;
use crate::ui::error::{CliError, ErrorKind};
use crate::ui::escape::one_line;

impl Explain for JobError {
    fn explain(self, login: Option<Login<'_>>) -> CliError {
        let message = one_line(&self.to_string()).into_owned();
        match self {
            Self::Transport(error) => error.explain(login),
            Self::Failed { problem } => explain_problem(&problem, login, ErrorKind::PushFailed),
            Self::Unknown { .. } => CliError::not_found(message)
                .with_hint("`muse job list` shows the jobs of the last days"),
            Self::Ambiguous { job_ids, .. } => {
                let named = job_ids.iter().take(5).map(|id| one_line(id).into_owned());
                named.fold(CliError::usage(message), |error, id| {
                    error.with_hint(format!("it may be {id}"))
                })
            }
            Self::Unfinished { job_id, .. } => CliError::new(ErrorKind::JobUnfinished, message)
                .with_hint(format!(
                    "it continues without us; to wait for it: `muse job wait {}`",
                    one_line(&job_id)
                )),
            _ => CliError::new(ErrorKind::Network, message)
                .with_hint("the server's log has the cause"),
        }
    }
}
