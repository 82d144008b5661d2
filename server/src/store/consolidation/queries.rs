//! Merging mpacks and finding out what is lost, in SQL.

use std::collections::{HashMap, HashSet};

use diesel::dsl::{exists, max};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::id::{ChunkId, CommitId, MpackKey, ObjectId};

use super::mpacks as mpack_rows;
use super::{Conn, IDS_PER_QUERY, jobs, lock_repo, move_chunks, move_objects, repos, unreachable};
use crate::store::consolidation::model::MANY_PUSHED;
use crate::store::consolidation::{Consolidation, MergedMpack, RepoState};
use crate::store::error::{Result, StoreError};
use crate::store::jobs::Lease;
use crate::store::mpacks::model::{CONDEMNED, LIVE, MpackRow};
use crate::store::mpacks::{Lane, MpackId, StoredMpack};
use crate::store::repos::RepoId;
use crate::store::schema::{
    chunks, commits, large_objects, mpack_index, mpacks, unreachable_commits,
};

pub(in crate::store) async fn is_due(conn: &mut Conn, repo: RepoId) -> Result<bool> {
    let pushed: i64 = mpacks::table
        .filter(mpacks::repo_id.eq(repo.0))
        .filter(mpacks::merged_into.is_null())
        .filter(mpacks::lane.is_null())
        .count()
        .get_result(conn)
        .await?;
    Ok(pushed >= MANY_PUSHED || !is_settled(conn, repo).await?)
}

pub(in crate::store) async fn is_settled(conn: &mut Conn, repo: RepoId) -> Result<bool> {
    let held = unreachable_commits::table
        .filter(unreachable_commits::repo_id.eq(repo.0))
        .filter(unreachable_commits::lost_mpack_id.is_null());
    let brought_back = mpacks::table
        .filter(mpacks::repo_id.eq(repo.0))
        .filter(mpacks::merged_into.is_null())
        .filter(mpacks::brought_back);
    if diesel::select(exists(held)).get_result(conn).await?
        || diesel::select(exists(brought_back))
            .get_result(conn)
            .await?
    {
        return Ok(false);
    }
    // A commit that several mpacks brought counts as held by the first one alone.
    let repeating = mpacks::table
        .filter(mpacks::repo_id.eq(repo.0))
        .filter(mpacks::merged_into.is_null())
        .filter(mpacks::repeats_commits);
    Ok(!diesel::select(exists(repeating)).get_result(conn).await?
        || !unreachable::any(conn, repo).await?)
}

pub(in crate::store) async fn successors(
    conn: &mut Conn,
    repo: RepoId,
) -> Result<HashMap<MpackId, MpackId>> {
    let rows: Vec<(i64, Option<i64>)> = mpacks::table
        .filter(mpacks::repo_id.eq(repo.0))
        .filter(mpacks::merged_into.is_not_null())
        .select((mpacks::id, mpacks::merged_into))
        .load(conn)
        .await?;
    let pairs = rows.into_iter();
    let pairs = pairs.filter_map(|(id, into)| Some((MpackId(id), MpackId(into?))));
    Ok(pairs.collect())
}

pub(in crate::store) async fn lost(conn: &mut Conn, repo: RepoId) -> Result<HashSet<MpackId>> {
    let ids: Vec<i64> = mpacks::table
        .filter(mpacks::repo_id.eq(repo.0))
        .filter(mpacks::merged_into.is_null())
        .filter(mpacks::lane.eq(Lane::Lost.as_str()))
        .select(mpacks::id)
        .load(conn)
        .await?;
    Ok(ids.into_iter().map(MpackId).collect())
}

pub(in crate::store) async fn condemned(
    conn: &mut Conn,
    repo: RepoId,
    ids: &[MpackId],
    since_ms: i64,
) -> Result<Vec<StoredMpack>> {
    let mut found = Vec::new();
    for some in ids.chunks(IDS_PER_QUERY) {
        let rows: Vec<MpackRow> = mpacks::table
            .filter(mpacks::repo_id.eq(repo.0))
            .filter(mpacks::id.eq_any(some.iter().map(|id| id.0)))
            .filter(mpacks::state.eq(CONDEMNED))
            .filter(mpacks::retired_at_ms.gt(since_ms))
            .select(MpackRow::as_select())
            .load(conn)
            .await?;
        for row in rows {
            found.push(row.try_into()?);
        }
    }
    Ok(found)
}

pub(in crate::store) async fn state(conn: &mut Conn, repo: RepoId) -> Result<Option<RepoState>> {
    let Some(found) = repos::by_id(conn, repo).await? else {
        return Ok(None);
    };
    Ok(Some(RepoState {
        refs_version: found.refs_version,
        latest_mpack: mpack_rows::latest(conn, repo).await?,
    }))
}

