//! Errors of keys that sign.

use crate::signing::{PublicHalfError, SigningError};
use crate::ui::error::CliError;

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
            SigningError::Encrypted(_) => {
                Self::failed(message).with_hint("`ssh-keygen -p -f FILE` takes the passphrase away")
            }
            SigningError::NotEd25519(_) => {
                Self::failed(message).with_hint("`ssh-keygen -t ed25519` makes one")
            }
            _ => Self::failed(message),
        }
    }
}

impl From<PublicHalfError> for CliError {
    fn from(error: PublicHalfError) -> Self {
        let message = error.to_string();
        match error {
            PublicHalfError::Io { source, .. } => Self::io(message, source),
            PublicHalfError::Missing(_) => Self::not_found(message)
                .with_hint("`muse auth keygen` makes one")
                .with_hint("`muse auth key add FILE` takes one of OpenSSH"),
            PublicHalfError::NotEd25519(_) => {
                Self::failed(message).with_hint("`ssh-keygen -t ed25519` makes one")
            }
            PublicHalfError::NotAKey(_) => Self::failed(message),
        }
    }
}
