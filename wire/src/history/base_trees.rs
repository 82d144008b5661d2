//! The trees that records still to come build on, and what they take.

use std::collections::HashMap;

use crate::id::SnapshotId;
use crate::snapshot::{SharedMemory, Tree};

/// A snapshot that others build on.
#[derive(Clone)]
pub struct Base {
    /// The whole tree.
    pub tree: Tree,
    /// Bytes of the records between it and its keyframe, its own included; 0 for a keyframe.
    pub chain_bytes: u64,
}

/// How much the trees of one mpack may cost whoever checks its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeLimits {
    /// Most bytes of memory of the trees that records still to come build on. What trees share
    /// counts once, and the largest of them does not count.
    pub base_bytes: u64,
    /// Most bytes of directories that are hashed, and of listings of trees that are loaded.
    pub hashed_bytes: u64,
}

impl Default for TreeLimits {
    /// None: for whoever takes an mpack as it comes.
    fn default() -> Self {
        Self {
            base_bytes: u64::MAX,
            hashed_bytes: u64::MAX,
        }
    }
}

/// Where a tree comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A record of the mpack: it is nowhere else.
    Mpack,
    /// The repository, which can be asked again.
    Repository,
}

/// Trees in memory.
#[derive(Default)]
pub(super) struct BaseTrees {
    trees: HashMap<SnapshotId, (Base, Origin)>,
    memory: SharedMemory,
}

impl BaseTrees {
    pub(super) fn get(&self, id: &SnapshotId) -> Option<&Base> {
        self.trees.get(id).map(|(base, _)| base)
    }

    pub(super) fn insert(&mut self, id: SnapshotId, base: Base, origin: Origin) {
        self.memory.add(&base.tree);
        if let Some((replaced, _)) = self.trees.insert(id, (base, origin)) {
            self.memory.remove(&replaced.tree);
        }
    }

    pub(super) fn remove(&mut self, id: &SnapshotId) {
        if let Some((base, _)) = self.trees.remove(id) {
            self.memory.remove(&base.tree);
        }
    }

    /// Whether they take at most `limit` bytes beside the largest. Where they take more, those of
    /// the repository are dropped.
    pub(super) fn keep_within(&mut self, limit: u64) -> bool {
        if self.is_within(limit) {
            return true;
        }
        self.trees.retain(|_, (base, origin)| {
            let is_kept = *origin == Origin::Mpack;
            if !is_kept {
                self.memory.remove(&base.tree);
            }
            is_kept
        });
        self.is_within(limit)
    }

    fn is_within(&self, limit: u64) -> bool {
        let bytes = self.memory.bytes();
        if bytes <= limit {
            return true;
        }
        let trees = self.trees.values().map(|(base, _)| &base.tree);
        let largest = trees.map(|tree| tree.memory_bytes()).max();
        bytes - largest.unwrap_or(0) <= limit
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.trees.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::id::ObjectId;
    use crate::path::RepoPath;
    use crate::snapshot::{Change, Entry, EntryKind};

    fn file(path: &str, contents: u8) -> Change {
        Change {
            path: RepoPath::new(path).expect("a valid path"),
            entry: Some(Entry {
                kind: EntryKind::File,
                object: ObjectId::of(&[contents]),
            }),
        }
    }

    fn base(tree: &Tree) -> Base {
        Base {
            tree: tree.clone(),
            chain_bytes: 0,
        }
    }

    /// A tree with a large directory and a small one, and one that shares the large one.
    fn alike() -> [Tree; 2] {
        let names: Vec<String> = (0..1000).map(|name| format!("large/{name:04}")).collect();
        let mut files: Vec<Change> = names.iter().map(|name| file(name, 0)).collect();
        files.push(file("small/file", 0));
        let one = Tree::empty().apply(&files).expect("applies");
        let other = one.apply(&[file("small/file", 1)]).expect("applies");
        [one, other]
    }

    #[test]
    fn what_trees_share_counts_once_and_the_largest_counts_not() {
        let [one, other] = alike();
        let mut trees = BaseTrees::default();
        trees.insert(one.id(), base(&one), Origin::Mpack);
        assert!(trees.keep_within(0), "one alone");
        let alone = trees.memory.bytes();
        assert_eq!(alone, one.memory_bytes());
        trees.insert(other.id(), base(&other), Origin::Mpack);
        let more = trees.memory.bytes() - alone;
        assert!((100..2000).contains(&more), "{more}");
        assert!(trees.keep_within(more));
        assert!(!trees.keep_within(more - 1));
        assert_eq!(trees.len(), 2);
    }

    #[test]
    fn trees_of_the_repository_go_first() {
        let [one, other] = alike();
        let mut trees = BaseTrees::default();
        trees.insert(one.id(), base(&one), Origin::Repository);
        trees.insert(other.id(), base(&other), Origin::Mpack);
        assert!(trees.keep_within(2000));
        assert_eq!(trees.len(), 2);
        assert!(trees.keep_within(0));
        assert!(trees.get(&one.id()).is_none());
        assert_eq!(trees.memory.bytes(), other.memory_bytes());
    }

    proptest! {
        /// In whatever order trees come and go, every directory that is left is counted once.
        #[test]
        fn the_memory_is_that_of_the_trees_that_are_there(
            steps in prop::collection::vec((0..6_usize, any::<bool>()), 0..40),
        ) {
            let names = ["a/b/c", "a/b/d", "a/e", "f/g", "h"];
            let first: Vec<Change> = names.iter().map(|name| file(name, 0)).collect();
            let first = Tree::empty().apply(&first).expect("applies");
            let mut all = vec![first];
            for name in names {
                let last = all.last().expect("there is a first one");
                all.push(last.apply(&[file(name, 1)]).expect("applies"));
            }
            let mut trees = BaseTrees::default();
            for (index, is_added) in steps {
                let tree = &all[index];
                match is_added {
                    true => trees.insert(tree.id(), base(tree), Origin::Mpack),
                    false => trees.remove(&tree.id()),
                }
                let mut again = SharedMemory::default();
                for (base, _) in trees.trees.values() {
                    again.add(&base.tree);
                }
                prop_assert_eq!(trees.memory.bytes(), again.bytes());
            }
            for tree in &all {
                trees.remove(&tree.id());
            }
            prop_assert_eq!(trees.memory.bytes(), 0);
        }
    }
}