pub(in crate::store) async fn consolidate(
    conn: &mut Conn,
    new: Consolidation,
    now_ms: i64,
) -> Result<Option<Vec<MpackId>>> {
    let repo = new.repo;
    let sources = new.sources.iter().map(|(id, _)| *id);
    let kept = new.kept.iter().map(|(id, _)| *id);
    let needed: Vec<i64> = sources.chain(kept).map(|id| id.0).collect();
    if !lock_repo(conn, repo).await?
        || !jobs::is_held(conn, &new.lease).await?
        || !are_current(conn, &needed).await?
    {
        return Ok(None);
    }
    let mut position = next_position(conn, repo).await?;
    for (id, lane) in new.kept {
        diesel::update(mpacks::table.find(id.0))
            .set((
                mpacks::lane.eq(lane.as_str()),
                mpacks::position.eq(position),
                mpacks::repeats_commits.eq(false),
            ))
            .execute(conn)
            .await?;
        position += 1;
    }
    let from: Vec<i64> = new.sources.iter().map(|(id, _)| id.0).collect();
    let mut ids = Vec::with_capacity(new.merged.len());
    for merged in new.merged {
        ids.push(add(conn, repo, &from, (merged, position), now_ms).await?);
    }
    for (source, index) in new.sources {
        // One that holds no commit need not lead anywhere.
        let heir = index.map_or(source, |index| ids[index]);
        if !ids.contains(&source) {
            take_place(conn, source, heir, now_ms).await?;
        }
    }
    for (index, moved) in new.moved {
        for some in moved.chunks(IDS_PER_QUERY) {
            let bytes = some.iter().map(|id| id.as_bytes().as_slice());
            let rows = commits::table
                .filter(commits::repo_id.eq(repo.0))
                .filter(commits::id.eq_any(bytes));
            diesel::update(rows)
                .set(commits::holder_id.eq(ids[index].0))
                .execute(conn)
                .await?;
        }
    }
    Ok(Some(ids))
}

/// The place after all that any mpack of a repository has in its lane.
async fn next_position(conn: &mut Conn, repo: RepoId) -> Result<i64> {
    let last: Option<i64> = mpacks::table
        .filter(mpacks::repo_id.eq(repo.0))
        .filter(mpacks::merged_into.is_null())
        .select(max(mpacks::position))
        .first(conn)
        .await?;
    Ok(last.unwrap_or_default() + 1)
}

/// Whether no other mpack has taken the place of any of these.
async fn are_current(conn: &mut Conn, ids: &[i64]) -> Result<bool> {
    let current: i64 = mpacks::table
        .filter(mpacks::id.eq_any(ids))
        .filter(mpacks::merged_into.is_null())
        .count()
        .get_result(conn)
        .await?;
    Ok(current == i64::try_from(ids.len()).unwrap_or(i64::MAX))
}

/// Adds a merged mpack, and says that what lay in mpacks of `from` lies there. One of the same
/// bytes that is there becomes it.
async fn add(
    conn: &mut Conn,
    repo: RepoId,
    from: &[i64],
    (merged, position): (MergedMpack, i64),
    now_ms: i64,
) -> Result<MpackId> {
    let MergedMpack { file, frames, .. } = &merged;
    let (mpack, _) = mpack_rows::insert(conn, repo, file, None, frames, now_ms).await?;
    let id = mpack.0;
    diesel::update(mpacks::table.find(id))
        .set((
            mpacks::lane.eq(merged.lane.as_str()),
            mpacks::position.eq(position),
            mpacks::repeats_commits.eq(false),
            mpacks::brought_back.eq(false),
            mpacks::state.eq(LIVE),
            mpacks::merged_into.eq(None::<i64>),
            mpacks::retired_at_ms.eq(None::<i64>),
        ))
        .execute(conn)
        .await?;
    move_objects(conn, repo, from, mpack, merged.objects).await?;
    move_chunks(conn, repo, from, mpack, merged.chunks).await?;
    for some in merged.large_objects.chunks(IDS_PER_QUERY) {
        let bytes = some.iter().map(|id| id.as_bytes().as_slice());
        let rows = large_objects::table
            .filter(large_objects::repo_id.eq(repo.0))
            .filter(large_objects::object_id.eq_any(bytes))
            .filter(large_objects::mpack_id.eq_any(from));
        diesel::update(rows)
            .set(large_objects::mpack_id.eq(id))
            .execute(conn)
            .await?;
    }
    Ok(mpack)
}

