//! The index of whole objects and blocked objects, in SQL. The engines insert index rows.

use std::collections::{HashMap, HashSet};

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::id::ObjectId;

use super::{Conn, IDS_PER_QUERY};
use crate::store::error::Result;
use crate::store::mpacks::ContentLocation;
use crate::store::objects::model::{ObjectRow, object_id};
use crate::store::repos::RepoId;
use crate::store::schema::{blocked_hashes, large_objects, mpack_index, mpacks};

pub(in crate::store) async fn known(
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
        for id in &rows {
            known.insert(object_id(id)?);
        }
        let rest = chunk.iter().filter(|id| !known.contains(id));
        let rest: Vec<_> = rest.map(|id| id.as_bytes().as_slice()).collect();
        if rest.is_empty() {
            continue;
        }
        let rows: Vec<Vec<u8>> = large_objects::table
            .filter(large_objects::repo_id.eq(repo.0))
            .filter(large_objects::object_id.eq_any(rest))
            .select(large_objects::object_id)
            .load(conn)
            .await?;
        for id in &rows {
            known.insert(object_id(id)?);
        }
    }
    Ok(known)
}

pub(in crate::store) async fn locations(
    conn: &mut Conn,
    repo: RepoId,
    ids: &[ObjectId],
) -> Result<HashMap<ObjectId, ContentLocation>> {
    let mut locations = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(IDS_PER_QUERY) {
        let rows: Vec<ObjectRow> = mpack_index::table
            .inner_join(mpacks::table)
            .filter(mpack_index::repo_id.eq(repo.0))
            .filter(mpack_index::object_id.eq_any(bytes_of(chunk)))
            .select(ObjectRow::as_select())
            .load(conn)
            .await?;
        for row in rows {
            let (id, location) = row.try_into()?;
            locations.insert(id, location);
        }
    }
    Ok(locations)
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

/// Starts from the blocked objects, of which there are few.
pub(in crate::store) async fn blocked_of(
    conn: &mut Conn,
    repo: RepoId,
) -> Result<HashMap<ObjectId, String>> {
    let rows: Vec<(Vec<u8>, String)> = blocked_hashes::table
        .filter(exists(
            mpack_index::table
                .filter(mpack_index::repo_id.eq(repo.0))
                .filter(mpack_index::object_id.eq(blocked_hashes::object_id)),
        ))
        .or_filter(exists(
            large_objects::table
                .filter(large_objects::repo_id.eq(repo.0))
                .filter(large_objects::object_id.eq(blocked_hashes::object_id)),
        ))
        .select((blocked_hashes::object_id, blocked_hashes::reason))
        .load(conn)
        .await?;
    let rows = rows.into_iter();
    rows.map(|(id, reason)| Ok((object_id(&id)?, reason)))
        .collect()
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

pub(in crate::store) async fn unblock(conn: &mut Conn, id: &ObjectId) -> Result<()> {
    let row = blocked_hashes::table.find(id.as_bytes().as_slice());
    diesel::delete(row).execute(conn).await?;
    Ok(())
}

fn bytes_of(ids: &[ObjectId]) -> impl Iterator<Item = &[u8]> {
    ids.iter().map(|id| id.as_bytes().as_slice())
}
