//! What is known of the commits and snapshots that a downloaded mpack builds on.

use muse_wire::dag::CommitSource as _;
use muse_wire::history::{Base, Boundary};
use muse_wire::id::{CommitId, SnapshotId};

use crate::repository::{ObjectStore, RepositoryError};

/// Asks the repository, and the mpacks that are staged beside it.
pub(super) struct RepositoryBoundary<'a>(pub(super) &'a ObjectStore);

impl Boundary for RepositoryBoundary<'_> {
    type Error = RepositoryError;

    fn generation(&mut self, id: &CommitId) -> Result<Option<u32>, RepositoryError> {
        Ok(self.0.node(id)?.map(|node| node.generation))
    }

    fn base(&mut self, id: &SnapshotId) -> Result<Option<Base>, RepositoryError> {
        if !self.has_snapshot(id)? {
            return Ok(None);
        }
        Ok(Some(Base {
            tree: self.0.tree(id)?,
            chain_bytes: self.0.chain_bytes(id)?,
        }))
    }

    fn is_shallow(&mut self, id: &CommitId) -> Result<bool, RepositoryError> {
        Ok(self.0.shallow()?.contains(id))
    }

    fn has_snapshot(&mut self, id: &SnapshotId) -> Result<bool, RepositoryError> {
        self.0.has_snapshot(id)
    }
}
