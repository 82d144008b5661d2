//! The rules of header, `H` frame and trailer.

use muse_wire::mpack::{TRAILER_BYTES, Tables, Trailer};
use muse_wire::problem::ProblemCode::{MpackMalformed, MpackVersion};

use super::{assert_refused, refuse, small};
use crate::sample::{Sample, verify_bytes};

#[test]
fn what_a_newer_version_wrote_is_said_to_be_so() {
    const NEWER: &str = "written by a newer version";
    refuse(|forge| forge.version = 2, MpackVersion, NEWER);
    refuse(|forge| forge.hash = 2, MpackVersion, NEWER);
    refuse(|forge| forge.end_version = 7, MpackVersion, NEWER);
    refuse(|forge| forge.end_hash = 2, MpackVersion, NEWER);
    for bit in 1..32 {
        refuse(
            |forge| forge.incompatible_flags = 1 << bit,
            MpackVersion,
            NEWER,
        );
        refuse(|forge| forge.end_flags = 1 << bit, MpackVersion, NEWER);
    }
}

#[test]
fn neither_version_nor_hash_is_0() {
    const NEVER: &str = "neither is ever 0";
    refuse(|forge| forge.version = 0, MpackMalformed, NEVER);
    refuse(|forge| forge.hash = 0, MpackMalformed, NEVER);
    refuse(|forge| forge.end_version = 0, MpackMalformed, NEVER);
    refuse(|forge| forge.end_hash = 0, MpackMalformed, NEVER);
}

#[test]
fn compatible_flags_say_nothing_that_a_reader_must_know() {
    let mut forge = small();
    forge.compatible_flags = u32::MAX;
    verify_bytes(&forge.build()).expect("flags that may be ignored");
}

#[test]
fn header_and_trailer_set_the_same_flags() {
    refuse(
        |forge| forge.incompatible_flags = 1,
        MpackMalformed,
        "counts or flags are not those",
    );
}

#[test]
fn the_announced_counts_are_those_of_the_tables() {
    for count in 0..5 {
        refuse(
            |forge| forge.announced[count] += 1,
            MpackMalformed,
            "announced counts",
        );
        refuse(
            |forge| forge.announced[count] = u64::MAX,
            MpackMalformed,
            "announced counts",
        );
    }
}

#[test]
fn the_first_frame_announces_the_counts() {
    // Its tag, its codec, its length.
    for at in [20, 21, 22] {
        let mut bytes = Sample::small().write();
        bytes[at] ^= 2;
        assert_refused(&bytes, MpackMalformed, "first frame");
    }
}

#[test]
fn the_tables_frame_is_where_the_trailer_says() {
    let bytes = Sample::small().write();
    let trailer = bytes.len() - 54;
    for (offset, reason) in [
        (0, "outside the file"),
        (69, "outside the file"),
        (trailer as u64 - 9, "outside the file"),
        (u64::MAX, "outside the file"),
        (trailer as u64 - 10, "frame's header"),
    ] {
        let mut bytes = bytes.clone();
        bytes[trailer..trailer + 8].copy_from_slice(&offset.to_le_bytes());
        assert_refused(&bytes, MpackMalformed, reason);
    }
}

#[test]
fn the_tables_have_the_checksum_in_the_trailer() {
    for back in [54 + 1, 54 - 8, 54 - 39] {
        let mut bytes = Sample::small().write();
        let at = bytes.len() - back;
        bytes[at] ^= 1;
        assert_refused(&bytes, MpackMalformed, "checksum");
    }
}

#[test]
fn the_tables_are_as_long_as_the_trailer_says() {
    let bytes = Sample::small().write();
    let end = bytes.len() - TRAILER_BYTES as usize;
    let trailer = Trailer::parse(&bytes[end..], bytes.len() as u64).expect("valid");
    let tables = &bytes[trailer.tables_offset as usize..end];
    Tables::parse(tables.to_vec(), &trailer).expect("valid");
    let longer = [tables, b"\0"].concat();
    for other in [&tables[..tables.len() - 1], &longer, b""] {
        let error = Tables::parse(other.to_vec(), &trailer).map(drop);
        let error = error.expect_err("another length");
        assert!(error.reason.contains("not as long as"), "{error}");
    }
}
