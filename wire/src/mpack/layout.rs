//! Where every byte of the frame stream stands: the file's header, the frames' headers, the `H`
//! payload.
//!
//! The tables have their own layout in [`super::tables`]; `wire/MPACK.md` specifies both.

use super::{Counts, MpackError};

/// First eight bytes of an mpack. Like PNG's, they show damage done by a transfer in text mode.
pub(super) const MAGIC: [u8; 8] = *b"\x89MPK\r\n\x1a\n";
/// What the version in the trailer stands after, so that a reader that starts at the end sees it
/// too.
pub(super) const END_MAGIC: [u8; 6] = *b"MPKEND";
/// The version that this code writes and reads.
pub(super) const VERSION: u16 = 1;

/// Magic, version u16, flags u16.
pub(super) const FILE_HEADER_BYTES: usize = 12;
/// Tag u8, stored length u64.
pub(super) const FRAME_HEADER_BYTES: usize = 9;
/// Four u64.
pub(super) const COUNTS_BYTES: usize = 32;
/// Everything before the first frame that holds content.
pub(super) const PREAMBLE_BYTES: usize = FILE_HEADER_BYTES + FRAME_HEADER_BYTES + COUNTS_BYTES;

/// First byte of the frame that announces the counts.
pub(super) const COUNTS_TAG: u8 = b'H';
/// First byte of a frame of objects.
pub(super) const OBJECTS_TAG: u8 = b'O';
/// First byte of a frame of commits or snapshots.
pub(super) const RECORDS_TAG: u8 = b'C';
/// First byte of the frame that holds the tables.
pub(super) const TABLES_TAG: u8 = b'E';

/// The little-endian u16 at `at`, which the caller knows to be inside.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(array_at(bytes, at))
}

/// The little-endian u32 at `at`, which the caller knows to be inside.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array_at(bytes, at))
}

/// The little-endian u64 at `at`, which the caller knows to be inside.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array_at(bytes, at))
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    *bytes[at..]
        .first_chunk()
        .expect("the caller checked that the field lies inside")
}

/// The header of a frame: its tag and the stored length of its payload.
pub(super) fn frame_header(tag: u8, stored_bytes: u64) -> [u8; FRAME_HEADER_BYTES] {
    let mut header = [tag; FRAME_HEADER_BYTES];
    header[1..].copy_from_slice(&stored_bytes.to_le_bytes());
    header
}

/// Header and `H` frame.
pub(super) fn encode_preamble(counts: &Counts) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(PREAMBLE_BYTES);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&0_u16.to_le_bytes());
    bytes.extend_from_slice(&frame_header(COUNTS_TAG, COUNTS_BYTES as u64));
    for count in [
        counts.objects,
        counts.commits,
        counts.snapshots,
        counts.object_bytes,
    ] {
        bytes.extend_from_slice(&count.to_le_bytes());
    }
    bytes
}

/// Parses header and `H` frame: the first [`PREAMBLE_BYTES`] of a file.
pub(super) fn parse_preamble(bytes: &[u8; PREAMBLE_BYTES]) -> Result<Counts, MpackError> {
    if bytes[..MAGIC.len()] != MAGIC {
        return Err(MpackError::malformed("header", 0, "this is no mpack"));
    }
    let version = u16_at(bytes, 8);
    if version != VERSION {
        return Err(MpackError::version("header", 8, version));
    }
    if u16_at(bytes, 10) != 0 {
        return Err(MpackError::malformed("header", 10, "unknown flags are set"));
    }
    let at = FILE_HEADER_BYTES;
    if bytes[at..at + FRAME_HEADER_BYTES] != frame_header(COUNTS_TAG, COUNTS_BYTES as u64) {
        return Err(MpackError::malformed(
            "header",
            at as u64,
            "the first frame is not the one that announces the counts",
        ));
    }
    let at = at + FRAME_HEADER_BYTES;
    Ok(Counts {
        objects: u64_at(bytes, at),
        commits: u64_at(bytes, at + 8),
        snapshots: u64_at(bytes, at + 16),
        object_bytes: u64_at(bytes, at + 24),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::ProblemCode;

    const COUNTS: Counts = Counts {
        objects: 1,
        commits: 2,
        snapshots: 3,
        object_bytes: 4,
    };

    fn preamble() -> [u8; PREAMBLE_BYTES] {
        encode_preamble(&COUNTS)
            .try_into()
            .expect("the preamble has a fixed length")
    }

    #[test]
    fn preamble_round_trips() {
        assert_eq!(parse_preamble(&preamble()).expect("just encoded"), COUNTS);
    }

    #[test]
    fn another_version_is_told_from_damage() {
        let mut newer = preamble();
        newer[8] = 2;
        let error = parse_preamble(&newer).expect_err("version 2");
        assert_eq!(error.code, ProblemCode::MpackVersion);
        assert!(error.reason.contains("version 2"), "{error}");
        for damaged in [0, 4, 10, 12, 13] {
            let mut bytes = preamble();
            bytes[damaged] ^= 1;
            let error = parse_preamble(&bytes).expect_err("damaged");
            assert_eq!(error.code, ProblemCode::MpackMalformed, "byte {damaged}");
        }
    }
}
