//! The rules of thin frames and their bases.

use muse_wire::limits::{
    MAX_BASES, MAX_FRAME_BASE_BYTES, MAX_THIN_TABLE_BYTES, MAX_WHOLE_OBJECT_BYTES,
};
use muse_wire::problem::ProblemCode::{self, MpackMalformed};

use super::use_at_random;
use crate::forge::Forge;
use crate::sample::parse_tables;
use crate::section::Section;

/// The thin sample: a frame without bases, and one with two.
fn forge() -> Forge {
    Forge::open(&crate::thin::sample())
}

/// Bends a thin mpack and checks that its tables are refused.
#[track_caller]
fn refuse(bend: impl FnOnce(&mut Forge), code: ProblemCode, reason: &str) {
    let mut forge = forge();
    bend(&mut forge);
    let bytes = forge.build();
    use_at_random(&bytes);
    let error = parse_tables(&bytes).map(drop).expect_err("a broken rule");
    assert_eq!(error.code, code, "{error}");
    assert!(error.reason.contains(reason), "{error}");
}

#[test]
fn the_sample_is_valid() {
    parse_tables(&forge().build()).expect("valid");
}

/// Gives the thin sample ids and rows of its three objects.
fn list_objects(forge: &mut Forge) {
    forge.objects.ids = (1..=3).map(|id| [id; 32]).collect();
    forge.objects.rows = (0..3).map(|position| [position]).collect();
}

#[test]
fn a_thin_mpack_lists_neither_ids_nor_rows_of_objects() {
    for bend in [
        list_objects as fn(&mut Forge),
        |forge| forge.objects.ids = vec![[1; 32]],
        |forge| forge.objects.rows = vec![[0]],
    ] {
        refuse(bend, MpackMalformed, "as many rows");
    }
}

#[test]
fn tables_are_within_their_limit_with_the_ids_of_objects() {
    let with_objects = |count: usize| {
        let mut forge = forge();
        // Empty ones, in front of the others.
        forge.objects.offsets.splice(0..0, vec![0; count]);
        forge.frames[1].words[0] += count as u32;
        forge.announced[0] += count as u64;
        let tables = Section::join(&forge.sections());
        let full = tables.len() + forge.objects.offsets.len() * 36;
        let compressed = zstd::bulk::compress(&tables, 1).expect("memory takes all");
        let built = [(0, tables), (1, compressed)];
        let parsed = built.map(|(codec, payload)| {
            let parsed = parse_tables(&forge.build_tables(codec, &payload));
            parsed.map(|tables| tables.object_count())
        });
        (full, parsed)
    };
    let limit = MAX_THIN_TABLE_BYTES as usize;
    let (least, _) = with_objects(0);
    let most = (limit - least) / 40;
    let (full, parsed) = with_objects(most);
    assert!(limit - full < 40);
    for count in parsed {
        assert_eq!(count.expect("at the limit"), most + 3);
    }
    let (_, parsed) = with_objects(most + 1);
    for count in parsed {
        let error = count.expect_err("one too many");
        assert!(error.reason.contains("with the ids"), "{error}");
    }
}

#[test]
fn a_frame_has_bases_if_and_only_if_it_is_thin() {
    const REASON: &str = "if and only if it is thin";
    refuse(|forge| forge.frames[0].words[2] = 1, MpackMalformed, REASON);
    refuse(|forge| forge.frames[0].words[1] = 1, MpackMalformed, REASON);
    refuse(|forge| forge.frames[1].words[2] = 0, MpackMalformed, REASON);
    refuse(|forge| forge.frames[0].set_codec(2), MpackMalformed, REASON);
    refuse(|forge| forge.frames[1].set_codec(1), MpackMalformed, REASON);
}

#[test]
fn thin_frames_share_out_the_bases() {
    for first in [1, u32::MAX] {
        refuse(
            |forge| forge.frames[1].words[1] = first,
            MpackMalformed,
            "bases do not follow",
        );
    }
    for count in [3, 1_000_000_000, u32::MAX] {
        refuse(
            |forge| forge.frames[1].words[2] = count,
            MpackMalformed,
            "bases do not follow",
        );
    }
    refuse(
        |forge| forge.frames[1].words[2] = 1,
        MpackMalformed,
        "bases of no frame",
    );
    refuse(
        |forge| {
            let base = forge.bases[1];
            forge.bases.push(base);
            forge.base_paths.extend_from_slice(b"more\0");
        },
        MpackMalformed,
        "bases of no frame",
    );
}

