//! Where every byte of the frame stream stands: the file's header, the frames' headers, the `H`
//! payload.
//!
//! The tables have their own layout in [`super::tables`]; `wire/MPACK.md` specifies both.

use super::codec::Codec;
use super::{Counts, MpackError};

/// First eight bytes of an mpack. Like PNG's, they show damage done by a transfer in text mode.
pub(super) const MAGIC: [u8; 8] = *b"\x89MPK\r\n\x1a\n";
/// What the version in the trailer stands after, so that a reader that starts at the end sees it
/// too.
pub(super) const END_MAGIC: [u8; 6] = *b"MPKEND";
/// The version that this code writes and reads.
pub(super) const VERSION: u16 = 1;
/// The number of the hash that ids, keys and checksums are made with: SHA-256.
pub(super) const HASH: u16 = 1;

/// Incompatible flag: some frames are compressed against objects that only the receiver has.
pub(super) const THIN: u32 = 1;

/// Magic, version u16, hash u16, incompatible flags u32, compatible flags u32.
pub(super) const FILE_HEADER_BYTES: usize = 20;
/// Tag u8, codec u8, stored length u64.
pub(super) const FRAME_HEADER_BYTES: usize = 10;
/// Five u64.
pub(super) const COUNTS_BYTES: usize = 40;
/// Everything before the first frame that holds content.
pub(super) const PREAMBLE_BYTES: usize = FILE_HEADER_BYTES + FRAME_HEADER_BYTES + COUNTS_BYTES;

/// First byte of the frame that announces the counts.
pub(super) const COUNTS_TAG: u8 = b'H';
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

/// The header of a frame: its tag, its codec and the stored length of its payload.
pub(super) fn frame_header(tag: u8, codec: Codec, stored_bytes: u64) -> [u8; FRAME_HEADER_BYTES] {
    let mut header = [0; FRAME_HEADER_BYTES];
    header[0] = tag;
    header[1] = codec as u8;
    header[2..].copy_from_slice(&stored_bytes.to_le_bytes());
    header
}

/// The flags that this code knows, of those that a reader must know.
pub(super) fn check_incompatible_flags(
    flags: u32,
    section: &'static str,
    offset: u64,
) -> Result<(), MpackError> {
    match flags & !THIN {
        0 => Ok(()),
        unknown => {
            let what = format!("it sets the incompatible flags {unknown:#x}");
            Err(MpackError::newer(section, offset, &what))
        }
    }
}

/// What stands before the first frame that holds content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Preamble {
    pub(super) counts: Counts,
    pub(super) incompatible_flags: u32,
}

impl Preamble {
    /// Header and `H` frame.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(PREAMBLE_BYTES);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&HASH.to_le_bytes());
        bytes.extend_from_slice(&self.incompatible_flags.to_le_bytes());
        bytes.extend_from_slice(&0_u32.to_le_bytes());
        bytes.extend_from_slice(&counts_header());
        for count in [
            self.counts.objects,
            self.counts.commits,
            self.counts.snapshots,
            self.counts.object_bytes,
            self.counts.base_bytes,
        ] {
            bytes.extend_from_slice(&count.to_le_bytes());
        }
        bytes
    }

    /// Parses header and `H` frame: the first [`PREAMBLE_BYTES`] of a file.
    pub(super) fn parse(bytes: &[u8; PREAMBLE_BYTES]) -> Result<Self, MpackError> {
        if bytes[..MAGIC.len()] != MAGIC {
            return Err(MpackError::malformed("header", 0, "this is no mpack"));
        }
        check_version_and_hash(u16_at(bytes, 8), u16_at(bytes, 10), "header", 8)?;
        let incompatible_flags = u32_at(bytes, 12);
        check_incompatible_flags(incompatible_flags, "header", 12)?;
        let at = FILE_HEADER_BYTES;
        if bytes[at..at + FRAME_HEADER_BYTES] != counts_header() {
            return Err(MpackError::malformed(
                "header",
                at as u64,
                "the first frame is not the one that announces the counts",
            ));
        }
        let at = at + FRAME_HEADER_BYTES;
        Ok(Self {
            counts: Counts {
                objects: u64_at(bytes, at),
                commits: u64_at(bytes, at + 8),
                snapshots: u64_at(bytes, at + 16),
                object_bytes: u64_at(bytes, at + 24),
                base_bytes: u64_at(bytes, at + 32),
            },
            incompatible_flags,
        })
    }
}

/// Checks what header and trailer both say of the file's form. No version of the format has the
/// number 0, and no hash.
pub(super) fn check_version_and_hash(
    version: u16,
    hash: u16,
    section: &'static str,
    offset: u64,
) -> Result<(), MpackError> {
    if version == 0 || hash == 0 {
        let reason = format!("its version is {version} and its hash {hash}; neither is ever 0");
        return Err(MpackError::malformed(section, offset, reason));
    }
    if version != VERSION {
        let what = format!("its version is {version}");
        return Err(MpackError::newer(section, offset, &what));
    }
    if hash != HASH {
        return Err(MpackError::newer(
            section,
            offset,
            &format!("its ids are made with hash {hash}"),
        ));
    }
    Ok(())
}

fn counts_header() -> [u8; FRAME_HEADER_BYTES] {
    frame_header(COUNTS_TAG, Codec::Stored, COUNTS_BYTES as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::ProblemCode;

    const PREAMBLE: Preamble = Preamble {
        counts: Counts {
            objects: 1,
            commits: 2,
            snapshots: 3,
            object_bytes: 4,
            base_bytes: 5,
        },
        incompatible_flags: THIN,
    };

    fn bytes() -> [u8; PREAMBLE_BYTES] {
        PREAMBLE
            .encode()
            .try_into()
            .expect("the preamble has a fixed length")
    }

    #[test]
    fn preamble_round_trips() {
        assert_eq!(Preamble::parse(&bytes()).expect("just encoded"), PREAMBLE);
    }

    #[test]
    fn what_a_newer_version_wrote_is_told_from_damage() {
        for (at, text) in [(8, "version is 3"), (10, "hash 3"), (15, "flags 0x2000000")] {
            let mut newer = bytes();
            newer[at] ^= 2;
            let error = Preamble::parse(&newer).expect_err("unknown");
            assert_eq!(error.code, ProblemCode::MpackVersion);
            assert!(error.reason.contains(text), "{error}");
            assert!(error.reason.contains("newer version"), "{error}");
        }
        for damaged in [0, 4, 20, 21, 22] {
            let mut bytes = bytes();
            bytes[damaged] ^= 1;
            let error = Preamble::parse(&bytes).expect_err("damaged");
            assert_eq!(error.code, ProblemCode::MpackMalformed, "byte {damaged}");
        }
    }

    #[test]
    fn compatible_flags_are_ignored() {
        let mut other = bytes();
        other[16..20].fill(0xff);
        assert_eq!(Preamble::parse(&other).expect("parses"), PREAMBLE);
    }
}
