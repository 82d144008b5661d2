//! Merging the mpacks of a repository, so that there are few of them however often it is pushed to.
//!
//! Every push leaves an mpack. Jobs merge them into larger ones, which take their place:
//! [`choice`] says which, so that a plan for everything names at most a dozen at any length of
//! history. Commits of the default branch, of other branches and of none are kept apart, in mpacks
//! of three [lanes](Lane): so the deletion of a branch never touches the large mpacks of the trunk,
//! and what no ref reaches any more is soon in mpacks of its own, which nobody is given.
//!
//! Merged mpacks are stored before they take the place of others, in one transaction. The blobs of
//! the others stay for as long as readers may have URLs to them (see [`gc`](crate::gc)).

mod borrowed;
mod choice;
mod lanes;
mod merged;
mod split;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use muse_wire::id::{ChunkId, CommitId};
use muse_wire::mpack::{Counts, Mpack, Tables};

use self::choice::{Choice, Surveyed};
use self::lanes::{Contents, Lanes};
use self::split::{Split, chunks_of_seen, objects_of};
use crate::blobs::{BlobKey, Blobs};
use crate::blocking::run_blocking;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::fault;
use crate::history::{CommitWindow, VisibleObjects};
use crate::jobs::{Cancellation, complete};
use crate::memory::{self, MemoryBudget};
use crate::mpacks::{LocalMpack, read_stored_tables};
use crate::store::consolidation::{Consolidation, MergedMpack};
use crate::store::jobs::{ClaimedJob, JobKind, Lease, NewJob};
use crate::store::mpacks::{Lane, MpackId, StoredMpack};
use crate::store::repos::RepoId;
use crate::store::{Repo, Store};

/// How often one job merges, while there is more to merge.
const MAX_ROUNDS: usize = 100;

/// Most pushed mpacks that one round looks at. Only where many were pushed before there were such
/// jobs is it more than one round.
const MAX_PUSHED_IN_ROUND: usize = 1_000;

/// How often it is tried to find out that an mpack is lost, while pushes come in between.
const MAX_ATTEMPTS: usize = 8;

/// Merges mpacks.
#[derive(Clone)]
pub(crate) struct Consolidator {
    store: Store,
    blobs: Blobs,
    visible: Arc<VisibleObjects>,
    memory: MemoryBudget,
}

/// The job that merges mpacks of a repository.
pub(crate) fn job(repo: RepoId) -> NewJob {
    NewJob {
        repo,
        kind: JobKind::Consolidate,
        request_digest: [0; 32],
        payload: Vec::new(),
        owner: None,
        updates: Vec::new(),
        // There is at most one, so it never fills the queue.
        queue_limit: u64::MAX,
    }
}

impl Consolidator {
    /// Merges what is in `store` and `blobs`, as far as it is `visible`, within `memory`.
    pub(crate) const fn new(
        store: Store,
        blobs: Blobs,
        visible: Arc<VisibleObjects>,
        memory: MemoryBudget,
    ) -> Self {
        Self {
            store,
            blobs,
            visible,
            memory,
        }
    }

    /// Runs a claimed [`JobKind::Consolidate`].
    ///
    /// # Errors
    /// [`Error`] where the job is not done.
    pub(crate) async fn run(&self, claimed: ClaimedJob, cancellation: Cancellation) -> Result<()> {
        let id = claimed.job.repo;
        for _ in 0..MAX_ROUNDS {
            let Some(repo) = self.store.repo_by_id(id).await? else {
                break;
            };
            if !self.store.is_consolidation_due(id).await? {
                break;
            }
            let round = Round {
                of: self,
                repo: &repo,
                lease: &claimed.lease,
                cancellation: &cancellation,
            };
            if !round.run().await? {
                break;
            }
        }
        complete(&self.store, &claimed.lease).await
    }
}

/// One survey of a repository, and what follows from it.
struct Round<'a> {
    of: &'a Consolidator,
    repo: &'a Repo,
    lease: &'a Lease,
    cancellation: &'a Cancellation,
}

