//! The rules of large objects, chunk references and chunks.

use muse_wire::id::{ChunkId, ObjectId};
use muse_wire::limits::{MAX_CHUNK_BYTES, MAX_WHOLE_OBJECT_BYTES, MIN_CHUNK_BYTES};
use muse_wire::mpack::MpackWriter;
use muse_wire::problem::ProblemCode::{self, MpackMalformed, ObjectIdMismatch};

use super::assert_refused;
use crate::forge::Forge;
use crate::frames::counts_of;
use crate::sample::{parse_tables, verify_bytes};

const MIB: usize = 1 << 20;

/// Three chunks of 3, 2 and 1 MiB.
fn chunks() -> [Vec<u8>; 3] {
    [vec![1; 3 * MIB], vec![2; 2 * MIB], vec![3; MIB]]
}

/// Two large objects, of 3 + 2 MiB and of 3 + 2 + 1 MiB, a fourth chunk outside, and a whole
/// object.
pub(super) fn sample() -> Vec<u8> {
    let [one, two, three] = chunks();
    let outside = vec![4; 1000];
    let objects = [
        [&one[..], &two].concat(),
        [&one[..], &two, &three, &outside].concat(),
    ];
    let whole = b"whole";
    let counts = counts_of(&[whole, &objects[0], &objects[1]]);
    let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
    writer
        .add_object(ObjectId::of(whole), whole)
        .expect("announced");
    let chunk = |contents: &Vec<u8>| (ChunkId::of(contents), contents.len() as u32);
    for contents in [&one, &two, &three] {
        let (id, _) = chunk(contents);
        writer.add_chunk(id, contents).expect("announced");
    }
    let lists = [
        vec![chunk(&one), chunk(&two)],
        vec![chunk(&one), chunk(&two), chunk(&three), chunk(&outside)],
    ];
    for (object, list) in objects.iter().zip(lists) {
        let id = ObjectId::of(object);
        writer.add_chunk_list(id, list).expect("announced");
    }
    writer.finish().expect("all was added").out
}

/// The row of the large object with this many chunks, and the index of its first reference.
fn object_with(forge: &Forge, count: u32) -> (usize, usize) {
    let first = |row: usize| match forge.large_rows.get(row) {
        Some(&first) => first,
        None => forge.chunk_references.len() as u32,
    };
    let row = (0..2).find(|&row| first(row + 1) - first(row) == count);
    let row = row.expect("the sample has such an object");
    (row, first(row) as usize)
}

#[track_caller]
fn refuse(bend: impl FnOnce(&mut Forge), code: ProblemCode, reason: &str) {
    let mut forge = Forge::open(&sample());
    bend(&mut forge);
    assert_refused(&forge.build(), code, reason);
}

#[test]
fn the_sample_is_valid_and_one_object_is_left_to_the_caller() {
    let tables = parse_tables(&sample()).expect("valid");
    let mut are_here: Vec<Vec<bool>> = tables
        .large_objects()
        .map(|row| tables.chunks_of(&row).map(|chunk| chunk.is_here).collect())
        .collect();
    are_here.sort_unstable_by_key(Vec::len);
    assert_eq!(are_here, [vec![true; 2], vec![true, true, true, false]]);
    let received = verify_bytes(&sample()).expect("valid");
    assert_eq!(received.unchecked.len(), 1);
    let objects = received.objects.into_inner().expect("no thread panicked");
    assert_eq!(objects.len(), 2);
}

#[test]
fn objects_share_out_the_chunk_references() {
    for first in [1, u32::MAX] {
        refuse(
            |forge| forge.large_rows[0] = first,
            MpackMalformed,
            "chunks do not follow",
        );
    }
    for first in [1_000_000_000, u32::MAX] {
        refuse(
            |forge| forge.large_rows[1] = first,
            MpackMalformed,
            "chunks do not follow",
        );
    }
    refuse(
        |forge| {
            forge.large_ids.truncate(0);
            forge.large_rows.truncate(0);
        },
        MpackMalformed,
        "references of no object",
    );
    // An object without chunks.
    refuse(
        |forge| forge.large_rows[1] = 0,
        MpackMalformed,
        "too short for chunks",
    );
    refuse(
        |forge| {
            forge.large_ids.push([0xff; 32]);
            forge.large_rows.push(forge.chunk_references.len() as u32);
        },
        MpackMalformed,
        "too short for chunks",
    );
    refuse(
        |forge| {
            forge.large_rows.pop();
        },
        MpackMalformed,
        "as many rows",
    );
}

#[test]
fn large_objects_are_there_once() {
    refuse(
        |forge| forge.large_ids.swap(0, 1),
        MpackMalformed,
        "not above",
    );
    refuse(
        |forge| forge.objects.ids[0] = forge.large_ids[0],
        MpackMalformed,
        "both whole and as chunks",
    );
}

