//! Errors of stored credentials.

use crate::credentials::CredentialsError;
use crate::ui::error::CliError;

impl From<CredentialsError> for CliError {
    fn from(error: CredentialsError) -> Self {
        let message = error.to_string();
        match error {
            CredentialsError::File { source, .. } => Self::io(message, source),
            CredentialsError::Malformed { .. } => {
                Self::failed(message).with_hint("fix the file, or delete it and log in again")
            }
        }
    }
}
