//! Errors of putting a push together.

use muse_wire::mpack::WriteError;

use crate::ui::error::{CliError, ErrorKind};
use crate::walk::CollectError;

impl From<CollectError> for CliError {
    fn from(error: CollectError) -> Self {
        match error {
            CollectError::Repository(error) => error.into(),
            CollectError::Walk(error) => error.into(),
            CollectError::Damaged(error) => Self::wrap(ErrorKind::Damaged, error),
            CollectError::Io(error) | CollectError::Write(WriteError::Io(error)) => {
                Self::io("cannot write the new mpack", error)
            }
            CollectError::Write(error) => Self::wrap(ErrorKind::Failed, error),
        }
    }
}
