//! Which objects readers may see: those of commits that a branch or a tag reaches.
//!
//! What only a deleted branch or a force push away brought is not to be read any more, even by
//! those who know its id. Where every commit is reachable, so is every object. Else the objects
//! that the unreachable commits added are hidden, less those that reachable commits have, too. Only
//! reachable commits that came with the first unreachable ones or later can have them. An object
//! that came with commits of which all are reachable counts as theirs.
//!
//! The outcome is kept for as long as no ref moves, and carried over to the next state of the refs
//! where the same commits are unreachable.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::sync::Arc;

use muse_wire::id::{CommitId, ObjectId, SnapshotId};
use tokio::sync::{Mutex, Semaphore};

use super::trees::{for_each_addition, load_tree};
use crate::error::{Error, Result};
use crate::store::Store;
use crate::store::commits::StoredCommit;
use crate::store::mpacks::MpackId;
use crate::store::repos::RepoId;

/// Most repositories whose outcome is kept.
const MAX_REPOS: usize = 64;

/// How many repositories are walked at a time; more wait.
const MAX_CONCURRENT_WALKS: usize = 2;

/// How many snapshot records are held in memory at a time.
const RECORDS_AT_A_TIME: usize = 1_000;

/// Says which objects readers may see.
pub(crate) struct VisibleObjects {
    store: Store,
    walks: Semaphore,
    /// The lock of each repository is held while its view is made, so that it is made once.
    views: Mutex<HashMap<RepoId, Arc<Mutex<View>>>>,
}

/// What a view depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    /// None where the repository is gone.
    refs_version: Option<u64>,
    mpack_count: u64,
}

/// What is hidden in a repository.
#[derive(Default)]
struct View {
    /// The state of the repository that this holds for; none where nothing is known yet.
    state: Option<State>,
    unreachable: HashSet<CommitId>,
    /// The mpacks that brought unreachable commits.
    mpacks: HashSet<MpackId>,
    /// What the unreachable commits added and no reachable one has.
    hidden: HashSet<ObjectId>,
    /// The latest mpack whose commits were looked at.
    last_mpack: Option<MpackId>,
}

impl VisibleObjects {
    /// Knows nothing yet.
    pub(crate) fn new(store: Store) -> Self {
        Self {
            store,
            walks: Semaphore::new(MAX_CONCURRENT_WALKS),
            views: Mutex::default(),
        }
    }

    /// Whether readers may see an object that this mpack brought.
    ///
    /// # Errors
    /// [`Error`] where the database fails or is damaged.
    pub(crate) async fn contains(
        &self,
        repo: RepoId,
        id: &ObjectId,
        mpack: MpackId,
    ) -> Result<bool> {
        let seen = self.among(repo, &[(*id, mpack)]).await?;
        Ok(seen.contains(id))
    }

    /// Those of the objects, each with the mpack that brought it, that readers may see.
    ///
    /// # Errors
    /// [`Error`] where the database fails or is damaged.
    pub(crate) async fn among(
        &self,
        repo: RepoId,
        objects: &[(ObjectId, MpackId)],
    ) -> Result<HashSet<ObjectId>> {
        let view = self.view(repo).await;
        let mut view = view.lock().await;
        let state = self.state(repo).await?;
        if view.state != Some(state) {
            let _permit = self.walks.acquire().await;
            // A call that is cancelled or fails leaves a view that knows nothing.
            let before = mem::take(&mut *view);
            *view = self.updated(repo, before).await?;
            view.state = Some(state);
        }
        let is_hidden = |id, mpack| view.mpacks.contains(mpack) && view.hidden.contains(id);
        let seen = objects.iter().filter(|(id, mpack)| !is_hidden(id, mpack));
        Ok(seen.map(|(id, _)| *id).collect())
    }

    async fn view(&self, repo: RepoId) -> Arc<Mutex<View>> {
        let mut views = self.views.lock().await;
        if views.len() >= MAX_REPOS
            && !views.contains_key(&repo)
            && let Some(any) = views.keys().next().copied()
        {
            views.remove(&any);
        }
        Arc::clone(views.entry(repo).or_default())
    }

