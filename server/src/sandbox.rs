//! For unit tests: a server's services in a temporary directory, without a listener.

mod client;
mod gated_blobs;
mod project;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use muse_wire::api::fetch::{FetchPlan, FetchRequest};
use muse_wire::api::job::{JobState, JobStatus};
use muse_wire::api::push::{RefUpdate, UnpackRequest};
use muse_wire::api::refs::RefEntry;
use muse_wire::id::{CommitId, MpackKey, PartId};
use muse_wire::problem::Problem;
use tempfile::TempDir;

pub(crate) use client::Client;
pub(crate) use gated_blobs::GatedBlobs;
pub(crate) use project::{Draft, DraftChunk, Project, noise};

use crate::blobs::conformance::key_of;
use crate::blobs::{BlobArea, BlobKey, Blobs};
use crate::config::Config;
use crate::error::Result;
use crate::fetch::FetchOutcome;
use crate::jobs::{WorkerOptions, Workers, job_status};
use crate::server::Assembly;
use crate::store::built_mpacks::BuildId;
use crate::store::conformance::sample;
use crate::store::tokens::Scope;
use crate::store::{Identity, Repo, Store};

/// A server's services, a repository, and the user who owns it.
pub(crate) struct Sandbox {
    pub(crate) server: Assembly,
    pub(crate) repo: Repo,
    pub(crate) identity: Identity,
    workers: Option<Workers>,
    _directory: TempDir,
}

impl Sandbox {
    /// A sandbox with a worker.
    pub(crate) async fn new() -> Self {
        let mut sandbox = Self::idle(|_| {}).await;
        sandbox.start_worker();
        sandbox
    }

