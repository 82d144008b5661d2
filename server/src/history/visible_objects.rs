//! Which objects readers may see: those of commits that a branch or a tag reaches.
//!
//! What only a deleted branch or a force push away brought is not to be read any more, even by
//! those who know its id. Soon after a branch has gone, lost mpacks hold it, and what they hold is
//! hidden. Until then, some mpacks hold both what is reachable and what is not. Of those, the
//! objects that the unreachable commits added are hidden, less those that reachable commits have,
//! too. Only reachable commits that came with the first ones in the mpacks that hold such objects,
//! or later, can have them.
//!
//! The outcome is kept for as long as no ref moves and no mpack comes, and carried over to the next
//! state where the same commits are unreachable.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::sync::Arc;

use muse_wire::id::{CommitId, ObjectId, SnapshotId};
use tokio::sync::{Mutex, Semaphore};

use super::trees::{for_each_addition, for_each_object_of};
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::store::Store;
use crate::store::commits::StoredCommit;
use crate::store::consolidation::RepoState;
use crate::store::mpacks::{Lane, MpackId};
use crate::store::repos::RepoId;

/// How often an object is looked for that moves while it is looked for.
const MAX_LOOKS: usize = 8;

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

/// What is hidden in a repository.
#[derive(Default)]
struct View {
    /// The state of the repository that this holds for; none where nothing is known yet.
    state: Option<RepoState>,
    /// Mpacks that hold nothing that readers may see.
    lost: HashSet<MpackId>,
    /// The unreachable commits that other mpacks hold.
    unreachable: HashSet<CommitId>,
    /// Those mpacks.
    holders: HashSet<MpackId>,
    /// The mpacks in which hidden objects may lie: the holders, and others of side branches.
    mpacks: HashSet<MpackId>,
    /// What these commits added and no reachable one has.
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

    /// Whether readers may see an object that this mpack holds, or held until a moment ago: where
    /// another one has taken its place, that one counts.
    ///
    /// # Errors
    /// [`Error`] where the database fails or is damaged.
    pub(crate) async fn contains(
        &self,
        repo: RepoId,
        id: &ObjectId,
        mpack: MpackId,
    ) -> Result<bool> {
        let mut holders = HashSet::from([mpack]);
        for _ in 0..MAX_LOOKS {
            let asked: Vec<_> = holders.iter().map(|mpack| (*id, *mpack)).collect();
            if !self.among(repo, &asked).await?.contains(id) {
                return Ok(false);
            }
            let found = self.store.object_holders(repo, &[*id]).await?.into_iter();
            let found: HashSet<MpackId> = found.map(|(_, mpack)| mpack).collect();
            if !found.is_disjoint(&holders) {
                return Ok(true);
            }
            holders = found;
        }
        Ok(false)
    }

    /// Those of the objects, each with the mpack that holds it, that readers may see.
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
        let state = self.store.repo_state(repo).await?;
        if state.is_none() || view.state != state {
            let _permit = self.walks.acquire().await;
            // A call that is cancelled or fails leaves a view that knows nothing.
            let before = mem::take(&mut *view);
            *view = self.updated(repo, before).await?;
            view.state = state;
        }
        let is_hidden = |id, mpack| {
            view.lost.contains(mpack) || view.mpacks.contains(mpack) && view.hidden.contains(id)
        };
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