    /// Changes whenever commits come or refs move.
    async fn state(&self, repo: RepoId) -> Result<State> {
        let found = self.store.repo_by_id(repo).await?;
        Ok(State {
            refs_version: found.map(|repo| repo.refs_version),
            mpack_count: self.store.mpack_count(repo).await?,
        })
    }

    /// What is hidden now, given what was hidden before.
    async fn updated(&self, repo: RepoId, mut view: View) -> Result<View> {
        let unreachable = self.store.unreachable_commits(repo).await?;
        if unreachable.is_empty() {
            return Ok(View::default());
        }
        let history = History {
            commits: self.store.commit_nodes_from(repo, 0).await?,
            unreachable: unreachable.into_keys().collect(),
        };
        let last_mpack = history.commits.values().map(|commit| commit.mpack).max();
        let from = if history.unreachable == view.unreachable {
            // Commits that came since may have what was hidden.
            view.last_mpack
        } else {
            let brought = history.unreachable.iter();
            let brought = brought.filter_map(|id| history.commits.get(id));
            view.mpacks = brought.map(|commit| commit.mpack).collect();
            view.hidden = self.additions_of_unreachable(repo, &history).await?;
            view.mpacks.iter().min().copied()
        };
        if let Some(from) = from {
            self.keep_reachable(repo, &history, from, &mut view.hidden)
                .await?;
        }
        view.unreachable = history.unreachable;
        view.last_mpack = last_mpack;
        Ok(view)
    }

    /// What the unreachable commits' snapshots have and their bases have not.
    async fn additions_of_unreachable(
        &self,
        repo: RepoId,
        history: &History,
    ) -> Result<HashSet<ObjectId>> {
        let snapshots = history.snapshots(|id, _| history.unreachable.contains(id));
        let mut additions = HashSet::new();
        for chunk in snapshots.chunks(RECORDS_AT_A_TIME) {
            let records = self.store.snapshot_records(repo, chunk).await?;
            for stored in records.values() {
                for_each_addition(stored, |_, entry| {
                    additions.insert(entry.object);
                })?;
            }
        }
        Ok(additions)
    }

    /// Removes from `hidden` what reachable commits have that came with `from` or later.
    async fn keep_reachable(
        &self,
        repo: RepoId,
        history: &History,
        from: MpackId,
        hidden: &mut HashSet<ObjectId>,
    ) -> Result<()> {
        let reachable = |id: &CommitId| !history.unreachable.contains(id);
        let all: HashSet<SnapshotId> = history
            .snapshots(|id, _| reachable(id))
            .into_iter()
            .collect();
        let later = history.snapshots(|id, commit| reachable(id) && commit.mpack >= from);
        for chunk in later.chunks(RECORDS_AT_A_TIME) {
            if hidden.is_empty() {
                break;
            }
            let records = self.store.snapshot_records(repo, chunk).await?;
            for (id, stored) in &records {
                if stored.base.is_none_or(|base| all.contains(&base)) {
                    for_each_addition(stored, |_, entry| {
                        hidden.remove(&entry.object);
                    })?;
                    continue;
                }
                // What the base has is reachable only through this snapshot.
                let base = load_tree(&self.store, repo, *id).await?.ok_or_else(|| {
                    let reason = format!("snapshot {id} has no record");
                    Error::internal("finding reachable objects", reason)
                })?;
                base.tree.for_each_object(|object| {
                    hidden.remove(&object);
                });
            }
        }
        Ok(())
    }
}

/// All commits of a repository, and which of them no ref reaches.
struct History {
    commits: HashMap<CommitId, StoredCommit>,
    unreachable: HashSet<CommitId>,
}

