//! For unit tests: a whole server state in a temporary directory, histories to push to it, and a client
//! that believes nothing of what it fetches.

mod client;
mod project;

use std::collections::BTreeMap;
use std::time::Duration;

use muse_wire::api::fetch::{FetchPlan, FetchRequest};
use muse_wire::api::job::JobStatus;
use muse_wire::api::push::{Force, RefUpdate, UnpackRequest};
use muse_wire::api::refs::RefEntry;
use muse_wire::id::{CommitId, Hasher, MpackKey};
use muse_wire::name::{RefName, RepoName};
use muse_wire::problem::Problem;
use tempfile::TempDir;

pub(crate) use client::Client;
pub(crate) use project::{Draft, Project};

use crate::app::AppState;
use crate::blobs::BlobKey;
use crate::config::Config;
use crate::failure::Failure;
use crate::fetch::{self, FetchOutcome};
use crate::ingest;
use crate::jobs::worker::{self, Workers};
use crate::store::accounts::Scope;
use crate::store::repos::NewRepo;
use crate::store::{Identity, Repo};

/// A server without a listener.
pub(crate) struct Sandbox {
    pub(crate) state: AppState,
    pub(crate) repo: Repo,
    pub(crate) identity: Identity,
    workers: Option<Workers>,
    _directory: TempDir,
}

impl Sandbox {
    /// One with a worker.
    pub(crate) async fn new() -> Self {
        let mut sandbox = Self::idle(|_| {}).await;
        sandbox.start_worker();
        sandbox
    }

    /// One without workers, its settings changed by `adjust`.
    pub(crate) async fn idle(adjust: impl FnOnce(&mut Config)) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut config = Config::new(directory.path());
        adjust(&mut config);
        let state = AppState::open(config).await.expect("opens");
        let store = &state.store;
        let user_id = store.create_user("ada").await.expect("made");
        let name = RepoName::new("ada", "project").expect("valid");
        let new = NewRepo {
            name,
            private: false,
            default_branch: branch("main"),
        };
        let repo = store.create_repo(&new).await.expect("made");
        Self {
            state,
            repo,
            identity: Identity {
                user_id,
                user: "ada".to_owned(),
                scope: Scope::Write,
            },
            workers: None,
            _directory: directory,
        }
    }

    pub(crate) fn start_worker(&mut self) {
        self.workers = Some(worker::spawn(self.state.clone(), 1));
    }

    pub(crate) async fn stop_worker(&mut self) {
        if let Some(workers) = self.workers.take() {
            workers.shutdown().await;
        }
    }

    pub(crate) async fn upload(&self, key: MpackKey, mpack: &[u8]) {
        let blob = BlobKey::upload(self.repo.uuid, key);
        let bytes = bytes::Bytes::copy_from_slice(mpack);
        self.state.blobs.put_bytes(&blob, bytes).await.expect("put");
    }

    pub(crate) async fn enqueue(
        &self,
        key: MpackKey,
        updates: &[RefUpdate],
    ) -> Result<JobStatus, Failure> {
        let request = UnpackRequest {
            mpack_key: key,
            updates: updates.to_vec(),
        };
        ingest::enqueue_unpack(&self.state, &self.repo, &self.identity, request).await
    }

    /// Waits for a job's end.
    pub(crate) async fn finish(&self, job: &JobStatus) -> JobStatus {
        let id = job.job_id.parse().expect("a job id");
        loop {
            let wait = Duration::from_secs(20);
            let status = ingest::status(&self.state, &self.repo, id, wait)
                .await
                .expect("answers")
                .expect("is there");
            if status.status.is_final() {
                return status;
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

    /// Pushes these commits of a project, to move `main` from the first's first parent to the last.
    pub(crate) async fn push_main(&self, project: &Project, commits: &[CommitId]) -> JobStatus {
        let update = RefUpdate {
            name: branch("main"),
            old: project.commit(&commits[0]).commit.parents.first().copied(),
            new: commits.last().copied(),
            force: Force::No,
        };
        let mpack = project.mpack(commits);
        self.push(&mpack, &[update]).await.expect("pushed")
    }

    pub(crate) async fn refs(&self) -> BTreeMap<String, CommitId> {
        let refs = self.state.store.refs(self.repo.id).await.expect("answers");
        let pair = |entry: RefEntry| (entry.name.to_string(), entry.target);
        refs.into_iter().map(pair).collect()
    }

    pub(crate) async fn plan(
        &self,
        want: &[CommitId],
        have: &[CommitId],
    ) -> Result<FetchPlan, Failure> {
        let request = FetchRequest {
            want: want.to_vec(),
            have: have.to_vec(),
        };
        match fetch::plan(&self.state, &self.repo, request).await? {
            FetchOutcome::Plan(plan) => Ok(plan),
            FetchOutcome::Job(job) => {
                let status = self.finish(&job).await;
                Ok(status.fetch.expect("a finished fetch has its plan"))
            }
        }
    }

    /// Fetches like a client, and checks that all of `want` has arrived.
    pub(crate) async fn fetch(&self, client: &mut Client, want: &[CommitId]) -> FetchPlan {
        let have: Vec<_> = client.tips.iter().copied().collect();
        let plan = self.plan(want, &have).await.expect("planned");
        for mpack in &plan.mpacks {
            let blob = BlobKey::mpack(self.repo.uuid, mpack.mpack_key);
            let stored = self
                .state
                .blobs
                .read_range(&blob, 0..mpack.size_bytes)
                .await;
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

    /// Clones all refs.
    pub(crate) async fn clone_all(&self) -> (Client, FetchPlan) {
        let mut client = Client::default();
        let want: Vec<_> = self.refs().await.into_values().collect();
        let plan = self.fetch(&mut client, &want).await;
        (client, plan)
    }
}

pub(crate) fn branch(name: &str) -> RefName {
    RefName::branch(name).expect("valid")
}

pub(crate) fn update(name: &str, old: Option<CommitId>, new: Option<CommitId>) -> RefUpdate {
    RefUpdate {
        name: branch(name),
        old,
        new,
        force: Force::No,
    }
}

pub(crate) fn key_of(mpack: &[u8]) -> MpackKey {
    let mut hasher = Hasher::new();
    hasher.update(mpack);
    MpackKey::from_bytes(hasher.finish())
}
