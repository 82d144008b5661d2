//! Deleting mpacks that nobody is given any more, in SQL.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::id::SnapshotId;
use uuid::Uuid;

use super::{Conn, IDS_PER_QUERY, lock_repo};
use crate::store::columns::from_column;
use crate::store::consolidation::{LostContent, RetiredMpack};
use crate::store::error::{Result, StoreError};
use crate::store::mpacks::model::{CONDEMNED, DELETING, mpack_key};
use crate::store::mpacks::{Lane, MpackId};
use crate::store::repos::RepoId;
use crate::store::schema::{
    chunks, commits, large_objects, mpack_index, mpacks, repos, snapshots, unreachable_commits,
};
use crate::store::snapshots::model::snapshot_id;

type RetiredRow = (i64, i64, String, Vec<u8>, i64, Option<i64>);

/// Mpacks that were retired until then, joined with their repositories.
macro_rules! retired_until {
    ($until_ms:expr) => {
        mpacks::table
            .inner_join(repos::table)
            .filter(mpacks::retired_at_ms.le($until_ms))
            .order(mpacks::retired_at_ms)
            .select((
                mpacks::id,
                mpacks::repo_id,
                repos::uuid,
                mpacks::key,
                mpacks::size_bytes,
                mpacks::retired_at_ms,
            ))
    };
}

pub(in crate::store) async fn retired(
    conn: &mut Conn,
    until_ms: i64,
    begun_until_ms: i64,
) -> Result<Vec<RetiredMpack>> {
    let mut rows: Vec<RetiredRow> = retired_until!(until_ms)
        .filter(mpacks::state.eq(CONDEMNED))
        .load(conn)
        .await?;
    let begun: Vec<RetiredRow> = retired_until!(begun_until_ms)
        .filter(mpacks::state.eq(DELETING))
        .load(conn)
        .await?;
    rows.extend(begun);
    rows.into_iter().map(retired_mpack).collect()
}

fn retired_mpack(row: RetiredRow) -> Result<RetiredMpack> {
    let (id, repo, uuid, key, size_bytes, retired_at_ms) = row;
    Ok(RetiredMpack {
        id: MpackId(id),
        repo: RepoId(repo),
        repo_uuid: Uuid::parse_str(&uuid).map_err(|_| StoreError::Corrupt("repository id"))?,
        key: mpack_key(&key)?,
        size_bytes: from_column(size_bytes)?,
        retired_at_ms: retired_at_ms.ok_or(StoreError::Corrupt("mpack"))?,
    })
}

/// Sets the time anew, as a push does that wants to keep the mpack: so of several who find it, one
/// deletes it.
pub(in crate::store) async fn begin_deletion(
    conn: &mut Conn,
    mpack: &RetiredMpack,
    now_ms: i64,
) -> Result<bool> {
    let begun = diesel::update(mpacks::table.find(mpack.id.0))
        .filter(mpacks::state.eq_any([CONDEMNED, DELETING]))
        .filter(mpacks::retired_at_ms.eq(mpack.retired_at_ms))
        .set((mpacks::state.eq(DELETING), mpacks::retired_at_ms.eq(now_ms)))
        .execute(conn)
        .await?;
    Ok(begun == 1)
}

