//! Mpacks, the object index, and blocked objects.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::id::{MpackKey, ObjectId};

use super::{Conn, IDS_PER_QUERY};
use crate::store::convert::{number, object_id};
use crate::store::error::Result;
use crate::store::mpacks::{ObjectPlace, StoredMpack};
use crate::store::repos::RepoId;
use crate::store::rows::{MpackRow, PlaceRow};
use crate::store::schema::{blocked_hashes, mpack_index, mpacks};

/// The state of an mpack that may be read.
const LIVE: &str = "live";

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
    number(count)
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
        .select(MpackRow::as_select())
        .first(conn)
        .await
        .optional()?
        .map(StoredMpack::try_from)
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
    let mut places = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(IDS_PER_QUERY) {
        let rows: Vec<PlaceRow> = mpack_index::table
            .inner_join(mpacks::table)
            .filter(mpack_index::repo_id.eq(repo.0))
            .filter(mpack_index::object_id.eq_any(bytes_of(chunk)))
            .select(PlaceRow::as_select())
            .load(conn)
            .await?;
        for row in rows {
            let (id, place) = row.try_into()?;
            places.insert(id, place);
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