impl Round<'_> {
    /// Says whether there was anything to do, and whether another round may find more.
    async fn run(&self) -> Result<bool> {
        let started = Instant::now();
        let Consolidator { store, .. } = self.of;
        let mut stored = store.given_mpacks(self.repo.id).await?;
        let merged_count = stored.iter().filter(|mpack| mpack.lane.is_some()).count();
        stored.truncate(merged_count + MAX_PUSHED_IN_ROUND);
        let mut window = CommitWindow::new(store, self.repo.id);
        let lanes = Lanes::load(store, self.repo, &stored, &mut window).await?;
        let surveyed = self.survey(stored, &lanes, &mut window).await?;
        let choice = Choice::of(&surveyed);
        if choice.is_empty() {
            return Ok(false);
        }
        self.cancellation.check()?;
        let counts = (surveyed.len(), choice.trunk.len() + choice.side.len());
        let mut held = Counts::default();
        for source in choice.trunk.iter().chain(&choice.side) {
            held.add(&source.counts);
        }
        let reserved = self.of.memory.reserve(memory::of_entries(&held)).await;
        let merged = self.merge(&choice, &lanes, &mut window).await?;
        drop(reserved);
        let Some(lost) = merged else {
            // A source is gone, or the lease: the next round, or completing the job, tells.
            return Ok(true);
        };
        let mut is_settled = true;
        for mpack in lost {
            is_settled &= self.settle(mpack).await?;
        }
        tracing::info!(
            repo = %self.repo.name,
            mpacks = counts.0,
            merged = counts.1,
            ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "consolidated"
        );
        Ok(is_settled)
    }

    /// Finds out what every mpack holds.
    async fn survey(
        &self,
        stored: Vec<StoredMpack>,
        lanes: &Lanes,
        window: &mut CommitWindow<'_>,
    ) -> Result<Vec<Surveyed>> {
        let mut surveyed = Vec::with_capacity(stored.len());
        for mpack in stored {
            let contents = match mpack.lane {
                Some(lane) if lanes.is_settled(&mpack) => Contents::Pure(lane),
                _ => {
                    let tables = self.tables(&mpack).await?;
                    match lanes.contents(&mpack, &tables, window).await? {
                        Contents::Pure(Lane::Lost) if self.is_needed(mpack.id, &tables).await? => {
                            Contents::Mixed
                        }
                        contents => contents,
                    }
                }
            };
            surveyed.push(Surveyed { mpack, contents });
        }
        Ok(surveyed)
    }

    async fn tables(&self, mpack: &StoredMpack) -> Result<Tables> {
        let blob = BlobKey::mpack(self.repo.uuid, mpack.key);
        read_stored_tables(&self.of.blobs, &blob, mpack.size_bytes).await
    }

    /// Whether readers need anything that the mpack of these tables is known to hold.
    async fn is_needed(&self, mpack: MpackId, tables: &Tables) -> Result<bool> {
        let Consolidator { store, visible, .. } = self.of;
        let ids: Vec<_> = objects_of(tables).collect();
        let mut located = store.object_holders(self.repo.id, &ids).await?;
        located.retain(|(_, holder)| *holder == mpack);
        if !visible.among(self.repo.id, &located).await?.is_empty() {
            return Ok(true);
        }
        let ids: Vec<ChunkId> = tables.chunks().map(|row| row.id).collect();
        let mut located = store.chunk_locations(self.repo.id, &ids).await?;
        located.retain(|_, location| location.mpack == mpack);
        let chunks: HashSet<ChunkId> = located.into_keys().collect();
        let of_seen = chunks_of_seen(store, visible, self.repo, &chunks).await?;
        Ok(!of_seen.is_empty())
    }

    /// Merges what was chosen. Returns the mpacks of which no ref reaches anything; `None` where
    /// nothing was changed.
    async fn merge(
        &self,
        choice: &Choice,
        lanes: &Lanes,
        window: &mut CommitWindow<'_>,
    ) -> Result<Option<Vec<MpackId>>> {
        let mut new = Consolidation {
            repo: self.repo.id,
            lease: *self.lease,
            merged: Vec::new(),
            sources: Vec::new(),
            moved: Vec::new(),
            kept: choice.kept.clone(),
        };
        let mut lost_index = None;
        if choice.is_split {
            lost_index = self.split(choice, lanes, window, &mut new).await?;
        } else {
            for (lane, sources) in [(Lane::Trunk, &choice.trunk), (Lane::Side, &choice.side)] {
                if sources.len() < 2 {
                    continue;
                }
                let opened = merged::open(&self.of.blobs, self.repo, sources).await?;
                if let Some(merged) = self.write(&Arc::new((opened, None)), lane).await? {
                    let index = new.merged.len();
                    new.merged.push(merged);
                    let replaced = sources.iter().map(|one| (one.id, Some(index)));
                    new.sources.extend(replaced);
                }
            }
        }
        self.cancellation.check()?;
        fault::point("before_consolidate");
        let Some(ids) = self.of.store.consolidate(new).await? else {
            return Ok(None);
        };
        fault::point("after_consolidate");
        let mut lost = choice.lost.clone();
        lost.extend(lost_index.map(|index| ids[index]));
        Ok(Some(lost))
    }

    /// Takes all sources apart. Returns the index of the mpack that holds what is lost.
    async fn split(
        &self,
        choice: &Choice,
        lanes: &Lanes,
        window: &mut CommitWindow<'_>,
        new: &mut Consolidation,
    ) -> Result<Option<usize>> {
        let mut sources = choice.trunk.clone();
        for mpack in &choice.side {
            if !sources.iter().any(|source| source.id == mpack.id) {
                sources.push(mpack.clone());
            }
        }
        let Consolidator {
            store,
            blobs,
            visible,
            ..
        } = self.of;
        let opened = merged::open(blobs, self.repo, &sources).await?;
        let ids = sources.iter().map(|source| source.id);
        let open: Vec<_> = ids.zip(opened.iter().map(LocalMpack::mpack)).collect();
        let mut split = Split::of_commits(&open, lanes, window).await?;
        split
            .add_contents(store, visible, self.repo, &open, lanes)
            .await?;
        let work = Arc::new((opened, Some(split)));
        let mut index_of = HashMap::new();
        for lane in Lane::ALL {
            if let Some(merged) = self.write(&work, lane).await? {
                index_of.insert(lane, new.merged.len());
                new.merged.push(merged);
            }
        }
        let (_, split) = &*work;
        let mut of_source: HashMap<MpackId, HashMap<usize, Vec<CommitId>>> = HashMap::new();
        for (id, lane) in split.iter().flat_map(|split| &split.commits) {
            let holder = lanes.holder(window.stored(id)?);
            let by_index = of_source.entry(holder).or_default();
            by_index.entry(index_of[lane]).or_default().push(*id);
        }
        let mut moved: HashMap<usize, Vec<CommitId>> = HashMap::new();
        for source in &sources {
            let mut by_index = of_source.remove(&source.id).unwrap_or_default();
            // Most of its commits go along with it.
            let largest = by_index.iter().max_by_key(|(_, ids)| ids.len());
            let heir = largest.map(|(index, _)| *index);
            heir.map(|index| by_index.remove(&index));
            for (index, ids) in by_index {
                moved.entry(index).or_default().extend(ids);
            }
            new.sources.push((source.id, heir));
        }
        new.moved = moved.into_iter().collect();
        Ok(index_of.get(&Lane::Lost).copied())
    }

    /// Merges the open sources, or the part of them that goes to this lane, and stores the outcome.
    async fn write(
        &self,
        sources: &Arc<(Vec<LocalMpack>, Option<Split>)>,
        lane: Lane,
    ) -> Result<Option<MergedMpack>> {
        self.cancellation.check()?;
        let Consolidator { store, blobs, .. } = self.of.clone();
        let (repo, sources) = (self.repo.clone(), Arc::clone(sources));
        let merged = run_blocking(move || {
            let (opened, split) = &*sources;
            let open: Vec<&Mpack> = opened.iter().map(LocalMpack::mpack).collect();
            merged::merge(&store, &blobs, &repo, &open, split.as_ref(), lane)
        });
        let Some((path, merged)) = merged.await? else {
            return Ok(None);
        };
        let Consolidator { store, blobs, .. } = self.of;
        let blob = BlobKey::mpack(self.repo.uuid, merged.file.key);
        store.keep_condemned(self.repo.id, &merged.file.key).await?;
        blobs.put_file(&blob, &path).await?;
        Ok(Some(merged))
    }

    /// Makes an mpack a lost one, unless a ref reaches some of it after all.
    async fn settle(&self, id: MpackId) -> Result<bool> {
        let Consolidator { store, .. } = self.of;
        let mpacks = store.mpacks(self.repo.id).await?;
        let Some(mpack) = mpacks.into_iter().find(|mpack| mpack.id == id) else {
            return Ok(false);
        };
        let tables = self.tables(&mpack).await?;
        let successors = store.successors(self.repo.id).await?;
        let ids: Vec<CommitId> = tables.commits().map(|row| row.id).collect();
        let commits = store.commit_nodes(self.repo.id, &ids).await?.into_iter();
        let held = commits.filter(|(_, stored)| stored.holder(&successors) == id);
        let held: Vec<CommitId> = held.map(|(commit, _)| commit).collect();
        for _ in 0..MAX_ATTEMPTS {
            self.cancellation.check()?;
            let Some(state) = store.repo_state(self.repo.id).await? else {
                return Ok(false);
            };
            if self.is_needed(id, &tables).await? {
                return Ok(false);
            }
            let (repo, lease) = (self.repo.id, self.lease);
            if store.set_lost(repo, lease, state, id, &held).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
