//! One case for each rule of the format: bent mpacks are refused with the right code, and never a
//! panic.
//!
//! Here: files that are cut, flipped or grown. Below: the rules of one part of the file each.

mod claims;
mod contents;
mod entries;
mod frame_rows;
mod header;
mod large_objects;
mod payloads;
mod places;
mod references;
mod sections;
mod signatures;
mod thin;
mod trees;

use muse_wire::mpack::{Mpack, VerifyError};
use muse_wire::problem::ProblemCode;

use crate::forge::Forge;
use crate::sample::{Sample, key_of, parse_tables, verify_as, verify_bytes};

/// Refused, under the file's own key, with this code and a reason that says this.
#[track_caller]
fn assert_refused(bytes: &[u8], code: ProblemCode, reason: &str) {
    use_at_random(bytes);
    let error = verify_bytes(bytes).map(drop).expect_err("a broken rule");
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

/// One frame of each kind but chunks, each compressed on its own: bending an id bends nothing else.
fn small() -> Forge {
    let mut forge = Forge::open(&Sample::small().write()).without_prefixes();
    let frame = forge.frame(b'O');
    let raw = frame.raw(&[]);
    frame.hold(&raw);
    forge
}

/// Opens bytes as a reader of local files does and reads whatever it can: errors are fine, panics
/// are not.
fn use_at_random(bytes: &[u8]) {
    let Ok(mpack) = Mpack::from_bytes(bytes.to_vec()) else {
        return;
    };
    let tables = mpack.tables();
    for row in tables.objects() {
        let _ = mpack.read_object(&row.id);
    }
    for row in tables.large_objects() {
        for chunk in tables.chunks_of(&row) {
            let _ = mpack.read_chunk(&chunk.id);
        }
    }
    for frame in 0..tables.frame_count() {
        let _ = tables.bases_of(frame);
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
    for bytes in [Sample::small().write(), large_objects::sample()] {
        assert!(Forge::open(&bytes).build() == bytes);
    }
    // What the tests below bend is fine in itself.
    let small = small();
    for frame in &small.frames {
        assert_eq!(frame.codec, 1);
    }
    verify_bytes(&small.build()).expect("compressed otherwise, but the same contents");
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
