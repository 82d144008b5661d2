//! The public half of a key, read from either of OpenSSH's files.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use muse_wire::commit::PublicKey;
use ssh_key::PrivateKey;
use ssh_key::public::KeyData;

use super::MAX_KEY_BYTES;

/// The public half of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicHalf {
    /// The key.
    pub public_key: PublicKey,
    /// What its file says of it; may be empty.
    pub comment: String,
}

/// Why a file gives no public key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublicHalfError {
    /// There is no such file.
    #[error("there is no key at {}", .0.display())]
    Missing(PathBuf),
    /// The file is no key of OpenSSH.
    #[error("{} is no key of OpenSSH, neither a private nor a public one", .0.display())]
    NotAKey(PathBuf),
    /// The key is of another kind, such as RSA.
    #[error("the key at {} is no Ed25519 key", .0.display())]
    NotEd25519(PathBuf),
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl PublicHalf {
    /// Reads it from a public key or from a private one, of which no passphrase is needed.
    ///
    /// # Errors
    /// [`PublicHalfError`].
    pub fn read(path: &Path) -> Result<Self, PublicHalfError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => PublicHalfError::Missing(path.to_owned()),
            _ => PublicHalfError::Io {
                path: path.to_owned(),
                source,
            },
        };
        let mut text = Vec::new();
        let file = File::open(path).map_err(failed)?;
        file.take(MAX_KEY_BYTES)
            .read_to_end(&mut text)
            .map_err(failed)?;
        let key = parse(&text).ok_or_else(|| PublicHalfError::NotAKey(path.to_owned()))?;
        match key.key_data() {
            KeyData::Ed25519(bytes) => Ok(Self {
                public_key: PublicKey::from_bytes(bytes.0),
                comment: key.comment().to_owned(),
            }),
            _ => Err(PublicHalfError::NotEd25519(path.to_owned())),
        }
    }
}

/// The public half of what stands in a file; `None` where that is no key.
fn parse(text: &[u8]) -> Option<ssh_key::PublicKey> {
    if let Ok(key) = PrivateKey::from_openssh(text) {
        let mut public = key.public_key().clone();
        public.set_comment(key.comment());
        return Some(public);
    }
    let text = std::str::from_utf8(text).ok()?;
    ssh_key::PublicKey::from_openssh(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::SigningKey;

    /// A public key as `ssh-keygen` writes it.
    const PUBLIC: &str = "ssh-ed25519 \
        AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti ada@laptop\n";

    fn read(contents: impl AsRef<[u8]>) -> Result<PublicHalf, PublicHalfError> {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("key");
        std::fs::write(&path, contents).expect("writable");
        PublicHalf::read(&path)
    }

    #[test]
    fn both_files_of_a_key_give_its_public_half() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("key");
        let key = SigningKey::generate().expect("random");
        key.write_new(&path).expect("written");
        let half = PublicHalf::read(&path).expect("a private key");
        assert_eq!(half.public_key, key.public_key());

        let half = read(PUBLIC).expect("a public key");
        assert_eq!(half.comment, "ada@laptop");
        assert!(half.public_key.is_usable());
    }

    #[test]
    fn what_is_no_key_is_told_apart() {
        assert!(matches!(
            PublicHalf::read(Path::new("/nowhere/key")),
            Err(PublicHalfError::Missing(_))
        ));
        for contents in ["", "no key", "ssh-ed25519 AAAA"] {
            let refused = read(contents);
            assert!(
                matches!(refused, Err(PublicHalfError::NotAKey(_))),
                "{contents}"
            );
        }
    }
}
