//! What the repository has at the edge of an mpack: the commits and snapshots that the mpack's own
//! build on.

use std::collections::{HashMap, HashSet};

use muse_wire::history::{Base, Boundary, TreeLimits};
use muse_wire::id::{CommitId, SnapshotId};
use muse_wire::mpack::Tables;
use tokio::runtime::Handle;

use crate::error::{Error, Result};
use crate::history::load_tree;
use crate::store::Store;
use crate::store::commits::StoredCommit;
use crate::store::repos::RepoId;

/// The repository's side of the closure check: what refs reach. What none reaches may be collected
/// at any time, so nothing may build on it. A tree is loaded when the first record that builds
/// on it comes up.
pub(super) struct RepoBoundary {
    store: Store,
    repo: RepoId,
    /// Trees are loaded from threads that are not the runtime's.
    runtime: Handle,
    commits: HashMap<CommitId, StoredCommit>,
    snapshots: HashSet<SnapshotId>,
    tree_limits: TreeLimits,
}

impl RepoBoundary {
    /// The commits that the mpack builds on, with their snapshots.
    pub(super) fn parents(&self) -> Vec<(CommitId, SnapshotId)> {
        let commits = self.commits.iter();
        commits.map(|(id, commit)| (*id, commit.snapshot)).collect()
    }

    /// Looks up what an mpack with these tables builds on. Its trees are held to `tree_limits`.
    ///
    /// # Errors
    /// [`Error`] where the database fails.
    pub(super) async fn load(
        store: &Store,
        repo: RepoId,
        tables: &Tables,
        tree_limits: TreeLimits,
    ) -> Result<Self> {
        let parents = tables.external_commits();
        let mut commits = store.commit_nodes(repo, &parents).await?;
        for unreachable in store.unreachable_among(repo, &parents).await? {
            commits.remove(&unreachable);
        }
        let mut snapshots = store
            .known_snapshots(repo, &tables.external_snapshots())
            .await?;
        let of_parents: HashSet<SnapshotId> =
            commits.values().map(|commit| commit.snapshot).collect();
        if !snapshots.is_subset(&of_parents) {
            remove_unreachable(store, repo, &mut snapshots).await?;
        }
        Ok(Self {
            store: store.clone(),
            repo,
            runtime: Handle::current(),
            commits,
            snapshots,
            tree_limits,
        })
    }
}

/// Removes what only commits record that no ref reaches.
async fn remove_unreachable(
    store: &Store,
    repo: RepoId,
    snapshots: &mut HashSet<SnapshotId>,
) -> Result<()> {
    let unreachable = store.unreachable_commits(repo).await?;
    if unreachable.is_empty() {
        return Ok(());
    }
    let (mut lost, mut reached) = (HashSet::new(), HashSet::new());
    for (id, commit) in store.commit_nodes_from(repo, 0).await? {
        let which = if unreachable.contains_key(&id) {
            &mut lost
        } else {
            &mut reached
        };
        which.insert(commit.snapshot);
    }
    snapshots.retain(|id| reached.contains(id) || !lost.contains(id));
    Ok(())
}

impl RepoBoundary {
    /// Whether a commit that the mpack builds on records this snapshot.
    pub(super) fn is_of_parent(&self, snapshot: &SnapshotId) -> bool {
        let mut parents = self.commits.values();
        parents.any(|commit| commit.snapshot == *snapshot)
    }
}

impl Boundary for RepoBoundary {
    type Error = Error;

    fn generation(&mut self, id: &CommitId) -> Result<Option<u32>> {
        Ok(self.commits.get(id).map(|commit| commit.node.generation))
    }

    fn base(&mut self, id: &SnapshotId) -> Result<Option<Base>> {
        if !self.snapshots.contains(id) {
            return Ok(None);
        }
        self.runtime
            .block_on(load_tree(&self.store, self.repo, *id))
    }

    fn has_snapshot(&mut self, id: &SnapshotId) -> Result<bool> {
        Ok(self.snapshots.contains(id))
    }

    fn tree_limits(&self) -> TreeLimits {
        self.tree_limits
    }
}
