//! Errors of a bisection.

use crate::bisect::BisectError;
use crate::ui::error::CliError;

impl From<BisectError> for CliError {
    fn from(error: BisectError) -> Self {
        let message = error.to_string();
        match error {
            BisectError::Walk(error) => error.into(),
            BisectError::Switch(error) => error.into(),
            BisectError::Repository(error) => error.into(),
            BisectError::NotStarted => {
                Self::failed(message).with_hint("`muse bisect start BAD GOOD` starts one")
            }
            BisectError::AlreadyStarted => {
                Self::failed(message).with_hint("`muse bisect reset` ends it")
            }
            BisectError::NoAncestor { .. } => Self::failed(message)
                .with_hint("what is searched is the commit where good turned bad"),
        }
    }
}
