//! The rules of what frames hold: payloads, objects, records.

use muse_wire::commit::{PublicKey, Signature};
use muse_wire::problem::ProblemCode::{
    CommitInvalid, MpackMalformed, ObjectIdMismatch, SignatureInvalid, SnapshotInvalid,
};

use super::{assert_refused, refuse, small};
use crate::sample::Sample;

#[test]
fn frame_payloads() {
    refuse(
        |forge| forge.frames[0].payload.truncate(4),
        MpackMalformed,
        "too short",
    );
    refuse(
        |forge| forge.frames[0].payload[0] ^= 1,
        MpackMalformed,
        "no zstd frame",
    );
    refuse(
        // A skippable frame, which zstd would accept as zero bytes.
        |forge| forge.frames[0].payload[..8].copy_from_slice(b"\x50\x2a\x4d\x18\0\0\0\0"),
        MpackMalformed,
        "no zstd frame",
    );
    refuse(
        |forge| forge.frames[0].payload[4] |= 0b100,
        MpackMalformed,
        "checksum",
    );
    refuse(
        |forge| forge.frames[0].payload.truncate(20),
        MpackMalformed,
        "damaged",
    );
    refuse(
        |forge| {
            let mut encoder = zstd::bulk::Compressor::new(3).expect("memory");
            encoder
                .include_contentsize(false)
                .expect("a known parameter");
            let raw = forge.frames[0].raw();
            forge.frames[0].payload = encoder.compress(&raw).expect("compresses");
        },
        MpackMalformed,
        "declares no length",
    );
    refuse(
        |forge| {
            use std::io::Write as _;
            let raw = forge.frames[0].raw();
            let mut encoder = zstd::Encoder::new(Vec::new(), 3).expect("memory");
            encoder.window_log(25).expect("a known parameter");
            encoder
                .set_pledged_src_size(None)
                .expect("a known parameter");
            encoder.write_all(&raw).expect("compresses");
            forge.frames[0].payload = encoder.finish().expect("compresses");
        },
        MpackMalformed,
        "window",
    );
}

#[test]
fn a_frame_that_inflates_to_another_length_than_declared_is_refused() {
    let raw = small().frames[0].raw();
    // The tables alone lie, in both directions.
    refuse(
        |forge| {
            let mut longer = raw.clone();
            longer.push(b'!');
            forge.frames[0].hold(&longer);
            forge.frames[0].raw_bytes -= 1;
        },
        MpackMalformed,
        "header declares",
    );
    refuse(
        |forge| {
            forge.frames[0].hold(&raw[..raw.len() - 1]);
            forge.frames[0].raw_bytes += 1;
        },
        MpackMalformed,
        "header declares",
    );
    // A bomb: zstd's own header is made to agree with the tables, and 16 MiB follow.
    refuse(
        |forge| {
            let bomb = zstd::bulk::compress(&vec![0; 16 << 20], 3).expect("compresses");
            // Magic, descriptor (4-byte length), window, length, blocks.
            assert_eq!(bomb[4], 0b1000_0000);
            let mut payload = bomb[..4].to_vec();
            // A single segment, so no window; 1-byte length.
            payload.push(0b0010_0000);
            payload.push(raw.len() as u8);
            payload.extend_from_slice(&bomb[10..]);
            forge.frames[0].payload = payload;
            forge.frames[0].raw_bytes = raw.len() as u64;
        },
        MpackMalformed,
        "does not decompress",
    );
}

#[test]
fn lying_ids() {
    refuse(
        |forge| {
            let mut raw = forge.frames[0].raw();
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
            let mut raw = forge.snapshot_frame().raw();
            let at = raw
                .windows(32)
                .position(|window| window == [1; 32])
                .expect("the keyframe's id stands in its record");
            raw[at] = 9;
            forge.snapshot_frame().hold(&raw);
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
            let mut raw = forge.commit_frame().raw();
            raw[0] = 0xc1;
            forge.commit_frame().hold(&raw);
        },
        CommitInvalid,
        "does not decode",
    );
    refuse(
        |forge| {
            let mut raw = forge.commit_frame().raw();
            raw.push(0xc0);
            forge.commit_frame().hold(&raw);
        },
        CommitInvalid,
        "other bytes follow",
    );
    refuse(
        |forge| {
            let mut raw = forge.snapshot_frame().raw();
            raw.push(0xc0);
            forge.snapshot_frame().hold(&raw);
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
