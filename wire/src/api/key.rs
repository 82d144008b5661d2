//! `/api/keys…`: keys that sign commits, as users register them.

use serde::{Deserialize, Serialize};

use crate::commit::PublicKey;
use crate::invisible::is_invisible;
use crate::limits::MAX_KEY_NAME_BYTES;

/// `POST /api/keys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterKeyRequest {
    /// The key.
    pub public_key: PublicKey,
    /// What its owner calls it, such as the machine that it is on. Several may be called the same.
    pub name: String,
}

/// Why a key cannot be registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// No signature verifies with it.
    #[error("{0} is no Ed25519 key that a signature could verify with")]
    Unusable(PublicKey),
    /// The name is empty or too long.
    #[error("the name of a key has 1 to {MAX_KEY_NAME_BYTES} bytes")]
    NameLength,
    /// The name holds what nobody sees, or what breaks listings.
    #[error("the name of a key holds no control characters and no invisible ones")]
    NameCharacter,
}

impl RegisterKeyRequest {
    /// Checks what the types do not say.
    ///
    /// # Errors
    /// [`InvalidKey`] names the first rule that is broken.
    pub fn check(&self) -> Result<(), InvalidKey> {
        if !self.public_key.is_usable() {
            return Err(InvalidKey::Unusable(self.public_key));
        }
        if self.name.trim().is_empty() || self.name.len() > MAX_KEY_NAME_BYTES {
            return Err(InvalidKey::NameLength);
        }
        let is_forbidden = |c: char| c.is_control() || is_invisible(c);
        match self.name.chars().any(is_forbidden) {
            true => Err(InvalidKey::NameCharacter),
            false => Ok(()),
        }
    }
}

/// One registered key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyResponse {
    /// The key.
    pub public_key: PublicKey,
    /// What its owner calls it.
    pub name: String,
    /// When it was registered, in seconds since 1970.
    pub created_at: i64,
}

/// `GET /api/keys`: the keys of the token's user, sorted by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyListResponse {
    /// The keys.
    pub keys: Vec<KeyResponse>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_and_its_name_are_checked() {
        let secret = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
        let public_key = PublicKey::from_bytes(secret.verifying_key().to_bytes());
        let check = |public_key, name: &str| {
            let name = name.to_owned();
            RegisterKeyRequest { public_key, name }.check()
        };
        for name in ["laptop", "my key (2)", &"x".repeat(MAX_KEY_NAME_BYTES)] {
            assert_eq!(check(public_key, name), Ok(()), "{name}");
        }
        for name in ["", " ", &"x".repeat(MAX_KEY_NAME_BYTES + 1)] {
            assert_eq!(check(public_key, name), Err(InvalidKey::NameLength));
        }
        for name in ["a\tb", "a\nb", "a\u{202e}b"] {
            assert_eq!(check(public_key, name), Err(InvalidKey::NameCharacter));
        }
        let zero = PublicKey::from_bytes([0; PublicKey::BYTES]);
        assert_eq!(check(zero, "laptop"), Err(InvalidKey::Unusable(zero)));
    }
}
