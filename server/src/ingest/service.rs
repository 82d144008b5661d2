//! The ways into the ingest: a verdict beforehand, a job, or a streamed request.

use std::sync::Arc;
use std::time::Duration;

use muse_wire::api::job::{JobState, JobStatus};
use muse_wire::api::push::{
    PresignRequest, PresignResponse, RefUpdate, StreamControl, UnpackRequest,
};
use muse_wire::limits::PushLimits;
use muse_wire::problem::ProblemCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::Instrument as _;
use uuid::Uuid;

use super::limits::{check_announced_counts, check_announced_size, max_streamed_bytes};
use super::parts::Parts;
use super::pipeline::Pipeline;
use super::protection;
use super::publish::AfterPublication;
use super::push::{Push, PushedMpack};
use super::quota::check_quota;
use super::steps::Steps;
use super::unverified::never_uploaded;
use super::updates::{check_current, check_form};
use crate::blobs::{BlobKey, Blobs, StagedFile, StagingWriter};
use crate::config::DailyQuota;
use crate::error::{Error, Result};
use crate::jobs::{Cancellation, decode_request, encode_request, job_status};
use crate::memory::MemoryBudget;
use crate::store::jobs::{ClaimedJob, JobKind, NewJob};
use crate::store::{Identity, Repo, Store, StoreError};

/// How many streamed pushes run at once; more wait, received and on disk.
pub(super) const MAX_CONCURRENT_STREAMS: usize = 8;

/// Settings of the ingest.
#[derive(Debug, Clone)]
pub(crate) struct IngestOptions {
    /// What one push may hold.
    pub(crate) push_limits: PushLimits,
    /// Most unfinished jobs of one repository.
    pub(crate) queued_jobs_per_repo: u64,
    /// How long a presigned URL is valid.
    pub(crate) presign_lifetime: Duration,
    /// How much may be pushed in a day.
    pub(crate) daily_quota: DailyQuota,
}

/// Takes pushes.
pub(crate) struct Ingest {
    pipeline: Arc<Pipeline>,
    options: IngestOptions,
    pub(super) stream_permits: Arc<Semaphore>,
}

impl Ingest {
    /// An ingest that publishes to `store` and `blobs`.
    pub(crate) fn new(
        store: Store,
        blobs: Blobs,
        options: IngestOptions,
        memory: MemoryBudget,
        after_publication: AfterPublication,
    ) -> Self {
        Self {
            pipeline: Arc::new(Pipeline {
                store,
                blobs,
                limits: options.push_limits.clone(),
                memory,
                after_publication,
            }),
            options,
            stream_permits: Arc::new(Semaphore::new(MAX_CONCURRENT_STREAMS)),
        }
    }

    /// Says where to upload an mpack to, or nowhere if it is already here.
    ///
    /// # Errors
    /// [`Error::Problem`] where the push would be refused anyway, before any byte of it is sent.
    pub(crate) async fn presign(
        &self,
        repo: &Repo,
        identity: &Identity,
        request: &PresignRequest,
    ) -> Result<PresignResponse> {
        let (store, blobs) = (&self.pipeline.store, &self.pipeline.blobs);
        let limits = &self.options.push_limits;
        check_announced_size(request.size_bytes, limits.mpack_bytes)?;
        check_announced_counts(&request.counts, limits)?;
        self.check_quota(repo, identity, request.size_bytes).await?;
        self.check_updates(repo, &request.updates).await?;
        let limit = self.options.queued_jobs_per_repo;
        if store.unfinished_jobs(repo.id, JobKind::Unpack).await? >= limit {
            return Err(StoreError::QueueFull { limit }.into());
        }
        let upload = BlobKey::upload(repo.uuid, request.mpack_key);
        let is_whole = request.parts.is_empty();
        let is_here = (is_whole && blobs.size(&upload).await? == Some(request.size_bytes))
            || self
                .pipeline
                .needs_no_bytes(repo, request.mpack_key, &request.updates)
                .await?;
        if is_here {
            return Ok(PresignResponse::default());
        }
        let lifetime = self.options.presign_lifetime;
        if !is_whole {
            let parts = Parts::new(blobs, repo.uuid, &request.parts)?;
            return parts.presign(request.size_bytes, lifetime).await;
        }
        let signed = blobs.presign_put(&upload, request.size_bytes, lifetime);
        Ok(PresignResponse {
            upload: Some(signed.await?),
            ..PresignResponse::default()
        })
    }

    /// Queues the verification of an uploaded mpack. The same request again gives the same job.
    ///
    /// # Errors
    /// [`Error::Problem`] where the updates break a rule or the mpack was never uploaded.
    pub(crate) async fn enqueue_unpack(
        &self,
        repo: &Repo,
        identity: &Identity,
        request: UnpackRequest,
    ) -> Result<JobStatus> {
        check_form(&request.updates)?;
        let key = request.mpack_key;
        let is_uploaded = self.is_uploaded(repo, &request).await?;
        // In this order, because an upload goes only after its push was published.
        if !is_uploaded && !self.pipeline.is_published(repo, key).await? {
            return Err(never_uploaded(key));
        }
        let (payload, request_digest) = encode_request("unpack", &request)?;
        let job = NewJob {
            repo: repo.id,
            kind: JobKind::Unpack,
            request_digest,
            payload,
            owner: Some(identity.user_id),
            updates: request.updates,
            queue_limit: self.options.queued_jobs_per_repo,
        };
        let job = self.pipeline.store.enqueue(&job).await?;
        Ok(job_status(repo, &job))
    }

