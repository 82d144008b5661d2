//! One case for each rule of the format: bent mpacks are refused with the right code, and never a panic.

use muse_wire::commit::Signature;
use muse_wire::mpack::{Mpack, VerifyError};
use muse_wire::problem::ProblemCode::{
    self, CommitInvalid, MpackMalformed, MpackVersion, ObjectIdMismatch, SignatureInvalid,
    SnapshotInvalid,
};

use crate::forge::Forge;
use crate::sample::{Sample, key_of, parse_tables, verify_as, verify_bytes};

/// Refused, under the file's own key, with this code and a reason that says this.
#[track_caller]
fn assert_refused(bytes: &[u8], code: ProblemCode, reason: &str) {
    use_at_random(bytes);
    let error = verify_bytes(bytes).expect_err("a broken rule");
    assert_eq!(error.problem_code(), Some(code), "{error:?}");
    let text = match &error {
        VerifyError::Invalid(error) => error.to_string(),
        other => other.to_string(),
    };
    assert!(text.contains(reason), "{text}");
}

/// Bends a small mpack and checks that it is refused.
#[track_caller]
fn refuse(bend: impl FnOnce(&mut Forge), code: ProblemCode, reason: &str) {
    let mut forge = small();
    bend(&mut forge);
    assert_refused(&forge.build(), code, reason);
}

fn small() -> Forge {
    Forge::open(&Sample::small().write())
}

/// Opens bytes as a reader of local files does and reads whatever it can: errors are fine, panics are not.
fn use_at_random(bytes: &[u8]) {
    let Ok(mpack) = Mpack::from_bytes(bytes.to_vec()) else {
        return;
    };
    let tables = mpack.tables();
    for row in tables.objects() {
        let _ = mpack.read_object(&row.id);
    }
    for row in tables.commits() {
        let _ = mpack.read_commit(&row.id);
    }
    for row in tables.snapshots() {
        let _ = mpack.read_snapshot(&row.id);
    }
}

#[test]
fn a_second_implementation_agrees_on_every_byte() {
    let bytes = Sample::small().write();
    assert_eq!(Forge::open(&bytes).build(), bytes);
    // What the tests below bend frames into is fine in itself.
    let mut forge = small();
    for frame in &mut forge.frames {
        let raw = frame.raw();
        frame.hold(&raw);
    }
    verify_bytes(&forge.build()).expect("compressed otherwise, but the same contents");
}

#[test]
fn a_file_cut_at_any_byte_is_refused() {
    let bytes = Sample::small().write();
    let tables = parse_tables(&bytes).expect("valid");
    let sink = crate::sample::Received::default();
    for end in 0..bytes.len() {
        let cut = &bytes[..end];
        assert!(parse_tables(cut).is_err(), "cut at {end}");
        assert!(Mpack::from_bytes(cut.to_vec()).is_err(), "cut at {end}");
        // Even where the tables were read before the file was cut.
        let mut source = cut;
        let key = key_of(&bytes);
        let verified = muse_wire::mpack::verify(&mut source, &tables, &key, &sink, &mut |_| Ok(()));
        sink.objects.lock().expect("no thread panicked").clear();
        let code = verified.expect_err("cut").problem_code();
        assert_eq!(code, Some(ProblemCode::MpackKeyMismatch), "cut at {end}");
    }
}

#[test]
fn a_flip_anywhere_is_caught() {
    let bytes = Sample::small().write();
    let key = key_of(&bytes);
    let tables = parse_tables(&bytes).expect("valid");
    for at in 0..bytes.len() {
        for mask in [0x01, 0x10, 0x80, 0xff] {
            let mut flipped = bytes.clone();
            flipped[at] ^= mask;
            use_at_random(&flipped);
            assert!(verify_as(&flipped, key).is_err(), "byte {at} ^ {mask:#x}");
            // Under its own key it may be another valid mpack, but never a panic.
            let _ = verify_bytes(&flipped);
            // Where the tables were read before the flip, the key alone decides.
            let mut source = flipped.as_slice();
            let sink = crate::sample::Received::default();
            let verified =
                muse_wire::mpack::verify(&mut source, &tables, &key, &sink, &mut |_| Ok(()));
            let code = verified.expect_err("flipped").problem_code();
            assert_eq!(code, Some(ProblemCode::MpackKeyMismatch), "byte {at}");
        }
    }
}

