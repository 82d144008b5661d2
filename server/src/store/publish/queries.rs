//! The transaction that makes a push visible, in SQL.

use std::collections::HashSet;
use std::time::Instant;

use muse_wire::api::job::{JobState, StepTiming};
use muse_wire::id::CommitId;
use muse_wire::mpack::Counts;

use super::mpacks::Inserted;
use super::{
    Conn, commits, consolidation, fetch_plans, insert_chunks, insert_commits, insert_large_objects,
    insert_objects, insert_snapshots, jobs, lock_repo, mpacks, protections, pushed_bytes,
    ref_moves, repos, unreachable,
};
use crate::store::error::StoreError;
use crate::store::jobs::JobReport;
use crate::store::publish::{NewMpack, Publication, PublishError};
use crate::store::repos::RepoId;
use crate::store::unreachable::model::BroughtCommits;

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
        received_bytes,
        collections,
        updates,
        signed,
        job,
        mut timings,
        follow_ups,
    } = publication;
    if !lock_repo(conn, repo).await.map_err(StoreError::from)? {
        return Err(PublishError::RepoGone);
    }
    if repos::collections(conn, repo).await? != collections {
        return Err(StoreError::Collected.into());
    }
    let targets: Vec<CommitId> = updates.iter().filter_map(|update| update.new).collect();
    let commits = mpack.as_ref().map_or(&[][..], |mpack| &mpack.commits);
    let brought = BroughtCommits::new(commits, &targets);
    let mut unreached = brought.unreached().to_vec();
    let known = commits::known(conn, repo, &unreached).await?;
    unreached.retain(|id| !known.contains(id));
    let mut needed = HashSet::new();
    if let Some(mpack) = &mpack {
        let lost = consolidation::lost(conn, repo).await?;
        if !lost.is_empty() {
            let (objects, chunks) = mpack.contents();
            needed = consolidation::holding(conn, repo, &lost, &objects, &chunks).await?;
        }
    }
    let written = match mpack {
        Some(mpack) => add_mpack(conn, repo, mpack, now_ms).await?,
        None => Counts::default(),
    };
    if written.commits > 0 {
        for plan in &follow_ups.plans {
            fetch_plans::insert(conn, repo, plan).await?;
        }
    }
    protections::check(conn, repo, &updates, &signed).await?;
    let moves = ref_moves::move_refs(conn, repo, &updates, actor, now_ms).await?;
    unreachable::add(conn, repo, &unreached).await?;
    if unreachable::any(conn, repo).await? {
        let touched = brought.touched(&targets);
        if unreachable::remove_below(conn, repo, touched).await? {
            // Whatever the trees name of what is reached again may lie in any of them.
            needed.extend(consolidation::lost(conn, repo).await?);
        }
    }
    consolidation::bring_back(conn, repo, &needed).await?;
    let left = moves.iter().filter(|one| one.new.is_none() || one.forced);
    let left = left.filter_map(|one| one.old).collect();
    unreachable::add_lost(conn, repo, left).await?;
    if let Some(actor) = actor
        && received_bytes > 0
    {
        pushed_bytes::add(conn, actor, repo, received_bytes).await?;
    }
    for follow_up in &follow_ups.jobs {
        jobs::enqueue(conn, follow_up).await?;
    }
    if let Some(consolidation) = &follow_ups.consolidation
        && consolidation::is_due(conn, repo).await?
    {
        jobs::enqueue(conn, consolidation).await?;
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
    let (file, thin) = (mpack.file(), mpack.thin.as_ref());
    let (id, inserted) = mpacks::insert(conn, repo, &file, thin, &mpack.frames, now_ms).await?;
    let commit_count = mpack.commits.len();
    let whole_objects = insert_objects(conn, repo, id, mpack.objects).await?;
    let chunks = insert_chunks(conn, repo, id, mpack.chunks).await?;
    let large_objects = insert_large_objects(conn, repo, id, mpack.large_objects).await?;
    let written = Counts {
        objects: count(whole_objects + large_objects),
        snapshots: count(insert_snapshots(conn, repo, mpack.snapshots).await?),
        commits: count(insert_commits(conn, repo, id, mpack.commits).await?),
        ..Counts::default()
    };
    let is_new = chunks > 0 || written != Counts::default();
    match inserted {
        Inserted::New if !is_new => mpacks::delete(conn, id).await?,
        Inserted::Condemned if is_new => consolidation::revive(conn, id).await?,
        _ => {}
    }
    if is_new && written.commits < count(commit_count) {
        mpacks::set_repeats_commits(conn, id).await?;
    }
    Ok(written)
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}
