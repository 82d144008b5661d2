//! What the database keeps of a commit, and the rows that it is read from.

use std::collections::HashMap;

use diesel::prelude::*;
use muse_wire::commit::CommitEnvelope;
use muse_wire::dag::CommitNode;
use muse_wire::id::{CommitId, ID_BYTES, SnapshotId};

use crate::store::columns::from_column;
use crate::store::error::{Result, StoreError};
use crate::store::mpacks::model::MpackId;
use crate::store::schema::commits;
use crate::store::snapshots::model::snapshot_id;

/// What the database knows of a commit without decoding its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCommit {
    /// Parents, generation and time.
    pub node: CommitNode,
    /// The tree that it records.
    pub snapshot: SnapshotId,
    /// The mpack that brought it.
    pub mpack: MpackId,
    /// The mpack that was said to hold it, where it did not go along with the rest of the one that
    /// brought it.
    pub moved_to: Option<MpackId>,
}

impl StoredCommit {
    /// The mpack that holds it, given what has taken the place of which mpack.
    pub fn holder(&self, successors: &HashMap<MpackId, MpackId>) -> MpackId {
        let named = self.moved_to.unwrap_or(self.mpack);
        successors.get(&named).copied().unwrap_or(named)
    }
}

/// A commit to store.
#[derive(Debug, Clone)]
pub struct NewCommit {
    /// Its id.
    pub id: CommitId,
    /// Parents, checked generation and time.
    pub node: CommitNode,
    /// The tree that it records.
    pub snapshot: SnapshotId,
    /// Its record, signatures and delta, to be kept verbatim.
    pub envelope: CommitEnvelope,
}

/// A commit without its envelope.
#[derive(Queryable, Selectable)]
#[diesel(table_name = commits)]
pub(in crate::store) struct CommitRow {
    id: Vec<u8>,
    parents: Vec<u8>,
    generation: i64,
    committed_at: i64,
    snapshot_id: Vec<u8>,
    mpack_id: i64,
    holder_id: Option<i64>,
}

impl TryFrom<CommitRow> for (CommitId, StoredCommit) {
    type Error = StoreError;

    fn try_from(row: CommitRow) -> Result<Self> {
        let parents = row.parents.chunks(ID_BYTES).map(commit_id);
        let node = CommitNode {
            parents: parents.collect::<Result<_>>()?,
            generation: from_column(row.generation)?,
            committed_at: row.committed_at,
        };
        let commit = StoredCommit {
            node,
            snapshot: snapshot_id(&row.snapshot_id)?,
            mpack: MpackId(row.mpack_id),
            moved_to: row.holder_id.map(MpackId),
        };
        Ok((commit_id(&row.id)?, commit))
    }
}

/// A commit's envelope.
#[derive(Queryable, Selectable)]
#[diesel(table_name = commits)]
pub(in crate::store) struct EnvelopeRow {
    id: Vec<u8>,
    envelope: Vec<u8>,
}

impl TryFrom<EnvelopeRow> for (CommitId, CommitEnvelope) {
    type Error = StoreError;

    fn try_from(row: EnvelopeRow) -> Result<Self> {
        let envelope = CommitEnvelope::decode(&row.envelope)
            .map_err(|_| StoreError::Corrupt("commit envelope"))?;
        Ok((commit_id(&row.id)?, envelope))
    }
}

pub(in crate::store) fn commit_id(bytes: &[u8]) -> Result<CommitId> {
    CommitId::from_slice(bytes).ok_or(StoreError::Corrupt("commit id"))
}

/// Parents' ids for their column, one after the other.
pub(in crate::store) fn join_parents(parents: &[CommitId]) -> Vec<u8> {
    parents.iter().flat_map(|id| *id.as_bytes()).collect()
}
