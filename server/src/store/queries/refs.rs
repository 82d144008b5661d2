//! Refs and their log.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::api::push::RefUpdate;
use muse_wire::api::refs::RefEntry;
use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::Conn;
use crate::store::accounts::UserId;
use crate::store::convert::{commit_id, ref_name};
use crate::store::error::Result;
use crate::store::repos::{RefLogEntry, RepoId};
use crate::store::schema::{ref_log, refs};

pub(in crate::store) async fn list(conn: &mut Conn, repo: RepoId) -> Result<Vec<RefEntry>> {
    let rows: Vec<(String, Vec<u8>)> = refs::table
        .filter(refs::repo_id.eq(repo.0))
        .select((refs::name, refs::target))
        .order(refs::name)
        .load(conn)
        .await?;
    rows.into_iter()
        .map(|(name, target)| {
            Ok(RefEntry {
                name: ref_name(name)?,
                target: commit_id(&target)?,
            })
        })
        .collect()
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

/// Writes one ref's new place, with its log row.
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
    name: &RefName,
) -> Result<Vec<RefLogEntry>> {
    type Row = (Option<Vec<u8>>, Option<Vec<u8>>, bool, Option<i64>, i64);

    let rows: Vec<Row> = ref_log::table
        .filter(ref_log::repo_id.eq(repo.0))
        .filter(ref_log::name.eq(name.as_str()))
        .select((
            ref_log::old_target,
            ref_log::new_target,
            ref_log::forced,
            ref_log::user_id,
            ref_log::at_ms,
        ))
        .order(ref_log::id.desc())
        .load(conn)
        .await?;
    rows.into_iter()
        .map(|(old, new, forced, user, at_ms)| {
            Ok(RefLogEntry {
                old: old.as_deref().map(commit_id).transpose()?,
                new: new.as_deref().map(commit_id).transpose()?,
                forced,
                actor: user.map(UserId),
                at_ms,
            })
        })
        .collect()
}
