//! Merging two trees that come from a third one.

use muse_wire::snapshot::{Change, Tree};

use super::collect::Collected;
use super::contents::Contents;
use super::error::MergeError;
use super::labels::Labels;
use super::outcome::{Merged, MergedTree};
use super::renames;
use super::resolve::Resolver;
use super::trees::Trees;
use crate::repository::ObjectStore;

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
    let merged = merge_at(trees, &mut contents, labels, 0)?;
    Ok(merged.into_outcome(contents)?)
}

/// Merges them. At a `depth` above 0 the outcome is a base of another merge: nobody will see
/// its conflicts, so contents that cannot be merged are those of the base.
pub(super) fn merge_at(
    trees: Trees<'_>,
    contents: &mut Contents<'_>,
    labels: Labels<'_>,
    depth: usize,
) -> Result<MergedTree, MergeError> {
    let mut collected = Collected::new(trees);
    renames::follow(&mut collected, contents, labels, depth)?;
    let resolver = Resolver::new(trees, contents, labels, depth, collected.settled);
    let resolved = resolver.resolve(collected.items)?;
    let changes: Vec<Change> = resolved
        .entries
        .into_iter()
        .filter(|(path, entry)| trees.ours.get(path) != *entry)
        .map(|(path, entry)| Change { path, entry })
        .collect();
    Ok(MergedTree {
        tree: trees.ours.apply(&changes)?,
        conflicts: resolved.conflicts,
        changes,
    })
}
