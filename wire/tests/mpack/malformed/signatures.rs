//! The rules of what stands beside a commit's record: signatures, and the structured delta.

use ed25519_dalek::{Signer as _, SigningKey};
use muse_wire::commit::{PublicKey, Signature, signed_bytes};
use muse_wire::id::CommitId;
use muse_wire::limits::MAX_SIGNATURES;
use muse_wire::problem::ProblemCode::{CommitInvalid, SignatureInvalid};

use super::assert_refused;
use crate::sample::{Sample, verify_bytes};

fn key(number: usize) -> SigningKey {
    SigningKey::from_bytes(&[number as u8; 32])
}

fn public(key: &SigningKey) -> PublicKey {
    PublicKey::from_bytes(key.verifying_key().to_bytes())
}

fn sign(key: &SigningKey, commit: &CommitId) -> Signature {
    Signature {
        public_key: public(key),
        signature: key.sign(&signed_bytes(commit)).to_bytes(),
    }
}

/// A commit that names these signers, with signatures by these keys.
fn signed(signers: &[usize], keys: impl IntoIterator<Item = usize>) -> Sample {
    let mut sample = Sample::default();
    sample.add_commit(&[], 1, 1);
    let root = &mut sample.commits[0];
    root.commit.signers = signers.iter().map(|&number| public(&key(number))).collect();
    root.commit.signers.sort();
    root.envelope.record = root.commit.encode().expect("valid");
    let id = root.envelope.id();
    let signatures = &mut root.envelope.signatures;
    signatures.extend(keys.into_iter().map(|number| sign(&key(number), &id)));
    signatures.sort_by_key(|signature| signature.public_key);
    sample
}

#[test]
fn a_signature_that_does_not_verify_is_refused() {
    let mut sample = Sample::small();
    sample.commits[0].envelope.signatures = vec![Signature {
        public_key: PublicKey::from_bytes([0; 32]),
        signature: [0; 64],
    }];
    assert_refused(&sample.write(), SignatureInvalid, "signature");
    // One over another commit, with and without a good one beside it.
    let other = CommitId::from_bytes([7; 32]);
    for keys in [vec![], vec![1]] {
        let mut sample = signed(&[], keys);
        let signatures = &mut sample.commits[0].envelope.signatures;
        signatures.push(sign(&key(2), &other));
        signatures.sort_by_key(|signature| signature.public_key);
        assert_refused(&sample.write(), SignatureInvalid, "does not verify");
    }
}

#[test]
fn a_signer_who_has_not_signed_is_missed() {
    for keys in [vec![1, 2], vec![1, 2, 3]] {
        verify_bytes(&signed(&[1, 2], keys).write()).expect("all signers have signed");
    }
    for keys in [vec![], vec![1], vec![1, 3], vec![2, 3]] {
        let bytes = signed(&[1, 2], keys).write();
        assert_refused(&bytes, SignatureInvalid, "whose signature is missing");
    }
}

#[test]
fn signatures_ascend_by_key_and_are_at_most_64() {
    verify_bytes(&signed(&[], 1..=MAX_SIGNATURES).write()).expect("as many as allowed");
    let more = signed(&[], 1..=MAX_SIGNATURES + 1).write();
    assert_refused(&more, CommitInvalid, "limit");
    let mut unsorted = signed(&[], [1, 2]);
    unsorted.commits[0].envelope.signatures.reverse();
    assert_refused(&unsorted.write(), CommitInvalid, "does not come after");
    let twice = signed(&[], [1, 1]);
    assert_refused(&twice.write(), CommitInvalid, "does not come after");
}

#[test]
fn a_structured_delta_that_nobody_named_is_refused() {
    let mut sample = Sample::small();
    sample.commits[0].envelope.delta = Some(b"delta".to_vec());
    assert_refused(&sample.write(), CommitInvalid, "structured delta");
}
