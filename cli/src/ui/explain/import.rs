//! Errors of an import.

use muse_wire::mpack::WriteError;

use crate::import::ImportError;
use crate::repository::RepositoryError;
use crate::ui::error::{CliError, ErrorKind};

impl From<ImportError> for CliError {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Repository(
                error @ RepositoryError::Write(WriteError::TooLarge { .. }),
            ) => Self::wrap(ErrorKind::Failed, error).with_hint(
                "import fewer branches at a time: `git clone --single-branch` makes a \
                     repository of one",
            ),
            ImportError::Repository(error) => error.into(),
            ImportError::Walk(error) => error.into(),
            ImportError::Worktree(error) => error.into(),
            ImportError::Open { .. } => Self::wrap(ErrorKind::NotFound, error),
            ImportError::Shallow => Self::wrap(ErrorKind::Failed, error)
                .with_hint("`git fetch --unshallow` completes it"),
            ImportError::Path { .. }
            | ImportError::PathEncoding { .. }
            | ImportError::LinkTarget { .. } => Self::wrap(ErrorKind::Failed, error)
                .with_hint("`--skip-unrecordable` leaves such files and links out"),
            ImportError::RepeatedName { .. } => Self::wrap(ErrorKind::Failed, error)
                .with_hint("`git fsck` says what else is wrong with the git repository"),
            other => Self::wrap(ErrorKind::Failed, other),
        }
    }
}
