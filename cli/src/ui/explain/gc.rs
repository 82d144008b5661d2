//! Errors of a collection of garbage.

use crate::gc::GcError;
use crate::ui::error::CliError;

impl From<GcError> for CliError {
    fn from(error: GcError) -> Self {
        match error {
            GcError::Collect(error) => error.into(),
            GcError::Repository(error) => error.into(),
        }
    }
}
