//! Errors of an export.

use std::error::Error;
use std::io;

use crate::export::ExportError;
use crate::ui::error::{CliError, ErrorKind, io_error_kind};

impl From<ExportError> for CliError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Repository(error) => error.into(),
            ExportError::Collect(error) => error.into(),
            ExportError::Walk(error) => error.into(),
            ExportError::NotGit { .. } => Self::wrap(ErrorKind::Failed, error)
                .with_hint("name a git repository, or a directory that is empty or not there yet"),
            other => {
                let kind = io_cause(&other).map_or(ErrorKind::Failed, io_error_kind);
                Self::wrap(kind, other)
            }
        }
    }
}

/// What the system said, where that is the cause.
fn io_cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a io::Error> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}
