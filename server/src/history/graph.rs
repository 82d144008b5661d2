//! The part of a commit graph that a walk needs.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use muse_wire::dag::{CommitNode, CommitSource, WalkError};
use muse_wire::id::CommitId;

use crate::blocking::run_blocking;
use crate::error::{Error, Result};
use crate::store::Store;
use crate::store::commits::StoredCommit;
use crate::store::repos::RepoId;

/// How many generations the first window reaches below the first commit that is missing.
const FIRST_WINDOW: u32 = 256;

/// The commits that are in memory: stored ones, and new ones that an mpack brings.
#[derive(Debug, Clone, Default)]
pub(crate) struct LoadedCommits {
    stored: HashMap<CommitId, StoredCommit>,
    new: HashMap<CommitId, CommitNode>,
}

impl LoadedCommits {
    /// A commit of the repository, if it is loaded.
    pub(crate) fn stored(&self, id: &CommitId) -> Option<&StoredCommit> {
        self.stored.get(id)
    }

    /// Whether the commit is loaded or new.
    pub(crate) fn has(&self, id: &CommitId) -> bool {
        self.stored.contains_key(id) || self.new.contains_key(id)
    }
}

impl CommitSource for LoadedCommits {
    type Error = Infallible;

    fn node(&self, id: &CommitId) -> Result<Option<CommitNode>, Infallible> {
        let stored = self.stored.get(id).map(|commit| &commit.node);
        Ok(stored.or_else(|| self.new.get(id)).cloned())
    }
}

/// A view of the commit graph that grows when a walk needs a commit that is not loaded. Windows
/// double, so what is read stays in proportion to what the walk needs, in few queries.
pub(crate) struct CommitWindow<'a> {
    store: &'a Store,
    repo: RepoId,
    loaded: Arc<LoadedCommits>,
    /// All commits of this generation and above are loaded.
    floor: Option<u32>,
    window: u32,
    /// Whether a commit that the repository does not have counts as one without parents.
    is_over_gaps: bool,
}

impl<'a> CommitWindow<'a> {
    /// A view with nothing loaded yet.
    pub(crate) fn new(store: &'a Store, repo: RepoId) -> Self {
        Self {
            store,
            repo,
            loaded: Arc::default(),
            floor: None,
            window: FIRST_WINDOW,
            is_over_gaps: false,
        }
    }

    /// The same view, in which a commit that the repository does not have counts as a new one
    /// without parents, for walks that may start at what no ref reaches.
    pub(crate) fn over_gaps(self) -> Self {
        Self {
            is_over_gaps: true,
            ..self
        }
    }

    /// What has been loaded so far.
    pub(crate) fn loaded(&self) -> &Arc<LoadedCommits> {
        &self.loaded
    }

    /// A commit of the repository that has been loaded.
    ///
    /// # Errors
    /// [`Error::Internal`] where the database does not have it.
    pub(crate) fn stored(&self, id: &CommitId) -> Result<&StoredCommit> {
        self.loaded.stored(id).ok_or_else(|| {
            let reason = format!("commit {id} is not in the database");
            Error::internal("looking at the history", reason)
        })
    }

    /// Adds commits that are not in the repository yet.
    pub(crate) fn add_new(&mut self, commits: impl IntoIterator<Item = (CommitId, CommitNode)>) {
        Arc::make_mut(&mut self.loaded).new.extend(commits);
    }

    /// Loads these commits, as far as the repository has them.
    pub(crate) async fn load(&mut self, ids: &[CommitId]) -> Result<()> {
        let found = self.store.commit_nodes(self.repo, ids).await?;
        Arc::make_mut(&mut self.loaded).stored.extend(found);
        Ok(())
    }

    /// Loads every commit of at least this generation.
    pub(crate) async fn load_from(&mut self, floor: u32) -> Result<()> {
        if self.floor.is_some_and(|reached| reached <= floor) {
            return Ok(());
        }
        let found = self.store.commit_nodes_from(self.repo, floor).await?;
        Arc::make_mut(&mut self.loaded).stored.extend(found);
        self.floor = Some(floor);
        Ok(())
    }

    /// Runs a walk over the graph, and runs it again with a wider window while a commit is missing.
    ///
    /// # Errors
    /// [`Error`] where the database fails or the graph in it is damaged.
    pub(crate) async fn walk<T, F>(&mut self, walk: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&LoadedCommits) -> Result<T, WalkError<Infallible>> + Send + Sync + 'static,
    {
        let walk = Arc::new(walk);
        loop {
            let (loaded, walk) = (Arc::clone(&self.loaded), Arc::clone(&walk));
            // The task drops its reference when it ends, so that widening copies nothing.
            match run_blocking(move || walk(&loaded)).await {
                Ok(outcome) => return Ok(outcome),
                Err(WalkError::Missing(id)) if self.widen(id).await? => {}
                Err(error) => return Err(Error::internal("walking the commit graph", error)),
            }
        }
    }

    /// Loads a missing commit and a window below it; `false` where the repository does not have it.
    async fn widen(&mut self, missing: CommitId) -> Result<bool> {
        self.load(&[missing]).await?;
        let Some(commit) = self.loaded.stored(&missing) else {
            if self.is_over_gaps {
                self.add_new([(missing, gap())]);
            }
            return Ok(self.is_over_gaps);
        };
        let floor = commit.node.generation.saturating_sub(self.window);
        self.window = self.window.saturating_mul(2);
        self.load_from(floor).await?;
        Ok(true)
    }
}

/// What stands for a commit that is not there.
fn gap() -> CommitNode {
    CommitNode {
        parents: Default::default(),
        generation: 1,
        committed_at: 0,
    }
}