    /// What is hidden now, given what was hidden before.
    async fn updated(&self, repo: RepoId, mut view: View) -> Result<View> {
        let lost = self.store.lost_mpacks(repo).await?;
        let unreachable = self.store.unreachable_commits(repo).await?;
        let held = unreachable.iter().filter(|(_, lost)| lost.is_none());
        let held: HashSet<CommitId> = held.map(|(id, _)| *id).collect();
        if held.is_empty() {
            return Ok(View {
                lost,
                ..View::default()
            });
        }
        let history = History {
            commits: self.store.commit_nodes_from(repo, 0).await?,
            unreachable: unreachable.into_keys().collect(),
            held,
        };
        let successors = self.store.successors(repo).await?;
        let last_mpack = history.commits.values().map(|commit| commit.mpack).max();
        let holders = history.holders(&successors);
        let from = if history.held == view.unreachable && holders == view.holders {
            // Commits that came since may have what was hidden.
            view.last_mpack
        } else {
            view.hidden = self.additions_of_unreachable(repo, &history).await?;
            view.mpacks = self.of_side_branches(repo, &view.hidden).await?;
            view.mpacks.extend(&holders);
            let commits = history.commits.values();
            let beside = commits.filter(|commit| view.mpacks.contains(&commit.holder(&successors)));
            beside.map(|commit| commit.mpack).min()
        };
        if let Some(from) = from {
            self.keep_reachable(repo, &history, from, &mut view.hidden)
                .await?;
        }
        Ok(View {
            lost,
            unreachable: history.held,
            holders,
            last_mpack,
            ..view
        })
    }

    /// The mpacks in which these objects lie, except those of the trunk: what those hold, commits
    /// of the trunk have.
    async fn of_side_branches(
        &self,
        repo: RepoId,
        objects: &HashSet<ObjectId>,
    ) -> Result<HashSet<MpackId>> {
        let ids: Vec<ObjectId> = objects.iter().copied().collect();
        let holders = self.store.object_holders(repo, &ids).await?.into_iter();
        let mut mpacks: HashSet<MpackId> = holders.map(|(_, mpack)| mpack).collect();
        for mpack in self.store.mpacks(repo).await? {
            if mpack.lane == Some(Lane::Trunk) {
                mpacks.remove(&mpack.id);
            }
        }
        Ok(mpacks)
    }

    /// What the unreachable commits' snapshots have and their bases have not.
    async fn additions_of_unreachable(
        &self,
        repo: RepoId,
        history: &History,
    ) -> Result<HashSet<ObjectId>> {
        let snapshots = history.snapshots(|id, _| history.held.contains(id));
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
            for stored in records.values() {
                let show = |object| {
                    hidden.remove(&object);
                };
                for_each_object_of(&self.store, repo, stored, &all, show).await?;
            }
        }
        Ok(())
    }
}

/// All commits of a repository, and which of them no ref reaches.
struct History {
    commits: HashMap<CommitId, StoredCommit>,
    unreachable: HashSet<CommitId>,
    /// The unreachable ones that no lost mpack holds.
    held: HashSet<CommitId>,
}

impl History {
    /// The mpacks that hold unreachable commits and are not lost.
    fn holders(&self, successors: &HashMap<MpackId, MpackId>) -> HashSet<MpackId> {
        let held = self.held.iter().filter_map(|id| self.commits.get(id));
        held.map(|commit| commit.holder(successors)).collect()
    }

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
    use muse_wire::problem::ProblemCode;

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
        let (sandbox, project, line, visible) = with_dev().await;
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
        let again = update("again", None, Some(line[2]));
        let pushed = sandbox.push(&project.mpack(&line[1..]), &[again]).await;
        pushed.expect("pushed");
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
        // No record can build on the lost branch, which may be collected.
        let tip = project.add(
            &[other],
            &[("file1", Some("contents 1")), ("file2", Some("contents 2"))],
        );
        let mut draft = project.draft(&[tip]);
        draft.objects.clear();
        let lost = &project.commit(&line[2]).tree;
        draft.snapshots = vec![project.commit(&tip).tree.record_against(Some(lost))];
        let main = update("main", Some(other), Some(tip));
        let problem = sandbox.push(&draft.write(), &[main]).await;
        let problem = problem.expect_err("refused");
        assert_eq!(problem.known_code(), Some(ProblemCode::MissingDependency));
        assert!(!sees(&sandbox, &visible, b"contents 2").await);
    }
}
