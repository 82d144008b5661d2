//! One file in past commits, under the names that it had.

use std::collections::HashMap;

use muse_wire::id::SnapshotId;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::Entry;

use crate::diff::{changes_between, find_renames};
use crate::repository::{ObjectStore, PastTrees, Result};

/// A file under the name that it has in some commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NamedFile {
    /// Its path.
    pub(super) path: RepoPath,
    /// What it is.
    pub(super) entry: Entry,
}

/// Finds files in past commits.
pub(super) struct FilePast<'a> {
    objects: &'a ObjectStore,
    by_path: HashMap<RepoPath, PastTrees<'a>>,
    whole: PastTrees<'a>,
}

impl<'a> FilePast<'a> {
    pub(super) fn new(objects: &'a ObjectStore) -> Self {
        Self {
            objects,
            by_path: HashMap::new(),
            whole: objects.past_trees(Vec::new()),
        }
    }

    /// What is at `path` in a snapshot.
    pub(super) fn entry(
        &mut self,
        snapshot: &SnapshotId,
        path: &RepoPath,
    ) -> Result<Option<Entry>> {
        if !self.by_path.contains_key(path) {
            let trees = self.objects.past_trees(vec![path.as_str().to_owned()]);
            self.by_path.insert(path.clone(), trees);
        }
        let trees = self.by_path.get_mut(path).expect("it is there by now");
        Ok(trees.tree(snapshot)?.get(path))
    }

    /// What `file` of the snapshot `after` was in the snapshot `before`: what has the same path
    /// there, or else the file that it was renamed from.
    pub(super) fn before(
        &mut self,
        before: &SnapshotId,
        after: &SnapshotId,
        file: &NamedFile,
    ) -> Result<Option<NamedFile>> {
        if let Some(entry) = self.entry(before, &file.path)? {
            let path = file.path.clone();
            return Ok(Some(NamedFile { path, entry }));
        }
        let changes = changes_between(&self.whole.tree(before)?, &self.whole.tree(after)?);
        let gone = changes.into_iter().filter_map(|change| {
            let entry = change.before.filter(|_| change.after.is_none())?;
            Some((change.path, entry))
        });
        let gone: Vec<(RepoPath, Entry)> = gone.collect();
        let file = (file.path.clone(), file.entry);
        let renames = find_renames(self.objects, &gone, &[file])?.into_iter();
        let mut befores = renames.map(|rename| NamedFile {
            path: rename.from,
            entry: rename.before,
        });
        Ok(befores.next())
    }
}
