//! Mpacks, the object index, and blocked objects.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::id::{MpackKey, ObjectId};
use muse_wire::mpack::Counts;

use super::{Conn, IDS_PER_QUERY};
use crate::store::convert::{mpack_key, number, object_id};
use crate::store::error::Result;
use crate::store::mpacks::{MpackId, ObjectPlace, StoredMpack};
use crate::store::repos::RepoId;
use crate::store::schema::{blocked_hashes, mpack_index, mpacks};

/// The state of an mpack that may be read.
const LIVE: &str = "live";

type Row = (i64, Vec<u8>, i64, i64, i64, i64, i64, i64);

/// A row's columns, in the order of [`Row`].
const COLUMNS: (
    mpacks::id,
    mpacks::key,
    mpacks::size_bytes,
    mpacks::object_count,
    mpacks::commit_count,
    mpacks::snapshot_count,
    mpacks::object_bytes,
    mpacks::created_at_ms,
) = (
    mpacks::id,
    mpacks::key,
    mpacks::size_bytes,
    mpacks::object_count,
    mpacks::commit_count,
    mpacks::snapshot_count,
    mpacks::object_bytes,
    mpacks::created_at_ms,
);

fn from_row(row: Row) -> Result<StoredMpack> {
    let (id, key, size_bytes, objects, commits, snapshots, object_bytes, created_at_ms) = row;
    Ok(StoredMpack {
        id: MpackId(id),
        key: mpack_key(&key)?,
        size_bytes: number(size_bytes)?,
        counts: Counts {
            objects: number(objects)?,
            commits: number(commits)?,
            snapshots: number(snapshots)?,
            object_bytes: number(object_bytes)?,
        },
        created_at_ms,
    })
}

pub(in crate::store) async fn list(conn: &mut Conn, repo: RepoId) -> Result<Vec<StoredMpack>> {
    let rows: Vec<Row> = mpacks::table
        .filter(mpacks::repo_id.eq(repo.0))
        .filter(mpacks::state.eq(LIVE))
        .select(COLUMNS)
        .order(mpacks::id)
        .load(conn)
        .await?;
    rows.into_iter().map(from_row).collect()
}

pub(in crate::store) async fn by_key(
    conn: &mut Conn,
    repo: RepoId,
    key: &MpackKey,
) -> Result<Option<StoredMpack>> {
    mpacks::table
        .filter(mpacks::repo_id.eq(repo.0))
        .filter(mpacks::key.eq(key.as_bytes().as_slice()))
        .filter(mpacks::state.eq(LIVE))
        .select(COLUMNS)
        .first(conn)
        .await
        .optional()?
        .map(from_row)
        .transpose()
}

pub(in crate::store) async fn known_objects(
    conn: &mut Conn,
    repo: RepoId,
    ids: &[ObjectId],
) -> Result<HashSet<ObjectId>> {
    let mut known = HashSet::new();
    for chunk in ids.chunks(IDS_PER_QUERY) {
        let rows: Vec<Vec<u8>> = mpack_index::table
            .filter(mpack_index::repo_id.eq(repo.0))
            .filter(mpack_index::object_id.eq_any(bytes_of(chunk)))
            .select(mpack_index::object_id)
            .load(conn)
            .await?;
        for id in rows {
            known.insert(object_id(&id)?);
        }
    }
    Ok(known)
}

pub(in crate::store) async fn object_places(
    conn: &mut Conn,
    repo: RepoId,
    ids: &[ObjectId],
) -> Result<HashMap<ObjectId, ObjectPlace>> {
    type Row = (Vec<u8>, i64, Vec<u8>, i64, i64, i64);

    let mut places = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(IDS_PER_QUERY) {
        let rows: Vec<Row> = mpack_index::table
            .inner_join(mpacks::table)
            .filter(mpack_index::repo_id.eq(repo.0))
            .filter(mpack_index::object_id.eq_any(bytes_of(chunk)))
            .select((
                mpack_index::object_id,
                mpacks::id,
                mpacks::key,
                mpack_index::frame,
                mpack_index::frame_offset,
                mpack_index::length,
            ))
            .load(conn)
            .await?;
        for (id, mpack, key, frame, offset, length) in rows {
            let place = ObjectPlace {
                mpack: MpackId(mpack),
                mpack_key: mpack_key(&key)?,
                frame: number(frame)?,
                offset: number(offset)?,
                length: number(length)?,
            };
            places.insert(object_id(&id)?, place);
        }
    }
    Ok(places)
}

pub(in crate::store) async fn first_blocked(
    conn: &mut Conn,
    ids: &[ObjectId],
) -> Result<Option<ObjectId>> {
    for chunk in ids.chunks(IDS_PER_QUERY) {
        let blocked: Option<Vec<u8>> = blocked_hashes::table
            .filter(blocked_hashes::object_id.eq_any(bytes_of(chunk)))
            .select(blocked_hashes::object_id)
            .order(blocked_hashes::object_id)
            .first(conn)
            .await
            .optional()?;
        if let Some(id) = blocked {
            return object_id(&id).map(Some);
        }
    }
    Ok(None)
}

pub(in crate::store) async fn block(
    conn: &mut Conn,
    id: &ObjectId,
    reason: &str,
    now_ms: i64,
) -> Result<()> {
    diesel::insert_into(blocked_hashes::table)
        .values((
            blocked_hashes::object_id.eq(id.as_bytes().as_slice()),
            blocked_hashes::reason.eq(reason),
            blocked_hashes::created_at_ms.eq(now_ms),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

fn bytes_of(ids: &[ObjectId]) -> impl Iterator<Item = &[u8]> {
    ids.iter().map(|id| id.as_bytes().as_slice())
}