    /// A sandbox without workers, its settings changed by `adjust`.
    pub(crate) async fn idle(adjust: impl FnOnce(&mut Config)) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut config = Config::new(directory.path());
        // Whatever else the machine does, plans are not left to jobs.
        config.fetch_patience = Duration::from_secs(60);
        adjust(&mut config);
        let server = Assembly::open(&config).await.expect("opens");
        let repo = sample::repo(&server.store, "ada/project").await;
        Self {
            server,
            identity: Identity {
                user_id: repo.owner_id,
                user: "ada".to_owned(),
                scope: Scope::Write,
                repo: None,
                expires_at_ms: None,
            },
            repo,
            workers: None,
            _directory: directory,
        }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.server.store
    }

    pub(crate) fn blobs(&self) -> &Blobs {
        &self.server.blobs.store
    }

    pub(crate) fn start_worker(&mut self) {
        let handlers = self.server.job_handlers();
        let options = WorkerOptions {
            count: 1,
            job_retention: Duration::from_secs(3600),
        };
        self.workers = Some(Workers::start(self.store(), handlers, &options));
    }

    pub(crate) async fn stop_worker(&mut self) {
        if let Some(workers) = self.workers.take() {
            workers.shutdown().await;
        }
    }

    pub(crate) async fn upload(&self, key: MpackKey, mpack: &[u8]) {
        let blob = BlobKey::upload(self.repo.uuid, key);
        let bytes = Bytes::copy_from_slice(mpack);
        self.blobs().put_bytes(&blob, bytes).await.expect("put");
    }

    /// Stores a part of an upload as its client would.
    pub(crate) async fn upload_part(&self, bytes: &[u8]) -> PartId {
        let part = PartId::of(bytes);
        let blob = BlobKey::part(self.repo.uuid, part);
        let bytes = Bytes::copy_from_slice(bytes);
        self.blobs().put_bytes(&blob, bytes).await.expect("put");
        part
    }

    pub(crate) async fn enqueue(&self, key: MpackKey, updates: &[RefUpdate]) -> Result<JobStatus> {
        let request = UnpackRequest {
            mpack_key: key,
            updates: updates.to_vec(),
            parts: Vec::new(),
        };
        let ingest = &self.server.ingest;
        ingest
            .enqueue_unpack(&self.repo, &self.identity, request)
            .await
    }

    /// Waits for a job's end.
    pub(crate) async fn finish(&self, job: &JobStatus) -> JobStatus {
        let id = job.job_id.parse().expect("a job id");
        loop {
            let wait = Duration::from_secs(20);
            let found = self.store().wait_for_job(self.repo.id, id, wait).await;
            let job = found.expect("answers").expect("is there");
            if job.state.is_final() {
                return job_status(&self.repo, &job);
            }
        }
    }

    /// Uploads an mpack under `key`, and waits for what becomes of it.
    pub(crate) async fn push_as(
        &self,
        key: MpackKey,
        mpack: &[u8],
        updates: &[RefUpdate],
    ) -> Result<JobStatus, Problem> {
        self.upload(key, mpack).await;
        let job = self.enqueue(key, updates).await.expect("queued");
        let status = self.finish(&job).await;
        match status.error {
            Some(problem) => Err(problem),
            None => Ok(status),
        }
    }

    pub(crate) async fn push(
        &self,
        mpack: &[u8],
        updates: &[RefUpdate],
    ) -> Result<JobStatus, Problem> {
        self.push_as(key_of(mpack), mpack, updates).await
    }

    /// Pushes these commits of a project, to move `main` from the first one's first parent to the
    /// last one.
    pub(crate) async fn push_main(&self, project: &Project, commits: &[CommitId]) -> JobStatus {
        let old = project.commit(&commits[0]).commit.parents.first().copied();
        let update = update("main", old, commits.last().copied());
        let mpack = project.mpack(commits);
        self.push(&mpack, &[update]).await.expect("pushed")
    }

    pub(crate) async fn refs(&self) -> BTreeMap<String, CommitId> {
        let refs = self.store().refs(self.repo.id).await.expect("answers");
        let pair = |entry: RefEntry| (entry.name.to_string(), entry.target);
        refs.into_iter().map(pair).collect()
    }

    pub(crate) async fn plan(&self, want: &[CommitId], have: &[CommitId]) -> Result<FetchPlan> {
        self.plan_for(FetchRequest {
            want: want.to_vec(),
            have: have.to_vec(),
            ..FetchRequest::default()
        })
        .await
    }

    async fn plan_for(&self, request: FetchRequest) -> Result<FetchPlan> {
        let fetch = &self.server.fetch;
        match fetch.plan(&self.repo, request).await? {
            FetchOutcome::Plan(plan) => Ok(plan),
            FetchOutcome::Job(job) => {
                let status = self.finish(&job).await;
                assert_eq!(status.status, JobState::Done, "{:?}", status.error);
                let id = job.job_id.parse().expect("a job id");
                let job = self.store().job(self.repo.id, id).await?.expect("is there");
                fetch.plan_of_job(&self.repo, &job).await
            }
        }
    }

    /// Fetches as a client does, and checks that all of `want` has arrived.
    pub(crate) async fn fetch(&self, client: &mut Client, want: &[CommitId]) -> FetchPlan {
        let request = FetchRequest {
            want: want.to_vec(),
            have: client.tips.iter().copied().collect(),
            lacking: client.withheld.iter().copied().collect(),
            ..FetchRequest::default()
        };
        let plan = self.plan_for(request).await.expect("planned");
        let withheld = plan.withheld.iter().map(|withheld| withheld.object);
        client.withheld = withheld.collect();
        for mpack in &plan.mpacks {
            let pushed = BlobKey::mpack(self.repo.uuid, mpack.mpack_key);
            let mut places = self.built().await;
            places.retain(|blob| blob.mpack_key() == mpack.mpack_key);
            places.push(pushed);
            let blob = places.first().expect("there is one place at least");
            let stored = self.blobs().read_range(blob, 0..mpack.size_bytes).await;
            let stored = stored.expect("every mpack of a plan is stored");
            if let Some(inline) = &mpack.inline {
                assert_eq!(inline[..], stored[..]);
            } else {
                assert!(mpack.download.is_some());
            }
            client.apply(mpack.mpack_key, &stored);
        }
        for id in want {
            client.check_whole(id);
        }
        client.tips = want.iter().copied().collect();
        plan
    }

    /// Bytes of all published mpacks together, as the blob store has them.
    pub(crate) async fn stored_bytes(&self) -> u64 {
        let listed = self.blobs().list(BlobArea::Mpacks).await.expect("lists");
        listed.iter().map(|entry| entry.size_bytes).sum()
    }

    /// The blobs that were built for fetches.
    pub(crate) async fn built(&self) -> Vec<BlobKey> {
        let listed = self.blobs().list(BlobArea::Built).await.expect("lists");
        listed.into_iter().map(|entry| entry.key).collect()
    }

    /// Lets everything expire that was built.
    pub(crate) async fn expire_built(&self) {
        for blob in self.built().await {
            let id = BuildId(blob.instance().expect("each build has a blob of its own"));
            self.store().expire_build(id).await.expect("expired");
        }
    }

    /// Clones all refs.
    pub(crate) async fn clone_all(&self) -> (Client, FetchPlan) {
        let mut client = Client::default();
        let want: Vec<_> = self.refs().await.into_values().collect();
        let plan = self.fetch(&mut client, &want).await;
        (client, plan)
    }
}

/// The update of a branch that is not forced.
pub(crate) fn update(branch: &str, old: Option<CommitId>, new: Option<CommitId>) -> RefUpdate {
    sample::ref_update(&format!("refs/heads/{branch}"), old, new)
}
