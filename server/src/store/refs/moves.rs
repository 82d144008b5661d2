//! The moves of a push, in SQL. What they cost follows the number of refs that move, not of those
//! that there are.

use std::collections::BTreeMap;

use muse_wire::api::push::RefUpdate;
use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::{Conn, commits, insert_ref_log, ref_collisions, refs, repos, upsert_refs};
use crate::store::accounts::UserId;
use crate::store::error::StoreError;
use crate::store::publish::PublishError;
use crate::store::refs::model::{RefMove, WrittenRef};
use crate::store::repos::RepoId;

/// Moves refs, each from where its pusher last saw it, unless forced, and logs that; returns what
/// moved. A ref that is already at its target is left alone. The caller has locked the repository,
/// and names each ref once.
pub(in crate::store) async fn move_refs(
    conn: &mut Conn,
    repo: RepoId,
    updates: &[RefUpdate],
    actor: Option<UserId>,
    now_ms: i64,
) -> Result<Vec<RefMove>, PublishError> {
    let names: Vec<&RefName> = updates.iter().map(|update| &update.name).collect();
    let before = refs::named(conn, repo, &names).await?;
    let moves = compare(&before, updates)?;
    require_targets(conn, repo, updates).await?;
    if moves.is_empty() {
        return Ok(moves);
    }
    let deletes_default = deletes_default_branch(conn, repo, updates, &before).await?;
    let adds_branch = moves
        .iter()
        .any(|moved| moved.old.is_none() && moved.name.as_branch().is_some());
    let adds_first_branches = adds_branch && refs::first_branch(conn, repo).await?.is_none();
    write(conn, repo, &moves).await?;
    insert_ref_log(conn, repo, &moves, actor, now_ms)
        .await
        .map_err(StoreError::from)?;
    if deletes_default || adds_first_branches {
        choose_default_branch(conn, repo, updates).await?;
    }
    Ok(moves)
}

/// What the updates move, given where their refs are.
fn compare(
    before: &BTreeMap<RefName, CommitId>,
    updates: &[RefUpdate],
) -> Result<Vec<RefMove>, PublishError> {
    let mut moves = Vec::new();
    for update in updates {
        let actual = before.get(&update.name).copied();
        // A ref that is already at its target is no conflict: a client that lost the answer to its
        // push sends the push again.
        if actual == update.new {
            continue;
        }
        if !update.force.ignores_old() && actual != update.old {
            return Err(PublishError::Stale {
                name: update.name.clone(),
                expected: update.old,
                actual,
            });
        }
        moves.push(RefMove {
            name: update.name.clone(),
            old: actual,
            new: update.new,
            forced: update.force.allows_non_fast_forward(),
        });
    }
    Ok(moves)
}

/// Checks that the repository has every commit that a ref is to point to.
async fn require_targets(
    conn: &mut Conn,
    repo: RepoId,
    updates: &[RefUpdate],
) -> Result<(), PublishError> {
    let targets: Vec<CommitId> = updates.iter().filter_map(|update| update.new).collect();
    let known = commits::known(conn, repo, &targets).await?;
    for update in updates {
        if let Some(target) = update.new
            && !known.contains(&target)
        {
            return Err(PublishError::UnknownTarget {
                name: update.name.clone(),
                target,
            });
        }
    }
    Ok(())
}

/// Whether these updates delete the default branch, which each must allow that does.
async fn deletes_default_branch(
    conn: &mut Conn,
    repo: RepoId,
    updates: &[RefUpdate],
    before: &BTreeMap<RefName, CommitId>,
) -> Result<bool, PublishError> {
    let is_deletion =
        |update: &&RefUpdate| update.new.is_none() && before.contains_key(&update.name);
    let mut deletions = updates.iter().filter(is_deletion).peekable();
    if deletions.peek().is_none() {
        return Ok(false);
    }
    let repo = repos::by_id(conn, repo)
        .await?
        .ok_or(PublishError::RepoGone)?;
    match deletions.find(|update| update.name == repo.default_branch) {
        Some(update) if !update.delete_default_branch => Err(PublishError::DefaultBranch {
            name: update.name.clone(),
        }),
        deletion => Ok(deletion.is_some()),
    }
}

/// Writes the refs, none beside another one with which it collides. Those that go make room for
/// those that come.
async fn write(conn: &mut Conn, repo: RepoId, moves: &[RefMove]) -> Result<(), PublishError> {
    let mut deleted = Vec::new();
    let mut added = Vec::new();
    let mut written = Vec::new();
    for RefMove { name, old, new, .. } in moves {
        match new {
            Some(target) => written.push(WrittenRef::new(name.clone(), *target)),
            None => deleted.push(name),
        }
        if old.is_none() {
            added.push(name);
        }
    }
    refs::delete(conn, repo, &deleted).await?;
    if let Some(collision) = ref_collisions::find(conn, repo, &added).await? {
        return Err(collision.into());
    }
    upsert_refs(conn, repo, written)
        .await
        .map_err(StoreError::from)?;
    Ok(())
}

/// Makes another branch the default one if that does not exist, since clones must start on one that
/// does: the first branch that the updates set, or else the first by name.
async fn choose_default_branch(
    conn: &mut Conn,
    id: RepoId,
    updates: &[RefUpdate],
) -> Result<(), PublishError> {
    let repo = repos::by_id(conn, id)
        .await?
        .ok_or(PublishError::RepoGone)?;
    let default = refs::named(conn, id, &[&repo.default_branch]).await?;
    if !default.is_empty() {
        return Ok(());
    }
    let is_set = |update: &&RefUpdate| update.new.is_some() && update.name.as_branch().is_some();
    let next = match updates.iter().find(is_set) {
        Some(update) => Some(update.name.clone()),
        None => refs::first_branch(conn, id).await?,
    };
    if let Some(next) = next {
        repos::set_default_branch(conn, id, &next).await?;
    }
    Ok(())
}
