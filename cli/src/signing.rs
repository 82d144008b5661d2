//! Ed25519 keys that sign commits, kept as OpenSSH keeps its keys.

mod public_half;

use std::fmt;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use ed25519_dalek::Signer as _;
use muse_wire::commit::{PublicKey, Signature, signed_bytes};
use muse_wire::id::CommitId;
use ssh_key::private::{Ed25519Keypair, Ed25519PrivateKey, KeypairData};
use ssh_key::{LineEnding, PrivateKey};

pub use public_half::{PublicHalf, PublicHalfError};

/// Longest file that is read as a key.
const MAX_KEY_BYTES: u64 = 64 * 1024;

/// A key that signs commits.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey(ed25519_dalek::SigningKey);

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
    /// The file is no private key of OpenSSH.
    #[error("{} is no private key of OpenSSH", .0.display())]
    NotAKey(PathBuf),
    /// It is protected by a passphrase.
    #[error("the key at {} is protected by a passphrase", .0.display())]
    Encrypted(PathBuf),
    /// It is of another kind, such as RSA.
    #[error("the key at {} is no Ed25519 key", .0.display())]
    NotEd25519(PathBuf),
    /// The system gave no randomness.
    #[error("the system gives no random bytes")]
    Random,
    /// The file cannot be read or written.
    #[error("cannot use {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl SigningKey {
    /// A new key.
    ///
    /// # Errors
    /// [`SigningError::Random`].
    pub fn generate() -> Result<Self, SigningError> {
        let mut secret = [0; ed25519_dalek::SECRET_KEY_LENGTH];
        getrandom::fill(&mut secret).map_err(|_| SigningError::Random)?;
        Ok(Self(ed25519_dalek::SigningKey::from_bytes(&secret)))
    }

    /// Reads a private key of OpenSSH.
    ///
    /// # Errors
    /// [`SigningError`] saying why it cannot sign.
    pub fn read(path: &Path) -> Result<Self, SigningError> {
        use std::io::Read as _;

        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => SigningError::Missing(path.to_owned()),
            _ => SigningError::Io {
                path: path.to_owned(),
                source,
            },
        };
        let mut text = Vec::new();
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(MAX_KEY_BYTES)
            .read_to_end(&mut text)
            .map_err(failed)?;
        let key =
            PrivateKey::from_openssh(&text).map_err(|_| SigningError::NotAKey(path.to_owned()))?;
        if key.is_encrypted() {
            return Err(SigningError::Encrypted(path.to_owned()));
        }
        match key.key_data() {
            KeypairData::Ed25519(pair) => Ok(Self(ed25519_dalek::SigningKey::from_bytes(
                pair.private.as_ref(),
            ))),
            _ => Err(SigningError::NotEd25519(path.to_owned())),
        }
    }

    /// Writes the key into a new file, which only its owner can read.
    ///
    /// # Errors
    /// [`SigningError::Exists`] where there is one, [`SigningError::Io`] where it cannot be
    /// written.
    pub fn write_new(&self, path: &Path) -> Result<(), SigningError> {
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
        let text = PrivateKey::new(KeypairData::Ed25519(pair), "muse")
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_is_kept_for_its_owner_alone_and_signs_what_it_says() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("config/key");
        let key = SigningKey::generate().expect("random");
        key.write_new(&path).expect("written");
        let mode = std::fs::metadata(&path)
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(SigningKey::read(&path).expect("read"), key);
        let again = SigningKey::generate().expect("random").write_new(&path);
        assert!(matches!(again, Err(SigningError::Exists(_))));
        let commit = CommitId::from_bytes([7; 32]);
        let signature = key.sign(&commit);
        assert!(signature.verifies(&commit));
        assert!(!signature.verifies(&CommitId::from_bytes([8; 32])));
        assert!(!format!("{key:?}").contains("PRIVATE"));
    }

    #[test]
    fn what_cannot_sign_is_told_apart() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("key");
        assert!(matches!(
            SigningKey::read(&path),
            Err(SigningError::Missing(_))
        ));
        std::fs::write(&path, "no key").expect("writable");
        assert!(matches!(
            SigningKey::read(&path),
            Err(SigningError::NotAKey(_))
        ));
    }
}
