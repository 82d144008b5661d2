//! Bundles: a file with refs and the mpack that they need, for a way without a server. Specified in
//! `wire/BUNDLE.md`.

use std::io::{self, ErrorKind, Read, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::api::from_msgpack;
use crate::api::push::StreamedMpack;
use crate::api::refs::RefEntry;
use crate::id::CommitId;
use crate::limits::{MAX_BUNDLE_HEADER_BYTES, MAX_LISTED_REFS};
use crate::name::{RefCollision, RefName, find_ref_collision};

/// What a bundle begins with.
pub const BUNDLE_MAGIC: [u8; 8] = *b"\x89MBN\r\n\x1a\n";

/// The version of the format.
const VERSION: u16 = 1;

/// Bytes of the sum behind the header.
const SUM_BYTES: usize = 32;

/// What a bundle holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleHeader {
    /// The branch that a clone checks out; it need not be in the bundle.
    pub default_branch: RefName,
    /// Branches and tags, ascending by name.
    pub refs: Vec<RefEntry>,
    /// Commits that whoever reads the bundle must have, with all their history.
    pub requires: Vec<CommitId>,
    /// The mpack behind the header; none where the required commits are all that refs name.
    pub mpack: Option<StreamedMpack>,
}

/// Why a file is not a bundle that can be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// It begins with something else.
    #[error("this is not a bundle")]
    NotABundle,
    /// A later version wrote it.
    #[error("the bundle is of version {0}; this program reads version {VERSION}")]
    Version(u16),
    /// The header is longer than any may be.
    #[error("the header of the bundle has {0} bytes; at most {MAX_BUNDLE_HEADER_BYTES} are read")]
    TooLong(u64),
    /// The file ends within the header, or it was changed.
    #[error("the header of the bundle is damaged")]
    Damaged,
    /// The header is no header.
    #[error("the header of the bundle cannot be read")]
    Header(#[from] rmp_serde::decode::Error),
    /// A ref that is neither a branch nor a tag, or is out of order.
    #[error("the bundle may not have {0} there")]
    Ref(RefName),
    /// More refs than anybody takes.
    #[error("the bundle has more than {MAX_LISTED_REFS} refs")]
    TooManyRefs,
    /// Two refs that cannot be beside each other.
    #[error(transparent)]
    Collision(#[from] RefCollision),
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl BundleHeader {
    /// Reads a header; the mpack's bytes follow in `file`.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn read(file: &mut impl Read) -> Result<Self, BundleError> {
        let mut start = [0; START_BYTES];
        let read = read_as_much(file, &mut start)?;
        if read < BUNDLE_MAGIC.len() || !start.starts_with(&BUNDLE_MAGIC) {
            return Err(BundleError::NotABundle);
        }
        if read < START_BYTES {
            return Err(BundleError::Damaged);
        }
        let (version, length) = start[BUNDLE_MAGIC.len()..].split_at(2);
        let version = u16::from_le_bytes([version[0], version[1]]);
        if version != VERSION {
            return Err(BundleError::Version(version));
        }
        let length = length
            .iter()
            .rev()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        if length > MAX_BUNDLE_HEADER_BYTES {
            return Err(BundleError::TooLong(length));
        }
        let mut header = Vec::new();
        file.take(length).read_to_end(&mut header)?;
        let mut sum = [0; SUM_BYTES];
        read_as_much(file, &mut sum)?;
        if sum_of(&start, &header) != sum {
            return Err(BundleError::Damaged);
        }
        let header: Self = from_msgpack(&header)?;
        header.check()?;
        Ok(header)
    }

    /// Writes the header; the mpack's bytes are to follow.
    ///
    /// # Errors
    /// [`BundleError`] where the header breaks a rule of the format.
    pub fn write(&self, file: &mut impl Write) -> Result<(), BundleError> {
        self.check()?;
        let header = rmp_serde::to_vec_named(self).map_err(io::Error::other)?;
        let length = header.len() as u64;
        if length > MAX_BUNDLE_HEADER_BYTES {
            return Err(BundleError::TooLong(length));
        }
        let mut start = BUNDLE_MAGIC.to_vec();
        start.extend_from_slice(&VERSION.to_le_bytes());
        start.extend_from_slice(&length.to_le_bytes());
        file.write_all(&start)?;
        file.write_all(&header)?;
        file.write_all(&sum_of(&start, &header))?;
        Ok(())
    }

    fn check(&self) -> Result<(), BundleError> {
        if self.refs.len() > MAX_LISTED_REFS {
            return Err(BundleError::TooManyRefs);
        }
        let mut before: Option<&RefName> = None;
        for RefEntry { name, .. } in &self.refs {
            if !name.is_shared() || before.is_some_and(|before| before >= name) {
                return Err(BundleError::Ref(name.clone()));
            }
            before = Some(name);
        }
        if self.default_branch.as_branch().is_none() {
            return Err(BundleError::Ref(self.default_branch.clone()));
        }
        match find_ref_collision([], self.refs.iter().map(|entry| &entry.name)) {
            Some(collision) => Err(collision.into()),
            None => Ok(()),
        }
    }
}

/// Bytes before the header: magic, version and length.
const START_BYTES: usize = BUNDLE_MAGIC.len() + 2 + 8;

fn sum_of(start: &[u8], header: &[u8]) -> [u8; SUM_BYTES] {
    Sha256::new()
        .chain_update(start)
        .chain_update(header)
        .finalize()
        .into()
}

/// Fills as much of `bytes` as there is in the file; returns how many that are.
fn read_as_much(file: &mut impl Read, bytes: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::MpackKey;

    fn name(text: &str) -> RefName {
        RefName::new(text).expect("valid by itself")
    }

    fn header(names: &[&str]) -> BundleHeader {
        let refs = names.iter().map(|one| RefEntry {
            name: name(one),
            target: CommitId::from_bytes([1; 32]),
        });
        BundleHeader {
            default_branch: name("refs/heads/main"),
            refs: refs.collect(),
            requires: vec![CommitId::from_bytes([2; 32])],
            mpack: Some(StreamedMpack {
                mpack_key: MpackKey::from_bytes([3; 32]),
                size_bytes: 7,
            }),
        }
    }

    fn written(header: &BundleHeader) -> Vec<u8> {
        let mut bytes = Vec::new();
        header.write(&mut bytes).expect("valid");
        bytes
    }

    #[test]
    fn what_was_written_is_read_and_the_mpack_follows() {
        let header = header(&["refs/heads/main", "refs/tags/v1"]);
        let file = [&written(&header)[..], b"content"].concat();
        let mut rest = &file[..];
        assert_eq!(BundleHeader::read(&mut rest).expect("reads"), header);
        assert_eq!(rest, b"content");
    }

    #[test]
    fn every_cut_and_every_changed_byte_is_noticed() {
        let whole = written(&header(&["refs/heads/main"]));
        for length in 0..whole.len() {
            let error = BundleHeader::read(&mut &whole[..length]).expect_err("it was cut");
            let is_told = match length {
                0..8 => matches!(error, BundleError::NotABundle),
                _ => matches!(error, BundleError::Damaged),
            };
            assert!(is_told, "{length}: {error}");
        }
        for index in 0..whole.len() {
            let mut changed = whole.clone();
            changed[index] ^= 1;
            BundleHeader::read(&mut &changed[..]).expect_err("it was changed");
        }
    }

    #[test]
    fn what_breaks_a_rule_is_neither_written_nor_read() {
        let refused = |header: &BundleHeader| header.write(&mut io::sink()).expect_err("refused");
        for names in [
            &["refs/tags/v1", "refs/heads/main"][..],
            &["refs/heads/main", "refs/heads/main"],
            &["refs/remotes/origin/main"],
        ] {
            assert!(matches!(refused(&header(names)), BundleError::Ref(_)));
        }
        let twins = header(&["refs/heads/Main", "refs/heads/main"]);
        assert!(matches!(refused(&twins), BundleError::Collision(_)));
        let no_branch = BundleHeader {
            default_branch: name("refs/tags/v1"),
            ..header(&[])
        };
        assert!(matches!(refused(&no_branch), BundleError::Ref(_)));

        let mut long = written(&header(&[]))[..10].to_vec();
        long.extend_from_slice(&(MAX_BUNDLE_HEADER_BYTES + 1).to_le_bytes());
        let error = BundleHeader::read(&mut &long[..]).expect_err("too long");
        assert!(matches!(error, BundleError::TooLong(_)));
    }
}
