//! The last bytes of an mpack: where a reader that has only the file's end starts.

use crate::id::ID_BYTES;
use crate::limits::{MAX_TABLE_BYTES, MAX_THIN_TABLE_BYTES};
use crate::mpack::MpackError;
use crate::mpack::layout::{
    END_MAGIC, FRAME_HEADER_BYTES, HASH, PREAMBLE_BYTES, THIN, VERSION, check_incompatible_flags,
    check_version_and_hash, u16_at, u32_at, u64_at,
};

/// Bytes of the trailer at the very end of an mpack.
pub const TRAILER_BYTES: u64 = 54;

const CHECKSUM_AT: usize = 8;
const FLAGS_AT: usize = CHECKSUM_AT + ID_BYTES;
const HASH_AT: usize = FLAGS_AT + 4;
const MAGIC_AT: usize = HASH_AT + 2;
const VERSION_AT: usize = MAGIC_AT + END_MAGIC.len();

/// Where the tables lie, and what they hash to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer {
    /// Offset of the tables' frame in the file: of its header.
    pub tables_offset: u64,
    /// Length of that frame in bytes, header included.
    pub tables_bytes: u64,
    /// SHA-256 of its payload, as it is stored.
    pub checksum: [u8; 32],
    /// What a reader must know to read the mpack.
    pub(in crate::mpack) incompatible_flags: u32,
}

impl Trailer {
    /// Parses the last [`TRAILER_BYTES`] of a file of `file_bytes`.
    ///
    /// # Errors
    /// [`MpackError`] where they are no trailer or point outside the file.
    pub fn parse(trailer: &[u8], file_bytes: u64) -> Result<Self, MpackError> {
        let start = file_bytes.saturating_sub(TRAILER_BYTES);
        let malformed = |reason| MpackError::malformed("trailer", start, reason);
        let Ok(trailer) = <&[u8; TRAILER_BYTES as usize]>::try_from(trailer) else {
            return Err(malformed("the file is too short for an mpack"));
        };
        if trailer[MAGIC_AT..VERSION_AT] != END_MAGIC {
            return Err(malformed("the file does not end like an mpack"));
        }
        let (version, hash) = (u16_at(trailer, VERSION_AT), u16_at(trailer, HASH_AT));
        check_version_and_hash(version, hash, "trailer", start)?;
        let incompatible_flags = u32_at(trailer, FLAGS_AT);
        check_incompatible_flags(incompatible_flags, "trailer", start + FLAGS_AT as u64)?;
        let tables_offset = u64_at(trailer, 0);
        let first = PREAMBLE_BYTES as u64;
        let last = start.saturating_sub(FRAME_HEADER_BYTES as u64);
        if !(first..=last).contains(&tables_offset) {
            return Err(malformed("the tables' offset lies outside the file"));
        }
        let tables_bytes = start - tables_offset;
        let limit = match incompatible_flags & THIN {
            0 => MAX_TABLE_BYTES,
            _ => MAX_THIN_TABLE_BYTES,
        };
        if tables_bytes > limit {
            return Err(malformed("the tables are larger than the limit"));
        }
        let mut checksum = [0; ID_BYTES];
        checksum.copy_from_slice(&trailer[CHECKSUM_AT..FLAGS_AT]);
        Ok(Self {
            tables_offset,
            tables_bytes,
            checksum,
            incompatible_flags,
        })
    }

    /// The trailer's bytes.
    pub(in crate::mpack) fn encode(&self) -> [u8; TRAILER_BYTES as usize] {
        let mut trailer = [0; TRAILER_BYTES as usize];
        trailer[..CHECKSUM_AT].copy_from_slice(&self.tables_offset.to_le_bytes());
        trailer[CHECKSUM_AT..FLAGS_AT].copy_from_slice(&self.checksum);
        trailer[FLAGS_AT..HASH_AT].copy_from_slice(&self.incompatible_flags.to_le_bytes());
        trailer[HASH_AT..MAGIC_AT].copy_from_slice(&HASH.to_le_bytes());
        trailer[MAGIC_AT..VERSION_AT].copy_from_slice(&END_MAGIC);
        trailer[VERSION_AT..].copy_from_slice(&VERSION.to_le_bytes());
        trailer
    }

    /// Whether some frames are compressed against objects that only the receiver has.
    pub const fn is_thin(&self) -> bool {
        self.incompatible_flags & THIN != 0
    }

    /// Length of the whole file that this trailer ends.
    pub fn file_bytes(&self) -> u64 {
        self.tables_offset + self.tables_bytes + TRAILER_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::ProblemCode;

    fn trailer() -> Trailer {
        Trailer {
            tables_offset: 100,
            tables_bytes: 60,
            checksum: [7; 32],
            incompatible_flags: THIN,
        }
    }

    #[test]
    fn trailer_round_trips() {
        let parsed = Trailer::parse(&trailer().encode(), 214).expect("just encoded");
        assert_eq!(parsed, trailer());
        assert_eq!(parsed.file_bytes(), 214);
    }

    #[test]
    fn every_rule_refuses_its_case() {
        let code =
            |bytes: &[u8], file_bytes| Trailer::parse(bytes, file_bytes).expect_err("damaged").code;
        let good = trailer().encode();
        assert_eq!(code(&good[1..], 214), ProblemCode::MpackMalformed);
        assert_eq!(code(&[], 0), ProblemCode::MpackMalformed);
        let mut wrong_magic = good;
        wrong_magic[MAGIC_AT] ^= 1;
        assert_eq!(code(&wrong_magic, 214), ProblemCode::MpackMalformed);
        for at in [VERSION_AT, HASH_AT, FLAGS_AT + 3] {
            let mut newer = good;
            newer[at] ^= 2;
            assert_eq!(code(&newer, 214), ProblemCode::MpackVersion, "byte {at}");
        }
        let mut newer = good;
        newer[FLAGS_AT + 3] ^= 2;
        let error = Trailer::parse(&newer, 214).expect_err("a flag of a newer version");
        assert_eq!(error.offset, 160 + FLAGS_AT as u64);
        // The tables would start after the trailer, before the first frame, or be larger than the
        // limit.
        assert_eq!(code(&good, 163), ProblemCode::MpackMalformed);
        let mut early = good;
        early[0] = 69;
        assert_eq!(code(&early, 214), ProblemCode::MpackMalformed);
        early[0] = 70;
        Trailer::parse(&early, 214).expect("the first place that tables can have");
        let thick = Trailer {
            incompatible_flags: 0,
            ..trailer()
        };
        for (trailer, limit) in [
            (good, MAX_THIN_TABLE_BYTES),
            (thick.encode(), MAX_TABLE_BYTES),
        ] {
            let limit = 100 + limit + TRAILER_BYTES;
            Trailer::parse(&trailer, limit).expect("as large as allowed");
            assert_eq!(code(&trailer, limit + 1), ProblemCode::MpackMalformed);
        }
        let mut huge = good;
        huge[..8].fill(0xff);
        assert_eq!(code(&huge, 214), ProblemCode::MpackMalformed);
    }
}
