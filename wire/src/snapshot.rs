//! Snapshots: whole trees, recorded as changes to an earlier one.
//!
//! A snapshot's id is the Merkle root over its directories ([`Tree`]). What is stored and sent is a
//! [`SnapshotRecord`]: the id, a base and the changes against it; a record without a base is a
//! *keyframe* and lists everything. The id does not depend on which of the two forms is used.

mod link;
mod reader;
mod tree;
mod writer;

pub use link::{is_link_target, is_link_target_length};
pub use reader::RecordReader;
pub(crate) use tree::SharedMemory;
pub use tree::{LISTING_ENTRY_BYTES, Tree, TreeBuilder, TreeError};
pub use writer::RecordWriter;

use serde::{Deserialize, Serialize};

use crate::id::{ObjectId, SnapshotId};
use crate::limits::MAX_SNAPSHOT_RECORD_BYTES;
use crate::msgpack::DecodeError;
use crate::path::{PathError, RepoPath};

/// What a path in a snapshot is. The numbers are part of the snapshot id and of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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

impl EntryKind {
    /// The kind of this number.
    const fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::File),
            1 => Some(Self::Executable),
            2 => Some(Self::Symlink),
            _ => None,
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The path.
    pub path: RepoPath,
    /// What stands there now.
    pub entry: Option<Entry>,
}

/// A snapshot as it is stored and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotRecord {
    /// Merkle root of the whole tree.
    pub id: SnapshotId,
    /// What the changes are against; none for a keyframe.
    pub base: Option<SnapshotId>,
    /// Strictly ascending by path.
    pub changes: Vec<Change>,
}

