//! The transaction that makes a push visible.

use std::time::Instant;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::api::job::{JobState, StepTiming};
use muse_wire::api::push::RefUpdate;
use muse_wire::id::CommitId;
use muse_wire::mpack::Counts;
use muse_wire::name::RefName;

use super::{
    Conn, history, insert_commits, insert_objects, insert_snapshots, jobs, lock_repo, mpacks, refs,
    repos,
};
use crate::store::accounts::UserId;
use crate::store::convert::column;
use crate::store::error::{Result, StoreError};
use crate::store::jobs::JobReport;
use crate::store::mpacks::MpackId;
use crate::store::publish::{NewMpack, Publication, PublishError, Published, check_names};
use crate::store::repos::RepoId;
use crate::store::schema;

/// See [`crate::store::Store::publish`]. Everything happens under the repository's lock, so what is read
/// here stays true until the transaction ends.
pub(in crate::store) async fn publish(
    conn: &mut Conn,
    publication: Publication,
    started: Instant,
    now_ms: i64,
) -> Result<Published, PublishError> {
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
    Ok(Published { report })
}

/// Adds what the repository lacks of an mpack; an mpack that brings nothing is not kept.
async fn add_mpack(
    conn: &mut Conn,
    repo: RepoId,
    mpack: NewMpack,
    now_ms: i64,
) -> Result<Counts, StoreError> {
    use schema::mpacks as table;

    let inserted = diesel::insert_into(table::table)
        .values((
            table::repo_id.eq(repo.0),
            table::key.eq(mpack.key.as_bytes().as_slice()),
            table::size_bytes.eq(column(mpack.size_bytes)),
            table::object_count.eq(column(mpack.counts.objects)),
            table::commit_count.eq(column(mpack.counts.commits)),
            table::snapshot_count.eq(column(mpack.counts.snapshots)),
            table::object_bytes.eq(column(mpack.counts.object_bytes)),
            table::created_at_ms.eq(now_ms),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    let id = mpacks::by_key(conn, repo, &mpack.key)
        .await?
        .ok_or(StoreError::Corrupt("mpack"))?
        .id;
    let written = Counts {
        objects: count(insert_objects(conn, repo, id, mpack.objects).await?),
        snapshots: count(insert_snapshots(conn, repo, mpack.snapshots).await?),
        commits: count(insert_commits(conn, repo, id, mpack.commits).await?),
        object_bytes: 0,
    };
    if inserted == 1 && written == Counts::default() {
        remove_mpack(conn, id).await?;
    }
    Ok(written)
}

async fn remove_mpack(conn: &mut Conn, id: MpackId) -> Result<()> {
    diesel::delete(schema::mpacks::table.find(id.0))
        .execute(conn)
        .await?;
    Ok(())
}

/// Moves refs, each from where its pusher saw it unless forced. A ref that is there already is left alone.
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
        // A ref that is already where it shall go is no conflict: a push whose answer was lost comes again.
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
    let known = history::known_commits(conn, repo, &targets).await?;
    if let Some(update) = updates
        .iter()
        .find(|update| update.new.is_some_and(|target| !known.contains(&target)))
    {
        return Err(PublishError::UnknownTarget {
            name: update.name.clone(),
            target: update.new.expect("only updates with a target are found"),
        });
    }
    check_names(&before, &after)?;
    for update in updates {
        let actual = before.get(&update.name);
        if actual != update.new.as_ref() {
            refs::write(conn, repo, update, actual, actor, now_ms).await?;
        }
    }
    let is_branch = |name: &RefName| name.as_branch().is_some();
    if !before.keys().any(is_branch) {
        // The first branches: clones shall start on one that exists.
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
