//! The order in which an mpack should hold objects, for every writer.
//!
//! Objects are grouped by path and each path's versions lie newest first, so that versions of one
//! file are compressed against each other. Frames of their own for the newest version of every path
//! would spare a checkout the older ones, but cost 8 % of the space (measured on a history of 2,300
//! commits): each file's newest version then has nothing to be compressed against.

use std::collections::HashMap;
use std::hash::Hash;

use crate::id::ObjectId;
use crate::path::RepoPath;
use crate::snapshot::SnapshotRecord;

/// An object in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderedObject {
    /// The object.
    pub id: ObjectId,
    /// A path that it stood at.
    pub path: RepoPath,
}

/// Something that stands for an object, in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arranged<'a, K> {
    /// What stands for the object.
    pub key: K,
    /// The latest path that it came to.
    pub path: &'a RepoPath,
}

/// The objects that `records` (oldest first) add, each once, in the order in which an mpack is to
/// hold them.
pub fn write_order<'a>(
    records: impl IntoIterator<Item = &'a SnapshotRecord>,
) -> Vec<OrderedObject> {
    let changes = records.into_iter().flat_map(|record| &record.changes);
    arrange(changes.map(|change| (&change.path, change.entry.map(|entry| entry.object))))
        .into_iter()
        .map(|arranged| OrderedObject {
            id: arranged.key,
            path: arranged.path.clone(),
        })
        .collect()
}

/// Arranges what `changes` (oldest first) put at paths, each key once, at the latest path that it
/// came to.
pub fn arrange<'a, K: Copy + Eq + Hash>(
    changes: impl IntoIterator<Item = (&'a RepoPath, Option<K>)>,
) -> Vec<Arranged<'a, K>> {
    /// Where a key was put last.
    struct Place<'a> {
        path: &'a RepoPath,
        /// Number of the change: higher is newer.
        age: usize,
    }
    let mut places: HashMap<K, Place<'a>> = HashMap::new();
    for (age, (path, key)) in changes.into_iter().enumerate() {
        if let Some(key) = key {
            places.insert(key, Place { path, age });
        }
    }
    let mut order: Vec<_> = places.into_iter().collect();
    order.sort_unstable_by(|(_, one), (_, two)| one.path.cmp(two.path).then(two.age.cmp(&one.age)));
    order
        .into_iter()
        .map(|(key, place)| Arranged {
            key,
            path: place.path,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::SnapshotId;
    use crate::snapshot::{Change, Entry, EntryKind};

    fn path(path: &str) -> RepoPath {
        RepoPath::new(path).expect("valid")
    }

    #[test]
    fn versions_of_a_path_stand_together_newest_first() {
        let (a, b, moved) = (path("a"), path("b"), path("c"));
        let changes = [
            (&b, Some(1)),
            (&a, Some(2)),
            (&b, Some(3)),
            (&a, None),
            (&moved, Some(2)),
            (&b, Some(4)),
        ];
        let order: Vec<_> = arrange(changes)
            .into_iter()
            .map(|arranged| (arranged.path.as_str(), arranged.key))
            .collect();
        assert_eq!(order, [("b", 4), ("b", 3), ("b", 1), ("c", 2)]);
    }

    #[test]
    fn the_objects_of_records_are_written_in_that_order() {
        let object = |number| ObjectId::from_bytes([number; 32]);
        let record = |id, changes: &[(&str, Option<u8>)]| SnapshotRecord {
            id: SnapshotId::from_bytes([id; 32]),
            base: (id > 1).then(|| SnapshotId::from_bytes([id - 1; 32])),
            changes: changes
                .iter()
                .map(|&(name, number)| Change {
                    path: path(name),
                    entry: number.map(|number| Entry {
                        kind: EntryKind::File,
                        object: object(number),
                    }),
                })
                .collect(),
        };
        let records = [
            record(1, &[("a", Some(1)), ("b", Some(2))]),
            record(2, &[("a", Some(3)), ("b", None)]),
        ];
        let order: Vec<_> = write_order(&records)
            .into_iter()
            .map(|object| (object.path, object.id))
            .collect();
        assert_eq!(
            order,
            [("a", 3), ("a", 1), ("b", 2)].map(|(name, number)| (path(name), object(number)))
        );
    }
}
