//! Errors of an import.

use crate::import::ImportError;
use crate::ui::error::{CliError, ErrorKind};

impl From<ImportError> for CliError {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Repository(error) => error.into(),
            ImportError::Worktree(error) => error.into(),
            ImportError::Open { .. } => Self::wrap(ErrorKind::NotFound, error),
            ImportError::Shallow => Self::wrap(ErrorKind::Failed, error)
                .with_hint("`git fetch --unshallow` completes it"),
            ImportError::Path { .. } | ImportError::PathEncoding { .. } => {
                Self::wrap(ErrorKind::Failed, error)
                    .with_hint("`--skip-forbidden-paths` leaves such files out")
            }
            other => Self::wrap(ErrorKind::Failed, other),
        }
    }
}
