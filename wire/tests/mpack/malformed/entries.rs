//! The rules of ids, positions and offsets: which bytes of a frame are an entry's.

use muse_wire::limits::{
    MAX_SNAPSHOT_RECORD_BYTES, MAX_WHOLE_OBJECT_BYTES, RECORD_FRAME_RAW_BYTES,
};
use muse_wire::problem::ProblemCode::MpackMalformed;

use super::{assert_refused, refuse};
use crate::forge::{Forge, ForgedFrame};
use crate::sample::{Sample, parse_tables, snapshot_id, verify_bytes};

#[test]
fn the_frames_of_a_kind_share_out_its_entries() {
    for first in [1, 3, 1_000_000_000, u32::MAX] {
        refuse(
            |forge| forge.frames[0].words[0] = first,
            MpackMalformed,
            "do not follow",
        );
    }
    refuse(
        |forge| {
            forge.frames.remove(0);
        },
        MpackMalformed,
        "without a frame",
    );
    // A second frame that begins before the first, behind the last entry, or where nothing starts.
    for (tag, first, reason) in [
        (b'O', 1_000, "do not follow"),
        (b'O', 3, "nothing starts"),
        (b'C', 5, "nothing starts"),
        (b'S', 3, "nothing starts"),
    ] {
        refuse(
            |forge| {
                let at = forge.frames.iter().position(|frame| frame.tag == tag);
                let at = at.expect("the sample has such a frame");
                let mut frame = forge.frames[at].clone();
                frame.words[0] = first;
                forge.frames.insert(at + 1, frame);
            },
            MpackMalformed,
            reason,
        );
    }
}

#[test]
fn entries_lie_one_behind_the_other_inside_their_frame() {
    refuse(
        |forge| forge.objects.offsets[0] = 1,
        MpackMalformed,
        "does not start at 0",
    );
    refuse(
        |forge| forge.objects.offsets[2] = 5,
        MpackMalformed,
        "ends before it starts",
    );
    // The sample's objects are 6, 0 and 52 bytes: the last may be empty, but not begin later.
    refuse(
        |forge| forge.objects.offsets[2] = 59,
        MpackMalformed,
        "outside its frame",
    );
    for (position, offset) in [
        (1, u32::MAX),
        (2, u32::MAX),
        (2, u32::MAX - 1),
        (3, 1 << 31),
    ] {
        refuse(
            |forge| forge.commits.offsets[position] = offset,
            MpackMalformed,
            "outside its frame",
        );
    }
    // Three records whose middle one begins at FF FF FF FF.
    refuse(
        |forge| forge.snapshots.offsets[1] = u32::MAX,
        MpackMalformed,
        "outside its frame",
    );
    refuse(
        |forge| forge.commits.offsets[1] = 0,
        MpackMalformed,
        "shorter than such an entry",
    );
    refuse(
        |forge| forge.snapshots.offsets[2] = forge.frame(b'S').raw_bytes as u32,
        MpackMalformed,
        "shorter than such an entry",
    );
}

#[test]
fn ids_ascend_and_every_position_is_taken_once() {
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
        |forge| forge.snapshots.ids.swap(1, 2),
        MpackMalformed,
        "not above",
    );
    refuse(
        |forge| forge.objects.rows[1] = forge.objects.rows[0],
        MpackMalformed,
        "taken twice",
    );
    for position in [3, 1_000_000_000, u32::MAX] {
        refuse(
            |forge| forge.snapshots.rows[0][0] = position,
            MpackMalformed,
            "outside the file",
        );
    }
}

/// One object of this many zeros.
fn object_of(length: u64) -> Vec<u8> {
    let sample = Sample {
        objects: vec![vec![0; 10]],
        ..Sample::default()
    };
    let mut forge = Forge::open(&sample.write());
    let zeros = vec![0; length as usize];
    forge.frames[0].hold(&zeros);
    forge.objects.ids[0] = *muse_wire::id::ObjectId::of(&zeros).as_bytes();
    forge.announced[3] = length;
    forge.build()
}

#[test]
fn a_whole_object_is_at_most_4_mebibytes() {
    verify_bytes(&object_of(MAX_WHOLE_OBJECT_BYTES)).expect("as long as allowed");
    let bytes = object_of(MAX_WHOLE_OBJECT_BYTES + 1);
    assert_refused(&bytes, MpackMalformed, "longer than 4194304 bytes");
}

