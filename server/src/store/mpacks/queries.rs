//! Mpacks, in SQL.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::id::MpackKey;

use super::Conn;
use crate::store::columns::{from_column, pack, to_column};
use crate::store::error::{Result, StoreError};
use crate::store::mpacks::model::{LIVE, MpackRow};
use crate::store::mpacks::{MpackId, StoredMpack};
use crate::store::publish::NewMpack;
use crate::store::repos::RepoId;
use crate::store::schema::mpacks;

pub(in crate::store) async fn list(conn: &mut Conn, repo: RepoId) -> Result<Vec<StoredMpack>> {
    let rows: Vec<MpackRow> = mpacks::table
        .filter(mpacks::repo_id.eq(repo.0))
        .filter(mpacks::state.eq(LIVE))
        .select(MpackRow::as_select())
        .order(mpacks::id)
        .load(conn)
        .await?;
    rows.into_iter().map(StoredMpack::try_from).collect()
}

pub(in crate::store) async fn count(conn: &mut Conn, repo: RepoId) -> Result<u64> {
    let count: i64 = mpacks::table
        .filter(mpacks::repo_id.eq(repo.0))
        .filter(mpacks::state.eq(LIVE))
        .count()
        .get_result(conn)
        .await?;
    from_column(count)
}

/// Bytes of all the repository's mpacks together.
pub(in crate::store) async fn total_bytes(conn: &mut Conn, repo: RepoId) -> Result<u64> {
    let sizes: Vec<i64> = mpacks::table
        .filter(mpacks::repo_id.eq(repo.0))
        .filter(mpacks::state.eq(LIVE))
        .select(mpacks::size_bytes)
        .load(conn)
        .await?;
    from_column(sizes.iter().sum())
}

pub(in crate::store) async fn by_key(
    conn: &mut Conn,
    repo: RepoId,
    key: &MpackKey,
) -> Result<Option<StoredMpack>> {
    let key = key.as_bytes().as_slice();
    mpacks::table
        .filter(mpacks::repo_id.eq(repo.0))
        .filter(mpacks::key.eq(key).or(mpacks::thin_key.eq(key)))
        .filter(mpacks::state.eq(LIVE))
        .select(MpackRow::as_select())
        .first(conn)
        .await
        .optional()?
        .map(StoredMpack::try_from)
        .transpose()
}

/// Adds an mpack's row, unless it is there already; says whether it did.
pub(in crate::store) async fn insert(
    conn: &mut Conn,
    repo: RepoId,
    mpack: &NewMpack,
    now_ms: i64,
) -> Result<(MpackId, bool)> {
    let inserted = diesel::insert_into(mpacks::table)
        .values((
            mpacks::repo_id.eq(repo.0),
            mpacks::key.eq(mpack.key.as_bytes().as_slice()),
            mpacks::size_bytes.eq(to_column(mpack.size_bytes)),
            mpacks::object_count.eq(to_column(mpack.counts.objects)),
            mpacks::commit_count.eq(to_column(mpack.counts.commits)),
            mpacks::snapshot_count.eq(to_column(mpack.counts.snapshots)),
            mpacks::object_bytes.eq(to_column(mpack.counts.object_bytes)),
            mpacks::thin_form.eq(mpack.thin.as_ref().map(pack)),
            mpacks::thin_key.eq(mpack
                .thin
                .as_ref()
                .map(|thin| thin.key.as_bytes().as_slice())),
            mpacks::created_at_ms.eq(now_ms),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    let stored = by_key(conn, repo, &mpack.key).await?;
    let id = stored.ok_or(StoreError::Corrupt("mpack"))?.id;
    Ok((id, inserted == 1))
}

pub(in crate::store) async fn delete(conn: &mut Conn, id: MpackId) -> Result<()> {
    diesel::delete(mpacks::table.find(id.0))
        .execute(conn)
        .await?;
    Ok(())
}
