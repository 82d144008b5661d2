//! Private keys: new ones, and those that are read from files.

use std::fmt;
use std::io::{self, Write as _};
use std::path::Path;

use ed25519_dalek::Signer as _;
use muse_wire::commit::{PublicKey, Signature, signed_bytes};
use muse_wire::id::CommitId;
use ssh_key::private::{Ed25519Keypair, Ed25519PrivateKey, KeypairData};
use ssh_key::{Cipher, Kdf, LineEnding, PrivateKey};

use super::error::SigningError;
use crate::secret::Secret;

/// What follows from a passphrase is computed in this many rounds, as by OpenSSH since 9.4.
const KDF_ROUNDS: u32 = 24;
/// Length of the salt, as OpenSSH has it.
const SALT_BYTES: usize = 16;

/// A private key, which signs commits.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// A new key.
    ///
    /// # Errors
    /// [`SigningError::Random`].
    pub fn generate() -> Result<Self, SigningError> {
        random().map(|secret| Self(ed25519_dalek::SigningKey::from_bytes(&secret)))
    }

    /// A key of OpenSSH that is not encrypted; `None` where it is of another kind.
    pub(super) fn from_openssh(key: &PrivateKey) -> Option<Self> {
        let pair = key.key_data().ed25519()?;
        let secret = pair.private.as_ref();
        Some(Self(ed25519_dalek::SigningKey::from_bytes(secret)))
    }

    /// Writes the key into a new file, which only its owner can read, and only with the passphrase
    /// where there is one.
    ///
    /// # Errors
    /// [`SigningError::Exists`] where there is one, [`SigningError::Io`] where it cannot be
    /// written.
    pub fn write_new(&self, path: &Path, passphrase: Option<&Secret>) -> Result<(), SigningError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::AlreadyExists => SigningError::Exists(path.to_owned()),
            _ => SigningError::Io {
                path: path.to_owned(),
                source,
            },
        };
        let pair = Ed25519Keypair {
            public: ssh_key::public::Ed25519PublicKey(self.0.verifying_key().to_bytes()),
            private: Ed25519PrivateKey::from_bytes(&self.0.to_bytes()),
        };
        let kdf = Kdf::Bcrypt {
            salt: random::<SALT_BYTES>()?.to_vec(),
            rounds: KDF_ROUNDS,
        };
        let check = u32::from_be_bytes(random()?);
        let text = PrivateKey::new(KeypairData::Ed25519(pair), "muse")
            .and_then(|key| match passphrase {
                Some(text) => key.encrypt_with(Cipher::Aes256Ctr, kdf, check, text.reveal()),
                None => Ok(key),
            })
            .and_then(|key| key.to_openssh(LineEnding::LF))
            .map_err(|error| failed(io::Error::other(error)))?;
        let directory = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(directory).map_err(failed)?;
        // Private to its owner, as the crate makes its files.
        let mut file = tempfile::NamedTempFile::new_in(directory).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist_noclobber(path)
            .map_err(|error| failed(error.error))?;
        Ok(())
    }

    /// The key that its signatures are checked with.
    pub fn public_key(&self) -> PublicKey {
        PublicKey::from_bytes(self.0.verifying_key().to_bytes())
    }

    /// Signs a commit.
    pub fn sign(&self, commit: &CommitId) -> Signature {
        Signature {
            public_key: self.public_key(),
            signature: self.0.sign(&signed_bytes(commit)).to_bytes(),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public_key())
    }
}

fn random<const N: usize>() -> Result<[u8; N], SigningError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| SigningError::Random)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::key_file::KeyFile;
    use super::*;

    #[test]
    fn a_key_is_kept_for_its_owner_alone_and_signs_what_it_says() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("config/key");
        let key = SigningKey::generate().expect("random");
        key.write_new(&path, None).expect("written");
        let mode = std::fs::metadata(&path)
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let read = KeyFile::read(&path);
        assert!(matches!(&read, Ok(KeyFile::Private(read, _)) if **read == key));
        let half = read.expect("a key").into_public_half();
        assert_eq!(
            (half.public_key, &*half.comment),
            (key.public_key(), "muse")
        );
        let other = SigningKey::generate().expect("random");
        let again = other.write_new(&path, None);
        assert!(matches!(again, Err(SigningError::Exists(_))));
        let commit = CommitId::from_bytes([7; 32]);
        let signature = key.sign(&commit);
        assert!(signature.verifies(&commit));
        assert!(!signature.verifies(&CommitId::from_bytes([8; 32])));
        assert!(!format!("{key:?}").contains("PRIVATE"));
    }
}
