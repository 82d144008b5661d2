//! Large objects and chunks, in SQL. The engines insert them.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::id::{ChunkId, ObjectId};

use super::{Conn, IDS_PER_QUERY};
use crate::store::error::Result;
use crate::store::large_objects::LargeObject;
use crate::store::large_objects::model::{ChunkRow, LargeObjectRow};
use crate::store::mpacks::ContentLocation;
use crate::store::objects::model::object_id;
use crate::store::repos::RepoId;
use crate::store::schema::{chunks, large_objects, mpacks};

pub(in crate::store) async fn lists(
    conn: &mut Conn,
    repo: RepoId,
    ids: &[ObjectId],
) -> Result<HashMap<ObjectId, LargeObject>> {
    let mut lists = HashMap::new();
    for some in ids.chunks(IDS_PER_QUERY) {
        let bytes = some.iter().map(|id| id.as_bytes().as_slice());
        let rows: Vec<LargeObjectRow> = large_objects::table
            .filter(large_objects::repo_id.eq(repo.0))
            .filter(large_objects::object_id.eq_any(bytes))
            .select(LargeObjectRow::as_select())
            .load(conn)
            .await?;
        for row in rows {
            let (id, large) = row.try_into()?;
            lists.insert(id, large);
        }
    }
    Ok(lists)
}

pub(in crate::store) async fn ids(conn: &mut Conn, repo: RepoId) -> Result<HashSet<ObjectId>> {
    let rows: Vec<Vec<u8>> = large_objects::table
        .filter(large_objects::repo_id.eq(repo.0))
        .select(large_objects::object_id)
        .load(conn)
        .await?;
    rows.iter().map(|id| object_id(id)).collect()
}

pub(in crate::store) async fn chunk_locations(
    conn: &mut Conn,
    repo: RepoId,
    ids: &[ChunkId],
) -> Result<HashMap<ChunkId, ContentLocation>> {
    let mut locations = HashMap::with_capacity(ids.len());
    for some in ids.chunks(IDS_PER_QUERY) {
        let bytes = some.iter().map(|id| id.as_bytes().as_slice());
        let rows: Vec<ChunkRow> = chunks::table
            .inner_join(mpacks::table)
            .filter(chunks::repo_id.eq(repo.0))
            .filter(chunks::chunk_id.eq_any(bytes))
            .select(ChunkRow::as_select())
            .load(conn)
            .await?;
        for row in rows {
            let (id, location) = row.try_into()?;
            locations.insert(id, location);
        }
    }
    Ok(locations)
}
