//! Why nothing can be signed.

use std::io;
use std::path::{Path, PathBuf};

use muse_wire::commit::PublicKey;

use super::agent::AgentError;
use super::public_key::OpenSsh;

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
    /// There is no such file.
    #[error("there is no key at {}", .0.display())]
    Missing(PathBuf),
    /// There is a file already, which would be lost.
    #[error("there already is a file at {}", .0.display())]
    Exists(PathBuf),
    /// The file is neither a private nor a public key of OpenSSH.
    #[error("{} is no key of OpenSSH", .0.display())]
    NotAKey(PathBuf),
    /// It is protected by a passphrase, no agent holds it, and nobody can be asked.
    #[error("the key at {} is protected by a passphrase", path.display())]
    Encrypted {
        /// The file.
        path: PathBuf,
        /// Why the agent could not be asked, where there is one.
        #[source]
        agent: Option<AgentError>,
    },
    /// The passphrase that was given, several times, is another one.
    #[error("that is not the passphrase of the key at {}", .0.display())]
    WrongPassphrase(PathBuf),
    /// It is of another kind, such as RSA.
    #[error("the key at {} is no Ed25519 key", .0.display())]
    NotEd25519(PathBuf),
    /// Only an agent can sign with a public key, and there is none.
    #[error("there is no ssh-agent that could sign with the key {}", OpenSsh(.0))]
    NoAgent(PublicKey),
    /// The agent does not hold the key.
    #[error("the ssh-agent does not hold the key {}", OpenSsh(.0))]
    NotHeld(PublicKey),
    /// The agent does not sign.
    #[error(transparent)]
    Agent(#[from] AgentError),
    /// The system gave no randomness.
    #[error("the system gives no random bytes")]
    Random,
    /// The file cannot be read or written, or nobody be asked for its passphrase.
    #[error("cannot use {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl SigningError {
    /// For `map_err`: a file that cannot be read, or is not there.
    pub(super) fn reading(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::NotFound => Self::Missing(path.to_owned()),
            _ => Self::Io {
                path: path.to_owned(),
                source,
            },
        }
    }
}
