//! The rules of what frames hold: objects and records.

use muse_wire::commit::{PublicKey, Signature};
use muse_wire::problem::ProblemCode::{
    CommitInvalid, MpackMalformed, ObjectIdMismatch, SignatureInvalid, SnapshotInvalid,
};

use super::{assert_refused, refuse};
use crate::sample::Sample;

#[test]
fn lying_ids() {
    refuse(
        |forge| {
            let mut raw = forge.frames[0].raw(&[]);
            raw[0] ^= 1;
            forge.frames[0].hold(&raw);
        },
        ObjectIdMismatch,
        "hash to",
    );
    refuse(
        |forge| forge.commits.ids[0][31] ^= 1,
        CommitInvalid,
        "hashes to",
    );
    refuse(
        |forge| {
            let mut raw = forge.frame(b'S').raw(&[]);
            let at = raw
                .windows(32)
                .position(|window| window == [1; 32])
                .expect("the keyframe's id stands in its record");
            raw[at] = 9;
            forge.frame(b'S').hold(&raw);
        },
        SnapshotInvalid,
        "not what the tables say",
    );
    refuse(
        |forge| {
            let row = forge.snapshots.row_at(0);
            let keyframe = forge.snapshots.ids[row];
            let delta = forge.snapshots.row_at(1);
            forge.snapshots.rows[delta][1] = u32::MAX;
            assert_eq!(keyframe, [1; 32]);
        },
        SnapshotInvalid,
        "not what the tables say",
    );
}

#[test]
fn rows_that_contradict_the_record() {
    // Time, snapshot, first parent: each is compared with the record.
    for (word, reason) in [
        (2, "not what the tables say"),
        (4, "not what the tables say"),
    ] {
        refuse(
            |forge| {
                let row = forge.commits.row_at(1);
                let other = forge.commits.rows[forge.commits.row_at(0)][word];
                forge.commits.rows[row][word] = other;
            },
            MpackMalformed,
            reason,
        );
    }
    refuse(
        |forge| {
            let row = forge.commits.row_at(1);
            forge.commits.rows[row][5] = u32::MAX;
        },
        MpackMalformed,
        "not what the tables say",
    );
}

#[test]
fn records_that_do_not_decode() {
    refuse(
        |forge| {
            let mut raw = forge.frame(b'C').raw(&[]);
            raw[0] = 0xc1;
            forge.frame(b'C').hold(&raw);
        },
        CommitInvalid,
        "does not decode",
    );
    refuse(
        |forge| {
            let mut raw = forge.frame(b'C').raw(&[]);
            raw.push(0xc0);
            forge.frame(b'C').hold(&raw);
        },
        CommitInvalid,
        "other bytes follow",
    );
    refuse(
        |forge| {
            let mut raw = forge.frame(b'S').raw(&[]);
            raw.push(0xc0);
            forge.frame(b'S').hold(&raw);
        },
        SnapshotInvalid,
        "is invalid",
    );
}

#[test]
fn a_signature_that_does_not_verify_is_refused() {
    let mut sample = Sample::small();
    sample.commits[0].envelope.signatures = vec![Signature {
        public_key: PublicKey::from_bytes([0; 32]),
        signature: [0; 64],
    }];
    assert_refused(&sample.write(), SignatureInvalid, "signature");
}

#[test]
fn a_structured_delta_that_nobody_named_is_refused() {
    let mut sample = Sample::small();
    sample.commits[0].envelope.delta = Some(b"delta".to_vec());
    assert_refused(&sample.write(), CommitInvalid, "structured delta");
}
