//! For unit tests: a whole server state in a temporary directory, histories to push to it, and a client
//! that believes nothing of what it fetches.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::convert::Infallible;
use std::sync::Mutex;
use std::time::Duration;

use muse_wire::api::fetch::{FetchPlan, FetchRequest};
use muse_wire::api::job::JobStatus;
use muse_wire::api::push::{RefUpdate, UnpackRequest};
use muse_wire::commit::{Author, Commit, CommitEnvelope, Timestamp};
use muse_wire::history::{Base, Boundary, HistoryCheck};
use muse_wire::id::{CommitId, Hasher, MpackKey, ObjectId, SnapshotId};
use muse_wire::mpack::{
    Counts, Mpack, MpackWriter, NewCommit, ObjectRow, Record, SinkError, VerifySink, verify,
};
use muse_wire::name::{RefName, RepoName};
use muse_wire::path::RepoPath;
use muse_wire::problem::Problem;
use muse_wire::snapshot::{Change, Entry, EntryKind, SnapshotRecord, Tree};
use tempfile::TempDir;

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
            force: false,
        };
        let mpack = project.mpack(commits);
        self.push(&mpack, &[update]).await.expect("pushed")
    }

    pub(crate) async fn refs(&self) -> BTreeMap<String, CommitId> {
        let refs = self.state.store.refs(self.repo.id).await.expect("answers");
        let pair = |entry: muse_wire::api::refs::RefEntry| (entry.name.to_string(), entry.target);
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
        force: false,
    }
}

pub(crate) fn key_of(mpack: &[u8]) -> MpackKey {
    let mut hasher = Hasher::new();
    hasher.update(mpack);
    MpackKey::from_bytes(hasher.finish())
}

/// A commit of a project, with all that belongs to it.
#[derive(Clone)]
pub(crate) struct Drawn {
    pub(crate) envelope: CommitEnvelope,
    pub(crate) commit: Commit,
    pub(crate) generation: u32,
    pub(crate) tree: Tree,
    pub(crate) record: SnapshotRecord,
}

/// What to put into an mpack; change what is to be wrong with it.
#[derive(Clone, Default)]
pub(crate) struct Draft {
    pub(crate) objects: Vec<(ObjectId, Vec<u8>)>,
    pub(crate) commits: Vec<Drawn>,
    pub(crate) snapshots: Vec<SnapshotRecord>,
}

impl Draft {
    pub(crate) fn write(&self) -> Vec<u8> {
        let counts = Counts {
            objects: self.objects.len() as u64,
            commits: self.commits.len() as u64,
            snapshots: self.snapshots.len() as u64,
            object_bytes: self
                .objects
                .iter()
                .map(|(_, contents)| contents.len() as u64)
                .sum(),
        };
        let mut writer = MpackWriter::new(Vec::new(), counts).expect("starts");
        for (id, contents) in &self.objects {
            writer.add_object(*id, contents).expect("added");
        }
        for drawn in &self.commits {
            let commit = NewCommit {
                envelope: &drawn.envelope,
                commit: &drawn.commit,
                generation: drawn.generation,
            };
            writer.add_commit(&commit).expect("added");
        }
        for record in &self.snapshots {
            writer.add_snapshot(record).expect("added");
        }
        writer.finish().expect("finished").out
    }
}

/// A history to push.
#[derive(Default)]
pub(crate) struct Project {
    commits: HashMap<CommitId, Drawn>,
    contents: HashMap<ObjectId, Vec<u8>>,
}

impl Project {
    pub(crate) fn commit(&self, id: &CommitId) -> &Drawn {
        &self.commits[id]
    }

    /// Makes a commit that writes (or, with `None`, removes) these files.
    pub(crate) fn add(&mut self, parents: &[CommitId], files: &[(&str, Option<&str>)]) -> CommitId {
        let base = parents
            .first()
            .map(|parent| self.commits[parent].tree.clone());
        let mut changes: Vec<Change> = files
            .iter()
            .map(|(path, contents)| Change {
                path: RepoPath::new(*path).expect("valid"),
                entry: contents.map(|contents| Entry {
                    kind: EntryKind::File,
                    object: self.keep(contents.as_bytes()),
                }),
            })
            .collect();
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        let tree = base
            .clone()
            .unwrap_or_default()
            .apply(&changes)
            .expect("applies");
        let commit = Commit {
            parents: parents.to_vec(),
            snapshot: tree.id(),
            author: Author {
                name: "Ada".to_owned(),
                email: String::new(),
            },
            committed_at: Timestamp {
                seconds: 1_700_000_000 + i64::try_from(self.commits.len()).expect("few"),
                offset_minutes: 0,
            },
            message: format!("commit {}", self.commits.len()),
            metadata: BTreeMap::new(),
            delta_digest: None,
        };
        let envelope = CommitEnvelope::plain(commit.encode().expect("valid"));
        let generations = parents.iter().map(|parent| self.commits[parent].generation);
        let drawn = Drawn {
            generation: 1 + generations.max().unwrap_or(0),
            record: tree.record_against(base.as_ref()),
            envelope,
            commit,
            tree,
        };
        let id = drawn.envelope.id();
        self.commits.insert(id, drawn);
        id
    }

