//! Commits and snapshots.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};
use diesel_async::RunQueryDsl;
use muse_wire::commit::CommitEnvelope;
use muse_wire::id::{CommitId, SnapshotId};

use super::{Conn, IDS_PER_QUERY};
use crate::store::convert::{commit_id, envelope, number, snapshot_id};
use crate::store::error::Result;
use crate::store::history::{StoredCommit, StoredSnapshot};
use crate::store::repos::RepoId;
use crate::store::rows::{CommitRow, SnapshotRow};
use crate::store::schema::{commits, snapshots};

/// The rows of a table of content that have these ids.
macro_rules! with_ids {
    ($conn:ident, $table:ident, $repo:ident, $ids:ident, $columns:expr) => {{
        let mut rows = Vec::new();
        for chunk in $ids.chunks(IDS_PER_QUERY) {
            let found = $table::table
                .filter($table::repo_id.eq($repo.0))
                .filter($table::id.eq_any(chunk.iter().map(|id| id.as_bytes().as_slice())))
                .select($columns)
                .load($conn)
                .await?;
            rows.extend(found);
        }
        rows
    }};
}

pub(in crate::store) async fn commit_nodes(
    conn: &mut Conn,
    repo: RepoId,
    ids: &[CommitId],
) -> Result<HashMap<CommitId, StoredCommit>> {
    let rows: Vec<CommitRow> = with_ids!(conn, commits, repo, ids, CommitRow::as_select());
    rows.into_iter().map(TryInto::try_into).collect()
}

pub(in crate::store) async fn commit_nodes_from(
    conn: &mut Conn,
    repo: RepoId,
    min_generation: u32,
) -> Result<HashMap<CommitId, StoredCommit>> {
    let rows: Vec<CommitRow> = commits::table
        .filter(commits::repo_id.eq(repo.0))
        .filter(commits::generation.ge(i64::from(min_generation)))
        .select(CommitRow::as_select())
        .load(conn)
        .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

pub(in crate::store) async fn commit_count(conn: &mut Conn, repo: RepoId) -> Result<u64> {
    let count: i64 = commits::table
        .filter(commits::repo_id.eq(repo.0))
        .count()
        .get_result(conn)
        .await?;
    number(count)
}

pub(in crate::store) async fn known_commits(
    conn: &mut Conn,
    repo: RepoId,
    ids: &[CommitId],
) -> Result<HashSet<CommitId>> {
    let rows: Vec<Vec<u8>> = with_ids!(conn, commits, repo, ids, commits::id);
    rows.iter().map(|id| commit_id(id)).collect()
}

pub(in crate::store) async fn commit_envelopes(
    conn: &mut Conn,
    repo: RepoId,
    ids: &[CommitId],
) -> Result<HashMap<CommitId, CommitEnvelope>> {
    let columns = (commits::id, commits::envelope);
    let rows: Vec<(Vec<u8>, Vec<u8>)> = with_ids!(conn, commits, repo, ids, columns);
    rows.iter()
        .map(|(id, bytes)| Ok((commit_id(id)?, envelope(bytes)?)))
        .collect()
}

pub(in crate::store) async fn known_snapshots(
    conn: &mut Conn,
    repo: RepoId,
    ids: &[SnapshotId],
) -> Result<HashSet<SnapshotId>> {
    let rows: Vec<Vec<u8>> = with_ids!(conn, snapshots, repo, ids, snapshots::id);
    rows.iter().map(|id| snapshot_id(id)).collect()
}

pub(in crate::store) async fn snapshot_records(
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

/// A chain's records, the keyframe first. A base is stored before or with what builds on it and no
/// record is ever replaced, so chains have no cycles.
pub(in crate::store) async fn snapshot_chain(
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
