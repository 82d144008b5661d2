//! Public keys as OpenSSH writes them: in `….pub`, and in what `ssh-add -L` prints.

use std::fmt;

use muse_wire::commit::PublicKey;
use ssh_key::public::{Ed25519PublicKey, KeyData};

/// Why a text is no public key that signatures can be checked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    /// It is no public key of OpenSSH.
    #[error("it is no public key of OpenSSH")]
    Malformed,
    /// It is one of another kind, such as RSA.
    #[error("it is no Ed25519 key")]
    NotEd25519,
}

/// The public half of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicHalf {
    /// The key.
    pub public_key: PublicKey,
    /// What is said of it beside it; may be empty.
    pub comment: String,
}

impl PublicHalf {
    /// Reads a public key as OpenSSH writes it: `ssh-ed25519 AAAA… COMMENT`.
    ///
    /// # Errors
    /// [`PublicKeyError`].
    pub fn parse(text: &str) -> Result<Self, PublicKeyError> {
        match ssh_key::PublicKey::from_openssh(text.trim()) {
            Ok(key) => Self::of(&key, key.comment()).ok_or(PublicKeyError::NotEd25519),
            Err(ssh_key::Error::AlgorithmUnknown) => Err(PublicKeyError::NotEd25519),
            Err(_) => Err(PublicKeyError::Malformed),
        }
    }

    /// The key with this comment, if it is an Ed25519 one.
    pub(super) fn of(key: &ssh_key::PublicKey, comment: &str) -> Option<Self> {
        let key = key.key_data().ed25519()?;
        Some(Self {
            public_key: PublicKey::from_bytes(key.0),
            comment: comment.to_owned(),
        })
    }
}

/// The key as the library for OpenSSH's formats has it.
fn to_openssh(key: &PublicKey) -> ssh_key::PublicKey {
    KeyData::Ed25519(Ed25519PublicKey(*key.as_bytes())).into()
}

/// The key as it stands in requests to an agent.
pub(super) fn to_blob(key: &PublicKey) -> Vec<u8> {
    let blob = to_openssh(key).to_bytes();
    blob.expect("an Ed25519 key has a fixed, short encoding")
}

/// Shows a key as OpenSSH does, so that people can compare it with what `ssh-add -L` prints.
pub(super) struct OpenSsh<'a>(pub(super) &'a PublicKey);

impl fmt::Display for OpenSsh<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_openssh(self.0).to_openssh().map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "ssh-ed25519 \
                        AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

    #[test]
    fn keys_are_read_as_they_are_written() {
        let half = PublicHalf::parse(TEXT).expect("a key");
        assert_eq!(half.comment, "");
        let key = half.public_key;
        assert_eq!(OpenSsh(&key).to_string(), TEXT);
        let with_comment = PublicHalf::parse(&format!("{TEXT} ada@example.org\n"));
        let comment = "ada@example.org".to_owned();
        let expected = PublicHalf { comment, ..half };
        assert_eq!(with_comment, Ok(expected));
        assert_eq!(to_blob(&key).len(), 4 + "ssh-ed25519".len() + 4 + 32);
    }

    #[test]
    fn other_kinds_are_told_from_what_is_no_key() {
        let ecdsa = "ecdsa-sha2-nistp256 \
                     AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBHwf2HMM5TRXvo2S\
                     QJjsNkiDD5KqiiNjrGVv3UUh+mMT5RHxiRtOnlqvjhQtBq0VpmpCV/PwUdhOig4vkbqAcEc=";
        assert_eq!(PublicHalf::parse(ecdsa), Err(PublicKeyError::NotEd25519));
        for text in ["", "ssh-ed25519", "ssh-ed25519 AAAA", &TEXT[..70]] {
            assert_eq!(
                PublicHalf::parse(text),
                Err(PublicKeyError::Malformed),
                "{text}"
            );
        }
    }
}
