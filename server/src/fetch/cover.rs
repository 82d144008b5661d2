//! Which stored mpacks can be given whole, and what is left over.
//!
//! An mpack may be given when all its commits are needed: then all that it holds was published with
//! them. It can be used when it fits onto what the client has by then. What no whole mpack gives is left
//! in two parts: one to be applied before the whole mpacks, one after them.

use std::collections::{HashMap, HashSet};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use muse_wire::id::{CommitId, ObjectId, SnapshotId};
use muse_wire::mpack::Tables;
use muse_wire::snapshot::SnapshotRecord;

use super::built::Built;
use super::bundle;
use super::reach::Needed;
use super::records::Records;
use crate::app::AppState;
use crate::blobs::BlobKey;
use crate::failure::Failure;
use crate::ingest::read_tables;
use crate::store::Repo;
use crate::store::mpacks::{MpackId, StoredMpack};

/// Tables that are read at once: a client that is far behind needs those of many small mpacks.
const TABLES_AT_ONCE: usize = 16;

/// What answers a fetch.
#[derive(Default)]
pub(super) struct Cover {
    /// To be applied first: what the whole mpacks build on, and what does not build on them.
    pub(super) before: Part,
    /// Given whole, in order.
    pub(super) whole: Vec<Built>,
    /// To be applied last.
    pub(super) after: Part,
}

/// What has to be put together.
#[derive(Default)]
pub(super) struct Part {
    /// Parents first.
    pub(super) commits: Vec<CommitId>,
    /// Bases first.
    pub(super) snapshots: Vec<SnapshotRecord>,
    /// Ascending.
    pub(super) objects: Vec<ObjectId>,
}

impl Part {
    pub(super) const fn is_empty(&self) -> bool {
        self.commits.is_empty() && self.snapshots.is_empty() && self.objects.is_empty()
    }
}

/// A stored mpack all of whose commits are needed.
struct Candidate {
    mpack: StoredMpack,
    tables: Tables,
}

/// Finds the cover.
///
/// # Errors
/// [`Failure`] where the database or the blob store fails or is damaged.
pub(super) async fn cover(
    state: &AppState,
    repo: &Repo,
    needed: &Needed,
) -> Result<Cover, Failure> {
    let stored = state.store.mpacks(repo.id).await?;
    if needed.everything {
        // All that was ever published is needed, so the order of publication fits.
        return Ok(Cover {
            whole: bundle::substitute(state, repo, &stored, &stored).await?,
            ..Cover::default()
        });
    }
    let records = Records::load(state, repo, needed).await?;
    let candidates = candidates(state, repo, needed, &stored).await?;
    let mut sorting = Sorting {
        records: &records,
        needed,
        has: records.held().clone(),
        place: HashMap::new(),
    };
    let before = sorting.take_before(&candidates).await?;
    let whole = sorting.take_whole(candidates);
    let after = sorting.take_after().await?;
    let (first, last) = sorting.leftover_objects(&whole).await?;
    let whole: Vec<StoredMpack> = whole.into_iter().map(|one| one.mpack).collect();
    Ok(Cover {
        before: Part {
            objects: first,
            ..before
        },
        whole: bundle::substitute(state, repo, &stored, &whole).await?,
        after: Part {
            objects: last,
            ..after
        },
    })
}

/// Mpacks of which every commit is needed, in the order of publication.
async fn candidates(
    state: &AppState,
    repo: &Repo,
    needed: &Needed,
    stored: &[StoredMpack],
) -> Result<Vec<Candidate>, Failure> {
    let wanted: HashSet<CommitId> = needed.commits.iter().copied().collect();
    let brought: HashSet<MpackId> = needed
        .commits
        .iter()
        .filter_map(|id| needed.loaded.stored(id))
        .map(|commit| commit.mpack)
        .collect();
    let may_fit = |mpack: &&StoredMpack| {
        brought.contains(&mpack.id) && mpack.counts.commits <= wanted.len() as u64
    };
    let read = async |mpack: &StoredMpack| {
        let blob = BlobKey::mpack(repo.uuid, mpack.key);
        let tables = read_tables(&state.blobs, &blob, mpack.size_bytes).await?;
        let mpack = mpack.clone();
        Ok::<_, Failure>(Candidate { mpack, tables })
    };
    let mut candidates: Vec<_> = stream::iter(stored.iter().filter(may_fit).map(read))
        .buffered(TABLES_AT_ONCE)
        .try_collect()
        .await?;
    candidates.retain(|candidate| {
        let mut commits = candidate.tables.commits();
        commits.all(|commit| wanted.contains(&commit.id))
    });
    Ok(candidates)
}

