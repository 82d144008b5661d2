//! Ed25519 public keys, whose text form is `ed25519:` and 64 lowercase hexadecimal digits.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::VerifyingKey;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::{hex, parse_hex};

/// What a key's text form starts with.
const PREFIX: &str = "ed25519:";

/// An Ed25519 public key, as RFC 8032 encodes it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; PublicKey::BYTES]);

/// Why a text is not a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a public key: expected `ed25519:` and 64 lowercase hexadecimal digits")]
pub struct ParsePublicKeyError;

impl PublicKey {
    /// Length of a key in bytes.
    pub const BYTES: usize = 32;

    /// Wraps raw bytes without checking that they are a point of the curve.
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The raw bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// The key of these 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`ParsePublicKeyError`].
    pub fn from_hex(digits: &str) -> Result<Self, ParsePublicKeyError> {
        parse_hex(digits).map(Self).ok_or(ParsePublicKeyError)
    }

    /// The 64 hexadecimal digits, without the prefix.
    pub fn to_hex(&self) -> String {
        hex(&self.0)
    }

    /// Whether a signature by it can verify: it is a point of the curve, and not of small order.
    pub fn is_usable(&self) -> bool {
        VerifyingKey::from_bytes(&self.0).is_ok_and(|key| !key.is_weak())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", hex(&self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", hex(&self.0[..5]))
    }
}

impl FromStr for PublicKey {
    type Err = ParsePublicKeyError;

    fn from_str(text: &str) -> Result<Self, ParsePublicKeyError> {
        Self::from_hex(text.strip_prefix(PREFIX).ok_or(ParsePublicKeyError)?)
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(KeyVisitor)
        } else {
            deserializer.deserialize_bytes(KeyVisitor)
        }
    }
}

struct KeyVisitor;

impl Visitor<'_> for KeyVisitor {
    type Value = PublicKey;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("32 bytes, or `ed25519:` and 64 hexadecimal digits")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<PublicKey, E> {
        bytes
            .try_into()
            .map(PublicKey)
            .map_err(|_| E::invalid_length(bytes.len(), &self))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<PublicKey, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> PublicKey {
        let secret = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
        PublicKey::from_bytes(secret.verifying_key().to_bytes())
    }

    #[test]
    fn text_and_binary_forms_round_trip() {
        let key = key();
        assert_eq!(key.to_string().parse(), Ok(key));
        let json = serde_json::to_string(&key).expect("encodes");
        assert_eq!(json, format!("\"{key}\""));
        let read: PublicKey = serde_json::from_str(&json).expect("decodes");
        assert_eq!(read, key);
        let packed = rmp_serde::to_vec(&key).expect("encodes");
        assert_eq!(packed.len(), 34);
        let read: PublicKey = rmp_serde::from_slice(&packed).expect("decodes");
        assert_eq!(read, key);
    }

    #[test]
    fn refuses_every_other_spelling() {
        let hex = key().to_hex();
        for wrong in [
            hex.clone(),
            format!("ed25519:{}", hex.to_uppercase()),
            format!("ed25519:{}", &hex[1..]),
            format!("rsa:{hex}"),
            String::new(),
        ] {
            assert_eq!(wrong.parse::<PublicKey>(), Err(ParsePublicKeyError));
            serde_json::from_value::<PublicKey>(wrong.into()).expect_err("another spelling");
        }
        rmp_serde::from_slice::<PublicKey>(&[0xc4, 1, 7]).expect_err("too short");
    }

    #[test]
    fn what_no_signature_verifies_with_is_unusable() {
        assert!(key().is_usable());
        // The neutral element, which is of small order.
        let mut neutral = [0; PublicKey::BYTES];
        neutral[0] = 1;
        assert!(!PublicKey::from_bytes(neutral).is_usable());
        // No point has this y.
        let mut outside = [0; PublicKey::BYTES];
        outside[0] = 2;
        assert!(!PublicKey::from_bytes(outside).is_usable());
    }
}
