//! Ed25519 keys that sign commits: in files as OpenSSH keeps them, or held by an ssh-agent.

mod agent;
mod error;
#[cfg(test)]
mod fake_agent;
mod key_file;
mod private_key;
mod public_key;
mod signer;

pub use self::agent::{Agent, AgentError};
pub use self::error::SigningError;
pub use self::private_key::SigningKey;
pub use self::public_key::{PublicHalf, PublicKeyError};
pub use self::signer::{AskPassphrase, Signer};
