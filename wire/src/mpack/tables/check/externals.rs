//! References, and the external ids that they name: each is needed, and none is in the mpack.

use super::bit_set::BitSet;
use crate::id::ID_BYTES;
use crate::mpack::{FrameKind, MpackError, Tables};

/// What a reference turned out to be.
#[derive(PartialEq, Eq)]
pub(super) enum Reference {
    /// A row of this mpack.
    Row(usize),
    /// An external id.
    External,
    /// Nothing that exists.
    Dangling,
}

/// The external ids that something refers to.
pub(super) struct Externals {
    chunks: BitSet,
    commits: BitSet,
    snapshots: BitSet,
}

impl Externals {
    /// None yet, of those that these tables list.
    pub(super) fn new(tables: &Tables) -> Self {
        let none = |kind| BitSet::new(tables.external_ids(kind).len());
        Self {
            chunks: none(FrameKind::Chunks),
            commits: none(FrameKind::Commits),
            snapshots: none(FrameKind::Snapshots),
        }
    }
}

impl Tables {
    /// External ids are sorted, needed, and really outside.
    pub(super) fn check_externals(&self, externals: &Externals) -> Result<(), MpackError> {
        for (kind, start, used) in [
            (
                FrameKind::Chunks,
                self.sections.external_chunks.start,
                &externals.chunks,
            ),
            (
                FrameKind::Commits,
                self.sections.external_commits.start,
                &externals.commits,
            ),
            (
                FrameKind::Snapshots,
                self.sections.external_snapshots.start,
                &externals.snapshots,
            ),
        ] {
            let ids = self.external_ids(kind);
            self.check_sorted(ids, start)?;
            for (row, id) in ids.iter().enumerate() {
                let at = start + row * ID_BYTES;
                if !used.contains(row) {
                    return Err(self.at(at, "nothing refers to the external id"));
                }
                if self.ids(kind).find(id).is_some() {
                    return Err(self.at(at, "the external id is in this mpack"));
                }
            }
        }
        Ok(())
    }

    /// What a reference names; notes the external ids that are in use.
    pub(super) fn check_reference(
        &self,
        kind: FrameKind,
        reference: u32,
        externals: &mut Externals,
    ) -> Reference {
        let row = reference as usize;
        let Some(external) = row.checked_sub(self.ids(kind).len()) else {
            return Reference::Row(row);
        };
        if external >= self.external_ids(kind).len() {
            return Reference::Dangling;
        }
        let used = match kind {
            FrameKind::Chunks => &mut externals.chunks,
            FrameKind::Commits => &mut externals.commits,
            FrameKind::Snapshots | FrameKind::Objects => &mut externals.snapshots,
        };
        used.insert(external);
        Reference::External
    }
}
