//! Errors of choosing and changing remotes.

use crate::sync::RemoteError;
use crate::ui::error::CliError;

impl From<RemoteError> for CliError {
    fn from(error: RemoteError) -> Self {
        let message = error.to_string();
        match error {
            RemoteError::Repository(error) => error.into(),
            RemoteError::Url(error) => error.into(),
            RemoteError::None => {
                Self::not_found(message).with_hint("`muse remote add origin URL` adds one")
            }
            RemoteError::Unknown { name, known } => {
                Self::not_found(message).with_hint(match known.as_slice() {
                    _ if name.contains("://") => {
                        format!("`muse remote add NAME {name}` gives this address a name")
                    }
                    [] => format!("`muse remote add {name} URL` adds it"),
                    known => format!("the remotes are: {}", known.join(", ")),
                })
            }
            RemoteError::Several { known } => {
                Self::usage(message).with_hint(format!("name one of them: {}", known.join(", ")))
            }
            RemoteError::AlreadyExists(name) => Self::failed(message).with_hint(format!(
                "to change its address: `muse remote set-url {name} URL`"
            )),
            _ => Self::usage(message),
        }
    }
}
