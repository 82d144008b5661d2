//! What is merged.

use muse_wire::snapshot::Tree;

/// The trees of a merge.
#[derive(Clone, Copy)]
pub(super) struct Trees<'a> {
    pub(super) base: &'a Tree,
    pub(super) ours: &'a Tree,
    pub(super) theirs: &'a Tree,
}
