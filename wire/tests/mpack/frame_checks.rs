//! A frame that is damaged is told from those that are not.

use std::fs;
use std::path::Path;

use muse_wire::mpack::{FrameCheck, FrameKind, Mpack, MpackError};

/// Bytes of a frame's header.
const FRAME_HEADER_BYTES: u64 = 10;

fn golden(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    fs::read(path.join(name)).expect("committed")
}

fn checks(bytes: Vec<u8>) -> Vec<Result<FrameCheck, MpackError>> {
    let mpack = Mpack::from_bytes(bytes).expect("preamble, tables and trailer are whole");
    let frames = 0..mpack.tables().frame_count();
    frames.map(|index| mpack.check_frame(index)).collect()
}

#[test]
fn every_frame_of_a_whole_mpack_is_sound() {
    for name in ["empty", "hello", "large", "long", "signed", "small"] {
        let checks = checks(golden(&format!("{name}.mpack")));
        let is_sound = |check: &Result<_, _>| matches!(check, Ok(FrameCheck::Sound));
        assert!(checks.iter().all(is_sound), "{name}: {checks:?}");
    }
    let thin = checks(golden("thin.mpack"));
    let needs_receiver = |check: &Result<_, _>| matches!(check, Ok(FrameCheck::NeedsReceiver));
    assert!(thin.iter().any(needs_receiver), "{thin:?}");
    assert!(thin.iter().all(Result::is_ok), "{thin:?}");
}

#[test]
fn whatever_byte_of_a_frame_is_damaged_that_frame_is_named() {
    for name in ["small.mpack", "signed.mpack", "large.mpack"] {
        let whole = golden(name);
        let mpack = Mpack::from_bytes(whole.clone()).expect("valid");
        let first = mpack.tables().frame(0).offset - FRAME_HEADER_BYTES;
        let (start, end) = (
            first as usize,
            mpack.tables().trailer().tables_offset as usize,
        );
        // Those of a large object decompress to megabytes: some of their bytes will do.
        let step = (end - start).div_ceil(500);
        for at in (start..end).step_by(step) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0xff;
            let checks = checks(damaged);
            let frames = 0..mpack.tables().frame_count();
            let starts_before = |&index: &u32| {
                let start = mpack.tables().frame(index).offset - FRAME_HEADER_BYTES;
                start <= at as u64
            };
            let expected = frames.filter(starts_before).count() - 1;
            let wrong = checks.iter().enumerate();
            let wrong: Vec<_> = wrong
                .filter_map(|(index, check)| check.is_err().then_some(index))
                .collect();
            // Other changes to an unknown tree may be as good.
            let may_pass = mpack.tables().frame(expected as u32).kind == FrameKind::Snapshots
                && mpack.tables().snapshots().any(|row| row.base.is_some());
            if !(may_pass && wrong.is_empty()) {
                assert_eq!(wrong, [expected], "{name}, byte {at}: {checks:?}");
            }
        }
    }
}
