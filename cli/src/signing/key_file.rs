//! Files with keys, as OpenSSH writes them.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use ssh_key::PrivateKey;
use zeroize::Zeroizing;

use super::error::SigningError;
use super::private_key::SigningKey;
use super::public_key::{PublicHalf, PublicKeyError};

/// Longest file that is read as a key.
const MAX_KEY_BYTES: usize = 64 * 1024;

/// What private keys of OpenSSH begin with.
const PRIVATE_KEY: &[u8] = b"-----BEGIN ";

/// What a file holds.
pub(super) enum KeyFile {
    /// A private key, and its public half.
    Private(Box<SigningKey>, PublicHalf),
    /// A private key that is protected by a passphrase. Its public half is not.
    Encrypted(Box<PrivateKey>, PublicHalf),
    /// A public key.
    Public(PublicHalf),
}

impl KeyFile {
    /// Reads a file. What it holds decides, not what it is called.
    ///
    /// # Errors
    /// [`SigningError`] saying why no commit can be signed with it.
    pub(super) fn read(path: &Path) -> Result<Self, SigningError> {
        // Room for all of it, so that no copy of a key is left behind by a buffer that grew.
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_KEY_BYTES));
        let file = File::open(path).map_err(SigningError::reading(path))?;
        file.take(MAX_KEY_BYTES as u64)
            .read_to_end(&mut bytes)
            .map_err(SigningError::reading(path))?;
        let not_a_key = || SigningError::NotAKey(path.to_owned());
        let not_ed25519 = || SigningError::NotEd25519(path.to_owned());
        if !bytes.starts_with(PRIVATE_KEY) {
            let text = std::str::from_utf8(&bytes).map_err(|_| not_a_key())?;
            return match PublicHalf::parse(text) {
                Ok(key) => Ok(Self::Public(key)),
                Err(PublicKeyError::NotEd25519) => Err(not_ed25519()),
                Err(PublicKeyError::Malformed) => Err(not_a_key()),
            };
        }
        let key = match PrivateKey::from_openssh(&*bytes) {
            Ok(key) => key,
            Err(ssh_key::Error::AlgorithmUnknown) => return Err(not_ed25519()),
            Err(_) => return Err(not_a_key()),
        };
        // Where there is a passphrase, the comment is protected by it, too.
        let half = PublicHalf::of(key.public_key(), key.comment()).ok_or_else(not_ed25519)?;
        if key.is_encrypted() {
            return Ok(Self::Encrypted(Box::new(key), half));
        }
        let key = SigningKey::from_openssh(&key).ok_or_else(not_ed25519)?;
        Ok(Self::Private(Box::new(key), half))
    }

    /// The public half of what it holds.
    pub(super) fn into_public_half(self) -> PublicHalf {
        match self {
            Self::Private(_, half) | Self::Encrypted(_, half) | Self::Public(half) => half,
        }
    }
}

impl PublicHalf {
    /// Reads it from either file of a key, of which no passphrase is needed.
    ///
    /// # Errors
    /// [`SigningError`] saying why there is none.
    pub fn read(path: &Path) -> Result<Self, SigningError> {
        KeyFile::read(path).map(KeyFile::into_public_half)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_sign_is_told_apart() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("key");
        assert!(matches!(
            KeyFile::read(&path),
            Err(SigningError::Missing(_))
        ));
        let begins = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n";
        for bytes in [&b"no key"[..], b"\xff\xfe", begins.as_bytes()] {
            std::fs::write(&path, bytes).expect("writable");
            assert!(
                matches!(KeyFile::read(&path), Err(SigningError::NotAKey(_))),
                "{bytes:?}"
            );
        }
        assert!(matches!(
            KeyFile::read(directory.path()),
            Err(SigningError::Io { .. })
        ));
    }
}
