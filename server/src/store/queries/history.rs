//! Commits and snapshots.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable};
use diesel_async::RunQueryDsl;
use muse_wire::commit::CommitEnvelope;
use muse_wire::dag::CommitNode;
use muse_wire::id::{CommitId, SnapshotId};

use super::{Conn, IDS_PER_QUERY};
use crate::store::convert::{commit_id, envelope, number, snapshot_id, split_parents};
use crate::store::error::Result;
use crate::store::history::{StoredCommit, StoredSnapshot};
use crate::store::mpacks::MpackId;
use crate::store::repos::RepoId;
use crate::store::schema::{commits, snapshots};

type NodeRow = (Vec<u8>, Vec<u8>, i64, i64, Vec<u8>, i64);

/// A node's columns, in the order of [`NodeRow`].
const NODE_COLUMNS: (
    commits::id,
    commits::parents,
    commits::generation,
    commits::committed_at,
    commits::snapshot_id,
    commits::mpack_id,
) = (
    commits::id,
    commits::parents,
    commits::generation,
    commits::committed_at,
    commits::snapshot_id,
    commits::mpack_id,
);

fn node_from_row(row: NodeRow) -> Result<(CommitId, StoredCommit)> {
    let (id, parents, generation, committed_at, snapshot, mpack) = row;
    let node = CommitNode {
        parents: split_parents(&parents)?,
        generation: number(generation)?,
        committed_at,
    };
    let commit = StoredCommit {
        node,
        snapshot: snapshot_id(&snapshot)?,
        mpack: MpackId(mpack),
    };
    Ok((commit_id(&id)?, commit))
}

pub(in crate::store) async fn commit_nodes(
    conn: &mut Conn,
    repo: RepoId,
    ids: &[CommitId],
) -> Result<HashMap<CommitId, StoredCommit>> {
    let mut nodes = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(IDS_PER_QUERY) {
        let rows: Vec<NodeRow> = commits::table
            .filter(commits::repo_id.eq(repo.0))
            .filter(commits::id.eq_any(chunk.iter().map(|id| id.as_bytes().as_slice())))
            .select(NODE_COLUMNS)
            .load(conn)
            .await?;
        for row in rows {
            let (id, node) = node_from_row(row)?;
            nodes.insert(id, node);
        }
    }
    Ok(nodes)
}

pub(in crate::store) async fn commit_nodes_from(
    conn: &mut Conn,
    repo: RepoId,
    min_generation: u32,
) -> Result<HashMap<CommitId, StoredCommit>> {
    let rows: Vec<NodeRow> = commits::table
        .filter(commits::repo_id.eq(repo.0))
        .filter(commits::generation.ge(i64::from(min_generation)))
        .select(NODE_COLUMNS)
        .load(conn)
        .await?;
    rows.into_iter().map(node_from_row).collect()
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
    let mut known = HashSet::new();
    for chunk in ids.chunks(IDS_PER_QUERY) {
        let rows: Vec<Vec<u8>> = commits::table
            .filter(commits::repo_id.eq(repo.0))
            .filter(commits::id.eq_any(chunk.iter().map(|id| id.as_bytes().as_slice())))
            .select(commits::id)
            .load(conn)
            .await?;
        for id in rows {
            known.insert(commit_id(&id)?);
        }
    }
    Ok(known)
}

pub(in crate::store) async fn commit_envelopes(
    conn: &mut Conn,
    repo: RepoId,
    ids: &[CommitId],
) -> Result<HashMap<CommitId, CommitEnvelope>> {
    let mut envelopes = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(IDS_PER_QUERY) {
        let rows: Vec<(Vec<u8>, Vec<u8>)> = commits::table
            .filter(commits::repo_id.eq(repo.0))
            .filter(commits::id.eq_any(chunk.iter().map(|id| id.as_bytes().as_slice())))
            .select((commits::id, commits::envelope))
            .load(conn)
            .await?;
        for (id, bytes) in rows {
            envelopes.insert(commit_id(&id)?, envelope(&bytes)?);
        }
    }
    Ok(envelopes)
}

#[derive(Queryable, QueryableByName)]
struct SnapshotRow {
    #[diesel(sql_type = Binary)]
    id: Vec<u8>,
    #[diesel(sql_type = Nullable<Binary>)]
    base: Option<Vec<u8>>,
    #[diesel(sql_type = BigInt)]
    chain_bytes: i64,
    #[diesel(sql_type = BigInt)]
    listing_bytes: i64,
    #[diesel(sql_type = Binary)]
    record: Vec<u8>,
}

impl SnapshotRow {
    fn into_snapshot(self) -> Result<StoredSnapshot> {
        Ok(StoredSnapshot {
            id: snapshot_id(&self.id)?,
            base: self.base.as_deref().map(snapshot_id).transpose()?,
            record: self.record,
            chain_bytes: number(self.chain_bytes)?,
            listing_bytes: number(self.listing_bytes)?,
        })
    }
}

pub(in crate::store) async fn known_snapshots(
    conn: &mut Conn,
    repo: RepoId,
    ids: &[SnapshotId],
) -> Result<HashSet<SnapshotId>> {
    let mut known = HashSet::new();
    for chunk in ids.chunks(IDS_PER_QUERY) {
        let rows: Vec<Vec<u8>> = snapshots::table
            .filter(snapshots::repo_id.eq(repo.0))
            .filter(snapshots::id.eq_any(chunk.iter().map(|id| id.as_bytes().as_slice())))
            .select(snapshots::id)
            .load(conn)
            .await?;
        for id in rows {
            known.insert(snapshot_id(&id)?);
        }
    }
    Ok(known)
}

pub(in crate::store) async fn snapshot_records(
    conn: &mut Conn,
    repo: RepoId,
    ids: &[SnapshotId],
) -> Result<HashMap<SnapshotId, StoredSnapshot>> {
    let mut records = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(IDS_PER_QUERY) {
        let rows: Vec<SnapshotRow> = snapshots::table
            .filter(snapshots::repo_id.eq(repo.0))
            .filter(snapshots::id.eq_any(chunk.iter().map(|id| id.as_bytes().as_slice())))
            .select((
                snapshots::id,
                snapshots::base,
                snapshots::chain_bytes,
                snapshots::listing_bytes,
                snapshots::record,
            ))
            .load(conn)
            .await?;
        for row in rows {
            let snapshot = row.into_snapshot()?;
            records.insert(snapshot.id, snapshot);
        }
    }
    Ok(records)
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
    rows.into_iter().map(SnapshotRow::into_snapshot).collect()
}
