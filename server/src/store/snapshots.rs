//! Snapshots, as the records that give their trees.

pub(in crate::store) mod model;
mod record;

use std::collections::{HashMap, HashSet};

use muse_wire::id::SnapshotId;

pub use model::StoredSnapshot;
pub use record::{StoredRecord, StoredRecordWriter};

use super::database::{Store, query};
use super::error::Result;
use super::repos::RepoId;

impl Store {
    /// Those of `ids` that are snapshots of the repository.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn known_snapshots(
        &self,
        repo: RepoId,
        ids: &[SnapshotId],
    ) -> Result<HashSet<SnapshotId>> {
        query!(self, snapshots::known(repo, ids))
    }

    /// The records of the snapshots among `ids` that the repository has.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn snapshot_records(
        &self,
        repo: RepoId,
        ids: &[SnapshotId],
    ) -> Result<HashMap<SnapshotId, StoredSnapshot>> {
        query!(self, snapshots::records(repo, ids))
    }

    /// The records that give a snapshot when applied in order, its keyframe first; empty where the
    /// repository has no such snapshot.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn snapshot_chain(
        &self,
        repo: RepoId,
        id: SnapshotId,
    ) -> Result<Vec<StoredSnapshot>> {
        query!(self, snapshots::chain(repo, id))
    }
}
