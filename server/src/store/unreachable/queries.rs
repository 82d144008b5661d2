//! Commits that no ref reaches, in SQL.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::Arc;

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::dag::{CommitNode, CommitSource, Revwalk, WalkError};
use muse_wire::id::CommitId;

use super::{Conn, IDS_PER_QUERY, commits, refs};
use crate::blocking::run_blocking;
use crate::store::commits::StoredCommit;
use crate::store::commits::model::commit_id;
use crate::store::error::{Result, StoreError};
use crate::store::mpacks::MpackId;
use crate::store::repos::RepoId;
use crate::store::schema;
use crate::store::schema::unreachable_commits;

/// How many generations are loaded below the first commit that is missing; it doubles each time.
const FIRST_WINDOW: u32 = 256;

pub(in crate::store) async fn all(
    conn: &mut Conn,
    repo: RepoId,
) -> Result<HashMap<CommitId, Option<MpackId>>> {
    let rows: Vec<(Vec<u8>, Option<i64>)> = unreachable_commits::table
        .filter(unreachable_commits::repo_id.eq(repo.0))
        .select((
            unreachable_commits::commit_id,
            unreachable_commits::lost_mpack_id,
        ))
        .load(conn)
        .await?;
    let rows = rows.into_iter();
    rows.map(|(id, lost)| Ok((commit_id(&id)?, lost.map(MpackId))))
        .collect()
}

pub(in crate::store) async fn any(conn: &mut Conn, repo: RepoId) -> Result<bool> {
    let rows = unreachable_commits::table.filter(unreachable_commits::repo_id.eq(repo.0));
    Ok(diesel::select(exists(rows)).get_result(conn).await?)
}

pub(in crate::store) async fn among(
    conn: &mut Conn,
    repo: RepoId,
    ids: &[CommitId],
) -> Result<HashSet<CommitId>> {
    let mut found = HashSet::new();
    for chunk in ids.chunks(IDS_PER_QUERY) {
        let bytes = chunk.iter().map(|id| id.as_bytes().as_slice());
        let rows: Vec<Vec<u8>> = unreachable_commits::table
            .filter(unreachable_commits::repo_id.eq(repo.0))
            .filter(unreachable_commits::commit_id.eq_any(bytes))
            .select(unreachable_commits::commit_id)
            .load(conn)
            .await?;
        for id in rows {
            found.insert(commit_id(&id)?);
        }
    }
    Ok(found)
}

/// Notes that no ref reaches these commits, which are there.
pub(in crate::store) async fn add(conn: &mut Conn, repo: RepoId, ids: &[CommitId]) -> Result<()> {
    for chunk in ids.chunks(IDS_PER_QUERY) {
        let bytes = chunk.iter().map(|id| id.as_bytes().as_slice());
        schema::commits::table
            .filter(schema::commits::repo_id.eq(repo.0))
            .filter(schema::commits::id.eq_any(bytes))
            .select((
                schema::commits::repo_id,
                schema::commits::id,
                schema::commits::mpack_id,
            ))
            .insert_into(unreachable_commits::table)
            .into_columns((
                unreachable_commits::repo_id,
                unreachable_commits::commit_id,
                unreachable_commits::mpack_id,
            ))
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// Notes that refs reach these commits now, and everything below them. Says whether there were any
/// that none reached.
pub(in crate::store) async fn remove_below(
    conn: &mut Conn,
    repo: RepoId,
    reached: HashSet<CommitId>,
) -> Result<bool> {
    let reached: Vec<CommitId> = reached.into_iter().collect();
    let mut stack: Vec<CommitId> = among(conn, repo, &reached).await?.into_iter().collect();
    if stack.is_empty() {
        return Ok(false);
    }
    let unreachable = all(conn, repo).await?;
    let ids: Vec<CommitId> = unreachable.keys().copied().collect();
    let mut left = commits::nodes(conn, repo, &ids).await?;
    let mut found = Vec::new();
    while let Some(id) = stack.pop() {
        if let Some(commit) = left.remove(&id) {
            found.push(id);
            stack.extend(commit.node.parents);
        }
    }
    for chunk in found.chunks(IDS_PER_QUERY) {
        let bytes = chunk.iter().map(|id| id.as_bytes().as_slice());
        let found = unreachable_commits::table
            .filter(unreachable_commits::repo_id.eq(repo.0))
            .filter(unreachable_commits::commit_id.eq_any(bytes));
        diesel::delete(found).execute(conn).await?;
    }
    Ok(true)
}

/// Notes what was reachable from `left`, where refs were, and is not from where they are now.
pub(in crate::store) async fn add_lost(
    conn: &mut Conn,
    repo: RepoId,
    left: Vec<CommitId>,
) -> Result<()> {
    if left.is_empty() {
        return Ok(());
    }
    let refs = refs::list(conn, repo).await?.into_iter();
    let tips: HashSet<CommitId> = refs.map(|entry| entry.target).collect();
    let tips: Vec<CommitId> = tips.into_iter().collect();
    let mut loaded = LoadedCommits(commits::nodes(conn, repo, &left).await?);
    loaded.0.extend(commits::nodes(conn, repo, &tips).await?);
    let (loaded, tips, left) = (&mut Arc::new(loaded), Arc::new(tips), Arc::new(left));
    let mut window = FIRST_WINDOW;
    let lost = loop {
        let (commits, tips, left) = (Arc::clone(loaded), Arc::clone(&tips), Arc::clone(&left));
        match run_blocking(move || walk(&commits, &tips, &left)).await {
            Ok(lost) => break lost,
            Err(WalkError::Missing(id)) => {
                let missing = commits::nodes(conn, repo, &[id]).await?;
                let commit = missing
                    .get(&id)
                    .ok_or(StoreError::Corrupt("commit graph"))?;
                let floor = commit.node.generation.saturating_sub(window);
                window = window.saturating_mul(2);
                let found = commits::nodes_from(conn, repo, floor).await?;
                Arc::make_mut(loaded).0.extend(found);
            }
            Err(_) => return Err(StoreError::Corrupt("commit graph")),
        }
    };
    add(conn, repo, &lost).await
}

/// What `left` reach and `tips` do not.
fn walk(
    commits: &LoadedCommits,
    tips: &[CommitId],
    left: &[CommitId],
) -> Result<Vec<CommitId>, WalkError<Infallible>> {
    let mut walk = Revwalk::new(commits);
    for &tip in tips {
        walk.hide(tip)?;
    }
    for &id in left {
        walk.push(id)?;
    }
    Ok(walk.run()?.commits)
}

/// The part of the commit graph that is in memory.
#[derive(Clone)]
struct LoadedCommits(HashMap<CommitId, StoredCommit>);

impl CommitSource for LoadedCommits {
    type Error = Infallible;

    fn node(&self, id: &CommitId) -> Result<Option<CommitNode>, Infallible> {
        Ok(self.0.get(id).map(|commit| commit.node.clone()))
    }
}
