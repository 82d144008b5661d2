//! Refs and their log, in SQL. The engines write them.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::api::refs::RefEntry;
use muse_wire::id::CommitId;
use muse_wire::name::{HEADS, RefName};

use super::{Conn, IDS_PER_QUERY};
use crate::store::error::Result;
use crate::store::refs::RefLogEntry;
use crate::store::refs::model::{RefLogRow, RefRow, ref_name};
use crate::store::repos::RepoId;
use crate::store::schema::{ref_log, refs};

pub(in crate::store) async fn list(conn: &mut Conn, repo: RepoId) -> Result<Vec<RefEntry>> {
    let rows: Vec<RefRow> = refs::table
        .filter(refs::repo_id.eq(repo.0))
        .select(RefRow::as_select())
        .order(refs::name)
        .load(conn)
        .await?;
    rows.into_iter().map(RefEntry::try_from).collect()
}

/// Where those of these refs are that there are.
pub(in crate::store) async fn named(
    conn: &mut Conn,
    repo: RepoId,
    names: &[&RefName],
) -> Result<BTreeMap<RefName, CommitId>> {
    let mut found = BTreeMap::new();
    for chunk in names.chunks(IDS_PER_QUERY) {
        let rows: Vec<RefRow> = refs::table
            .filter(refs::repo_id.eq(repo.0))
            .filter(refs::name.eq_any(chunk.iter().map(|name| name.as_str())))
            .select(RefRow::as_select())
            .load(conn)
            .await?;
        for row in rows {
            let entry = RefEntry::try_from(row)?;
            found.insert(entry.name, entry.target);
        }
    }
    Ok(found)
}

/// Where a ref is; `None` where there is none of this name.
pub(in crate::store) async fn target(
    conn: &mut Conn,
    repo: RepoId,
    name: &RefName,
) -> Result<Option<CommitId>> {
    Ok(named(conn, repo, &[name]).await?.remove(name))
}

/// The first branch by name.
pub(in crate::store) async fn first_branch(
    conn: &mut Conn,
    repo: RepoId,
) -> Result<Option<RefName>> {
    let first: Option<String> = refs::table
        .filter(refs::repo_id.eq(repo.0))
        .filter(refs::name.ge(HEADS))
        .select(refs::name)
        .order(refs::name)
        .first(conn)
        .await
        .optional()?;
    let first = first.map(ref_name).transpose()?;
    // What comes after the branches is no branch.
    Ok(first.filter(|name| name.as_branch().is_some()))
}

/// Deletes those of these refs that there are.
pub(in crate::store) async fn delete(
    conn: &mut Conn,
    repo: RepoId,
    names: &[&RefName],
) -> Result<()> {
    for chunk in names.chunks(IDS_PER_QUERY) {
        diesel::delete(refs::table)
            .filter(refs::repo_id.eq(repo.0))
            .filter(refs::name.eq_any(chunk.iter().map(|name| name.as_str())))
            .execute(conn)
            .await?;
    }
    Ok(())
}

pub(in crate::store) async fn log(
    conn: &mut Conn,
    repo: RepoId,
    name: &RefName,
) -> Result<Vec<RefLogEntry>> {
    let rows: Vec<RefLogRow> = ref_log::table
        .filter(ref_log::repo_id.eq(repo.0))
        .filter(ref_log::name.eq(name.as_str()))
        .select(RefLogRow::as_select())
        .order(ref_log::id.desc())
        .load(conn)
        .await?;
    rows.into_iter().map(RefLogEntry::try_from).collect()
}
