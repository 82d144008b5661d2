//! The job table, in SQL.
//!
//! `due_at_ms` says when a job may be claimed: for a waiting job the end of its pause, for a
//! running job the end of its lease. So one condition finds waiting and abandoned jobs. All times
//! are the database's.

use diesel::dsl::{max, min};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::api::job::JobState;
use muse_wire::api::push::RefUpdate;
use muse_wire::problem::{Problem, ProblemCode};
use uuid::Uuid;

use super::{Conn, next_due, notify_ended, notify_queued, refs};
use crate::request_id::request_id;
use crate::store::clock::Now;
use crate::store::columns::{from_column, pack};
use crate::store::error::{Result, StoreError};
use crate::store::jobs::model::{JobRow, job_id, pause_ms};
use crate::store::jobs::{ClaimedJob, Job, JobId, JobKind, JobReport, Lease, MAX_ATTEMPTS, NewJob};
use crate::store::repos::RepoId;
use crate::store::schema::{jobs, users};

const PENDING: &str = JobState::Pending.as_str();
const RUNNING: &str = JobState::Running.as_str();
const DONE: &str = JobState::Done.as_str();
const FAILED: &str = JobState::Failed.as_str();

/// How long somebody may go on writing blobs of a deleted repository: longer than any presigned URL
/// is valid, and than any job runs.
const LATE_BLOBS_MS: i64 = 8 * 24 * 60 * 60 * 1000;

/// Queues a job unless there is one for the same request already; says whether it did.
pub(in crate::store) async fn enqueue(conn: &mut Conn, new: &NewJob) -> Result<(Job, bool)> {
    loop {
        if let Some(job) = unfinished_for(conn, new).await? {
            return Ok((job, false));
        }
        if !new.updates.is_empty()
            && let Some(job) = latest_done_for(conn, new).await?
            && are_applied(conn, new.repo, &new.updates).await?
        {
            return Ok((job, false));
        }
        if unfinished_count(conn, new.repo, new.kind).await? >= new.queue_limit {
            return Err(StoreError::QueueFull {
                limit: new.queue_limit,
            });
        }
        let id = JobId(Uuid::now_v7());
        let inserted = insert(conn, id, new, 0).await?;
        // Nothing inserted: another process has queued the same request since the check above.
        if inserted == 1
            && let Some(job) = by_id(conn, id).await?
        {
            notify_queued(conn).await?;
            return Ok((job, true));
        }
    }
}

