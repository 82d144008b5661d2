//! Refs and their log, in SQL.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::api::push::RefUpdate;
use muse_wire::api::refs::RefEntry;
use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::Conn;
use crate::store::accounts::UserId;
use crate::store::commits::model::commit_id;
use crate::store::error::Result;
use crate::store::refs::model::{RefLogRow, RefRow};
use crate::store::refs::{RefLogEntry, RefLogPage};
use crate::store::repos::RepoId;
use crate::store::schema::{ref_log, refs, users};

pub(in crate::store) async fn list(conn: &mut Conn, repo: RepoId) -> Result<Vec<RefEntry>> {
    let rows: Vec<RefRow> = refs::table
        .filter(refs::repo_id.eq(repo.0))
        .select(RefRow::as_select())
        .order(refs::name)
        .load(conn)
        .await?;
    rows.into_iter().map(RefEntry::try_from).collect()
}

/// Where every ref is, for a caller that has locked the repository.
pub(in crate::store) async fn map(
    conn: &mut Conn,
    repo: RepoId,
) -> Result<BTreeMap<RefName, CommitId>> {
    let entries = list(conn, repo).await?;
    Ok(entries
        .into_iter()
        .map(|entry| (entry.name, entry.target))
        .collect())
}

/// Where a ref is; `None` where there is none of this name.
pub(in crate::store) async fn target(
    conn: &mut Conn,
    repo: RepoId,
    name: &RefName,
) -> Result<Option<CommitId>> {
    let found: Option<Vec<u8>> = refs::table
        .find((repo.0, name.as_str()))
        .select(refs::target)
        .first(conn)
        .await
        .optional()?;
    found.as_deref().map(commit_id).transpose()
}

/// Moves one ref from `actual` to where `update` wants it, with its log row.
pub(in crate::store) async fn write(
    conn: &mut Conn,
    repo: RepoId,
    update: &RefUpdate,
    actual: Option<&CommitId>,
    actor: Option<UserId>,
    now_ms: i64,
) -> Result<()> {
    let name = update.name.as_str();
    match &update.new {
        Some(target) => {
            let target = refs::target.eq(target.as_bytes().as_slice());
            diesel::insert_into(refs::table)
                .values((refs::repo_id.eq(repo.0), refs::name.eq(name), target))
                .on_conflict((refs::repo_id, refs::name))
                .do_update()
                .set(target)
                .execute(conn)
                .await?;
        }
        None => {
            diesel::delete(refs::table.find((repo.0, name)))
                .execute(conn)
                .await?;
        }
    }
    diesel::insert_into(ref_log::table)
        .values((
            ref_log::repo_id.eq(repo.0),
            ref_log::name.eq(name),
            ref_log::old_target.eq(actual.map(|id| id.as_bytes().as_slice())),
            ref_log::new_target.eq(update.new.as_ref().map(|id| id.as_bytes().as_slice())),
            ref_log::forced.eq(update.force.allows_non_fast_forward()),
            ref_log::user_id.eq(actor.map(|user| user.0)),
            ref_log::at_ms.eq(now_ms),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

pub(in crate::store) async fn log(
    conn: &mut Conn,
    repo: RepoId,
    page: &RefLogPage,
) -> Result<Vec<RefLogEntry>> {
    let mut query = ref_log::table
        .left_join(users::table)
        .filter(ref_log::repo_id.eq(repo.0))
        .into_boxed();
    if let Some(name) = &page.name {
        query = query.filter(ref_log::name.eq(name.as_str()));
    }
    if let Some(before) = page.before {
        query = query.filter(ref_log::id.lt(before));
    }
    let rows: Vec<RefLogRow> = query
        .select(RefLogRow::as_select())
        .order(ref_log::id.desc())
        .limit(page.limit.into())
        .load(conn)
        .await?;
    rows.into_iter().map(RefLogEntry::try_from).collect()
}
