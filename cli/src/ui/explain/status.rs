//! Errors of the status.

use crate::status::StatusError;
use crate::ui::error::CliError;

impl From<StatusError> for CliError {
    fn from(error: StatusError) -> Self {
        match error {
            StatusError::Worktree(error) => error.into(),
            StatusError::Integrate(error) => error.into(),
            StatusError::Walk(error) => error.into(),
            StatusError::Repository(error) => error.into(),
        }
    }
}
