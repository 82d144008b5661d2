//! The repository that mpacks from outside are received into: that of `small.mpack`.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::LazyLock;

use muse_wire::history::{Base as BaseTree, Boundary};
use muse_wire::id::{CommitId, ObjectId, SnapshotId};
use muse_wire::mpack::{Base, Mpack, Receiver};
use muse_wire::snapshot::Tree;

use crate::seeds::SMALL;

/// What a receiver has, by id.
pub(crate) struct Repository {
    pub(crate) generations: HashMap<CommitId, u32>,
    pub(crate) trees: HashMap<SnapshotId, Tree>,
    pub(crate) objects: HashMap<ObjectId, Vec<u8>>,
    /// The last commit, and its tree.
    pub(crate) tip: CommitId,
    pub(crate) tip_tree: Tree,
}

/// The one repository.
pub(crate) static REPOSITORY: LazyLock<Repository> = LazyLock::new(Repository::load);

impl Repository {
    fn load() -> Self {
        let mpack = Mpack::from_bytes(SMALL.to_vec()).expect("a golden file is valid");
        let tables = mpack.tables();
        let mut trees: HashMap<SnapshotId, Tree> = HashMap::new();
        for row in tables.snapshots_in_file_order() {
            let record = mpack.read_snapshot(&row.id).expect("valid");
            let record = record.expect("its row is here");
            let base = record.base.map(|base| trees[&base].clone());
            let tree = base.unwrap_or_default().apply_record(&record);
            trees.insert(row.id, tree.expect("valid"));
        }
        let objects = tables.objects().map(|row| {
            let contents = mpack.read_object(&row.id).expect("valid");
            (row.id, contents.expect("its row is here"))
        });
        let commits = tables.commits().map(|row| (row.id, row.generation));
        let tip = tables.commits_in_file_order().last();
        let tip = tip.expect("the golden file has commits");
        Self {
            generations: commits.collect(),
            tip_tree: trees[&tip.snapshot].clone(),
            trees,
            objects: objects.collect(),
            tip: tip.id,
        }
    }
}

impl Boundary for &Repository {
    type Error = Infallible;

    fn generation(&mut self, id: &CommitId) -> Result<Option<u32>, Infallible> {
        Ok(self.generations.get(id).copied())
    }

    fn base(&mut self, id: &SnapshotId) -> Result<Option<BaseTree>, Infallible> {
        let tree = self.trees.get(id).cloned();
        Ok(tree.map(|tree| BaseTree {
            // Almost outgrown, so that a few bytes more make a full listing of a record.
            chain_bytes: tree.listing_bytes() - 1,
            tree,
        }))
    }

    fn has_snapshot(&mut self, id: &SnapshotId) -> Result<bool, Infallible> {
        Ok(self.trees.contains_key(id))
    }
}

impl Receiver for &Repository {
    fn contents(&mut self, bases: &[Base]) -> Result<Vec<Option<Vec<u8>>>, Infallible> {
        let find = |base: &Base| {
            let tree = self.trees.get(&base.snapshot)?;
            self.objects.get(&tree.get(&base.path)?.object).cloned()
        };
        Ok(bases.iter().map(find).collect())
    }
}
