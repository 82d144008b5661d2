//! Stored mpacks: the writer gives these very bytes, and the reader reads them.
//!
//! A change here changes the format, or the compressor. Where that is meant, run the tests once
//! with `MUSE_WIRE_BLESS=1` to write the files anew, and update the worked example in `MPACK.md`.

use std::path::PathBuf;

use ed25519_dalek::{Signer as _, SigningKey};
use muse_wire::commit::{PublicKey, Signature, signed_bytes};
use muse_wire::id::{DeltaDigest, ObjectId};
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Change, Entry, EntryKind, Tree};

use crate::round_trip::assert_holds;
use crate::sample::{Sample, verify_bytes};

/// One file, one snapshot, one commit: the worked example.
fn hello() -> Sample {
    let mut sample = Sample {
        objects: vec![b"hello\n".to_vec()],
        ..Sample::default()
    };
    let tree = Tree::empty()
        .apply(&[Change {
            path: RepoPath::new("greeting").expect("valid"),
            entry: Some(Entry {
                kind: EntryKind::File,
                object: ObjectId::of(b"hello\n"),
            }),
        }])
        .expect("applies to the empty tree");
    sample.add_commit(&[], 0, 1);
    let root = &mut sample.commits[0];
    root.commit.snapshot = tree.id();
    root.envelope.record = root.commit.encode().expect("valid");
    sample.snapshots.push(tree.record_against(None));
    sample
}

/// A commit with two signatures and a structured delta.
fn signed() -> Sample {
    let mut sample = hello();
    let root = &mut sample.commits[0];
    let delta = b"structured delta".to_vec();
    root.commit.delta_digest = Some(DeltaDigest::of(&delta));
    root.commit
        .metadata
        .insert("agent_id".into(), "agent-1".into());
    let keys = [42, 43].map(|number| SigningKey::from_bytes(&[number; 32]));
    let public_key = |key: &SigningKey| PublicKey::from_bytes(key.verifying_key().to_bytes());
    // The record names one of the two who sign.
    root.commit.signers = vec![public_key(&keys[0])];
    root.envelope.record = root.commit.encode().expect("valid");
    root.envelope.delta = Some(delta);
    let signed = signed_bytes(&root.envelope.id());
    root.envelope.signatures = keys
        .iter()
        .map(|key| Signature {
            public_key: public_key(key),
            signature: key.sign(&signed).to_bytes(),
        })
        .collect();
    let signatures = &mut root.envelope.signatures;
    signatures.sort_by_key(|signature| signature.public_key);
    sample
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn assert_golden(name: &str, sample: &Sample) {
    let path = directory().join(name);
    let written = sample.write();
    if std::env::var_os("MUSE_WIRE_BLESS").is_some() {
        std::fs::write(&path, &written).expect("the directory can be written");
    }
    let stored = std::fs::read(&path).expect("the file is stored beside the tests");
    assert_holds(&stored, sample);
    assert!(stored == written, "{name} is not what the writer gives");
}

#[test]
fn empty() {
    assert_golden("empty.mpack", &Sample::default());
}

#[test]
fn hello_world() {
    assert_golden("hello.mpack", &hello());
}

#[test]
fn small() {
    assert_golden("small.mpack", &Sample::small());
}

#[test]
fn signature_and_delta() {
    assert_golden("signed.mpack", &signed());
}

/// The dump in `MPACK.md`: lines of an offset and bytes, with remarks after two spaces.
#[test]
fn the_worked_example_is_the_golden_file() {
    let document = include_str!("../../MPACK.md");
    let example = document
        .split("```dump\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("the document has a dump");
    let mut bytes: Vec<u8> = Vec::new();
    for line in example.lines() {
        let (offset, rest) = line.split_once("  ").expect("an offset, two spaces, bytes");
        let at = usize::from_str_radix(offset, 16).expect("a hexadecimal offset");
        assert_eq!(at, bytes.len(), "{line}");
        let digits = rest.split("  ").next().unwrap_or_default();
        bytes.extend(digits.split(' ').map(|byte| {
            u8::from_str_radix(byte, 16).expect("bytes are two hexadecimal digits each")
        }));
    }
    let stored = std::fs::read(directory().join("hello.mpack")).expect("stored beside the tests");
    assert!(bytes == stored, "the dump is not hello.mpack");
    verify_bytes(&bytes).expect("the example is valid");
}