/// Puts an mpack in the place of another, and of all whose place that one had taken.
async fn take_place(conn: &mut Conn, old: MpackId, new: MpackId, now_ms: i64) -> Result<()> {
    diesel::update(mpacks::table.filter(mpacks::merged_into.eq(old.0)))
        .set(mpacks::merged_into.eq(new.0))
        .execute(conn)
        .await?;
    diesel::update(mpacks::table.find(old.0))
        .set((
            mpacks::state.eq(CONDEMNED),
            mpacks::merged_into.eq(new.0),
            mpacks::retired_at_ms.eq(now_ms),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

pub(in crate::store) async fn set_lost(
    conn: &mut Conn,
    repo: RepoId,
    lease: &Lease,
    expected: RepoState,
    mpack: MpackId,
    held: &[CommitId],
    now_ms: i64,
) -> Result<bool> {
    if !lock_repo(conn, repo).await?
        || !jobs::is_held(conn, lease).await?
        || state(conn, repo).await? != Some(expected)
        || !are_current(conn, &[mpack.0]).await?
        || unreachable::among(conn, repo, held).await?.len() < held.len()
    {
        return Ok(false);
    }
    for some in held.chunks(IDS_PER_QUERY) {
        let bytes = some.iter().map(|id| id.as_bytes().as_slice());
        let rows = unreachable_commits::table
            .filter(unreachable_commits::repo_id.eq(repo.0))
            .filter(unreachable_commits::commit_id.eq_any(bytes));
        diesel::update(rows)
            .set(unreachable_commits::lost_mpack_id.eq(mpack.0))
            .execute(conn)
            .await?;
    }
    diesel::update(mpacks::table.find(mpack.0))
        .set((
            mpacks::lane.eq(Lane::Lost.as_str()),
            mpacks::retired_at_ms.eq(now_ms),
            mpacks::repeats_commits.eq(false),
            mpacks::brought_back.eq(false),
        ))
        .execute(conn)
        .await?;
    Ok(true)
}

/// Those of the `lost` mpacks that hold some of these contents.
pub(in crate::store) async fn holding(
    conn: &mut Conn,
    repo: RepoId,
    lost: &HashSet<MpackId>,
    objects: &[ObjectId],
    chunk_ids: &[ChunkId],
) -> Result<HashSet<MpackId>> {
    let mut holding = HashSet::new();
    macro_rules! look_up {
        ($table:ident, $column:ident, $ids:expr) => {
            for some in $ids.chunks(IDS_PER_QUERY) {
                let bytes = some.iter().map(|id| id.as_bytes().as_slice());
                let found: Vec<i64> = $table::table
                    .filter($table::repo_id.eq(repo.0))
                    .filter($table::$column.eq_any(bytes))
                    .filter($table::mpack_id.eq_any(lost.iter().map(|id| id.0)))
                    .select($table::mpack_id)
                    .distinct()
                    .load(conn)
                    .await?;
                holding.extend(found.into_iter().map(MpackId));
            }
        };
    }
    look_up!(mpack_index, object_id, objects);
    look_up!(large_objects, object_id, objects);
    look_up!(chunks, chunk_id, chunk_ids);
    Ok(holding)
}

/// Gives lost mpacks out again: something that they hold is needed.
pub(in crate::store) async fn bring_back(
    conn: &mut Conn,
    repo: RepoId,
    ids: &HashSet<MpackId>,
) -> Result<()> {
    for id in ids {
        let position = next_position(conn, repo).await?;
        diesel::update(mpacks::table.find(id.0))
            .set((
                mpacks::lane.eq(Lane::Side.as_str()),
                mpacks::position.eq(position),
                mpacks::retired_at_ms.eq(None::<i64>),
                mpacks::brought_back.eq(true),
            ))
            .execute(conn)
            .await?;
        let held = unreachable_commits::table
            .filter(unreachable_commits::repo_id.eq(repo.0))
            .filter(unreachable_commits::lost_mpack_id.eq(id.0));
        diesel::update(held)
            .set(unreachable_commits::lost_mpack_id.eq(None::<i64>))
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// Gives a condemned mpack out again: something that it holds is nowhere else.
pub(in crate::store) async fn revive(conn: &mut Conn, id: MpackId) -> Result<()> {
    diesel::update(mpacks::table.find(id.0))
        .set((
            mpacks::state.eq(LIVE),
            mpacks::lane.eq(None::<&str>),
            mpacks::position.eq(None::<i64>),
            mpacks::merged_into.eq(None::<i64>),
            mpacks::retired_at_ms.eq(None::<i64>),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// The states of former mpacks of this key.
macro_rules! former {
    ($repo:expr, $key:expr) => {
        mpacks::table
            .filter(mpacks::repo_id.eq($repo.0))
            .filter(mpacks::key.eq($key.as_bytes().as_slice()))
            .filter(mpacks::state.ne(LIVE))
    };
}

pub(in crate::store) async fn is_former(
    conn: &mut Conn,
    repo: RepoId,
    key: &MpackKey,
) -> Result<bool> {
    Ok(diesel::select(exists(former!(repo, key)))
        .get_result(conn)
        .await?)
}

pub(in crate::store) async fn keep_condemned(
    conn: &mut Conn,
    repo: RepoId,
    key: &MpackKey,
    now_ms: i64,
) -> Result<()> {
    let id: Option<i64> = former!(repo, key)
        .select(mpacks::id)
        .first(conn)
        .await
        .optional()?;
    let Some(id) = id else {
        return Ok(());
    };
    let kept = diesel::update(mpacks::table.find(id))
        .filter(mpacks::state.eq(CONDEMNED))
        .set(mpacks::retired_at_ms.eq(now_ms))
        .execute(conn)
        .await?;
    if kept == 1 {
        Ok(())
    } else {
        Err(StoreError::Collected)
    }
}