/// Why bytes are no snapshot record.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The bytes are no record, are followed by others, or break a limit.
    #[error("the snapshot record does not decode")]
    Decode(#[from] DecodeError),
    /// More bytes than the format allows.
    #[error("the snapshot record has more than {MAX_SNAPSHOT_RECORD_BYTES} bytes")]
    TooLarge,
    /// A path that no snapshot may hold.
    #[error("the snapshot record names a forbidden path")]
    Path(#[from] PathError),
    /// The paths are not strictly ascending.
    #[error("the snapshot record's changes are not in strictly ascending order at {0}")]
    Unsorted(RepoPath),
    /// A record without a base takes something away, or one is its own base.
    #[error("the snapshot record {0}")]
    Inconsistent(&'static str),
}

impl SnapshotRecord {
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
    use proptest::prelude::*;

    use super::*;
    use crate::limits::{MAX_PATH_BYTES, MAX_SNAPSHOT_CHANGES};
    use crate::msgpack::Writer;

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
        let decoded = SnapshotRecord::decode(&record().encode());
        assert_eq!(decoded.expect("just encoded"), record());
        assert_eq!(record().additions().count(), 1);
    }

    #[test]
    fn a_record_written_change_by_change_is_the_encoded_one() {
        let record = record();
        let (id, base, count) = (record.id, record.base, record.changes.len());
        let mut writer = RecordWriter::new(Vec::new(), id, base, count).expect("memory takes all");
        for change in &record.changes {
            writer.change(change).expect("memory takes all");
        }
        assert_eq!(writer.finish(), record.encode());
    }

    #[test]
    fn a_record_is_read_change_by_change_up_to_the_first_error() {
        let mut record = record();
        let encoded = record.encode();
        let mut reader = RecordReader::new(&encoded[..], encoded.len() as u64).expect("valid");
        assert_eq!((reader.id(), reader.base()), (record.id, record.base));
        assert_eq!(reader.change_count(), 2);
        let changes: Vec<Change> = reader.by_ref().collect::<Result<_, _>>().expect("valid");
        assert_eq!(changes, record.changes);
        assert!(reader.next().is_none());
        record.changes[0].path = RepoPath::new("c").expect("valid");
        let encoded = record.encode();
        let mut reader = RecordReader::new(&encoded[..], encoded.len() as u64).expect("valid");
        assert!(matches!(reader.next(), Some(Ok(_))));
        assert!(matches!(
            reader.next(),
            Some(Err(SnapshotError::Unsorted(_)))
        ));
        assert!(reader.next().is_none());
    }

    /// A record with this base and this list of changes, written by hand.
    fn written(base: Option<u8>, count: usize, write: impl Fn(&mut Writer)) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.array(3);
        writer.bin(&[1; 32]);
        match base {
            Some(base) => writer.bin(&[base; 32]),
            None => writer.nil(),
        }
        writer.array(count);
        write(&mut writer);
        writer.finish()
    }

    fn refusal(record: &[u8]) -> String {
        let error = SnapshotRecord::decode(record).expect_err("it breaks a rule");
        match std::error::Error::source(&error) {
            Some(cause) => cause.to_string(),
            None => error.to_string(),
        }
    }

    #[test]
    fn a_change_has_one_form() {
        let change = |write: &dyn Fn(&mut Writer)| written(Some(2), 1, write);
        let removal = change(&|writer| {
            writer.array(2);
            writer.str("a");
            writer.nil();
        });
        SnapshotRecord::decode(&removal).expect("one removal");
        let entry = |kind, object: &[u8]| {
            change(&|writer| {
                writer.array(2);
                writer.str("a");
                writer.array(2);
                writer.integer(kind);
                writer.bin(object);
            })
        };
        for kind in 0..=2 {
            SnapshotRecord::decode(&entry(kind, &[7; 32])).expect("a known kind");
        }
        for kind in [-1, 3, 256] {
            assert!(refusal(&entry(kind, &[7; 32])).contains("neither 0 nor 1 nor 2"));
        }
        assert!(refusal(&entry(0, &[7; 31])).contains("32 bytes"));
        let bin_path = change(&|writer| {
            writer.array(2);
            writer.bin(b"a");
            writer.nil();
        });
        assert!(refusal(&bin_path).contains("is no str"));
        let map = change(&|writer| {
            writer.map(1);
            writer.str("a");
            writer.nil();
        });
        assert!(refusal(&map).contains("is no array"));
        let single = change(&|writer| {
            writer.array(1);
            writer.str("a");
        });
        assert!(refusal(&single).contains("is not an array of 2"));
        let kind_alone = change(&|writer| {
            writer.array(2);
            writer.str("a");
            writer.array(1);
            writer.integer(0);
        });
        assert!(refusal(&kind_alone).contains("is not an array of 2"));
        let parent = change(&|writer| {
            writer.array(2);
            writer.str("../a");
            writer.nil();
        });
        assert!(matches!(
            SnapshotRecord::decode(&parent),
            Err(SnapshotError::Path(_))
        ));
    }

    #[test]
    fn the_longest_path_and_the_longest_record_are_exact() {
        let deep = |bytes: usize| {
            let path = "d/".repeat(bytes / 2) + &"f".repeat(bytes % 2);
            written(Some(2), 1, |writer| {
                writer.array(2);
                writer.str(&path);
                writer.nil();
            })
        };
        let longest = SnapshotRecord::decode(&deep(MAX_PATH_BYTES)).expect("at the limit");
        assert_eq!(longest.changes[0].path.len(), MAX_PATH_BYTES);
        let long = refusal(&deep(MAX_PATH_BYTES + 2));
        assert!(long.contains("path") && long.contains("limit"), "{long}");
        // Refused by its length alone: nothing is read.
        let length = MAX_SNAPSHOT_RECORD_BYTES as u64 + 1;
        let refused = RecordReader::new(std::io::empty(), length).err();
        assert!(matches!(refused, Some(SnapshotError::TooLarge)));
        let refused = RecordReader::new(std::io::empty(), length - 1).err();
        assert!(matches!(refused, Some(SnapshotError::Decode(_))));
    }

    #[test]
    fn a_declared_number_of_changes_costs_nothing() {
        let count = |count| refusal(&written(Some(2), count, |_| {}));
        assert!(count(MAX_SNAPSHOT_CHANGES + 1).contains("limit"));
        assert!(count(MAX_SNAPSHOT_CHANGES).contains("cut off"));
        // 72 bytes come before the changes. With 48 more, the record is as long as 30 of the
        // shortest changes.
        for (rest, refused) in [(48, "the change at"), (47, "the list of changes at")] {
            let record = written(Some(2), 30, |writer| {
                (0..rest).for_each(|_| writer.integer(0));
            });
            assert_eq!(record.len(), 72 + rest);
            let refusal = refusal(&record);
            assert!(refusal.contains(refused), "{refusal}");
        }
    }

    #[test]
    fn a_chain_may_be_as_long_as_the_listing() {
        assert!(!needs_keyframe(10, 5, 15));
        assert!(needs_keyframe(10, 6, 15));
        assert!(needs_keyframe(u64::MAX, 1, u64::MAX - 1));
    }

    proptest! {
        /// Two byte strings that are both accepted are never one record.
        #[test]
        fn a_record_has_one_encoding(
            paths in prop::collection::btree_map("[a-z]{1,40}", any::<Option<(u8, u8)>>(), 0..30),
            base in prop::option::of(2..9_u8),
            at in any::<prop::sample::Index>(),
            byte in any::<u8>(),
        ) {
            let kinds = [EntryKind::File, EntryKind::Executable, EntryKind::Symlink];
            let entry = |(kind, object): (u8, u8)| Entry {
                kind: kinds[usize::from(kind % 3)],
                object: ObjectId::from_bytes([object; 32]),
            };
            let changes = paths.into_iter().map(|(path, number)| Change {
                path: RepoPath::new(path).expect("letters"),
                entry: number.map(entry),
            });
            let record = SnapshotRecord {
                id: SnapshotId::from_bytes([1; 32]),
                base: base.map(|base| SnapshotId::from_bytes([base; 32])),
                changes: changes
                    .filter(|change| base.is_some() || change.entry.is_some())
                    .collect(),
            };
            let encoded = record.encode();
            prop_assert_eq!(&SnapshotRecord::decode(&encoded).expect("encoded"), &record);
            let mut other = encoded;
            let at = at.index(other.len());
            other[at] = byte;
            if let Ok(decoded) = SnapshotRecord::decode(&other) {
                prop_assert_eq!(decoded.encode(), other);
            }
        }
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