    /// Makes a line of commits that each write one file of their own.
    pub(crate) fn add_line(&mut self, parent: Option<CommitId>, count: usize) -> Vec<CommitId> {
        let mut line = Vec::new();
        let mut parents: Vec<CommitId> = parent.into_iter().collect();
        for _ in 0..count {
            let number = self.commits.len();
            let (path, contents) = (format!("file{number}"), format!("contents {number}"));
            let id = self.add(&parents, &[(&path, Some(&contents))]);
            parents = vec![id];
            line.push(id);
        }
        line
    }

    fn keep(&mut self, contents: &[u8]) -> ObjectId {
        let id = ObjectId::of(contents);
        self.contents.insert(id, contents.to_vec());
        id
    }

    /// What a client would send for these commits.
    pub(crate) fn draft(&self, commits: &[CommitId]) -> Draft {
        let mut draft = Draft::default();
        let mut objects = HashSet::new();
        let mut snapshots = HashSet::new();
        for id in commits {
            let drawn = &self.commits[id];
            draft.commits.push(drawn.clone());
            if snapshots.insert(drawn.record.id) {
                for (_, entry) in drawn.record.additions() {
                    if objects.insert(entry.object) {
                        let contents = self.contents[&entry.object].clone();
                        draft.objects.push((entry.object, contents));
                    }
                }
                if drawn.record.base != Some(drawn.record.id) {
                    draft.snapshots.push(drawn.record.clone());
                }
            }
        }
        draft
    }

    pub(crate) fn mpack(&self, commits: &[CommitId]) -> Vec<u8> {
        self.draft(commits).write()
    }
}

/// A client: applies mpacks in order, and takes nothing that does not fit onto what it has.
#[derive(Default)]
pub(crate) struct Client {
    pub(crate) tips: HashSet<CommitId>,
    commits: HashMap<CommitId, (u32, Commit)>,
    trees: HashMap<SnapshotId, Tree>,
    pub(crate) objects: HashSet<ObjectId>,
}

struct Held<'a>(&'a Client);

impl Boundary for Held<'_> {
    type Error = Infallible;

    fn generation(&mut self, id: &CommitId) -> Result<Option<u32>, Infallible> {
        Ok(self.0.commits.get(id).map(|(generation, _)| *generation))
    }

    fn base(&mut self, id: &SnapshotId) -> Result<Option<Base>, Infallible> {
        let tree = self.0.trees.get(id).cloned();
        Ok(tree.map(|tree| Base {
            tree,
            chain_bytes: 0,
        }))
    }

    fn has_snapshot(&mut self, id: &SnapshotId) -> Result<bool, Infallible> {
        Ok(self.0.trees.contains_key(id))
    }
}

#[derive(Default)]
struct Received(Mutex<HashSet<ObjectId>>);

impl VerifySink for Received {
    fn object(&self, row: &ObjectRow, _: u64, _: &[u8]) -> Result<(), SinkError> {
        self.0.lock().expect("no panic").insert(row.id);
        Ok(())
    }
}

impl Client {
    pub(crate) fn has_commit(&self, id: &CommitId) -> bool {
        self.commits.contains_key(id)
    }

    fn apply(&mut self, key: MpackKey, bytes: &[u8]) {
        let mpack = Mpack::from_bytes(bytes.to_vec()).expect("opens");
        let received = Received::default();
        let mut commits = Vec::new();
        let mut trees = Vec::new();
        let mut history = HistoryCheck::new(mpack.tables(), Held(self));
        verify(
            &mut &bytes[..],
            mpack.tables(),
            &key,
            &received,
            &mut |record| {
                match record {
                    Record::Commit { row, commit, .. } => {
                        history.commit(&row, &commit)?;
                        commits.push((row.id, (row.generation, commit)));
                    }
                    Record::Snapshot(record) => {
                        trees.push((record.id, history.snapshot(&record)?.tree))
                    }
                }
                Ok(())
            },
        )
        .expect("verifies, and fits onto what is here");
        let outside = history.finish();
        self.objects
            .extend(received.0.into_inner().expect("no panic"));
        for object in outside {
            assert!(self.objects.contains(&object), "{object} is missing");
        }
        self.commits.extend(commits);
        self.trees.extend(trees);
    }

    /// Everything that `tip` reaches is here, down to the last object.
    fn check_whole(&self, tip: &CommitId) {
        let mut seen = HashSet::from([*tip]);
        let mut stack = vec![*tip];
        while let Some(id) = stack.pop() {
            let (_, commit) = &self.commits[&id];
            for (path, entry) in self.trees[&commit.snapshot].entries() {
                assert!(
                    self.objects.contains(&entry.object),
                    "{path} of {id} is missing"
                );
            }
            stack.extend(commit.parents.iter().filter(|parent| seen.insert(**parent)));
        }
    }
}
