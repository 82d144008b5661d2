//! Trees of many snapshots of one history, or some paths of them.
//!
//! A tree is made of the records that lead to it. Whoever walks back through history asks for the
//! end of such a chain first and then for what is on the way to it, so what was on the way is kept:
//! each record is read about once, however many trees are asked for.

use std::collections::{HashMap, VecDeque};

use muse_wire::id::SnapshotId;
use muse_wire::snapshot::{SnapshotRecord, Tree};

use super::{ObjectStore, trees};
use crate::repository::error::{RepositoryError, Result};

/// Most files that kept trees have together, if they shared nothing.
const KEPT_FILES: u64 = 1_000_000;

/// At least so many trees are kept, and at most so many.
const KEPT_TREES: (u64, u64) = (64, 65_536);

/// The trees of past snapshots, or what is at some paths of them.
pub struct PastTrees<'a> {
    objects: &'a ObjectStore,
    /// Empty where the trees are whole.
    paths: Vec<String>,
    kept: HashMap<SnapshotId, Tree>,
    /// The kept ones, the first to go first.
    order: VecDeque<SnapshotId>,
}

impl ObjectStore {
    /// The trees of past snapshots. Where there are `paths`, the trees hold only what is at or
    /// below one of these; they are not checked then.
    pub fn past_trees(&self, paths: Vec<String>) -> PastTrees<'_> {
        PastTrees {
            objects: self,
            paths,
            kept: HashMap::new(),
            order: VecDeque::new(),
        }
    }
}

impl PastTrees<'_> {
    /// The tree of this snapshot.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`] if its record, or one that it builds on, is not here.
    pub fn tree(&mut self, id: &SnapshotId) -> Result<Tree> {
        if let Some(tree) = self.kept.get(id) {
            return Ok(tree.clone());
        }
        if *id == Tree::empty().id() {
            return Ok(Tree::empty());
        }
        let is_kept = |base: &SnapshotId| self.kept.contains_key(base);
        let records = trees::records(&self.objects.mpacks, id, is_kept)?;
        let base = records.first().and_then(|first| first.base.as_ref());
        let base = base.and_then(|base| self.kept.get(base));
        let mut tree = base.cloned().unwrap_or_default();
        for record in records {
            let id = record.id;
            tree = self.apply(&tree, record)?;
            self.keep(id, &tree);
        }
        Ok(tree)
    }

    fn apply(&self, tree: &Tree, mut record: SnapshotRecord) -> Result<Tree> {
        let applied = if self.paths.is_empty() {
            tree.apply_record(&record)
        } else {
            let changes = &mut record.changes;
            changes.retain(|change| change.path.is_at_or_below(&self.paths));
            match changes.is_empty() {
                true => Ok(tree.clone()),
                false => tree.apply(changes),
            }
        };
        applied.map_err(|error| {
            let reason = format!("snapshot {} is invalid: {error}", record.id);
            RepositoryError::damaged(self.objects.directory(), reason)
        })
    }

    fn keep(&mut self, id: SnapshotId, tree: &Tree) {
        let (fewest, most) = KEPT_TREES;
        let limit = (KEPT_FILES / (tree.file_count() + 1)).clamp(fewest, most);
        while self.order.len() as u64 >= limit
            && let Some(oldest) = self.order.pop_front()
        {
            self.kept.remove(&oldest);
        }
        if self.kept.insert(id, tree.clone()).is_none() {
            self.order.push_back(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Sandbox;

    #[test]
    fn trees_are_whole_or_have_what_is_at_the_paths() {
        let sandbox = Sandbox::new();
        let objects = &sandbox.repository.objects;
        let many: Vec<_> = (0..20).map(|n| (format!("d/{n}"), n.to_string())).collect();
        let many: Vec<_> = many.iter().map(|(path, text)| (&**path, &**text)).collect();
        let first = sandbox.add_commit(&[], &many);
        let second = sandbox.add_commit(&[first], &[("d/1", "x"), ("e", "y")]);
        let third = sandbox.add_changes(&[second], &[("d/1", None)]);
        let mut whole = objects.past_trees(Vec::new());
        let mut part = objects.past_trees(vec!["d/1".to_owned(), "e".to_owned()]);
        for (commit, paths) in [(third, "e"), (second, "d/1 e"), (first, "d/1")] {
            let snapshot = objects.commit(&commit).expect("reads").snapshot;
            let tree = whole.tree(&snapshot).expect("rebuilds");
            assert_eq!(tree.id(), snapshot);
            let part = part.tree(&snapshot).expect("rebuilds");
            let names: Vec<String> = part
                .entries()
                .iter()
                .map(|(path, _)| path.to_string())
                .collect();
            assert_eq!(names.join(" "), paths);
            assert!(
                paths
                    .split(' ')
                    .all(|path| part.get(path) == tree.get(path))
            );
        }
    }

    #[test]
    fn what_is_on_the_way_to_a_tree_is_kept() {
        let sandbox = Sandbox::new();
        let objects = &sandbox.repository.objects;
        let many: Vec<_> = (0..200)
            .map(|n| (format!("d/{n}"), n.to_string()))
            .collect();
        let many: Vec<_> = many.iter().map(|(path, text)| (&**path, &**text)).collect();
        let root = sandbox.add_commit(&[], &many);
        let line = sandbox.add_line(Some(root), "main", 9);
        let snapshot = |commit| objects.commit(commit).expect("reads").snapshot;
        let mut trees = objects.past_trees(vec!["main/3".to_owned()]);
        trees.tree(&snapshot(&line[8])).expect("rebuilds");
        assert_eq!(trees.kept.len(), 10);
        assert_eq!(trees.order.len(), 10);
        assert!(trees.kept[&snapshot(&line[3])].get("main/3").is_some());
        assert!(trees.kept[&snapshot(&line[2])].get("main/3").is_none());
    }
}
