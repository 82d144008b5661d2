//! The last bytes of an mpack: where a reader that has only the file's end starts.

use crate::id::ID_BYTES;
use crate::limits::MAX_TABLE_BYTES;
use crate::mpack::MpackError;
use crate::mpack::layout::{
    END_MAGIC, FRAME_HEADER_BYTES, PREAMBLE_BYTES, VERSION, u16_at, u64_at,
};

/// Bytes of the trailer at the very end of an mpack.
pub const TRAILER_BYTES: u64 = 48;

/// Where the tables lie, and what they hash to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer {
    /// Offset of the tables (the `E` frame's payload) in the file.
    pub tables_offset: u64,
    /// Their length in bytes.
    pub tables_bytes: u64,
    /// SHA-256 of the tables.
    pub checksum: [u8; 32],
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
        let magic_at = 8 + ID_BYTES;
        let version_at = magic_at + END_MAGIC.len();
        if trailer[magic_at..version_at] != END_MAGIC {
            return Err(malformed("the file does not end like an mpack"));
        }
        let version = u16_at(trailer, version_at);
        if version != VERSION {
            let offset = start + version_at as u64;
            return Err(MpackError::version("trailer", offset, version));
        }
        let tables_offset = u64_at(trailer, 0);
        if tables_offset < (PREAMBLE_BYTES + FRAME_HEADER_BYTES) as u64 || tables_offset > start {
            return Err(malformed("the tables' offset lies outside the file"));
        }
        let tables_bytes = start - tables_offset;
        if tables_bytes > MAX_TABLE_BYTES {
            return Err(malformed("the tables are larger than the limit"));
        }
        let mut checksum = [0; ID_BYTES];
        checksum.copy_from_slice(&trailer[8..magic_at]);
        Ok(Self {
            tables_offset,
            tables_bytes,
            checksum,
        })
    }

    /// The trailer's bytes.
    pub(in crate::mpack) fn encode(&self) -> [u8; TRAILER_BYTES as usize] {
        let mut trailer = [0; TRAILER_BYTES as usize];
        trailer[..8].copy_from_slice(&self.tables_offset.to_le_bytes());
        trailer[8..40].copy_from_slice(&self.checksum);
        trailer[40..46].copy_from_slice(&END_MAGIC);
        trailer[46..].copy_from_slice(&VERSION.to_le_bytes());
        trailer
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
        }
    }

    #[test]
    fn trailer_round_trips() {
        let parsed = Trailer::parse(&trailer().encode(), 208).expect("just encoded");
        assert_eq!(parsed, trailer());
        assert_eq!(parsed.file_bytes(), 208);
    }

    #[test]
    fn every_rule_refuses_its_case() {
        let code =
            |bytes: &[u8], file_bytes| Trailer::parse(bytes, file_bytes).expect_err("damaged").code;
        let good = trailer().encode();
        assert_eq!(code(&good[1..], 208), ProblemCode::MpackMalformed);
        assert_eq!(code(&[], 0), ProblemCode::MpackMalformed);
        let mut wrong_magic = good;
        wrong_magic[40] ^= 1;
        assert_eq!(code(&wrong_magic, 208), ProblemCode::MpackMalformed);
        let mut newer = good;
        newer[46] = 2;
        assert_eq!(code(&newer, 208), ProblemCode::MpackVersion);
        // The tables would start after the trailer, before the first frame, or be larger than the
        // limit.
        assert_eq!(code(&good, 147), ProblemCode::MpackMalformed);
        let mut early = good;
        early[0] = 61;
        assert_eq!(code(&early, 208), ProblemCode::MpackMalformed);
        assert_eq!(
            code(&good, 100 + MAX_TABLE_BYTES + 1 + TRAILER_BYTES),
            ProblemCode::MpackMalformed
        );
        let mut huge = good;
        huge[..8].fill(0xff);
        assert_eq!(code(&huge, 208), ProblemCode::MpackMalformed);
    }
}