    /// Whether the upload is there, or all of its parts.
    async fn is_uploaded(&self, repo: &Repo, request: &UnpackRequest) -> Result<bool> {
        let blobs = &self.pipeline.blobs;
        let size_bytes = if request.parts.is_empty() {
            let upload = BlobKey::upload(repo.uuid, request.mpack_key);
            blobs.size(&upload).await?
        } else {
            let parts = Parts::new(blobs, repo.uuid, &request.parts)?;
            parts.size_bytes().await?
        };
        Ok(size_bytes.is_some())
    }

    /// Runs a claimed [`JobKind::Unpack`].
    ///
    /// # Errors
    /// [`Error`] where the job is not done.
    pub(crate) async fn run_unpack(
        &self,
        claimed: ClaimedJob,
        cancellation: Cancellation,
    ) -> Result<()> {
        let request: UnpackRequest = decode_request(&claimed.job)?;
        let store = &self.pipeline.store;
        let repo = store.repo_by_id(claimed.job.repo).await?;
        let repo =
            repo.ok_or_else(|| Error::problem(ProblemCode::NotFound, "the repository is gone"))?;
        let push = Push {
            repo,
            actor: claimed.job.owner,
            updates: request.updates,
            mpack: Some(PushedMpack::Uploaded {
                key: request.mpack_key,
                parts: request.parts,
            }),
            job: Some(claimed.lease),
        };
        let steps = Steps::of_job(store.clone(), claimed.lease, cancellation);
        self.pipeline.run(push, steps).await.map(drop)
    }

    /// A file to receive a streamed mpack of this size in.
    ///
    /// # Errors
    /// [`Error::Problem`] where the mpack is too large to be streamed.
    pub(crate) async fn stage_stream(&self, size_bytes: u64) -> Result<StagingWriter> {
        check_announced_size(size_bytes, max_streamed_bytes(&self.options.push_limits))?;
        StagingWriter::create(self.pipeline.blobs.staging_dir())
            .await
            .map_err(|error| Error::internal("receiving an mpack", error))
    }

    /// Waits until a streamed push may run.
    pub(crate) async fn stream_permit(&self) -> OwnedSemaphorePermit {
        let permit = Arc::clone(&self.stream_permits).acquire_owned().await;
        permit.expect("the semaphore is never closed")
    }

    /// Runs a streamed push; when this returns, it is done. `received` is the mpack that `control`
    /// announces, of exactly the announced size and key. The permit is held until all work on it
    /// has ended.
    ///
    /// There is no job that could be asked for later: a client that loses the answer pushes again,
    /// and what is already here is not written twice.
    ///
    /// # Errors
    /// [`Error::Problem`] where the push breaks a rule; then nothing of it is visible.
    pub(crate) async fn accept_stream(
        &self,
        repo: &Repo,
        identity: &Identity,
        control: StreamControl,
        received: Option<StagedFile>,
        permit: OwnedSemaphorePermit,
    ) -> Result<JobStatus> {
        check_form(&control.updates)?;
        let announced = control.mpack.as_ref().map(|mpack| mpack.mpack_key);
        if announced != received.as_ref().map(|file| file.key) {
            let detail = "the bytes that came do not hash to the announced key";
            return Err(Error::problem(ProblemCode::MpackKeyMismatch, detail));
        }
        let id = Uuid::now_v7().to_string();
        let push = Push {
            repo: repo.clone(),
            actor: Some(identity.user_id),
            updates: control.updates,
            mpack: received.map(PushedMpack::Received),
            job: None,
        };
        let cancellation = Cancellation::default();
        let steps = Steps::of_request(id.clone(), cancellation.clone());
        let pipeline = Arc::clone(&self.pipeline);
        // Blocking work goes on when its request is dropped. So the push is a task of its own,
        // which keeps the permit until it has ended, and which is told to end with the request.
        let _stops_with_the_request = cancellation.on_drop();
        let work = async move {
            let report = pipeline.run(push, steps).await;
            drop(permit);
            report
        };
        let report = tokio::spawn(work.in_current_span())
            .await
            .unwrap_or_else(|panic| Err(Error::internal("running a push", panic)))?;
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
            wanted_refs: Vec::new(),
        })
    }

    /// Checks that the day's quotas take a push of so many bytes.
    ///
    /// # Errors
    /// [`Error::Problem`] says which one is used up.
    pub(crate) async fn check_quota(
        &self,
        repo: &Repo,
        identity: &Identity,
        size_bytes: u64,
    ) -> Result<()> {
        let (store, quota) = (&self.pipeline.store, &self.options.daily_quota);
        check_quota(store, quota, repo, identity, size_bytes).await
    }

    /// Checks ref updates against all rules that need no mpack: their number, their names, where
    /// the refs are now, and how branches are protected.
    ///
    /// # Errors
    /// [`Error::Problem`] names the first update that cannot succeed.
    pub(crate) async fn check_updates(&self, repo: &Repo, updates: &[RefUpdate]) -> Result<()> {
        check_form(updates)?;
        check_current(&self.pipeline.store, repo, updates).await?;
        protection::check_moves(&self.pipeline.store, repo, updates)
            .await
            .map(drop)
    }
}
