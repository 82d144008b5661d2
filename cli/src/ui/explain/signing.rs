//! Errors of keys that sign. All but a missing file end with exit code 1.

use std::path::Path;

use muse_wire::quote::quote_path;

use crate::signing::{AgentError, SigningError};
use crate::ui::error::{CliError, ErrorKind};

impl From<SigningError> for CliError {
    fn from(error: SigningError) -> Self {
        let message = error.to_string();
        match error {
            SigningError::Io { source, .. } => Self::io(message, source),
            SigningError::Missing(_) => Self::not_found(message)
                .with_hint("`muse auth keygen` makes one")
                .with_hint("`muse config --global set user.signing-key FILE` names another one"),
            SigningError::Exists(_) => Self::failed(message)
                .with_hint("move it away first: nobody can sign with a key that is lost"),
            SigningError::Encrypted { ref path, .. } => {
                let way_out = add_to_agent(path);
                Self::wrap(ErrorKind::Failed, error)
                    .with_hint(format!("{way_out}, or run this at a terminal"))
            }
            SigningError::WrongPassphrase(path) => {
                Self::failed(message).with_hint(add_to_agent(&path))
            }
            SigningError::NotEd25519(_) => {
                Self::failed(message).with_hint("`ssh-keygen -t ed25519` makes one")
            }
            SigningError::NoAgent(_) => Self::failed(message)
                .with_hint("SSH_AUTH_SOCK names none: `eval \"$(ssh-agent)\"` starts one")
                .with_hint("`ssh-add FILE` gives it the key")
                .with_hint("`muse config --global set user.signing-key FILE` names a private key"),
            SigningError::NotHeld(_) => Self::failed(message)
                .with_hint("`ssh-add FILE` gives it the key, `ssh-add -L` lists those it holds"),
            SigningError::Agent(error) => error.into(),
            error => Self::wrap(ErrorKind::Failed, error),
        }
    }
}

impl From<AgentError> for CliError {
    fn from(error: AgentError) -> Self {
        let hint = match error {
            AgentError::Unreachable { .. } => {
                "SSH_AUTH_SOCK names it: `eval \"$(ssh-agent)\"` starts another one"
            }
            AgentError::TimedOut(_) => "does it wait for you to confirm or to touch something?",
            AgentError::Refused => "it may be locked, or want you to confirm or to touch something",
            _ => "is what SSH_AUTH_SOCK names an ssh-agent? `ssh-add -T FILE.pub` tries it",
        };
        Self::wrap(ErrorKind::Failed, error).with_hint(hint)
    }
}

/// How to do without the passphrase.
fn add_to_agent(key: &Path) -> String {
    let key = quote_path(key);
    format!("`ssh-add {key}` gives it to the ssh-agent")
}
