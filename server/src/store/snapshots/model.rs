//! What the database keeps of a snapshot, and the row that it is read from.

use diesel::prelude::*;
use muse_wire::id::SnapshotId;

use crate::store::columns::from_column;
use crate::store::error::{Result, StoreError};
use crate::store::schema::snapshots;
use crate::store::snapshots::record::StoredRecord;

/// A snapshot's record, and the sizes that say when its chain is too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSnapshot {
    /// The snapshot.
    pub id: SnapshotId,
    /// The snapshot that the record's changes apply to; none for a keyframe.
    pub base: Option<SnapshotId>,
    /// Its record.
    pub record: StoredRecord,
    /// Bytes of the records from its keyframe (exclusive) to it; 0 for a keyframe.
    pub chain_bytes: u64,
    /// Bytes of its full listing.
    pub listing_bytes: u64,
}

/// A snapshot.
#[derive(Queryable, QueryableByName, Selectable)]
#[diesel(table_name = snapshots)]
pub(in crate::store) struct SnapshotRow {
    id: Vec<u8>,
    base: Option<Vec<u8>>,
    chain_bytes: i64,
    listing_bytes: i64,
    record: Vec<u8>,
}

impl TryFrom<SnapshotRow> for StoredSnapshot {
    type Error = StoreError;

    fn try_from(row: SnapshotRow) -> Result<Self> {
        Ok(Self {
            id: snapshot_id(&row.id)?,
            base: row.base.as_deref().map(snapshot_id).transpose()?,
            record: StoredRecord::from_column(row.record),
            chain_bytes: from_column(row.chain_bytes)?,
            listing_bytes: from_column(row.listing_bytes)?,
        })
    }
}

pub(in crate::store) fn snapshot_id(bytes: &[u8]) -> Result<SnapshotId> {
    SnapshotId::from_slice(bytes).ok_or(StoreError::Corrupt("snapshot id"))
}
