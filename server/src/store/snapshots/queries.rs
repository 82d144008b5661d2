//! Snapshots, in SQL. The engines insert them.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};
use diesel_async::RunQueryDsl;
use muse_wire::id::SnapshotId;

use super::Conn;
use crate::store::error::Result;
use crate::store::repos::RepoId;
use crate::store::schema::snapshots;
use crate::store::snapshots::StoredSnapshot;
use crate::store::snapshots::model::{SnapshotRow, snapshot_id};

pub(in crate::store) async fn known(
    conn: &mut Conn,
    repo: RepoId,
    ids: &[SnapshotId],
) -> Result<HashSet<SnapshotId>> {
    let rows: Vec<Vec<u8>> = with_ids!(conn, snapshots, repo, ids, snapshots::id);
    rows.iter().map(|id| snapshot_id(id)).collect()
}

pub(in crate::store) async fn records(
    conn: &mut Conn,
    repo: RepoId,
    ids: &[SnapshotId],
) -> Result<HashMap<SnapshotId, StoredSnapshot>> {
    let rows: Vec<SnapshotRow> = with_ids!(conn, snapshots, repo, ids, SnapshotRow::as_select());
    rows.into_iter()
        .map(|row| {
            let snapshot = StoredSnapshot::try_from(row)?;
            Ok((snapshot.id, snapshot))
        })
        .collect()
}

/// A chain's records, the keyframe first. A base is stored before or with what builds on it, and no
/// record is ever replaced, so chains have no cycles.
pub(in crate::store) async fn chain(
    conn: &mut Conn,
    repo: RepoId,
    id: SnapshotId,
) -> Result<Vec<StoredSnapshot>> {
    let rows: Vec<SnapshotRow> = diesel::sql_query(
        "WITH RECURSIVE chain (id, base, depth) AS (
             SELECT id, base, 0 FROM snapshots WHERE repo_id = $1 AND id = $2
             UNION ALL
             SELECT snapshots.id, snapshots.base, chain.depth + 1
             FROM chain JOIN snapshots ON snapshots.repo_id = $1 AND snapshots.id = chain.base
         )
         SELECT snapshots.id, snapshots.base, chain_bytes, listing_bytes, record
         FROM chain JOIN snapshots ON snapshots.repo_id = $1 AND snapshots.id = chain.id
         ORDER BY depth DESC",
    )
    .bind::<BigInt, _>(repo.0)
    .bind::<Binary, _>(id.as_bytes().as_slice())
    .load(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}