/// Where a needed commit comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Before,
    Whole(usize),
    After,
}

/// Deals the needed commits out.
struct Sorting<'a> {
    records: &'a Records<'a>,
    needed: &'a Needed,
    /// Snapshots that the client has by now.
    has: HashSet<SnapshotId>,
    place: HashMap<CommitId, Place>,
}

impl Sorting<'_> {
    /// The needed commits that no candidate holds and that build on none.
    async fn take_before(&mut self, candidates: &[Candidate]) -> Result<Part, Failure> {
        let held: HashSet<CommitId> = candidates
            .iter()
            .flat_map(|candidate| candidate.tables.commits().map(|commit| commit.id))
            .collect();
        let wanted: HashSet<&CommitId> = self.needed.commits.iter().collect();
        let mut part = Part::default();
        for &id in &self.needed.commits {
            let node = self.needed.loaded.stored(&id).map(|commit| &commit.node);
            let mut parents = node.iter().flat_map(|node| &node.parents);
            if !held.contains(&id)
                && parents.all(|parent| !wanted.contains(parent) || self.place.contains_key(parent))
            {
                self.add(&mut part, id, Place::Before).await?;
            }
        }
        Ok(part)
    }

    /// The candidates that fit onto what is there before them.
    fn take_whole(&mut self, candidates: Vec<Candidate>) -> Vec<Candidate> {
        let wanted: HashSet<&CommitId> = self.needed.commits.iter().collect();
        let mut whole = Vec::new();
        for candidate in candidates {
            let tables = &candidate.tables;
            let has_commit = |id: &CommitId| !wanted.contains(id) || self.place.contains_key(id);
            if tables.external_commits().iter().all(has_commit)
                && tables
                    .external_snapshots()
                    .iter()
                    .all(|id| self.has.contains(id))
            {
                for commit in tables.commits() {
                    self.place
                        .entry(commit.id)
                        .or_insert(Place::Whole(whole.len()));
                }
                self.has.extend(tables.snapshots().map(|row| row.id));
                whole.push(candidate);
            }
        }
        whole
    }

    /// All that is left.
    async fn take_after(&mut self) -> Result<Part, Failure> {
        let mut part = Part::default();
        for &id in &self.needed.commits {
            if !self.place.contains_key(&id) {
                self.add(&mut part, id, Place::After).await?;
            }
        }
        Ok(part)
    }

    async fn add(&mut self, part: &mut Part, id: CommitId, place: Place) -> Result<(), Failure> {
        self.place.insert(id, place);
        part.commits.push(id);
        let snapshot = self.records.snapshot_of(&id)?;
        if !self.has.contains(&snapshot) {
            let record = self.records.for_client(&id, &self.has).await?;
            part.snapshots.push(record);
            self.has.insert(snapshot);
        }
        Ok(())
    }

    /// Objects that the needed commits add and no whole mpack gives in time: those to go first, and
    /// those to go last.
    async fn leftover_objects(
        &self,
        whole: &[Candidate],
    ) -> Result<(Vec<ObjectId>, Vec<ObjectId>), Failure> {
        let given = |upto: usize, object: &ObjectId| {
            // Most likely in the very mpack that brings the commit.
            let mut mpacks = whole[..upto].iter().rev();
            mpacks.any(|candidate| candidate.tables.find_object(object).is_some())
        };
        let mut first = HashSet::new();
        let mut last = HashSet::new();
        for id in &self.needed.commits {
            let (target, upto) = match self.place.get(id) {
                Some(Place::Before) => (&mut first, 0),
                Some(Place::Whole(index)) => (&mut first, index + 1),
                Some(Place::After) | None => (&mut last, whole.len()),
            };
            let additions = self.records.additions(id).await?;
            target.extend(additions.into_iter().filter(|object| !given(upto, object)));
        }
        self.records.remove_held(&mut first).await?;
        last.retain(|object| !first.contains(object));
        self.records.remove_held(&mut last).await?;
        let sorted = |objects: HashSet<ObjectId>| {
            let mut objects: Vec<_> = objects.into_iter().collect();
            objects.sort_unstable();
            objects
        };
        Ok((sorted(first), sorted(last)))
    }
}
