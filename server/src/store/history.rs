//! Commits and snapshots, whose records the database keeps verbatim.

use std::collections::{HashMap, HashSet};

use muse_wire::commit::CommitEnvelope;
use muse_wire::dag::CommitNode;
use muse_wire::id::{CommitId, SnapshotId};

use super::error::Result;
use super::mpacks::MpackId;
use super::repos::RepoId;
use super::{Engine, Store, postgres, query, sqlite};

/// What the database knows of a commit without decoding its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCommit {
    /// Parents, generation and time.
    pub node: CommitNode,
    /// The tree that it records.
    pub snapshot: SnapshotId,
    /// The mpack that brought it.
    pub mpack: MpackId,
}

/// A snapshot's record, still encoded, and what its chain costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSnapshot {
    /// The snapshot.
    pub id: SnapshotId,
    /// What the record's changes are against; none for a keyframe.
    pub base: Option<SnapshotId>,
    /// The encoded [`muse_wire::snapshot::SnapshotRecord`].
    pub record: Vec<u8>,
    /// Bytes of the records from its keyframe (exclusive) to it; 0 for a keyframe.
    pub chain_bytes: u64,
    /// Bytes of its full listing.
    pub listing_bytes: u64,
}

impl Store {
    /// The commits among `ids` that the repository has.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn commit_nodes(
        &self,
        repo: RepoId,
        ids: &[CommitId],
    ) -> Result<HashMap<CommitId, StoredCommit>> {
        query!(self, history::commit_nodes(repo, ids))
    }

    /// All commits of at least this generation, in one scan: a walk that stops at commits of
    /// generation g needs no other. 0 gives the whole graph.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn commit_nodes_from(
        &self,
        repo: RepoId,
        min_generation: u32,
    ) -> Result<HashMap<CommitId, StoredCommit>> {
        query!(self, history::commit_nodes_from(repo, min_generation))
    }

    /// How many commits the repository has.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn commit_count(&self, repo: RepoId) -> Result<u64> {
        query!(self, history::commit_count(repo))
    }

    /// Those of `ids` that are commits of the repository.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn known_commits(&self, repo: RepoId, ids: &[CommitId]) -> Result<HashSet<CommitId>> {
        query!(self, history::known_commits(repo, ids))
    }

    /// What was stored for the commits among `ids` that the repository has.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn commit_envelopes(
        &self,
        repo: RepoId,
        ids: &[CommitId],
    ) -> Result<HashMap<CommitId, CommitEnvelope>> {
        query!(self, history::commit_envelopes(repo, ids))
    }

    /// Those of `ids` that are snapshots of the repository.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn known_snapshots(
        &self,
        repo: RepoId,
        ids: &[SnapshotId],
    ) -> Result<HashSet<SnapshotId>> {
        query!(self, history::known_snapshots(repo, ids))
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
        query!(self, history::snapshot_records(repo, ids))
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
        query!(self, history::snapshot_chain(repo, id))
    }
}
