//! The ways into the ingest: a job, or a streamed request.

use std::time::Duration;

use muse_wire::api::job::{JobState, JobStatus};
use muse_wire::api::push::{StreamControl, UnpackRequest};
use muse_wire::id::Hasher;
use muse_wire::problem::ProblemCode;
use uuid::Uuid;

use super::steps::Steps;
use super::{Arrival, Push, run, updates};
use crate::app::AppState;
use crate::blobs::{BlobKey, StagedFile};
use crate::failure::Failure;
use crate::fetch;
use crate::jobs::lease::Interrupt;
use crate::jobs::status::job_status;
use crate::store::jobs::{ClaimedJob, JobId, JobKind, JobReport, NewJob};
use crate::store::{Identity, Repo};

/// How many streamed pushes are taken in at once; more wait, received and on disk. Each may hold as much memory as
/// the limit on records allows, and workers have their number, too.
pub(crate) const STREAMS_AT_ONCE: usize = 8;

/// Queues the verification of an uploaded mpack. The same request again gives the same job.
///
/// # Errors
/// [`Failure::Refused`] where the updates break a rule or the mpack was never uploaded.
pub async fn enqueue_unpack(
    state: &AppState,
    repo: &Repo,
    identity: &Identity,
    request: UnpackRequest,
) -> Result<JobStatus, Failure> {
    updates::check_form(&request.updates)?;
    let key = request.mpack_key;
    let places = [
        BlobKey::upload(repo.uuid, key),
        BlobKey::mpack(repo.uuid, key),
    ];
    let mut is_here = false;
    for place in &places {
        is_here = is_here || state.blobs.size(place).await?.is_some();
    }
    if !is_here {
        let detail = format!("{key} was never uploaded");
        return Err(Failure::refused(ProblemCode::MpackNotUploaded, detail));
    }
    let payload = rmp_serde::to_vec_named(&request)
        .map_err(|error| Failure::internal("encoding a job", error))?;
    let mut digest = Hasher::new();
    digest.update(b"unpack");
    digest.update(&payload);
    let job = NewJob {
        repo: repo.id,
        kind: JobKind::Unpack,
        request_digest: digest.finish(),
        payload,
        owner: Some(identity.user_id),
        updates: request.updates,
        queue_limit: state.config.queued_jobs_per_repo,
    };
    Ok(job_status(repo, &state.store.enqueue(&job).await?))
}

/// Runs a claimed [`JobKind::Unpack`].
///
/// # Errors
/// [`Failure`] where the job is not done.
pub(crate) async fn run_unpack(
    state: &AppState,
    claimed: ClaimedJob,
    interrupt: Interrupt,
) -> Result<(), Failure> {
    let request: UnpackRequest = rmp_serde::from_slice(&claimed.job.payload)
        .map_err(|error| Failure::internal("decoding a job", error))?;
    let repo = state
        .store
        .repo_by_id(claimed.job.repo)
        .await?
        .ok_or_else(|| Failure::refused(ProblemCode::NotFound, "the repository is gone"))?;
    let push = Push {
        repo,
        actor: claimed.job.owner,
        updates: request.updates,
        mpack: Some(Arrival::Uploaded(request.mpack_key)),
        job: Some(claimed.lease),
    };
    let steps = Steps::of_job(state.store.clone(), claimed.lease, interrupt);
    run_logged(state, push, steps).await.map(drop)
}

/// Takes in a streamed push; when this returns, it is done. `upload` is the mpack that `control` announces,
/// of exactly the announced size and key, received whole.
///
/// There is no job behind it that could be asked for later: a client that loses the answer pushes again,
/// and what is already there is not written twice.
///
/// # Errors
/// [`Failure::Refused`] where the push breaks a rule; then nothing of it is visible.
pub async fn accept_stream(
    state: &AppState,
    repo: &Repo,
    identity: &Identity,
    control: StreamControl,
    upload: Option<StagedFile>,
) -> Result<JobStatus, Failure> {
    updates::check_form(&control.updates)?;
    let announced = control.mpack.as_ref().map(|mpack| mpack.mpack_key);
    let received = upload.as_ref().map(|file| file.key);
    if announced != received {
        let detail = "the bytes that came do not hash to the announced key";
        return Err(Failure::refused(ProblemCode::MpackKeyMismatch, detail));
    }
    let _turn = state.stream_turns.acquire().await;
    let id = Uuid::now_v7().to_string();
    let push = Push {
        repo: repo.clone(),
        actor: Some(identity.user_id),
        updates: control.updates,
        mpack: upload.map(Arrival::Staged),
        job: None,
    };
    let report = run_logged(state, push, Steps::of_request(id.clone())).await?;
    Ok(JobStatus {
        job_id: id,
        status: JobState::Done,
        stage: None,
        poll_url: String::new(),
        commits_written: report.commits_written,
        objects_written: report.objects_written,
        branch_head: report.branch_head,
        error: None,
        timings: report.timings,
        fetch: None,
    })
}

async fn run_logged(state: &AppState, push: Push, mut steps: Steps) -> Result<JobReport, Failure> {
    let result = run(state, push, &mut steps).await;
    let outcome = match &result {
        Ok(_) => "done",
        Err(Failure::Refused(problem)) => problem.code.as_str(),
        Err(Failure::Interrupted(_)) => "interrupted",
        Err(_) => "failed",
    };
    steps.log(outcome);
    result
}

/// Where a job of this repository stands, after waiting up to `wait` for it to end; `None` where the
/// repository has no such job.
///
/// # Errors
/// [`Failure`] where it cannot be looked up.
pub async fn status(
    state: &AppState,
    repo: &Repo,
    id: JobId,
    wait: Duration,
) -> Result<Option<JobStatus>, Failure> {
    let Some(job) = state.store.wait_for_job(repo.id, id, wait).await? else {
        return Ok(None);
    };
    let mut status = job_status(repo, &job);
    if job.kind == JobKind::BuildFetch && job.state == JobState::Done {
        status.fetch = Some(fetch::plan_of_job(state, repo, &job).await?);
    }
    Ok(Some(status))
}
