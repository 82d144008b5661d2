//! The transaction that makes a push visible, in SQL.

use std::collections::BTreeMap;
use std::time::Instant;

use muse_wire::api::job::{JobState, StepTiming};
use muse_wire::api::push::RefUpdate;
use muse_wire::id::CommitId;
use muse_wire::mpack::Counts;
use muse_wire::name::{RefName, find_ref_collision};

use super::{
    Conn, commits, insert_chunks, insert_commits, insert_large_objects, insert_objects,
    insert_snapshots, jobs, lock_repo, mpacks, protections, refs, repos,
};
use crate::store::accounts::UserId;
use crate::store::error::StoreError;
use crate::store::jobs::JobReport;
use crate::store::publish::{NewMpack, Publication, PublishError};
use crate::store::repos::RepoId;

/// Runs under the repository's lock, so what is read here stays true until the transaction ends.
pub(in crate::store) async fn publish(
    conn: &mut Conn,
    publication: Publication,
    started: Instant,
    now_ms: i64,
) -> Result<JobReport, PublishError> {
    let Publication {
        repo,
        actor,
        mpack,
        updates,
        signed,
        job,
        mut timings,
        follow_ups,
    } = publication;
    if !lock_repo(conn, repo).await.map_err(StoreError::from)? {
        return Err(PublishError::RepoGone);
    }
    let written = match mpack {
        Some(mpack) => add_mpack(conn, repo, mpack, now_ms).await?,
        None => Counts::default(),
    };
    protections::check(conn, repo, &updates, &signed).await?;
    move_refs(conn, repo, &updates, actor, now_ms).await?;
    for follow_up in &follow_ups {
        jobs::enqueue(conn, follow_up).await?;
    }
    timings.push(StepTiming {
        step: "publish".to_owned(),
        ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    });
    let report = JobReport {
        commits_written: Some(written.commits),
        objects_written: Some(written.objects),
        branch_head: updates.as_slice().first().and_then(|update| update.new),
        error: None,
        timings,
    };
    if let Some(lease) = &job
        && !jobs::finish(conn, lease, JobState::Done, &report).await?
    {
        return Err(PublishError::Fenced);
    }
    Ok(report)
}

/// Adds what the repository lacks of an mpack. An mpack that brings nothing new is not kept.
async fn add_mpack(
    conn: &mut Conn,
    repo: RepoId,
    mpack: NewMpack,
    now_ms: i64,
) -> Result<Counts, StoreError> {
    let (id, inserted) = mpacks::insert(conn, repo, &mpack, now_ms).await?;
    let whole_objects = insert_objects(conn, repo, id, mpack.objects).await?;
    let chunks = insert_chunks(conn, repo, id, mpack.chunks).await?;
    let large_objects = insert_large_objects(conn, repo, id, mpack.large_objects).await?;
    let written = Counts {
        objects: count(whole_objects + large_objects),
        snapshots: count(insert_snapshots(conn, repo, mpack.snapshots).await?),
        commits: count(insert_commits(conn, repo, id, mpack.commits).await?),
        ..Counts::default()
    };
    if inserted && chunks == 0 && written == Counts::default() {
        mpacks::delete(conn, id).await?;
    }
    Ok(written)
}

/// Moves refs, each from where its pusher last saw it, unless forced. A ref that is already at its
/// target is left alone.
async fn move_refs(
    conn: &mut Conn,
    repo: RepoId,
    updates: &[RefUpdate],
    actor: Option<UserId>,
    now_ms: i64,
) -> Result<(), PublishError> {
    let before = refs::map(conn, repo).await?;
    let mut after = before.clone();
    for update in updates {
        let actual = after.get(&update.name).copied();
        // A ref that is already at its target is no conflict: a client that lost the answer to its
        // push sends the push again.
        if !update.force.ignores_old() && actual != update.old && actual != update.new {
            return Err(PublishError::Stale {
                name: update.name.clone(),
                expected: update.old,
                actual,
            });
        }
        match update.new {
            Some(target) => after.insert(update.name.clone(), target),
            None => after.remove(&update.name),
        };
    }
    let targets: Vec<CommitId> = updates.iter().filter_map(|update| update.new).collect();
    let known = commits::known(conn, repo, &targets).await?;
    if let Some(update) = updates
        .iter()
        .find(|update| update.new.is_some_and(|target| !known.contains(&target)))
    {
        return Err(PublishError::UnknownTarget {
            name: update.name.clone(),
            target: update.new.expect("only updates with a target are found"),
        });
    }
    let added = after.keys().filter(|name| !before.contains_key(*name));
    if let Some(collision) = find_ref_collision(after.keys(), added) {
        return Err(collision.into());
    }
    let deletes_default = deletes_default_branch(conn, repo, updates, &before).await?;
    for update in updates {
        let actual = before.get(&update.name);
        if actual != update.new.as_ref() {
            refs::write(conn, repo, update, actual, actor, now_ms).await?;
        }
    }
    let is_branch = |name: &&RefName| name.as_branch().is_some();
    let has_first_branches = !before.keys().any(|name| is_branch(&name));
    if deletes_default || has_first_branches {
        // Clones must start on a branch that exists.
        let set = updates.iter().filter(|update| update.new.is_some());
        let mut candidates = set.map(|update| &update.name).chain(after.keys());
        if let Some(next) = candidates.find(is_branch) {
            repos::make_default_unless_among(conn, repo, next, after.keys()).await?;
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

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}
