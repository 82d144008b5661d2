//! The part of a repository's commit graph that a question needs, read from the database in windows of
//! generations, and snapshots put together from their records.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use muse_wire::dag::{CommitNode, CommitSource, WalkError};
use muse_wire::history::Base;
use muse_wire::id::{CommitId, SnapshotId};
use muse_wire::snapshot::{SnapshotRecord, Tree};

use crate::failure::{Failure, blocking};
use crate::store::Store;
use crate::store::commits::StoredCommit;
use crate::store::repos::RepoId;
use crate::store::snapshots::StoredSnapshot;

/// How many generations the first window reaches below the first commit that is missed.
const FIRST_WINDOW: u32 = 256;

/// Loaded commits: those of the repository, and new ones that an mpack brings.
#[derive(Debug, Clone, Default)]
pub(crate) struct Loaded {
    stored: HashMap<CommitId, StoredCommit>,
    new: HashMap<CommitId, CommitNode>,
}

impl Loaded {
    /// A commit of the repository, if it is loaded.
    pub(crate) fn stored(&self, id: &CommitId) -> Option<&StoredCommit> {
        self.stored.get(id)
    }

    /// Whether the commit is loaded or new.
    pub(crate) fn has(&self, id: &CommitId) -> bool {
        self.stored.contains_key(id) || self.new.contains_key(id)
    }

    /// How many commits of the repository are loaded.
    pub(crate) fn stored_count(&self) -> usize {
        self.stored.len()
    }
}

impl CommitSource for Loaded {
    type Error = Infallible;

    fn node(&self, id: &CommitId) -> Result<Option<CommitNode>, Infallible> {
        let stored = self.stored.get(id).map(|commit| &commit.node);
        Ok(stored.or_else(|| self.new.get(id)).cloned())
    }
}

/// A view of the graph that widens when a walk misses a commit. Windows double, so that what is read
/// stays proportional to what the walk needs, with few questions to the database.
pub(crate) struct CommitWindow<'a> {
    store: &'a Store,
    repo: RepoId,
    loaded: Arc<Loaded>,
    /// All commits of this generation and above are loaded.
    floor: Option<u32>,
    window: u32,
}

impl<'a> CommitWindow<'a> {
    /// A view that has seen nothing yet.
    pub(crate) fn new(store: &'a Store, repo: RepoId) -> Self {
        Self {
            store,
            repo,
            loaded: Arc::default(),
            floor: None,
            window: FIRST_WINDOW,
        }
    }

    /// What has been loaded so far.
    pub(crate) fn loaded(&self) -> &Arc<Loaded> {
        &self.loaded
    }

    /// Whether every commit of the repository is loaded.
    pub(crate) fn is_whole(&self) -> bool {
        self.floor == Some(0)
    }

    /// Adds commits that are not in the repository yet.
    pub(crate) fn add_new(&mut self, commits: impl IntoIterator<Item = (CommitId, CommitNode)>) {
        Arc::make_mut(&mut self.loaded).new.extend(commits);
    }

    /// Loads these commits, as far as the repository has them.
    pub(crate) async fn load(&mut self, ids: &[CommitId]) -> Result<(), Failure> {
        let found = self.store.commit_nodes(self.repo, ids).await?;
        Arc::make_mut(&mut self.loaded).stored.extend(found);
        Ok(())
    }

    /// Loads every commit of at least this generation.
    pub(crate) async fn load_from(&mut self, floor: u32) -> Result<(), Failure> {
        if self.floor.is_some_and(|reached| reached <= floor) {
            return Ok(());
        }
        let found = self.store.commit_nodes_from(self.repo, floor).await?;
        Arc::make_mut(&mut self.loaded).stored.extend(found);
        self.floor = Some(floor);
        Ok(())
    }

    /// Asks a question of the graph, again with a wider window each time that a commit is missing.
    ///
    /// # Errors
    /// [`Failure`] where the database fails or the graph in it is damaged.
    pub(crate) async fn ask<T, F>(&mut self, question: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: Fn(&Loaded) -> Result<T, WalkError<Infallible>> + Send + Sync + 'static,
    {
        let question = Arc::new(question);
        loop {
            let (loaded, asked) = (Arc::clone(&self.loaded), Arc::clone(&question));
            // The loaded commits are dropped before the answer arrives, so widening copies nothing.
            let answer = blocking(move || asked(&loaded)).await;
            match answer {
                Ok(answer) => return Ok(answer),
                Err(WalkError::Missing(id)) if self.widen(id).await? => {}
                Err(error) => return Err(Failure::internal("walking the commit graph", error)),
            }
        }
    }

    /// Loads a missed commit and a window below it; `false` where the repository does not have it.
    async fn widen(&mut self, missed: CommitId) -> Result<bool, Failure> {
        self.load(&[missed]).await?;
        let Some(commit) = self.loaded.stored(&missed) else {
            return Ok(false);
        };
        let floor = commit.node.generation.saturating_sub(self.window);
        self.window = self.window.saturating_mul(2);
        self.load_from(floor).await?;
        Ok(true)
    }
}

/// Puts a snapshot of the repository together; `None` where it has no such snapshot.
///
/// # Errors
/// [`Failure`] where the database fails or its records do not give the snapshot.
pub(crate) async fn load_tree(
    store: &Store,
    repo: RepoId,
    id: SnapshotId,
) -> Result<Option<Base>, Failure> {
    let chain = store.snapshot_chain(repo, id).await?;
    let Some(last) = chain.last() else {
        return Ok(None);
    };
    let chain_bytes = last.chain_bytes;
    let tree = blocking(move || apply_chain(&chain)).await?;
    Ok(Some(Base { tree, chain_bytes }))
}

fn apply_chain(chain: &[StoredSnapshot]) -> Result<Tree, Failure> {
    let records: Vec<_> = chain.iter().map(decode_record).collect::<Result<_, _>>()?;
    Tree::empty()
        .apply_chain(&records)
        .map_err(|error| Failure::internal("putting a snapshot together", error))
}

/// Decodes a record that was checked when it was stored.
///
/// # Errors
/// [`Failure::Internal`] where the database is damaged.
pub(crate) fn decode_record(stored: &StoredSnapshot) -> Result<SnapshotRecord, Failure> {
    SnapshotRecord::decode(&stored.record)
        .map_err(|error| Failure::internal("decoding a stored snapshot record", error))
}
