//! Commits, in SQL. The engines insert them.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::commit::CommitEnvelope;
use muse_wire::id::CommitId;

use super::Conn;
use crate::store::columns::from_column;
use crate::store::commits::StoredCommit;
use crate::store::commits::model::{CommitRow, EnvelopeRow, commit_id};
use crate::store::error::Result;
use crate::store::repos::RepoId;
use crate::store::schema::commits;

pub(in crate::store) async fn nodes(
    conn: &mut Conn,
    repo: RepoId,
    ids: &[CommitId],
) -> Result<HashMap<CommitId, StoredCommit>> {
    let rows: Vec<CommitRow> = with_ids!(conn, commits, repo, ids, CommitRow::as_select());
    rows.into_iter().map(TryInto::try_into).collect()
}

pub(in crate::store) async fn nodes_from(
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

pub(in crate::store) async fn count(conn: &mut Conn, repo: RepoId) -> Result<u64> {
    let count: i64 = commits::table
        .filter(commits::repo_id.eq(repo.0))
        .count()
        .get_result(conn)
        .await?;
    from_column(count)
}

pub(in crate::store) async fn known(
    conn: &mut Conn,
    repo: RepoId,
    ids: &[CommitId],
) -> Result<HashSet<CommitId>> {
    let rows: Vec<Vec<u8>> = with_ids!(conn, commits, repo, ids, commits::id);
    rows.iter().map(|id| commit_id(id)).collect()
}

pub(in crate::store) async fn envelopes(
    conn: &mut Conn,
    repo: RepoId,
    ids: &[CommitId],
) -> Result<HashMap<CommitId, CommitEnvelope>> {
    let rows: Vec<EnvelopeRow> = with_ids!(conn, commits, repo, ids, EnvelopeRow::as_select());
    rows.into_iter().map(TryInto::try_into).collect()
}
