//! A frame that is damaged is told from those that are not, and from those that cannot be checked.

use std::fs;
use std::ops::Range;
use std::path::Path;

use muse_wire::mpack::{FrameCheck, Mpack, MpackError, check_frames};

use crate::golden::files::thin;
use crate::thicken::{Repository, thickened};

/// Bytes of a frame's header.
const FRAME_HEADER_BYTES: u64 = 10;

type Checks = Vec<Result<FrameCheck, MpackError>>;

fn golden(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    fs::read(path.join(name)).expect("committed")
}

fn checks(bytes: &[u8], repository: Option<&Repository>) -> Checks {
    let mpack = Mpack::from_bytes(bytes.to_vec());
    let mpack = mpack.expect("preamble, tables and trailer are whole");
    check_frames(&mpack, repository)
}

/// Where each frame stands in the file, header and payload.
fn frames(bytes: &[u8]) -> Vec<Range<usize>> {
    let mpack = Mpack::from_bytes(bytes.to_vec()).expect("valid");
    let frames = (0..mpack.tables().frame_count()).map(|index| mpack.tables().frame(index));
    let frames = frames.map(|frame| {
        let end = frame.offset + frame.stored_bytes;
        (frame.offset - FRAME_HEADER_BYTES) as usize..end as usize
    });
    frames.collect()
}

/// The outcomes for each byte of a frame that is flipped, up to 500 in all; with the frame's index.
fn flipped(bytes: &[u8], repository: Option<&Repository>) -> Vec<(usize, usize, Checks)> {
    let frames = frames(bytes);
    let step = frames.iter().map(Range::len).sum::<usize>().div_ceil(500);
    let each = frames.into_iter().enumerate();
    let each = each.flat_map(|(index, frame)| frame.step_by(step).map(move |at| (index, at)));
    let each = each.map(|(index, at)| {
        let mut damaged = bytes.to_vec();
        damaged[at] ^= 0xff;
        (index, at, checks(&damaged, repository))
    });
    each.collect()
}

fn damaged(checks: &Checks) -> Vec<usize> {
    let each = checks.iter().enumerate();
    let each = each.filter_map(|(index, check)| check.is_err().then_some(index));
    each.collect()
}

#[track_caller]
fn assert_all(checks: &Checks, expected: FrameCheck) {
    let is_expected = |check: &Result<FrameCheck, _>| check.as_ref().ok() == Some(&expected);
    assert!(checks.iter().all(is_expected), "{checks:?}");
}

#[test]
fn every_frame_of_a_whole_mpack_is_sound() {
    for name in ["empty", "hello", "large", "long", "signed", "small"] {
        let golden = golden(&format!("{name}.mpack"));
        assert_all(&checks(&golden, None), FrameCheck::Sound);
    }
}

#[test]
fn whatever_byte_of_a_frame_is_damaged_that_frame_is_named() {
    for name in ["small.mpack", "signed.mpack", "large.mpack"] {
        for (frame, at, checks) in flipped(&golden(name), None) {
            assert_eq!(damaged(&checks), [frame], "{name}, byte {at}: {checks:?}");
        }
    }
}

#[test]
fn of_a_record_in_several_frames_the_damaged_one_is_named_or_all_are() {
    let bytes = golden("long.mpack");
    let payloads: Vec<_> = frames(&bytes);
    let payloads: Vec<_> = payloads.iter().map(|frame| frame.start + 10).collect();
    let [mut one, mut all] = [0; 2];
    for (frame, at, checks) in flipped(&bytes, None) {
        let damaged = damaged(&checks);
        if damaged.is_empty() {
            // zstd does not use every bit: what is in the frame is the same.
            assert_all(&checks, FrameCheck::Sound);
        } else if damaged == [2, 3, 4] {
            all += 1;
        } else {
            assert_eq!(damaged, [frame], "byte {at}: {checks:?}");
            // What can be read of the record says nothing without the rest.
            let is_unread = frame >= 2 && at >= payloads[frame];
            let rest = (2..5).filter(|&index| is_unread && index != frame);
            for check in rest.map(|index| checks[index].as_ref().ok()) {
                assert_eq!(
                    check,
                    Some(&FrameCheck::Unconfirmed),
                    "byte {at}: {checks:?}"
                );
                one += 1;
            }
        }
    }
    assert!(one > 0 && all > 0, "{one}, {all}");
}

#[test]
fn a_thin_mpack_can_be_checked_where_its_bases_are() {
    assert_all(&checks(&thin(), None), FrameCheck::NeedsBases);
    let repository = Repository::new();
    assert_all(&checks(&thin(), Some(&repository)), FrameCheck::Sound);
    for (frame, at, checks) in flipped(&thin(), Some(&repository)) {
        // Only records say what objects hash to: the damage may show in these alone.
        assert!(damaged(&checks)[0] >= frame, "byte {at}: {checks:?}");
        let is_sound = matches!(checks[frame], Ok(FrameCheck::Sound));
        assert!(!is_sound, "byte {at}: {checks:?}");
    }
}

#[test]
fn headers_of_a_thin_mpack_are_checked_without_its_bases() {
    let frames = frames(&thin());
    for (frame, at, checks) in flipped(&thin(), None) {
        // The frame's header, and magic and descriptor of zstd's.
        if at < frames[frame].start + 15 {
            assert_eq!(damaged(&checks), [frame], "byte {at}: {checks:?}");
        }
    }
}

#[test]
fn a_record_is_sound_only_where_its_base_is_known() {
    let repository = Repository::new();
    let bytes = thickened(&thin(), &repository).expect("all bases are there");
    let known = checks(&bytes, Some(&repository));
    assert_all(&known, FrameCheck::Sound);
    let unknown = checks(&bytes, None);
    assert_eq!(*unknown[2].as_ref().expect("whole"), FrameCheck::NeedsBases);
    assert_all(&unknown[..2].to_vec(), FrameCheck::Sound);
    for (frame, at, checks) in flipped(&bytes, Some(&repository)) {
        assert_eq!(damaged(&checks), [frame], "byte {at}: {checks:?}");
    }
    let mut found = 0;
    for (frame, at, checks) in flipped(&bytes, None) {
        match checks[frame] {
            Ok(FrameCheck::NeedsBases) => assert_eq!(frame, 2, "byte {at}"),
            Ok(_) => panic!("byte {at}: {checks:?}"),
            Err(_) if frame == 2 => found += 1,
            Err(_) => {}
        }
    }
    assert!(
        found > 20,
        "a record without its base is decoded all the same"
    );
}