/// A frame of so many commits, of this raw length.
fn commits_in(count: u32, raw_bytes: u64) -> Vec<u8> {
    let mut sample = Sample::default();
    for number in 1..=count {
        sample.add_commit(&[], 1, number);
    }
    let mut forge = Forge::open(&sample.write());
    forge.frames[0].hold(&vec![0; raw_bytes as usize]);
    forge.build()
}

#[test]
fn a_frame_of_several_commits_is_at_most_2_mebibytes() {
    for count in [2, 3] {
        let bytes = commits_in(count, RECORD_FRAME_RAW_BYTES + 1);
        assert_refused(&bytes, MpackMalformed, "too long for more than one commit");
        parse_tables(&commits_in(count, RECORD_FRAME_RAW_BYTES)).expect("as long as allowed");
    }
    parse_tables(&commits_in(1, RECORD_FRAME_RAW_BYTES + 1)).expect("one may be longer");
}

/// An mpack of one snapshot record, in frames of these raw lengths.
fn record_in(raw_bytes: &[usize]) -> Forge {
    let mut sample = Sample::default();
    sample.add_snapshot(1, None, &[]);
    let mut forge = Forge::open(&sample.write());
    let frame = forge.frames.remove(0);
    let stored = |raw_bytes: usize| {
        let mut stored = ForgedFrame::clone(&frame);
        stored.hold(&vec![0; raw_bytes]);
        stored
    };
    let full = stored(RECORD_FRAME_RAW_BYTES as usize);
    forge.frames = raw_bytes
        .iter()
        .enumerate()
        .map(|(index, &raw_bytes)| {
            let mut frame = if raw_bytes as u64 == RECORD_FRAME_RAW_BYTES {
                full.clone()
            } else {
                stored(raw_bytes)
            };
            frame.words[0] = u32::from(index > 0);
            frame
        })
        .collect();
    forge
}

#[test]
fn a_snapshot_record_goes_on_only_in_the_frame_behind_a_full_one() {
    const FULL: usize = RECORD_FRAME_RAW_BYTES as usize;
    let tables = parse_tables(&record_in(&[FULL, FULL, 7]).build()).expect("a long record");
    let row = tables.find_snapshot(&snapshot_id(1)).expect("present");
    assert_eq!(row.place.length as usize, 2 * FULL + 7);
    for raw_bytes in [
        &[FULL - 1, 7][..],
        &[FULL, FULL - 1, 7],
        &[FULL, 0],
        &[FULL, FULL, 0],
    ] {
        let error = parse_tables(&record_in(raw_bytes).build()).expect_err("a gap");
        assert!(error.reason.contains("nothing starts"), "{error}");
    }
    // What goes on is no record.
    assert_refused(
        &record_in(&[FULL, 7]).build(),
        muse_wire::problem::ProblemCode::SnapshotInvalid,
        "is invalid",
    );
    // Two records in the full frame: neither may go on.
    let mut forge = record_in(&[FULL, 7]);
    forge.snapshots.ids.push([2; 32]);
    forge.snapshots.rows.push([1, u32::MAX]);
    forge.snapshots.offsets.push(100);
    forge.frames[1].words[0] = 2;
    assert_refused(&forge.build(), MpackMalformed, "nothing starts");
    // Nor where the frame before it is full, too.
    let mut forge = record_in(&[FULL, FULL, 7]);
    forge.snapshots.ids.extend([[2; 32], [3; 32]]);
    forge.snapshots.rows.extend([[1, u32::MAX], [2, u32::MAX]]);
    forge.snapshots.offsets.extend([0, 100]);
    forge.frames[2].words[0] = 3;
    assert_refused(&forge.build(), MpackMalformed, "nothing starts");
}

#[test]
fn a_snapshot_record_is_at_most_256_mebibytes() {
    const FULL: usize = RECORD_FRAME_RAW_BYTES as usize;
    let mut raw_bytes = vec![FULL; MAX_SNAPSHOT_RECORD_BYTES / FULL];
    parse_tables(&record_in(&raw_bytes).build()).expect("as long as allowed");
    raw_bytes.push(1);
    let error = parse_tables(&record_in(&raw_bytes).build()).expect_err("one byte too many");
    assert!(
        error.reason.contains("longer than 268435456 bytes"),
        "{error}"
    );
}