/// The row stays, since commits may name it. The mpack may be pushed again, which gives it a new
/// row, so this one no longer has its key.
pub(in crate::store) async fn end_deletion(conn: &mut Conn, id: MpackId) -> Result<()> {
    // No commit names one that was lost.
    let of_lost = mpacks::table
        .filter(mpacks::id.eq(id.0))
        .filter(mpacks::lane.eq(Lane::Lost.as_str()))
        .filter(mpacks::state.eq(DELETING));
    diesel::delete(of_lost).execute(conn).await?;
    diesel::update(mpacks::table.find(id.0))
        .filter(mpacks::state.eq(DELETING))
        .set((
            mpacks::key.eq(id.0.to_be_bytes().as_slice()),
            mpacks::thin_key.eq(None::<&[u8]>),
            mpacks::thin_form.eq(None::<&[u8]>),
            mpacks::frames.eq(None::<&[u8]>),
            mpacks::retired_at_ms.eq(None::<i64>),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

pub(in crate::store) async fn lost_before(
    conn: &mut Conn,
    until_ms: i64,
) -> Result<Vec<RetiredMpack>> {
    let rows: Vec<RetiredRow> = retired_until!(until_ms)
        .filter(mpacks::lane.eq(Lane::Lost.as_str()))
        .filter(mpacks::merged_into.is_null())
        .load(conn)
        .await?;
    rows.into_iter().map(retired_mpack).collect()
}

/// Its row goes when its blobs are gone: until then, a push of the same mpack has to wait.
pub(in crate::store) async fn collect(
    conn: &mut Conn,
    mpack: &RetiredMpack,
    content: &LostContent,
    now_ms: i64,
) -> Result<bool> {
    let RetiredMpack { id, repo, .. } = mpack;
    if !lock_repo(conn, *repo).await? {
        return Ok(false);
    }
    let begun = diesel::update(mpacks::table.find(id.0))
        .filter(mpacks::lane.eq(Lane::Lost.as_str()))
        .filter(mpacks::merged_into.is_null())
        .set((
            mpacks::state.eq(DELETING),
            mpacks::merged_into.eq(id.0),
            mpacks::retired_at_ms.eq(now_ms),
        ))
        .execute(conn)
        .await?;
    if begun == 0 {
        return Ok(false);
    }
    macro_rules! delete_content {
        ($table:ident, $column:ident, $ids:expr) => {
            for some in $ids.chunks(IDS_PER_QUERY) {
                let bytes = some.iter().map(|id| id.as_bytes().as_slice());
                let rows = $table::table
                    .filter($table::repo_id.eq(repo.0))
                    .filter($table::$column.eq_any(bytes))
                    .filter($table::mpack_id.eq(id.0));
                diesel::delete(rows).execute(conn).await?;
            }
        };
    }
    delete_content!(mpack_index, object_id, content.objects);
    delete_content!(large_objects, object_id, content.objects);
    delete_content!(chunks, chunk_id, content.chunks);
    delete_commits(conn, *repo, *id).await?;
    // Those that were merged into it and whose blobs are gone: no commit names them any more.
    let forgotten = mpacks::table
        .filter(mpacks::merged_into.eq(id.0))
        .filter(mpacks::retired_at_ms.is_null());
    diesel::delete(forgotten).execute(conn).await?;
    diesel::update(repos::table.find(repo.0))
        .set(repos::collections.eq(repos::collections + 1))
        .execute(conn)
        .await?;
    Ok(true)
}

/// Deletes the commits that a lost mpack holds, and the snapshots that only they name.
async fn delete_commits(conn: &mut Conn, repo: RepoId, lost: MpackId) -> Result<()> {
    let ids: Vec<Vec<u8>> = unreachable_commits::table
        .filter(unreachable_commits::repo_id.eq(repo.0))
        .filter(unreachable_commits::lost_mpack_id.eq(lost.0))
        .select(unreachable_commits::commit_id)
        .load(conn)
        .await?;
    let mut named: HashSet<SnapshotId> = HashSet::new();
    for some in ids.chunks(IDS_PER_QUERY) {
        macro_rules! rows {
            () => {
                commits::table
                    .filter(commits::repo_id.eq(repo.0))
                    .filter(commits::id.eq_any(some))
            };
        }
        let found: Vec<Vec<u8>> = rows!().select(commits::snapshot_id).load(conn).await?;
        for id in &found {
            named.insert(snapshot_id(id)?);
        }
        diesel::delete(rows!()).execute(conn).await?;
        let rows = unreachable_commits::table
            .filter(unreachable_commits::repo_id.eq(repo.0))
            .filter(unreachable_commits::commit_id.eq_any(some));
        diesel::delete(rows).execute(conn).await?;
    }
    let named: Vec<SnapshotId> = named.into_iter().collect();
    for some in named.chunks(IDS_PER_QUERY) {
        let bytes = || some.iter().map(|id| id.as_bytes().as_slice());
        let mut unneeded: HashSet<&SnapshotId> = some.iter().collect();
        let others: Vec<Vec<u8>> = commits::table
            .filter(commits::repo_id.eq(repo.0))
            .filter(commits::snapshot_id.eq_any(bytes()))
            .select(commits::snapshot_id)
            .load(conn)
            .await?;
        for id in &others {
            unneeded.remove(&snapshot_id(id)?);
        }
        let builders: Vec<(Vec<u8>, Option<Vec<u8>>)> = snapshots::table
            .filter(snapshots::repo_id.eq(repo.0))
            .filter(snapshots::base.eq_any(bytes()))
            .select((snapshots::id, snapshots::base))
            .load(conn)
            .await?;
        // What others build on stays, and what it builds on itself.
        keep_bases(&mut unneeded, &builders)?;
        let unneeded = unneeded.into_iter().map(|id| id.as_bytes().as_slice());
        let rows = snapshots::table
            .filter(snapshots::repo_id.eq(repo.0))
            .filter(snapshots::id.eq_any(unneeded));
        diesel::delete(rows).execute(conn).await?;
    }
    Ok(())
}

/// Removes from `unneeded` what a snapshot outside of it builds on, over whatever steps.
fn keep_bases(
    unneeded: &mut HashSet<&SnapshotId>,
    builders: &[(Vec<u8>, Option<Vec<u8>>)],
) -> Result<()> {
    loop {
        let before = unneeded.len();
        for (builder, base) in builders {
            if let Some(base) = base
                && !unneeded.contains(&snapshot_id(builder)?)
            {
                unneeded.remove(&snapshot_id(base)?);
            }
        }
        if unneeded.len() == before {
            return Ok(());
        }
    }
}
