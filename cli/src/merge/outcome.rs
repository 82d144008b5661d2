//! What comes out of a merge.

use std::collections::BTreeMap;

use muse_wire::id::ObjectId;
use muse_wire::snapshot::{Change, Tree};

use super::conflict::Conflict;
use super::contents::Contents;
use crate::repository::RepositoryError;

/// The outcome of a merge.
pub struct Merged {
    /// What merges, and at each conflict's path what the work tree shows: text with markers, or the
    /// version that is kept.
    pub tree: Tree,
    /// Contents that the tree or a conflict names and that the merge made.
    pub new_objects: BTreeMap<ObjectId, Vec<u8>>,
    /// Ascending by path.
    pub conflicts: Vec<Conflict>,
}

/// A merged tree, whose contents may be in the repository or be made by the merge.
pub(super) struct MergedTree {
    pub(super) tree: Tree,
    pub(super) conflicts: Vec<Conflict>,
    /// What differs from our tree.
    pub(super) changes: Vec<Change>,
}

impl MergedTree {
    /// With the contents that its tree and its conflicts name.
    pub(super) fn into_outcome(self, contents: Contents<'_>) -> Result<Merged, RepositoryError> {
        let in_tree = self.changes.iter().filter_map(|change| change.entry);
        let in_conflicts = self.conflicts.iter().flat_map(Conflict::versions);
        let named = in_tree.chain(in_conflicts).map(|entry| entry.object);
        Ok(Merged {
            new_objects: contents.into_new_objects(named)?,
            tree: self.tree,
            conflicts: self.conflicts,
        })
    }
}