/// Adds a job that is due after this time; returns 0 where there is one for the same request.
async fn insert(conn: &mut Conn, id: JobId, new: &NewJob, delay_ms: i64) -> Result<usize> {
    let turn = next_turn(conn, new).await?;
    Ok(diesel::insert_into(jobs::table)
        .values((
            jobs::id.eq(id.to_string()),
            jobs::turn.eq(turn),
            jobs::repo_id.eq(new.repo.0),
            jobs::kind.eq(new.kind.as_str()),
            jobs::request_digest.eq(new.request_digest.as_slice()),
            jobs::payload.eq(&new.payload),
            jobs::owner_id.eq(new.owner.map(|user| user.0)),
            jobs::state.eq(PENDING),
            jobs::attempts.eq(0),
            jobs::outages.eq(0),
            jobs::due_at_ms.eq(Now + delay_ms),
            jobs::fence.eq(0),
            jobs::report.eq(pack(&JobReport::default())),
            jobs::created_at_ms.eq(Now),
            jobs::request_id.eq(request_id().as_deref()),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?)
}

/// The turn of a new job: one after the last of its repository and of its user, and after those of
/// the jobs that run. So whoever queues many jobs waits for those who queue one, and nobody waits
/// for ever: what comes later gets a later turn. (Start-time fair queueing: Goyal, Vin and Cheng,
/// 1996.)
async fn next_turn(conn: &mut Conn, new: &NewJob) -> Result<i64> {
    let rivals = JobKind::claimed_with(new.kind).map(JobKind::as_str);
    let rivals: Vec<&str> = rivals.collect();
    macro_rules! unfinished {
        () => {
            jobs::table
                .filter(jobs::finished_at_ms.is_null())
                .filter(jobs::kind.eq_any(&rivals))
        };
    }
    let running: Option<i64> = unfinished!()
        .filter(jobs::state.eq(RUNNING))
        .select(max(jobs::turn))
        .first(conn)
        .await?;
    // Nobody comes before the turn that it is.
    let earliest: Option<i64> = match running {
        Some(turn) => Some(turn + 1),
        None => unfinished!().select(min(jobs::turn)).first(conn).await?,
    };
    let of_repo: Option<i64> = unfinished!()
        .filter(jobs::repo_id.eq(new.repo.0))
        .select(max(jobs::turn))
        .first(conn)
        .await?;
    let of_user: Option<i64> = match new.owner {
        Some(user) => {
            unfinished!()
                .filter(jobs::owner_id.eq(user.0))
                .select(max(jobs::turn))
                .first(conn)
                .await?
        }
        None => None,
    };
    let own = [of_repo, of_user].into_iter().flatten().max();
    let after_own = own.map(|turn| turn + 1);
    Ok(earliest.max(after_own).unwrap_or(1))
}

/// Queues the deletion of a deleted repository's blobs: now, and again when nobody can be writing
/// any more who did not know of it.
pub(in crate::store) async fn enqueue_blob_deletions(
    conn: &mut Conn,
    repo: RepoId,
    uuid: Uuid,
) -> Result<()> {
    for (pass, delay_ms) in [(0, 0), (1, LATE_BLOBS_MS)] {
        let new = NewJob {
            repo,
            kind: JobKind::DeleteBlobs,
            request_digest: [pass; 32],
            payload: uuid.as_bytes().to_vec(),
            owner: None,
            updates: Vec::new(),
            queue_limit: u64::MAX,
        };
        insert(conn, JobId(Uuid::now_v7()), &new, delay_ms).await?;
    }
    Ok(notify_queued(conn).await?)
}

/// Deletes all jobs of a repository. Who runs one loses the lease.
pub(in crate::store) async fn delete_all(conn: &mut Conn, repo: RepoId) -> Result<()> {
    diesel::delete(jobs::table.filter(jobs::repo_id.eq(repo.0)))
        .execute(conn)
        .await?;
    Ok(())
}

/// The jobs for the same request.
macro_rules! jobs_for {
    ($new:expr) => {
        jobs::table
            .filter(jobs::repo_id.eq($new.repo.0))
            .filter(jobs::request_digest.eq($new.request_digest.as_slice()))
            .filter(jobs::kind.eq($new.kind.as_str()))
            .select(JobRow::as_select())
    };
}

async fn unfinished_for(conn: &mut Conn, new: &NewJob) -> Result<Option<Job>> {
    jobs_for!(new)
        .filter(jobs::finished_at_ms.is_null())
        .first(conn)
        .await
        .optional()?
        .map(Job::try_from)
        .transpose()
}

async fn latest_done_for(conn: &mut Conn, new: &NewJob) -> Result<Option<Job>> {
    jobs_for!(new)
        .filter(jobs::state.eq(DONE))
        .order(jobs::id.desc())
        .first(conn)
        .await
        .optional()?
        .map(Job::try_from)
        .transpose()
}

/// Whether the refs are where these updates would leave them.
async fn are_applied(conn: &mut Conn, repo: RepoId, updates: &[RefUpdate]) -> Result<bool> {
    let names: Vec<_> = updates.iter().map(|update| &update.name).collect();
    let refs = refs::named(conn, repo, &names).await?;
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

pub(in crate::store) async fn of_repo(
    conn: &mut Conn,
    repo: RepoId,
    kind: JobKind,
    prefix: &str,
    limit: u32,
) -> Result<Vec<(Job, Option<String>)>> {
    // Ids are lowercase hexadecimal digits and dashes, and all of them come before this.
    let end = format!("{prefix}g");
    let rows: Vec<(JobRow, Option<String>)> = jobs::table
        .left_join(users::table)
        .filter(jobs::repo_id.eq(repo.0))
        .filter(jobs::kind.eq(kind.as_str()))
        .filter(jobs::id.ge(prefix))
        .filter(jobs::id.lt(end))
        .select((JobRow::as_select(), users::name.nullable()))
        .order(jobs::id.desc())
        .limit(limit.into())
        .load(conn)
        .await?;
    let rows = rows.into_iter();
    rows.map(|(row, user)| Ok((Job::try_from(row)?, user)))
        .collect()
}

pub(in crate::store) async fn unfinished_count(
    conn: &mut Conn,
    repo: RepoId,
    kind: JobKind,
) -> Result<u64> {
    let count: i64 = jobs::table
        .filter(jobs::repo_id.eq(repo.0))
        .filter(jobs::kind.eq(kind.as_str()))
        .filter(jobs::finished_at_ms.is_null())
        .count()
        .get_result(conn)
        .await?;
    from_column(count)
}

/// Whether a claim may find something, without the cost of a write transaction.
pub(in crate::store) async fn any_due(conn: &mut Conn, kinds: &[JobKind]) -> Result<bool> {
    let kinds: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
    let found = jobs::table
        .filter(jobs::finished_at_ms.is_null())
        .filter(jobs::due_at_ms.le(Now))
        .filter(jobs::kind.eq_any(kinds))
        .select(jobs::id)
        .first::<String>(conn)
        .await
        .optional()?;
    Ok(found.is_some())
}

/// Claims the job whose turn it is. Also returns the jobs that it failed because they had
/// used up their attempts.
pub(in crate::store) async fn claim(
    conn: &mut Conn,
    kinds: &[JobKind],
    worker: &str,
    lease_ms: i64,
) -> Result<(Option<ClaimedJob>, Vec<JobId>)> {
    let kinds: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
    let mut ended = Vec::new();
    while let Some((id, attempts)) = next_due(conn, &kinds).await? {
        if attempts >= i64::from(MAX_ATTEMPTS) {
            let id = job_id(&id)?;
            fail_used_up(conn, id).await?;
            ended.push(id);
            continue;
        }
        diesel::update(jobs::table.find(&id))
            .set((
                jobs::state.eq(RUNNING),
                jobs::stage.eq(None::<String>),
                jobs::attempts.eq(attempts + 1),
                jobs::due_at_ms.eq(Now + lease_ms),
                jobs::worker.eq(worker),
                jobs::fence.eq(jobs::fence + 1),
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

/// How the database finds the job to claim.
#[cfg(any(test, feature = "testing"))]
pub(in crate::store) async fn explain_claim(
    conn: &mut Conn,
    kinds: &[JobKind],
) -> Result<Vec<String>> {
    let kinds: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
    Ok(super::explain_next_due(conn, &kinds).await?)
}

/// Fails a job whose worker died in the last attempt.
async fn fail_used_up(conn: &mut Conn, id: JobId) -> Result<()> {
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
            jobs::finished_at_ms.eq(Now.nullable()),
        ))
        .execute(conn)
        .await?;
    Ok(notify_ended(conn, id).await?)
}

/// Changes a job that is still held; `false`, and no change, where the lease is lost.
macro_rules! update_held {
    ($conn:expr, $lease:expr, $change:expr) => {
        diesel::update(jobs::table.find($lease.job.to_string()))
            .filter(jobs::fence.eq($lease.fence))
            .filter(jobs::state.eq(RUNNING))
            .set($change)
            .execute($conn)
            .await?
            == 1
    };
}

pub(in crate::store) async fn heartbeat(
    conn: &mut Conn,
    lease: &Lease,
    extend_ms: i64,
) -> Result<bool> {
    Ok(update_held!(
        conn,
        lease,
        jobs::due_at_ms.eq(Now + extend_ms)
    ))
}

/// Whether a lease is held; it stays so until the transaction ends.
pub(in crate::store) async fn is_held(conn: &mut Conn, lease: &Lease) -> Result<bool> {
    Ok(update_held!(conn, lease, jobs::fence.eq(lease.fence)))
}

pub(in crate::store) async fn set_stage(
    conn: &mut Conn,
    lease: &Lease,
    stage: &str,
) -> Result<bool> {
    Ok(update_held!(conn, lease, jobs::stage.eq(stage)))
}

/// Ends a job; `false` where the lease is lost.
pub(in crate::store) async fn finish(
    conn: &mut Conn,
    lease: &Lease,
    state: JobState,
    report: &JobReport,
) -> Result<bool> {
    let held = update_held!(
        conn,
        lease,
        (
            jobs::state.eq(state.as_str()),
            jobs::stage.eq(None::<String>),
            jobs::report.eq(pack(report)),
            jobs::finished_at_ms.eq(Now.nullable()),
        )
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
) -> Result<Option<JobState>> {
    let Some((attempts, _)) = tries(conn, lease).await? else {
        return Ok(None);
    };
    if attempts >= i64::from(MAX_ATTEMPTS) {
        let held = finish(conn, lease, JobState::Failed, report).await?;
        return Ok(held.then_some(JobState::Failed));
    }
    let held = update_held!(
        conn,
        lease,
        (
            jobs::state.eq(PENDING),
            jobs::stage.eq(None::<String>),
            jobs::due_at_ms.eq(Now + pause_ms(attempts)),
            jobs::report.eq(pack(report)),
        )
    );
    Ok(held.then_some(JobState::Pending))
}

/// Queues a job again after a pause, without counting the attempt.
pub(in crate::store) async fn postpone(
    conn: &mut Conn,
    lease: &Lease,
    report: &JobReport,
) -> Result<bool> {
    let Some((_, outages)) = tries(conn, lease).await? else {
        return Ok(false);
    };
    Ok(update_held!(
        conn,
        lease,
        (
            jobs::state.eq(PENDING),
            jobs::stage.eq(None::<String>),
            jobs::attempts.eq(jobs::attempts - 1),
            jobs::outages.eq(jobs::outages + 1),
            jobs::due_at_ms.eq(Now + pause_ms(outages + 1)),
            jobs::report.eq(pack(report)),
        )
    ))
}

/// How many attempts and outages the job has had.
async fn tries(conn: &mut Conn, lease: &Lease) -> Result<Option<(i64, i64)>> {
    Ok(jobs::table
        .find(lease.job.to_string())
        .select((jobs::attempts, jobs::outages))
        .first(conn)
        .await
        .optional()?)
}

pub(in crate::store) async fn release(conn: &mut Conn, lease: &Lease) -> Result<bool> {
    let held = update_held!(
        conn,
        lease,
        (
            jobs::state.eq(PENDING),
            jobs::stage.eq(None::<String>),
            jobs::attempts.eq(jobs::attempts - 1),
            jobs::due_at_ms.eq(Now),
        )
    );
    if held {
        notify_queued(conn).await?;
    }
    Ok(held)
}

/// Some jobs that ended this long ago, at most `limit` of them.
pub(in crate::store) async fn finished_before(
    conn: &mut Conn,
    age_ms: i64,
    limit: i64,
) -> Result<Vec<String>> {
    Ok(jobs::table
        .filter(jobs::finished_at_ms.le((Now - age_ms).nullable()))
        .order(jobs::finished_at_ms)
        .limit(limit)
        .select(jobs::id)
        .load(conn)
        .await?)
}

/// Deletes finished jobs; returns how many.
pub(in crate::store) async fn delete_finished(conn: &mut Conn, ids: &[String]) -> Result<usize> {
    Ok(diesel::delete(jobs::table.filter(jobs::id.eq_any(ids)))
        .filter(jobs::finished_at_ms.is_not_null())
        .execute(conn)
        .await?)
}
