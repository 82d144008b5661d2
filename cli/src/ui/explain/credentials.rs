//! Errors of stored credentials, and why a token is not sent.

use crate::credentials::{CredentialsError, HelperError, Withheld};
use crate::transport::ServerUrl;
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

impl From<HelperError> for CliError {
    fn from(error: HelperError) -> Self {
        let message = error.to_string();
        let error = match error {
            HelperError::Io { source, .. } => Self::io(message, source),
            HelperError::Failed { .. } => Self::failed(message),
        };
        error.with_hint("the setting `auth.helper` names it")
    }
}

/// The key of the user's setting that lets a token travel to this server without encryption.
pub fn plain_http_setting(server: &ServerUrl) -> String {
    format!("auth.{}.plain-http", server.host())
}

/// Why no token goes to this server, and what to do about it.
pub fn explain_withheld(reason: Withheld, server: &ServerUrl) -> String {
    match reason {
        Withheld::OtherHost => format!(
            "MUSE_TOKEN was not sent to {}, because MUSE_HOST names another server",
            server.host()
        ),
        Withheld::PlainHttp => format!(
            "no token was sent to {}, because http is not encrypted; use https, or to send it \
             nevertheless: `muse config --global set {} true`",
            server.host(),
            plain_http_setting(server)
        ),
    }
}