/// The second object of the thin frame in a thin frame of its own, with this many of the bases.
fn with_two_thin_frames(bases: u32) -> Forge {
    let mut forge = forge();
    let [_, first] = &mut forge.frames[..] else {
        panic!("the sample has two frames");
    };
    first.raw_bytes /= 2;
    let mut second = first.clone();
    first.words[2] = 1;
    second.words = [2, 1, bases];
    forge.frames.push(second);
    forge.objects.offsets[2] = 0;
    forge
}

#[test]
fn the_last_thin_frame_has_no_more_bases_than_are_left() {
    parse_tables(&with_two_thin_frames(1).build()).expect("one for each");
    let error = parse_tables(&with_two_thin_frames(2).build()).expect_err("there is one");
    assert!(error.reason.contains("bases do not follow"), "{error}");
}

#[test]
fn a_base_is_of_a_snapshot_outside_of_the_mpack() {
    for reference in [2, 1_000_000_000, u32::MAX] {
        refuse(
            |forge| forge.bases[0][0] = reference,
            MpackMalformed,
            "no snapshot outside",
        );
    }
    // A snapshot in the mpack: the first record becomes one.
    refuse(
        |forge| {
            let mut sample = crate::sample::Sample::default();
            sample.add_snapshot(1, None, &[]);
            let other = Forge::open(&sample.write()).without_prefixes();
            forge.frames.extend(other.frames);
            forge.snapshots = other.snapshots;
            // References now count from the snapshot that is here.
            forge.bases[1][0] = 1;
        },
        MpackMalformed,
        "no snapshot outside",
    );
    refuse(
        |forge| forge.bases[0][0] = 1,
        MpackMalformed,
        "nothing refers",
    );
}

#[test]
fn bases_keep_their_limits() {
    for length in [0, MAX_WHOLE_OBJECT_BYTES as u32 + 1, u32::MAX] {
        refuse(
            |forge| forge.bases[0][1] = length,
            MpackMalformed,
            "no base has that length",
        );
    }
    let with_lengths = |lengths: &[u64]| {
        let mut forge = forge();
        forge.bases = lengths
            .iter()
            .enumerate()
            .map(|(index, &length)| [(index % 2) as u32, length as u32])
            .collect();
        forge.base_paths = b"path\0".repeat(lengths.len());
        forge.frames[1].words[2] = lengths.len() as u32;
        parse_tables(&forge.build()).map(|tables| tables.counts().base_bytes)
    };
    let most = MAX_WHOLE_OBJECT_BYTES;
    let total = with_lengths(&[most, most, most, most]).expect("as much as allowed");
    assert_eq!(total, MAX_FRAME_BASE_BYTES);
    let error = with_lengths(&[most, most, most, most, 1]).expect_err("one byte too many");
    assert!(error.reason.contains("too large together"), "{error}");
    let total = with_lengths(&vec![1; MAX_BASES]).expect("as many as allowed");
    assert_eq!(total, MAX_BASES as u64);
    let error = with_lengths(&vec![1; MAX_BASES + 1]).expect_err("one too many");
    assert!(error.reason.contains("more bases than"), "{error}");
}

#[test]
fn every_base_has_a_legal_path() {
    for (paths, reason) in [
        (&b"dir/old\0"[..], "not one path for each"),
        (b"dir/old\0other\0third\0", "not one path for each"),
        (b"", "not one path for each"),
        (b"dir/old\0other", "has no end"),
        (b"dir/old\0\xff\xfe\0", "not UTF-8"),
        (b"dir/old\0\0", "is empty"),
        (b"dir/old\0../other\0", "not allowed"),
        (b"dir/old\0/other\0", "not allowed"),
    ] {
        refuse(
            |forge| forge.base_paths = paths.to_vec(),
            MpackMalformed,
            reason,
        );
    }
}

#[test]
fn the_flag_says_whether_there_are_thin_frames() {
    refuse(
        |forge| {
            forge.incompatible_flags = 0;
            forge.end_flags = 0;
        },
        MpackMalformed,
        "as many rows",
    );
    super::refuse(
        |forge| {
            forge.incompatible_flags = 1;
            forge.end_flags = 1;
            forge.objects.ids.clear();
            forge.objects.rows.clear();
        },
        MpackMalformed,
        "flag for thin frames",
    );
    // Listed or not, as the flag wants it, the ids of objects do not put it right.
    refuse(
        |forge| {
            forge.incompatible_flags = 0;
            forge.end_flags = 0;
            list_objects(forge);
        },
        MpackMalformed,
        "flag for thin frames",
    );
    // Header and trailer disagree.
    let mut forge = forge();
    forge.incompatible_flags = 0;
    assert!(muse_wire::mpack::Mpack::from_bytes(forge.build()).is_err());
}
