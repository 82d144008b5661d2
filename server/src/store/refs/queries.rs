//! Refs and their log, in SQL. The engines write them.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::api::refs::{RefEntry, RefsQuery};
use muse_wire::id::CommitId;
use muse_wire::limits::{MAX_REF_PAGE_NAME_BYTES, MAX_REFS_PER_PAGE};
use muse_wire::name::{HEADS, RefName};

use super::{Conn, IDS_PER_QUERY};
use crate::store::columns::from_column;
use crate::store::error::Result;
use crate::store::refs::model::{RefLogRow, RefRow, ref_name};
use crate::store::refs::{RefLogEntry, RefLogPage, RefsPage};
use crate::store::repos::RepoId;
use crate::store::schema::{ref_log, refs, repos, users};

pub(in crate::store) async fn list(conn: &mut Conn, repo: RepoId) -> Result<Vec<RefEntry>> {
    let rows: Vec<RefRow> = refs::table
        .filter(refs::repo_id.eq(repo.0))
        .select(RefRow::as_select())
        .order(refs::name)
        .load(conn)
        .await?;
    rows.into_iter().map(RefEntry::try_from).collect()
}

/// A page of refs; `None` where the repository is gone.
pub(in crate::store) async fn page(
    conn: &mut Conn,
    repo: RepoId,
    asked: &RefsQuery,
) -> Result<Option<RefsPage>> {
    let mut version = version_of(conn, repo).await?;
    while let Some(before) = version {
        let (refs, has_more) = page_now(conn, repo, asked).await?;
        version = version_of(conn, repo).await?;
        // While the version stays, so do the refs.
        if version == Some(before) {
            return Ok(Some(RefsPage {
                version: before,
                refs,
                has_more,
            }));
        }
    }
    Ok(None)
}

/// The version of a repository's refs; `None` where it is gone.
async fn version_of(conn: &mut Conn, repo: RepoId) -> Result<Option<u64>> {
    let version = repos::table.find(repo.0).select(repos::refs_version);
    let version: Option<i64> = version.first(conn).await.optional()?;
    version.map(from_column).transpose()
}

/// The refs of a page, and whether more follow.
async fn page_now(
    conn: &mut Conn,
    repo: RepoId,
    asked: &RefsQuery,
) -> Result<(Vec<RefEntry>, bool)> {
    let most = asked.limit.unwrap_or(MAX_REFS_PER_PAGE);
    let most = most.min(MAX_REFS_PER_PAGE);
    let one_more = i64::try_from(most + 1).unwrap_or(i64::MAX);
    let rows: Vec<RefRow> = refs::table
        .filter(refs::repo_id.eq(repo.0))
        .filter(refs::name.gt(asked.after.as_ref().map_or("", RefName::as_str)))
        .filter(refs::name.ge(&asked.prefix))
        .select(RefRow::as_select())
        .order(refs::name)
        .limit(one_more)
        .load(conn)
        .await?;
    let mut page = Vec::new();
    let mut name_bytes = 0;
    for row in rows {
        let entry = RefEntry::try_from(row)?;
        // Those with the prefix come first, without a gap.
        if !entry.name.as_str().starts_with(&asked.prefix) {
            break;
        }
        name_bytes += entry.name.as_str().len();
        if page.len() == most || name_bytes > MAX_REF_PAGE_NAME_BYTES {
            return Ok((page, true));
        }
        page.push(entry);
    }
    Ok((page, false))
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