#[test]
fn bytes_behind_the_end_are_refused() {
    let mut bytes = Sample::small().write();
    let tables = parse_tables(&bytes).expect("valid");
    bytes.push(0);
    assert!(parse_tables(&bytes).is_err());
    let sink = crate::sample::Received::default();
    let key = key_of(&bytes);
    let verified =
        muse_wire::mpack::verify(&mut bytes.as_slice(), &tables, &key, &sink, &mut |_| Ok(()));
    assert!(verified.is_err());
}

#[test]
fn header() {
    refuse(|forge| forge.version = 2, MpackVersion, "version 2");
    refuse(|forge| forge.end_version = 7, MpackVersion, "version 7");
    refuse(|forge| forge.flags = 1, MpackMalformed, "flags");
    for count in 0..4 {
        refuse(
            |forge| forge.announced[count] += 1,
            MpackMalformed,
            "announced counts",
        );
    }
}

#[test]
fn frame_rows() {
    refuse(|forge| forge.frames[0].words[0] = 1, MpackVersion, "thin");
    refuse(
        |forge| forge.frames[0].words[0] = 2,
        MpackMalformed,
        "unknown flags",
    );
    refuse(
        |forge| forge.frames[0].words[3] = 1,
        MpackMalformed,
        "names bases",
    );
    refuse(
        |forge| forge.bases.push([0; 32]),
        MpackMalformed,
        "bases are listed",
    );
    refuse(
        |forge| forge.frames[1].row_offset_lie = 1,
        MpackMalformed,
        "does not start where",
    );
    refuse(
        |forge| forge.frames[0].row_stored_lie = 1,
        MpackMalformed,
        "does not start where",
    );
    refuse(
        |forge| forge.frames[2].row_stored_lie = u64::MAX,
        MpackMalformed,
        "do not end where",
    );
    refuse(
        |forge| forge.frames[0].raw_bytes = (16 << 20) + 1,
        MpackMalformed,
        "declares more than 16777216",
    );
    refuse(
        |forge| forge.frames[2].raw_bytes = (1 << 30) + 1,
        MpackMalformed,
        "declares more than 1073741824",
    );
    refuse(
        |forge| forge.frames[0].payload = vec![0; 4096],
        MpackMalformed,
        "more bytes than it can need",
    );
    refuse(
        |forge| {
            let frame = forge.frames.pop().expect("three frames");
            let payload = frame.payload.clone();
            forge.frames.push(frame);
            let frame = &mut forge.frames[0];
            frame.payload.extend(payload);
        },
        MpackMalformed,
        "follow its zstd frame",
    );
    refuse(
        |forge| forge.frames[0].tag = b'C',
        MpackMalformed,
        "not what the tables say",
    );
}

#[test]
fn table_counts() {
    refuse(
        |forge| forge.table_tail.push(0),
        MpackMalformed,
        "do not add up",
    );
    refuse(
        |forge| forge.frame_counts = [u32::MAX; 3],
        MpackMalformed,
        "do not add up",
    );
    refuse(
        |forge| forge.frame_counts[0] += 1,
        MpackMalformed,
        "do not add up",
    );
    // The same frames, shared out otherwise: no commit frame is left for the commits.
    refuse(
        |forge| forge.frame_counts = [2, 0, 1],
        MpackMalformed,
        "nothing starts in the frame",
    );
    let mut bytes = Sample::small().write();
    let at = bytes.len() - 48 - 1;
    bytes[at] ^= 1;
    assert_refused(&bytes, MpackMalformed, "checksum");
}

