//! The index of whole objects, in SQL. The engines insert index rows.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::id::ObjectId;

use super::{Conn, IDS_PER_QUERY};
use crate::store::error::Result;
use crate::store::mpacks::{ContentLocation, MpackId};
use crate::store::objects::model::{ObjectRow, object_id};
use crate::store::repos::RepoId;
use crate::store::schema::{large_objects, mpack_index, mpacks};

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

pub(in crate::store) async fn holders(
    conn: &mut Conn,
    repo: RepoId,
    ids: &[ObjectId],
) -> Result<Vec<(ObjectId, MpackId)>> {
    let mut holders = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(IDS_PER_QUERY) {
        let mut rows: Vec<(Vec<u8>, i64)> = mpack_index::table
            .filter(mpack_index::repo_id.eq(repo.0))
            .filter(mpack_index::object_id.eq_any(bytes_of(chunk)))
            .select((mpack_index::object_id, mpack_index::mpack_id))
            .load(conn)
            .await?;
        let large: Vec<(Vec<u8>, i64)> = large_objects::table
            .filter(large_objects::repo_id.eq(repo.0))
            .filter(large_objects::object_id.eq_any(bytes_of(chunk)))
            .select((large_objects::object_id, large_objects::mpack_id))
            .load(conn)
            .await?;
        rows.extend(large);
        for (id, mpack) in rows {
            holders.push((object_id(&id)?, MpackId(mpack)));
        }
    }
    Ok(holders)
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

pub(super) fn bytes_of(ids: &[ObjectId]) -> impl Iterator<Item = &[u8]> {
    ids.iter().map(|id| id.as_bytes().as_slice())
}
