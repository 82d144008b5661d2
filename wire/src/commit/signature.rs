//! Detached Ed25519 signatures over a commit's id.

use ed25519_dalek::VerifyingKey;

use super::public_key::PublicKey;
use crate::id::{CommitId, ID_BYTES};

/// What stands before the id in the signed bytes, so that no signature made for another purpose
/// passes for one over a commit.
const SIGNATURE_DOMAIN: [u8; 24] = *b"muse/commit-signature/1\0";

/// A signature over a commit's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Whose signature it is.
    pub public_key: PublicKey,
    /// The Ed25519 signature over [`signed_bytes`].
    pub signature: [u8; Signature::BYTES],
}

impl Signature {
    /// Length of the signature proper in bytes.
    pub const BYTES: usize = 64;

    /// Whether it is a signature over this commit by its key. Keys and points of small order, under
    /// which one signature fits many texts, never pass.
    pub fn verifies(&self, commit: &CommitId) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(&self.signature);
        VerifyingKey::from_bytes(self.public_key.as_bytes())
            .and_then(|key| key.verify_strict(&signed_bytes(commit), &signature))
            .is_ok()
    }
}

/// What a signer of this commit signs: `muse/commit-signature/1\0` and the 32 bytes of the id.
pub fn signed_bytes(commit: &CommitId) -> [u8; SIGNATURE_DOMAIN.len() + ID_BYTES] {
    let mut bytes = [0; SIGNATURE_DOMAIN.len() + ID_BYTES];
    let (domain, id) = bytes.split_at_mut(SIGNATURE_DOMAIN.len());
    domain.copy_from_slice(&SIGNATURE_DOMAIN);
    id.copy_from_slice(commit.as_bytes());
    bytes
}