#[test]
fn references_name_chunks() {
    for reference in [4, 1_000_000_000, 1 << 31, u32::MAX] {
        refuse(
            |forge| forge.chunk_references[0][0] = reference,
            MpackMalformed,
            "chunk is no reference",
        );
    }
    refuse(
        |forge| forge.external_chunks.push([0xff; 32]),
        MpackMalformed,
        "nothing refers",
    );
    refuse(
        |forge| {
            let (_, first) = object_with(forge, 4);
            forge.chunk_references[first + 3] = forge.chunk_references[first + 2];
        },
        MpackMalformed,
        "nothing refers",
    );
    refuse(
        |forge| forge.external_chunks[0] = forge.chunks.ids[0],
        MpackMalformed,
        "is in this mpack",
    );
}

#[test]
fn only_the_last_chunk_is_short() {
    let with_external_first = |length: u32| {
        let mut forge = Forge::open(&sample());
        let (_, first) = object_with(&forge, 4);
        let last = first + 3;
        forge.chunk_references.swap(first, last);
        forge.chunk_references[first][1] = length;
        forge.announced[3] = forge.announced[3] - 1000 + u64::from(length);
        parse_tables(&forge.build()).map(drop)
    };
    with_external_first(MIN_CHUNK_BYTES as u32).expect("long enough");
    let error = with_external_first(MIN_CHUNK_BYTES as u32 - 1).expect_err("too short");
    assert!(error.reason.contains("too short"), "{error}");
}

#[test]
fn a_chunk_that_no_object_has_is_legal() {
    let mut forge = Forge::open(&sample());
    let (_, first) = object_with(&forge, 4);
    let (_, other) = object_with(&forge, 2);
    // The third chunk is in the longer object alone.
    let again = forge.chunk_references[other + 1];
    forge.announced[3] += MIB as u64;
    forge.chunk_references[first + 2] = again;
    parse_tables(&forge.build()).expect("nothing is missing");
}

#[test]
fn references_say_the_length_of_their_chunk() {
    for lie in [1, u32::MAX] {
        refuse(
            |forge| {
                let length = &mut forge.chunk_references[0][1];
                *length = length.wrapping_add(lie);
            },
            MpackMalformed,
            "another length",
        );
    }
    let with_external = |length: u64| {
        let mut forge = Forge::open(&sample());
        let (_, first) = object_with(&forge, 4);
        forge.chunk_references[first + 3][1] = length as u32;
        forge.announced[3] = forge.announced[3] - 1000 + length;
        forge.build()
    };
    for length in [1, MAX_CHUNK_BYTES] {
        verify_bytes(&with_external(length)).expect("a length that a chunk can have");
    }
    for length in [0, MAX_CHUNK_BYTES + 1, u64::from(u32::MAX)] {
        assert_refused(
            &with_external(length),
            MpackMalformed,
            "no chunk has that length",
        );
    }
}

#[test]
fn a_large_object_is_longer_than_a_whole_one() {
    // Its first chunk is 3 MiB; the second one here is outside, and makes it as long as given.
    let with_length = |length: u64| {
        let mut forge = Forge::open(&sample());
        let (_, first) = object_with(&forge, 4);
        let (_, short) = object_with(&forge, 2);
        let external = forge.chunk_references[first + 3][0];
        let rest = length - 3 * MIB as u64;
        forge.chunk_references[short + 1] = [external, rest as u32];
        parse_tables(&forge.build()).map(drop)
    };
    with_length(MAX_WHOLE_OBJECT_BYTES + 1).expect("one byte longer");
    let error = with_length(MAX_WHOLE_OBJECT_BYTES).expect_err("not longer");
    assert!(error.reason.contains("too short for chunks"), "{error}");
}

#[test]
fn chunks_of_an_object_that_hash_to_another_are_refused() {
    // A chunk that comes twice.
    refuse(
        |forge| {
            let (_, first) = object_with(forge, 2);
            let again = forge.chunk_references[first];
            forge.chunk_references[first + 1] = again;
            forge.announced[3] += MIB as u64;
        },
        ObjectIdMismatch,
        "hash to",
    );
    // Another object's chunks.
    refuse(
        |forge| {
            let (row, _) = object_with(forge, 2);
            forge.large_ids[row][31] ^= 1;
        },
        ObjectIdMismatch,
        "hash to",
    );
    // The contents of a chunk.
    refuse(
        |forge| {
            let frame = forge.frame(b'K');
            let mut raw = frame.raw(&[]);
            raw[MIB] ^= 1;
            frame.hold(&raw);
        },
        ObjectIdMismatch,
        "hash to",
    );
}

#[test]
fn a_chunk_is_at_most_4_mebibytes_and_has_a_byte() {
    refuse(
        |forge| {
            let frame = forge.frames.iter_mut().rfind(|frame| frame.tag == b'K');
            let frame = frame.expect("frames of chunks");
            frame.hold(&vec![0; MAX_CHUNK_BYTES as usize + 1]);
        },
        MpackMalformed,
        "declares more than 4194304 bytes",
    );
    refuse(
        |forge| {
            let last = forge.chunks.offsets.len() - 1;
            let frame = forge.frames.iter_mut().rfind(|frame| frame.tag == b'K');
            forge.chunks.offsets[last] = frame.expect("frames of chunks").raw_bytes as u32;
        },
        MpackMalformed,
        "shorter than such an entry",
    );
}
