//! The job table, in SQL.
//!
//! `due_at_ms` says when a job may be claimed: for a waiting job the end of its pause, for a
//! running job the end of its lease. So one condition finds waiting and abandoned jobs.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::api::job::JobState;
use muse_wire::api::push::RefUpdate;
use muse_wire::problem::{Problem, ProblemCode};
use uuid::Uuid;

use super::{Conn, next_due, notify_ended, notify_queued, refs};
use crate::store::columns::{from_column, pack};
use crate::store::error::{Result, StoreError};
use crate::store::jobs::model::{JobRow, UNFINISHED, job_id, pause_ms};
use crate::store::jobs::{ClaimedJob, Job, JobId, JobKind, JobReport, Lease, MAX_ATTEMPTS, NewJob};
use crate::store::repos::RepoId;
use crate::store::schema::jobs;

const PENDING: &str = JobState::Pending.as_str();
const RUNNING: &str = JobState::Running.as_str();
const DONE: &str = JobState::Done.as_str();
const FAILED: &str = JobState::Failed.as_str();

/// Queues a job unless there is one for the same request already; says whether it did.
pub(in crate::store) async fn enqueue(
    conn: &mut Conn,
    new: &NewJob,
    now_ms: i64,
) -> Result<(Job, bool)> {
    loop {
        if let Some(job) = latest_for(conn, new, &UNFINISHED).await? {
            return Ok((job, false));
        }
        if !new.updates.is_empty()
            && let Some(job) = latest_for(conn, new, &[DONE]).await?
            && are_applied(conn, new.repo, &new.updates).await?
        {
            return Ok((job, false));
        }
        if unfinished_count(conn, new.repo).await? >= new.queue_limit {
            return Err(StoreError::QueueFull {
                limit: new.queue_limit,
            });
        }
        let id = JobId(Uuid::now_v7());
        let inserted = diesel::insert_into(jobs::table)
            .values((
                jobs::id.eq(id.to_string()),
                jobs::repo_id.eq(new.repo.0),
                jobs::kind.eq(new.kind.as_str()),
                jobs::request_digest.eq(new.request_digest.as_slice()),
                jobs::payload.eq(&new.payload),
                jobs::owner_id.eq(new.owner.map(|user| user.0)),
                jobs::state.eq(PENDING),
                jobs::attempts.eq(0),
                jobs::due_at_ms.eq(now_ms),
                jobs::fence.eq(0),
                jobs::report.eq(pack(&JobReport::default())),
                jobs::created_at_ms.eq(now_ms),
                jobs::updated_at_ms.eq(now_ms),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await?;
        // Nothing inserted: another process has queued the same request since the check above.
        if inserted == 1
            && let Some(job) = by_id(conn, id).await?
        {
            notify_queued(conn).await?;
            return Ok((job, true));
        }
    }
}

/// The latest job for the same request that is in one of these states.
async fn latest_for(conn: &mut Conn, new: &NewJob, states: &[&str]) -> Result<Option<Job>> {
    jobs::table
        .filter(jobs::repo_id.eq(new.repo.0))
        .filter(jobs::request_digest.eq(new.request_digest.as_slice()))
        .filter(jobs::kind.eq(new.kind.as_str()))
        .filter(jobs::state.eq_any(states))
        .order(jobs::id.desc())
        .select(JobRow::as_select())
        .first(conn)
        .await
        .optional()?
        .map(Job::try_from)
        .transpose()
}

/// Whether the refs are where these updates would leave them.
async fn are_applied(conn: &mut Conn, repo: RepoId, updates: &[RefUpdate]) -> Result<bool> {
    let refs = refs::map(conn, repo).await?;
    Ok(updates
        .iter()
        .all(|update| refs.get(&update.name) == update.new.as_ref()))
}

async fn by_id(conn: &mut Conn, id: JobId) -> Result<Option<Job>> {
    jobs::table
        .find(id.to_string())
        .select(JobRow::as_select())
        .first(conn)
        .await
        .optional()?
        .map(Job::try_from)
        .transpose()
}

pub(in crate::store) async fn find(
    conn: &mut Conn,
    repo: RepoId,
    id: JobId,
) -> Result<Option<Job>> {
    Ok(by_id(conn, id).await?.filter(|job| job.repo == repo))
}

pub(in crate::store) async fn unfinished_count(conn: &mut Conn, repo: RepoId) -> Result<u64> {
    let count: i64 = jobs::table
        .filter(jobs::repo_id.eq(repo.0))
        .filter(jobs::state.eq_any(UNFINISHED))
        .count()
        .get_result(conn)
        .await?;
    from_column(count)
}

/// Whether a claim may find something, without the cost of a write transaction.
pub(in crate::store) async fn any_due(
    conn: &mut Conn,
    kinds: &[JobKind],
    now_ms: i64,
) -> Result<bool> {
    let kinds: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
    let found = jobs::table
        .filter(jobs::state.eq_any(UNFINISHED))
        .filter(jobs::due_at_ms.le(now_ms))
        .filter(jobs::kind.eq_any(kinds))
        .select(jobs::id)
        .first::<String>(conn)
        .await
        .optional()?;
    Ok(found.is_some())
}

/// Claims the job that has been due longest. Also returns the jobs that it failed because they had
/// used up their attempts.
pub(in crate::store) async fn claim(
    conn: &mut Conn,
    kinds: &[JobKind],
    worker: &str,
    lease_ms: i64,
    now_ms: i64,
) -> Result<(Option<ClaimedJob>, Vec<JobId>)> {
    let kinds: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
    let mut ended = Vec::new();
    while let Some((id, attempts)) = next_due(conn, &kinds, now_ms).await? {
        if attempts >= i64::from(MAX_ATTEMPTS) {
            let id = job_id(&id)?;
            fail_used_up(conn, id, now_ms).await?;
            ended.push(id);
            continue;
        }
        diesel::update(jobs::table.find(&id))
            .set((
                jobs::state.eq(RUNNING),
                jobs::stage.eq(None::<String>),
                jobs::attempts.eq(attempts + 1),
                jobs::due_at_ms.eq(now_ms.saturating_add(lease_ms)),
                jobs::worker.eq(worker),
                jobs::fence.eq(jobs::fence + 1),
                jobs::updated_at_ms.eq(now_ms),
            ))
            .execute(conn)
            .await?;
        let fence: i64 = jobs::table
            .find(&id)
            .select(jobs::fence)
            .first(conn)
            .await?;
        let job = by_id(conn, job_id(&id)?)
            .await?
            .ok_or(StoreError::Corrupt("job"))?;
        let lease = Lease { job: job.id, fence };
        return Ok((Some(ClaimedJob { job, lease }), ended));
    }
    Ok((None, ended))
}

/// Fails a job whose worker died in the last attempt.
async fn fail_used_up(conn: &mut Conn, id: JobId, now_ms: i64) -> Result<()> {
    let report = JobReport {
        error: Some(Problem::new(
            ProblemCode::Internal,
            format!("the job was tried {MAX_ATTEMPTS} times and never ended"),
        )),
        ..JobReport::default()
    };
    diesel::update(jobs::table.find(id.to_string()))
        .set((
            jobs::state.eq(FAILED),
            jobs::report.eq(pack(&report)),
            jobs::fence.eq(jobs::fence + 1),
            jobs::updated_at_ms.eq(now_ms),
        ))
        .execute(conn)
        .await?;
    Ok(notify_ended(conn, id).await?)
}

/// Changes a job that is still held; `false`, and no change, where the lease is lost.
macro_rules! update_held {
    ($conn:expr, $lease:expr, $now_ms:expr, $($change:expr),+ $(,)?) => {
        diesel::update(jobs::table.find($lease.job.to_string()))
            .filter(jobs::fence.eq($lease.fence))
            .filter(jobs::state.eq(RUNNING))
            .set(($($change,)+ jobs::updated_at_ms.eq($now_ms)))
            .execute($conn)
            .await?
            == 1
    };
}

pub(in crate::store) async fn heartbeat(
    conn: &mut Conn,
    lease: &Lease,
    extend_ms: i64,
    now_ms: i64,
) -> Result<bool> {
    let due_at_ms = now_ms.saturating_add(extend_ms);
    Ok(update_held!(
        conn,
        lease,
        now_ms,
        jobs::due_at_ms.eq(due_at_ms)
    ))
}

pub(in crate::store) async fn set_stage(
    conn: &mut Conn,
    lease: &Lease,
    stage: &str,
    now_ms: i64,
) -> Result<bool> {
    Ok(update_held!(conn, lease, now_ms, jobs::stage.eq(stage)))
}

/// Ends a job; `false` where the lease is lost.
pub(in crate::store) async fn finish(
    conn: &mut Conn,
    lease: &Lease,
    state: JobState,
    report: &JobReport,
    now_ms: i64,
) -> Result<bool> {
    let held = update_held!(
        conn,
        lease,
        now_ms,
        jobs::state.eq(state.as_str()),
        jobs::stage.eq(None::<String>),
        jobs::report.eq(pack(report)),
    );
    if held {
        notify_ended(conn, lease.job).await?;
    }
    Ok(held)
}

/// Queues a job for another attempt, or fails it where none is left; `None` where the lease is
/// lost.
pub(in crate::store) async fn retry(
    conn: &mut Conn,
    lease: &Lease,
    report: &JobReport,
    now_ms: i64,
) -> Result<Option<JobState>> {
    let attempts: Option<i64> = jobs::table
        .find(lease.job.to_string())
        .select(jobs::attempts)
        .first(conn)
        .await
        .optional()?;
    let Some(attempts) = attempts else {
        return Ok(None);
    };
    let attempts = from_column(attempts)?;
    if attempts >= MAX_ATTEMPTS {
        let held = finish(conn, lease, JobState::Failed, report, now_ms).await?;
        return Ok(held.then_some(JobState::Failed));
    }
    let held = update_held!(
        conn,
        lease,
        now_ms,
        jobs::state.eq(PENDING),
        jobs::stage.eq(None::<String>),
        jobs::due_at_ms.eq(now_ms.saturating_add(pause_ms(attempts))),
        jobs::report.eq(pack(report)),
    );
    Ok(held.then_some(JobState::Pending))
}

pub(in crate::store) async fn release(conn: &mut Conn, lease: &Lease, now_ms: i64) -> Result<bool> {
    let held = update_held!(
        conn,
        lease,
        now_ms,
        jobs::state.eq(PENDING),
        jobs::stage.eq(None::<String>),
        jobs::attempts.eq(jobs::attempts - 1),
        jobs::due_at_ms.eq(now_ms),
    );
    if held {
        notify_queued(conn).await?;
    }
    Ok(held)
}
