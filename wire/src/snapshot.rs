//! Snapshots: whole trees, recorded as changes to an earlier one.
//!
//! A snapshot's id is the Merkle root over its directories ([`Tree`]). What is stored and sent is a
//! [`SnapshotRecord`]: the id, a base and the changes against it; a record without a base is a
//! *keyframe* and lists everything. The id does not depend on which of the two forms is used.

mod tree;

use serde::{Deserialize, Serialize};

pub use tree::{Tree, TreeError};

use crate::id::{ObjectId, SnapshotId};
use crate::limits::MAX_SNAPSHOT_CHANGES;
use crate::path::RepoPath;

/// What a path in a snapshot is. The numbers are part of the snapshot id and of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum EntryKind {
    /// A regular file.
    File = 0,
    /// A regular file that may be executed.
    Executable = 1,
    /// A symbolic link; the object holds its target.
    Symlink = 2,
}

/// Kind of a directory in the hashed form; directories have no entry of their own in a record.
pub(crate) const DIRECTORY_KIND: u8 = 3;

impl Serialize for EntryKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(*self as u8)
    }
}

impl<'de> Deserialize<'de> for EntryKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            0 => Ok(Self::File),
            1 => Ok(Self::Executable),
            2 => Ok(Self::Symlink),
            other => Err(serde::de::Error::custom(format_args!(
                "unknown entry kind {other}"
            ))),
        }
    }
}

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Entry {
    /// File, executable or symbolic link.
    pub kind: EntryKind,
    /// The contents, or the link's target.
    pub object: ObjectId,
}

/// One path that differs from the base: the new entry, or `None` where it is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The path.
    pub path: RepoPath,
    /// What stands there now.
    pub entry: Option<Entry>,
}

/// A snapshot as it is stored and sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotRecord {
    /// Merkle root of the whole tree.
    pub id: SnapshotId,
    /// What the changes are against; none for a keyframe.
    pub base: Option<SnapshotId>,
    /// Strictly ascending by path.
    pub changes: Vec<Change>,
}

/// Why bytes are no snapshot record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The bytes do not decode, name a forbidden path, or are followed by others.
    #[error("the snapshot record does not decode: {0}")]
    Decode(String),
    /// More changes than the format allows.
    #[error("the snapshot record has more than {MAX_SNAPSHOT_CHANGES} changes")]
    TooLarge,
    /// The paths are not strictly ascending.
    #[error("the snapshot record's changes are not in strictly ascending order at {0}")]
    Unsorted(RepoPath),
    /// A record without a base takes something away, or one is its own base.
    #[error("the snapshot record {0}")]
    Inconsistent(&'static str),
}

impl SnapshotRecord {
    /// Encodes the record as a MessagePack array.
    pub fn encode(&self) -> Vec<u8> {
        rmp_serde::to_vec(self).expect("ids, paths and small integers always encode into memory")
    }

    /// Decodes and checks a record; whether the changes give the id is for [`crate::history`] to
    /// say.
    ///
    /// # Errors
    /// [`SnapshotError`] naming the rule that the bytes break.
    pub fn decode(record: &[u8]) -> Result<Self, SnapshotError> {
        let mut rest = record;
        let record: Self = rmp_serde::from_read(&mut rest)
            .map_err(|error| SnapshotError::Decode(error.to_string()))?;
        if !rest.is_empty() {
            return Err(SnapshotError::Decode("bytes follow the record".to_owned()));
        }
        if record.changes.len() > MAX_SNAPSHOT_CHANGES {
            return Err(SnapshotError::TooLarge);
        }
        if let Some(pair) = record
            .changes
            .windows(2)
            .find(|pair| pair[0].path >= pair[1].path)
        {
            return Err(SnapshotError::Unsorted(pair[1].path.clone()));
        }
        if record.base.is_none() && record.changes.iter().any(|change| change.entry.is_none()) {
            return Err(SnapshotError::Inconsistent(
                "has no base, yet takes a path away",
            ));
        }
        if record.base == Some(record.id) {
            return Err(SnapshotError::Inconsistent("is its own base"));
        }
        Ok(record)
    }

    /// The entries that this record adds or changes.
    pub fn additions(&self) -> impl Iterator<Item = (&RepoPath, Entry)> {
        self.changes
            .iter()
            .filter_map(|change| change.entry.map(|entry| (&change.path, entry)))
    }
}

/// Whether a new snapshot should be a keyframe: when its chain of changes, `chain_bytes` so far and
/// `delta_bytes` more, would outgrow the full listing.
///
/// This bounds the work of materialising any snapshot by its own size instead of by history.
pub const fn needs_keyframe(chain_bytes: u64, delta_bytes: u64, listing_bytes: u64) -> bool {
    chain_bytes.saturating_add(delta_bytes) > listing_bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> SnapshotRecord {
        let entry = Entry {
            kind: EntryKind::Symlink,
            object: ObjectId::of(b"x"),
        };
        SnapshotRecord {
            id: SnapshotId::from_bytes([1; 32]),
            base: Some(SnapshotId::from_bytes([2; 32])),
            changes: vec![
                Change {
                    path: RepoPath::new("a").expect("valid"),
                    entry: None,
                },
                Change {
                    path: RepoPath::new("b").expect("valid"),
                    entry: Some(entry),
                },
            ],
        }
    }

    #[test]
    fn record_round_trips() {
        assert_eq!(SnapshotRecord::decode(&record().encode()), Ok(record()));
        assert_eq!(record().additions().count(), 1);
    }

    #[test]
    fn every_rule_refuses_its_case() {
        let mut unsorted = record();
        unsorted.changes.reverse();
        assert!(matches!(
            SnapshotRecord::decode(&unsorted.encode()),
            Err(SnapshotError::Unsorted(_))
        ));
        let mut keyframe = record();
        keyframe.base = None;
        assert!(matches!(
            SnapshotRecord::decode(&keyframe.encode()),
            Err(SnapshotError::Inconsistent(_))
        ));
        let mut own_base = record();
        own_base.base = Some(own_base.id);
        assert!(matches!(
            SnapshotRecord::decode(&own_base.encode()),
            Err(SnapshotError::Inconsistent(_))
        ));
        let mut trailing = record().encode();
        trailing.push(0xc0);
        assert!(matches!(
            SnapshotRecord::decode(&trailing),
            Err(SnapshotError::Decode(_))
        ));
        let encoded = record().encode();
        for cut in 0..encoded.len() {
            assert!(
                SnapshotRecord::decode(&encoded[..cut]).is_err(),
                "cut at {cut}"
            );
        }
    }
}
