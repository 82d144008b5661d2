//! Blocks and takedowns, in SQL.

use std::collections::HashMap;

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::id::ObjectId;

use super::objects::bytes_of;
use super::{Conn, IDS_PER_QUERY, audit};
use crate::store::audit::Actor;
use crate::store::audit::model::Act;
use crate::store::blocks::Block;
use crate::store::blocks::model::BlockRow;
use crate::store::error::Result;
use crate::store::objects::model::object_id;
use crate::store::repos::{Repo, RepoId};
use crate::store::schema::{blocked_hashes, large_objects, mpack_index, takedowns};

pub(in crate::store) async fn first_of(
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
pub(in crate::store) async fn of_repo(
    conn: &mut Conn,
    repo: RepoId,
) -> Result<HashMap<ObjectId, String>> {
    let mut rows: Vec<(Vec<u8>, String)> = blocked_hashes::table
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
    let taken_down: Vec<(Vec<u8>, String)> = takedowns::table
        .filter(takedowns::repo_id.eq(repo.0))
        .select((takedowns::object_id, takedowns::reason))
        .load(conn)
        .await?;
    rows.extend(taken_down);
    let rows = rows.into_iter();
    rows.map(|(id, reason)| Ok((object_id(&id)?, reason)))
        .collect()
}

pub(in crate::store) async fn reason(
    conn: &mut Conn,
    repo: RepoId,
    id: &ObjectId,
) -> Result<Option<String>> {
    let id = id.as_bytes().as_slice();
    let taken_down = takedowns::table
        .find((repo.0, id))
        .select(takedowns::reason)
        .first(conn)
        .await
        .optional()?;
    if taken_down.is_some() {
        return Ok(taken_down);
    }
    let blocked = blocked_hashes::table
        .find(id)
        .select(blocked_hashes::reason)
        .first(conn)
        .await
        .optional()?;
    Ok(blocked)
}

pub(in crate::store) async fn list(conn: &mut Conn) -> Result<Vec<Block>> {
    let rows: Vec<BlockRow> = blocked_hashes::table
        .order((
            blocked_hashes::created_at_ms.desc(),
            blocked_hashes::object_id,
        ))
        .load(conn)
        .await?;
    rows.into_iter().map(Block::try_from).collect()
}

pub(in crate::store) async fn add(
    conn: &mut Conn,
    id: &ObjectId,
    reason: &str,
    by: Actor<'_>,
    now_ms: i64,
) -> Result<()> {
    diesel::insert_into(blocked_hashes::table)
        .values((
            blocked_hashes::object_id.eq(id.as_bytes().as_slice()),
            blocked_hashes::reason.eq(reason),
            blocked_hashes::created_at_ms.eq(now_ms),
        ))
        .on_conflict(blocked_hashes::object_id)
        .do_update()
        .set(blocked_hashes::reason.eq(reason))
        .execute(conn)
        .await?;
    let act = Act {
        act: "object.block",
        detail: format!("{id} {reason}"),
        ..Act::default()
    };
    audit::record(conn, by, act, now_ms).await
}

pub(in crate::store) async fn remove(
    conn: &mut Conn,
    id: &ObjectId,
    by: Actor<'_>,
    now_ms: i64,
) -> Result<bool> {
    let row = blocked_hashes::table.find(id.as_bytes().as_slice());
    if diesel::delete(row).execute(conn).await? == 0 {
        return Ok(false);
    }
    let act = Act {
        act: "object.unblock",
        detail: id.to_string(),
        ..Act::default()
    };
    audit::record(conn, by, act, now_ms).await?;
    Ok(true)
}

pub(in crate::store) async fn list_takedowns(conn: &mut Conn, repo: RepoId) -> Result<Vec<Block>> {
    let rows: Vec<BlockRow> = takedowns::table
        .filter(takedowns::repo_id.eq(repo.0))
        .order((takedowns::created_at_ms.desc(), takedowns::object_id))
        .select((
            takedowns::object_id,
            takedowns::reason,
            takedowns::created_at_ms,
        ))
        .load(conn)
        .await?;
    rows.into_iter().map(Block::try_from).collect()
}

pub(in crate::store) async fn add_takedown(
    conn: &mut Conn,
    repo: &Repo,
    id: &ObjectId,
    reason: &str,
    by: Actor<'_>,
    now_ms: i64,
) -> Result<()> {
    diesel::insert_into(takedowns::table)
        .values((
            takedowns::repo_id.eq(repo.id.0),
            takedowns::object_id.eq(id.as_bytes().as_slice()),
            takedowns::reason.eq(reason),
            takedowns::created_at_ms.eq(now_ms),
        ))
        .on_conflict((takedowns::repo_id, takedowns::object_id))
        .do_update()
        .set(takedowns::reason.eq(reason))
        .execute(conn)
        .await?;
    let act = Act {
        act: "object.take-down",
        repo: Some(&repo.name),
        detail: format!("{id} {reason}"),
        ..Act::default()
    };
    audit::record(conn, by, act, now_ms).await
}

pub(in crate::store) async fn remove_takedown(
    conn: &mut Conn,
    repo: &Repo,
    id: &ObjectId,
    by: Actor<'_>,
    now_ms: i64,
) -> Result<bool> {
    let row = takedowns::table.find((repo.id.0, id.as_bytes().as_slice()));
    if diesel::delete(row).execute(conn).await? == 0 {
        return Ok(false);
    }
    let act = Act {
        act: "object.restore",
        repo: Some(&repo.name),
        detail: id.to_string(),
        ..Act::default()
    };
    audit::record(conn, by, act, now_ms).await?;
    Ok(true)
}