#[test]
fn entries() {
    refuse(
        |forge| forge.frames[0].words[1] = 1,
        MpackMalformed,
        "do not follow",
    );
    refuse(
        |forge| forge.objects.offsets[0] = 1,
        MpackMalformed,
        "does not start at 0",
    );
    refuse(
        |forge| forge.objects.offsets[2] = 5,
        MpackMalformed,
        "overlaps",
    );
    refuse(
        |forge| forge.objects.offsets[2] = 1000,
        MpackMalformed,
        "outside its frame",
    );
    refuse(
        |forge| forge.commits.offsets[1] = 0,
        MpackMalformed,
        "overlaps",
    );
    refuse(
        |forge| forge.commits.offsets[2] = u32::MAX - 1,
        MpackMalformed,
        "outside its frame",
    );
    refuse(
        |forge| forge.objects.ids[1] = forge.objects.ids[0],
        MpackMalformed,
        "not above",
    );
    refuse(
        |forge| forge.commits.ids.swap(0, 1),
        MpackMalformed,
        "not above",
    );
    refuse(
        |forge| forge.objects.rows[1] = forge.objects.rows[0],
        MpackMalformed,
        "taken twice",
    );
    refuse(
        |forge| forge.snapshots.rows[0][0] = 3,
        MpackMalformed,
        "outside the file",
    );
    refuse(
        |forge| {
            // A second object frame in which nothing starts, though the first is not full.
            let mut frame = forge.frames[0].clone();
            frame.words[1] = 3;
            forge.frames.insert(1, frame);
            forge.frame_counts[0] = 2;
        },
        MpackMalformed,
        "continues into it",
    );
    refuse(
        |forge| {
            let mut frame = forge.frames[1].clone();
            frame.words[1] = forge.commits.ids.len() as u32;
            forge.frames.insert(2, frame);
            forge.frame_counts[1] = 2;
        },
        MpackMalformed,
        "holds no record",
    );
    refuse(
        |forge| forge.commit_frame().hold(&vec![0; (2 << 20) + 1]),
        MpackMalformed,
        "more than one record",
    );
    refuse(
        |forge| {
            forge.frames.remove(0);
            forge.frame_counts[0] = 0;
        },
        MpackMalformed,
        "without a frame",
    );
}

#[test]
fn references() {
    // Words of a commit's row: position, generation, time (2), snapshot, first and second parent.
    const NONE: u32 = u32::MAX;
    // The octopus is the commit at position 3.
    let octopus = |forge: &Forge| forge.commits.row_at(3);
    let child = |forge: &Forge| forge.commits.row_at(1);
    let refuse = |bend: &dyn Fn(&mut Forge), reason: &str| {
        super::malformed::refuse(|forge| bend(forge), MpackMalformed, reason);
    };
    refuse(&|forge| forge.commits.rows[0][1] = 0, "generation is 0");
    refuse(
        &|forge| forge.commits.rows[0][4] = 1000,
        "snapshot is no reference",
    );
    refuse(
        &|forge| forge.commits.rows[0][4] = NONE,
        "snapshot is no reference",
    );
    refuse(
        &|forge| {
            let row = child(forge);
            forge.commits.rows[row][5] = 1000;
        },
        "parent of the commit is no reference",
    );
    refuse(
        &|forge| {
            let row = child(forge);
            forge.commits.rows[row][5] = row as u32;
        },
        "comes after it",
    );
    refuse(
        &|forge| {
            let row = child(forge);
            forge.commits.rows[row][1] = 1;
        },
        "generation is not above",
    );
    refuse(
        &|forge| {
            let row = child(forge);
            forge.commits.rows[row].swap(5, 6);
        },
        "second parent, but no first",
    );
    refuse(
        &|forge| {
            let row = octopus(forge);
            forge.commits.rows[row][6] += 1;
        },
        "do not follow those before",
    );
    refuse(&|forge| forge.edges[1] &= !(1 << 31), "do not end");
    refuse(&|forge| forge.edges[0] |= 1 << 31, "need no edges");
    refuse(&|forge| forge.edges.push(0), "edges of no commit");
    refuse(
        &|forge| {
            let row = forge.snapshots.row_at(0);
            forge.snapshots.rows[row][1] = 1000;
        },
        "base is no reference",
    );
    refuse(
        &|forge| {
            let row = forge.snapshots.row_at(0);
            forge.snapshots.rows[row][1] = forge.snapshots.row_at(1) as u32;
        },
        "base comes after",
    );
    refuse(
        &|forge| forge.external_commits.push([0xff; 32]),
        "nothing refers",
    );
    refuse(&|forge| forge.external_snapshots.swap(0, 1), "not above");
    refuse(
        &|forge| forge.external_commits[0] = forge.commits.ids[0],
        "is in this mpack",
    );
}

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
        "followed by other bytes",
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
    sample.commits[0].envelope.signature = Some(Signature {
        public_key: [0; 32],
        signature: [0; 64],
    });
    assert_refused(&sample.write(), SignatureInvalid, "signature");
}

#[test]
fn a_structured_delta_that_nobody_named_is_refused() {
    let mut sample = Sample::small();
    sample.commits[0].envelope.delta = Some(b"delta".to_vec());
    assert_refused(&sample.write(), CommitInvalid, "structured delta");
}
