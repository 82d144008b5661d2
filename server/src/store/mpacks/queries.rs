//! Mpacks, in SQL.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::id::MpackKey;

use super::{Conn, IDS_PER_QUERY};
use crate::store::columns::{from_column, pack, to_column};
use crate::store::error::{Result, StoreError};
use crate::store::mpacks::model::{LIVE, MpackRow, pack_frames, unpack_frames};
use crate::store::mpacks::{MpackId, StoredFrame, StoredMpack};
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

pub(in crate::store) async fn frames(
    conn: &mut Conn,
    ids: &[MpackId],
) -> Result<HashMap<MpackId, Vec<StoredFrame>>> {
    let mut found = HashMap::new();
    for chunk in ids.chunks(IDS_PER_QUERY) {
        let rows: Vec<(i64, Option<Vec<u8>>)> = mpacks::table
            .filter(mpacks::id.eq_any(chunk.iter().map(|id| id.0)))
            .select((mpacks::id, mpacks::frames))
            .load(conn)
            .await?;
        for (id, frames) in rows {
            if let Some(frames) = frames {
                found.insert(MpackId(id), unpack_frames(&frames)?);
            }
        }
    }
    Ok(found)
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
            mpacks::frames.eq(pack_frames(&mpack.frames)),
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
