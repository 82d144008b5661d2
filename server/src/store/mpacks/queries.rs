//! Mpacks, in SQL.

use std::collections::HashMap;

use diesel::dsl::max;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::id::MpackKey;

use super::{Conn, IDS_PER_QUERY};
use crate::store::columns::{from_column, pack, to_column};
use crate::store::error::{Result, StoreError};
use crate::store::mpacks::model::{
    CONDEMNED, LIVE, MpackRow, mpack_key, pack_frames, unpack_frames,
};
use crate::store::mpacks::{Lane, MpackFile, MpackId, StoredFrame, StoredMpack};
use crate::store::repos::RepoId;
use crate::store::schema::mpacks;

pub(in crate::store) async fn list(conn: &mut Conn, repo: RepoId) -> Result<Vec<StoredMpack>> {
    let rows: Vec<MpackRow> = mpacks::table
        .filter(mpacks::repo_id.eq(repo.0))
        .filter(mpacks::merged_into.is_null())
        .select(MpackRow::as_select())
        .load(conn)
        .await?;
    let mpacks = rows.into_iter().map(StoredMpack::try_from);
    let mut mpacks: Vec<StoredMpack> = mpacks.collect::<Result<_>>()?;
    let rank = |lane| match lane {
        Some(Lane::Trunk) => 0,
        Some(Lane::Side) => 1,
        None => 2,
        Some(Lane::Lost) => 3,
    };
    mpacks.sort_by_key(|mpack| (rank(mpack.lane), mpack.position, mpack.id));
    Ok(mpacks)
}

pub(in crate::store) async fn stored_keys(
    conn: &mut Conn,
    repo: RepoId,
) -> Result<Vec<(MpackKey, bool)>> {
    let rows: Vec<(Vec<u8>, bool)> = mpacks::table
        .filter(mpacks::repo_id.eq(repo.0))
        .filter(
            mpacks::merged_into
                .is_null()
                .or(mpacks::retired_at_ms.is_not_null()),
        )
        .select((mpacks::key, mpacks::thin_form.is_not_null()))
        .load(conn)
        .await?;
    let rows = rows.into_iter();
    rows.map(|(key, has_thin)| Ok((mpack_key(&key)?, has_thin)))
        .collect()
}

pub(in crate::store) async fn latest(conn: &mut Conn, repo: RepoId) -> Result<Option<MpackId>> {
    let latest: Option<i64> = mpacks::table
        .filter(mpacks::repo_id.eq(repo.0))
        .filter(mpacks::merged_into.is_null())
        .select(max(mpacks::id))
        .first(conn)
        .await?;
    Ok(latest.map(MpackId))
}

/// Bytes of all the repository's mpacks together.
pub(in crate::store) async fn total_bytes(conn: &mut Conn, repo: RepoId) -> Result<u64> {
    let sizes: Vec<i64> = mpacks::table
        .filter(mpacks::repo_id.eq(repo.0))
        .filter(mpacks::merged_into.is_null())
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
        .filter(mpacks::merged_into.is_null())
        .select(MpackRow::as_select())
        .first(conn)
        .await
        .optional()?
        .map(StoredMpack::try_from)
        .transpose()
}

/// How an mpack came to its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Inserted {
    New,
    /// It is there already.
    Before,
    /// It was there before others took its place, and its blobs still are.
    Condemned,
}

/// Adds an mpack's row, unless there is one.
pub(in crate::store) async fn insert(
    conn: &mut Conn,
    repo: RepoId,
    mpack: &MpackFile,
    thin: Option<&MpackFile>,
    frames: &[StoredFrame],
    now_ms: i64,
) -> Result<(MpackId, Inserted)> {
    let inserted = diesel::insert_into(mpacks::table)
        .values((
            mpacks::repo_id.eq(repo.0),
            mpacks::key.eq(mpack.key.as_bytes().as_slice()),
            mpacks::size_bytes.eq(to_column(mpack.size_bytes)),
            mpacks::object_count.eq(to_column(mpack.counts.objects)),
            mpacks::commit_count.eq(to_column(mpack.counts.commits)),
            mpacks::snapshot_count.eq(to_column(mpack.counts.snapshots)),
            mpacks::object_bytes.eq(to_column(mpack.counts.object_bytes)),
            mpacks::thin_form.eq(thin.map(pack)),
            mpacks::thin_key.eq(thin.map(|thin| thin.key.as_bytes().as_slice())),
            mpacks::created_at_ms.eq(now_ms),
            mpacks::frames.eq(pack_frames(frames)),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    let (id, state): (i64, String) = mpacks::table
        .filter(mpacks::repo_id.eq(repo.0))
        .filter(mpacks::key.eq(mpack.key.as_bytes().as_slice()))
        .select((mpacks::id, mpacks::state))
        .first(conn)
        .await?;
    let inserted = match (inserted, state.as_str()) {
        (1, _) => Inserted::New,
        (_, LIVE) => Inserted::Before,
        (_, CONDEMNED) => Inserted::Condemned,
        // Its blobs are being deleted. Pushed again, it gets a row of its own.
        _ => return Err(StoreError::Collected),
    };
    Ok((MpackId(id), inserted))
}

/// Notes that an mpack has commits that others had brought before.
pub(in crate::store) async fn set_repeats_commits(conn: &mut Conn, id: MpackId) -> Result<()> {
    diesel::update(mpacks::table.find(id.0))
        .set(mpacks::repeats_commits.eq(true))
        .execute(conn)
        .await?;
    Ok(())
}

pub(in crate::store) async fn delete(conn: &mut Conn, id: MpackId) -> Result<()> {
    diesel::delete(mpacks::table.find(id.0))
        .execute(conn)
        .await?;
    Ok(())
}
