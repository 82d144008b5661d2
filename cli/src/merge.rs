//! Merging trees: what two sides made of a base, put together.
//!
//! The outcome is the one of `git merge` (its strategy `ort`) with conflicts in the style `diff3`:
//! the same tree, and conflicts at the same paths. Nothing is written; what the merge makes comes
//! with its outcome.
//!
//! * `collect`: the paths that a side changed. What one side alone changed, or both in the same
//!   way, is settled there.
//! * `renames`: which removed files are new ones, and what that means for the other side's changes.
//! * `resolve`: one path after another, what stands there in the end.
//! * `contents` and `text`: two versions of one file.
//! * `bases`: the merge of commits, whose bases may have to be merged first.
//!
//! The cost follows what the sides changed, not the size of the trees.

mod bases;
mod collect;
mod conflict;
mod contents;
mod error;
mod item;
mod renames;
mod resolve;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;

use muse_wire::id::ObjectId;
use muse_wire::snapshot::{Change, Tree};

use self::collect::Collected;
use self::contents::Contents;
use self::resolve::Resolver;
use crate::repository::ObjectStore;

pub use bases::merge_commits;
pub use conflict::{Conflict, ConflictKind};
pub use error::MergeError;

/// What the versions are called where a conflict is marked.
#[derive(Debug, Clone, Copy)]
pub struct Labels<'a> {
    /// The version that is merged into.
    pub ours: &'a str,
    /// What both have made their version of.
    pub base: &'a str,
    /// The version that is merged.
    pub theirs: &'a str,
}

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

/// Merges what `ours` and `theirs` made of `base`.
///
/// # Errors
/// If contents cannot be read, or the outcome is no tree that can be recorded.
pub fn merge_trees(
    objects: &ObjectStore,
    base: &Tree,
    ours: &Tree,
    theirs: &Tree,
    labels: Labels<'_>,
) -> Result<Merged, MergeError> {
    let mut contents = Contents::new(objects);
    let trees = Trees { base, ours, theirs };
    let merged = trees.merge(&mut contents, labels, 0)?;
    merged.into_outcome(contents)
}

/// The trees of a merge.
#[derive(Clone, Copy)]
struct Trees<'a> {
    base: &'a Tree,
    ours: &'a Tree,
    theirs: &'a Tree,
}

/// A merged tree, whose contents may be in the repository or be made by the merge.
struct MergedTree {
    tree: Tree,
    conflicts: Vec<Conflict>,
    /// What differs from our tree.
    changes: Vec<Change>,
}

impl Trees<'_> {
    /// Merges them. At a `depth` above 0 the outcome is a base of another merge: nobody will see
    /// its conflicts, so contents that cannot be merged are those of the base.
    fn merge(
        self,
        contents: &mut Contents<'_>,
        labels: Labels<'_>,
        depth: usize,
    ) -> Result<MergedTree, MergeError> {
        let mut collected = Collected::new(self);
        renames::follow(&mut collected, contents, labels, depth)?;
        let resolver = Resolver::new(self, contents, labels, depth, collected.settled);
        let resolved = resolver.resolve(collected.items)?;
        let changes: Vec<Change> = resolved
            .entries
            .into_iter()
            .filter(|(path, entry)| self.ours.get(path) != *entry)
            .map(|(path, entry)| Change { path, entry })
            .collect();
        Ok(MergedTree {
            tree: self.ours.apply(&changes)?,
            conflicts: resolved.conflicts,
            changes,
        })
    }
}

impl MergedTree {
    /// With the contents that its tree and its conflicts name.
    fn into_outcome(self, contents: Contents<'_>) -> Result<Merged, MergeError> {
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
