//! The transaction that makes a push visible, in SQL.

use std::time::Instant;

use muse_wire::api::job::{JobState, StepTiming};
use muse_wire::api::push::RefUpdate;
use muse_wire::id::CommitId;
use muse_wire::mpack::Counts;
use muse_wire::name::RefName;

use super::{
    Conn, commits, insert_commits, insert_objects, insert_snapshots, jobs, lock_repo, mpacks, refs,
    repos,
};
use crate::store::accounts::UserId;
use crate::store::error::StoreError;
use crate::store::jobs::JobReport;
use crate::store::publish::{NewMpack, Publication, PublishError};
use crate::store::refs::conflicts::check_new_names;
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
    move_refs(conn, repo, &updates, actor, now_ms).await?;
    for follow_up in &follow_ups {
        jobs::enqueue(conn, follow_up, now_ms).await?;
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
        && !jobs::finish(conn, lease, JobState::Done, &report, now_ms).await?
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
    let written = Counts {
        objects: count(insert_objects(conn, repo, id, mpack.objects).await?),
        snapshots: count(insert_snapshots(conn, repo, mpack.snapshots).await?),
        commits: count(insert_commits(conn, repo, id, mpack.commits).await?),
        object_bytes: 0,
    };
    if inserted && written == Counts::default() {
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
    check_new_names(&before, &after)?;
    for update in updates {
        let actual = before.get(&update.name);
        if actual != update.new.as_ref() {
            refs::write(conn, repo, update, actual, actor, now_ms).await?;
        }
    }
    let is_branch = |name: &RefName| name.as_branch().is_some();
    if !before.keys().any(is_branch) {
        // These are the first branches, and clones must start on one that exists.
        let mut created = updates.iter().filter(|update| update.new.is_some());
        if let Some(first) = created.find(|update| is_branch(&update.name)) {
            repos::make_default_unless_among(conn, repo, &first.name, after.keys()).await?;
        }
    }
    Ok(())
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}