impl History {
    /// The snapshots of these commits, each once.
    fn snapshots(&self, choose: impl Fn(&CommitId, &StoredCommit) -> bool) -> Vec<SnapshotId> {
        let chosen = self
            .commits
            .iter()
            .filter(|(id, commit)| choose(id, commit));
        let snapshots: HashSet<SnapshotId> = chosen.map(|(_, commit)| commit.snapshot).collect();
        snapshots.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use muse_wire::api::push::{Force, RefUpdate, StreamControl};

    use super::*;
    use crate::sandbox::{Project, Sandbox, update};

    async fn sees(sandbox: &Sandbox, visible: &VisibleObjects, contents: &[u8]) -> bool {
        let (id, repo) = (ObjectId::of(contents), sandbox.repo.id);
        let found = sandbox.store().object_locations(repo, &[id]).await;
        let location = found.expect("asked")[&id];
        visible
            .contains(repo, &id, location.mpack)
            .await
            .expect("asked")
    }

    /// `main` with one commit, `dev` with two more that came in one mpack, and what may be seen.
    async fn with_dev() -> (Sandbox, Project, Vec<CommitId>, VisibleObjects) {
        let sandbox = Sandbox::new().await;
        let mut project = Project::default();
        let line = project.add_line(None, 3);
        sandbox.push_main(&project, &line[..1]).await;
        let dev = update("dev", None, Some(line[2]));
        let pushed = sandbox.push(&project.mpack(&line[1..]), &[dev]).await;
        pushed.expect("pushed");
        let visible = VisibleObjects::new(sandbox.store().clone());
        assert!(sees(&sandbox, &visible, b"contents 2").await);
        (sandbox, project, line, visible)
    }

    async fn move_refs(sandbox: &Sandbox, updates: &[RefUpdate]) {
        let control = StreamControl {
            updates: updates.to_vec(),
            mpack: None,
        };
        let ingest = &sandbox.server.ingest;
        let permit = ingest.stream_permit().await;
        let pushed = ingest.accept_stream(&sandbox.repo, &sandbox.identity, control, None, permit);
        pushed.await.expect("pushed");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn only_what_is_left_of_a_branch_is_seen() {
        let (sandbox, _, line, visible) = with_dev().await;
        let back = RefUpdate {
            force: Force::WithLease,
            ..update("dev", Some(line[2]), Some(line[1]))
        };
        move_refs(&sandbox, &[back]).await;
        assert!(sees(&sandbox, &visible, b"contents 0").await);
        assert!(sees(&sandbox, &visible, b"contents 1").await);
        assert!(!sees(&sandbox, &visible, b"contents 2").await);
        move_refs(&sandbox, &[update("dev", Some(line[1]), None)]).await;
        assert!(sees(&sandbox, &visible, b"contents 0").await);
        assert!(!sees(&sandbox, &visible, b"contents 1").await);
        // A new server comes to the same.
        let fresh = VisibleObjects::new(sandbox.store().clone());
        assert!(!sees(&sandbox, &fresh, b"contents 1").await);
        move_refs(&sandbox, &[update("again", None, Some(line[2]))]).await;
        assert!(sees(&sandbox, &visible, b"contents 2").await);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_another_branch_has_too_is_seen() {
        let (sandbox, mut project, line, visible) = with_dev().await;
        move_refs(&sandbox, &[update("dev", Some(line[2]), None)]).await;
        assert!(!sees(&sandbox, &visible, b"contents 1").await);
        // The same contents elsewhere, without a copy in the mpack.
        let other = project.add(&line[..1], &[("other", Some("contents 1"))]);
        let mut draft = project.draft(&[other]);
        draft.objects.clear();
        let main = update("main", Some(line[0]), Some(other));
        sandbox.push(&draft.write(), &[main]).await.expect("pushed");
        assert!(sees(&sandbox, &visible, b"contents 1").await);
        assert!(!sees(&sandbox, &visible, b"contents 2").await);
        // A record that builds on the lost branch has what its base has.
        let tip = project.add(
            &[other],
            &[("file1", Some("contents 1")), ("file2", Some("contents 2"))],
        );
        let mut draft = project.draft(&[tip]);
        draft.objects.clear();
        let lost = &project.commit(&line[2]).tree;
        draft.snapshots = vec![project.commit(&tip).tree.record_against(Some(lost))];
        let main = update("main", Some(other), Some(tip));
        sandbox.push(&draft.write(), &[main]).await.expect("pushed");
        assert!(sees(&sandbox, &visible, b"contents 2").await);
    }
}
