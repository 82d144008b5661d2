//! Which stored mpacks can be given whole, and what is left over.
//!
//! An mpack may be given when all its commits are missing, and they name all its snapshot records:
//! everything in it was published with them. It can be used when it fits onto what the client has
//! by then. What no whole mpack gives goes into two residuals: one is applied before the whole
//! mpacks, one after them.
//!
//! An mpack that holds a blocked object is never given whole, nor in another form: residuals have
//! the rest of what it brought.

use std::collections::{HashMap, HashSet};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use muse_wire::api::fetch::WithheldObject;
use muse_wire::id::{CommitId, ObjectId, SnapshotId};
use muse_wire::mpack::Tables;
use muse_wire::snapshot::Tree;

use super::missing::MissingCommits;
use super::records::{RecordForm, Records};
use super::residual::Residual;
use super::source::{PlannedFile, RepoSource};
use super::withheld::Withholding;
use super::{bases, large_objects};
use crate::error::{Error, Result};
use crate::mpacks::{names_all_records, read_stored_tables};
use crate::store::fetch_plans::PLAN_LIFETIME;
use crate::store::mpacks::{MpackId, StoredMpack};

/// How many tables are read at once: a client that is far behind needs those of many small mpacks.
const CONCURRENT_TABLE_READS: usize = 16;

/// Most former mpacks that are looked at: a residual is better than many small ones.
const MAX_FORMER_MPACKS: usize = 16;

/// What answers a fetch.
#[derive(Default)]
pub(super) struct Cover {
    /// To be applied first: what the whole mpacks build on, and what does not build on them.
    pub(super) before: Vec<Residual>,
    /// Given whole, in order.
    pub(super) whole: Vec<PlannedFile>,
    /// To be applied last.
    pub(super) after: Residual,
    /// What none of them has, because it is blocked.
    pub(super) withheld: Vec<WithheldObject>,
    /// Whether former mpacks are among the whole ones: those do not stay for long.
    pub(super) has_former: bool,
}

/// A stored mpack all of whose commits are missing and name its records, and that holds nothing
/// blocked.
struct Candidate {
    mpack: StoredMpack,
    tables: Tables,
    /// Whether another one has taken its place, which holds more than is missing.
    is_former: bool,
}

impl Candidate {
    /// Whether one of its commits has one of these for a parent.
    fn builds_on(&self, absent: &HashSet<CommitId>) -> bool {
        let mut parents = self.tables.external_commits().into_iter();
        !absent.is_empty() && parents.any(|parent| absent.contains(&parent))
    }
}

/// Finds the cover, of thin mpacks where the client takes them.
///
/// # Errors
/// [`Error::Problem`] where too much of what is missing is blocked; other errors where the database
/// or the blob store fails or is damaged.
pub(super) async fn cover(
    source: RepoSource<'_>,
    missing: &MissingCommits,
    withholding: &Withholding,
    thin: bool,
) -> Result<Cover> {
    let RepoSource { store, repo, .. } = source;
    let records = Records::load(store, repo.id, missing).await?;
    let mut candidates = candidates(source, missing).await?;
    candidates.retain(|candidate| withholding.allows(&candidate.tables));
    if thin && !missing.boundary.is_empty() {
        // What the client has is a better base than what the thin form was made for.
        candidates.retain(|one| one.mpack.thin.is_none() || !one.builds_on(&missing.absent));
    }
    let mut builder = CoverBuilder {
        records: &records,
        missing,
        form: match thin {
            true => RecordForm::Changes,
            false => RecordForm::Stored,
        },
        client_has: records.client_has().clone(),
        positions: HashMap::new(),
        listed: records.client_tree().await?,
    };
    let mut before = builder.place_before(&candidates).await?;
    let whole = builder.place_whole(candidates);
    let mut after = builder.place_after().await?;
    (before.objects, after.objects) = builder.leftover_objects(&whole).await?;
    let tables: Vec<_> = whole.iter().map(|candidate| &candidate.tables).collect();
    let withheld = withholding.withhold(&mut before, &tables, &mut after)?;
    let known_chunks = || records.known_chunks(withholding);
    let mut before =
        large_objects::place(source, known_chunks, before, &tables, &mut after).await?;
    if thin {
        for residual in before.iter_mut().chain([&mut after]) {
            residual.versions = bases::find(&records, withholding, residual).await?;
        }
    }
    Ok(Cover {
        before,
        whole: whole
            .iter()
            .flat_map(|one| {
                // A thin form builds on the files of all parents.
                let thin = thin && !one.builds_on(&missing.absent);
                source.forms([&one.mpack], thin)
            })
            .collect(),
        after,
        withheld,
        has_former: whole.iter().any(|one| one.is_former),
    })
}

/// Mpacks of which every commit is missing and names the records, each before what builds on it
/// where that is known. Former mpacks are among them, for what no other one gives.
async fn candidates(source: RepoSource<'_>, missing: &MissingCommits) -> Result<Vec<Candidate>> {
    let RepoSource { store, repo, .. } = source;
    let successors = store.successors(repo.id).await?;
    let wanted = || {
        let ids = missing.commits.iter();
        ids.filter_map(|id| missing.loaded.stored(id))
    };
    let holders: HashSet<MpackId> = wanted().map(|commit| commit.holder(&successors)).collect();
    let mut stored = store.given_mpacks(repo.id).await?;
    stored.retain(|mpack| holders.contains(&mpack.id));
    let mut candidates = fitting(source, missing, &stored, false).await?;
    let given: HashSet<MpackId> = candidates.iter().map(|one| one.mpack.id).collect();
    let rest = wanted().filter(|commit| !given.contains(&commit.holder(&successors)));
    let brought: HashSet<MpackId> = rest
        .map(|commit| commit.mpack)
        .filter(|id| successors.contains_key(id))
        .collect();
    if brought.len() > MAX_FORMER_MPACKS {
        return Ok(candidates);
    }
    let brought: Vec<MpackId> = brought.into_iter().collect();
    let mut former = store
        .condemned_mpacks(repo.id, &brought, PLAN_LIFETIME)
        .await?;
    former.sort_by_key(|mpack| mpack.id);
    let mut former = fitting(source, missing, &former, true).await?;
    former.append(&mut candidates);
    Ok(former)
}

/// Those of the mpacks that may be given.
async fn fitting(
    source: RepoSource<'_>,
    missing: &MissingCommits,
    stored: &[StoredMpack],
    is_former: bool,
) -> Result<Vec<Candidate>> {
    let wanted: HashSet<CommitId> = missing.commits.iter().copied().collect();
    let may_fit = |mpack: &&StoredMpack| mpack.counts.commits <= wanted.len() as u64;
    let read = async |mpack: &StoredMpack| {
        let blob = source.blob(mpack.key);
        let tables = read_stored_tables(source.blobs, &blob, mpack.size_bytes).await?;
        Ok::<_, Error>(Candidate {
            mpack: mpack.clone(),
            tables,
            is_former,
        })
    };
    let mut candidates: Vec<_> = stream::iter(stored.iter().filter(may_fit).map(read))
        .buffered(CONCURRENT_TABLE_READS)
        .try_collect()
        .await?;
    candidates.retain(|candidate| {
        let mut commits = candidate.tables.commits();
        commits.all(|commit| wanted.contains(&commit.id)) && names_all_records(&candidate.tables)
    });
    Ok(candidates)
}

/// Where in the plan a missing commit comes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    Before,
    Whole(usize),
    After,
}

/// Gives every missing commit its position.
struct CoverBuilder<'a> {
    records: &'a Records<'a>,
    missing: &'a MissingCommits,
    /// How records are given that are no part of whole mpacks.
    form: RecordForm,
    /// Snapshots that the client has once it has applied everything placed so far.
    client_has: HashSet<SnapshotId>,
    positions: HashMap<CommitId, Position>,
    /// Where history is cut: a tree that the client has, or the first that is given as a listing.
    listed: Option<Tree>,
}

impl CoverBuilder<'_> {
    /// Places the missing commits that no candidate holds and that build on none.
    async fn place_before(&mut self, candidates: &[Candidate]) -> Result<Residual> {
        let held: HashSet<CommitId> = candidates
            .iter()
            .flat_map(|candidate| candidate.tables.commits().map(|commit| commit.id))
            .collect();
        let wanted: HashSet<&CommitId> = self.missing.commits.iter().collect();
        let mut residual = Residual::default();
        for &id in &self.missing.commits {
            let node = self.missing.loaded.stored(&id).map(|commit| &commit.node);
            let mut parents = node.iter().flat_map(|node| &node.parents);
            if !held.contains(&id)
                && parents
                    .all(|parent| !wanted.contains(parent) || self.positions.contains_key(parent))
            {
                self.add(&mut residual, id, Position::Before).await?;
            }
        }
        Ok(residual)
    }

    /// Places the candidates that fit onto everything before them.
    fn place_whole(&mut self, mut candidates: Vec<Candidate>) -> Vec<Candidate> {
        let wanted: HashSet<&CommitId> = self.missing.commits.iter().collect();
        let mut whole = Vec::new();
        loop {
            let (before, mut rest) = (candidates.len(), Vec::new());
            for candidate in candidates {
                let tables = &candidate.tables;
                let has_commit =
                    |id: &CommitId| !wanted.contains(id) || self.positions.contains_key(id);
                let has_snapshot = |id: &SnapshotId| self.client_has.contains(id);
                if !tables.external_commits().iter().all(has_commit)
                    || !tables.external_snapshots().iter().all(has_snapshot)
                {
                    rest.push(candidate);
                    continue;
                }
                for commit in tables.commits() {
                    self.positions
                        .entry(commit.id)
                        .or_insert(Position::Whole(whole.len()));
                }
                self.client_has.extend(tables.snapshots().map(|row| row.id));
                whole.push(candidate);
            }
            // Former mpacks may build on others, and others on them.
            if rest.is_empty() || rest.len() == before {
                return whole;
            }
            candidates = rest;
        }
    }

    /// Places the commits that are left.
    async fn place_after(&mut self) -> Result<Residual> {
        let mut residual = Residual::default();
        for &id in &self.missing.commits {
            if !self.positions.contains_key(&id) {
                self.add(&mut residual, id, Position::After).await?;
            }
        }
        Ok(residual)
    }

    async fn add(
        &mut self,
        residual: &mut Residual,
        id: CommitId,
        position: Position,
    ) -> Result<()> {
        self.positions.insert(id, position);
        residual.commits.push(id);
        let snapshot = self.records.snapshot_of(&id)?;
        if !self.client_has.contains(&snapshot) {
            let record = self
                .records
                .for_client(&id, &self.client_has, self.form, self.listed.as_ref())
                .await?;
            if self.listed.is_none() && record.base.is_none() && !self.missing.absent.is_empty() {
                self.listed = Some(self.records.tree(snapshot).await?);
            }
            residual.snapshots.push(record);
            self.client_has.insert(snapshot);
        }
        Ok(())
    }

    /// Objects, whole and large, that the missing commits add and that no whole mpack brings in
    /// time: those that come before the whole mpacks, and those that come after them.
    async fn leftover_objects(
        &self,
        whole: &[Candidate],
    ) -> Result<(Vec<ObjectId>, Vec<ObjectId>)> {
        let given = |upto: usize, object: &ObjectId| {
            // From the last one, because the mpack that brings the commit most likely has it.
            let mut mpacks = whole[..upto].iter().rev();
            mpacks.any(|candidate| candidate.tables.has_object(object))
        };
        let mut first = HashSet::new();
        let mut last = HashSet::new();
        for id in &self.missing.commits {
            let (target, upto) = match self.positions.get(id) {
                Some(Position::Before) => (&mut first, 0),
                Some(Position::Whole(index)) => (&mut first, index + 1),
                Some(Position::After) | None => (&mut last, whole.len()),
            };
            let additions = self.records.additions(id).await?;
            target.extend(additions.into_iter().filter(|object| !given(upto, object)));
        }
        self.records.remove_known(&mut first).await?;
        last.retain(|object| !first.contains(object));
        self.records.remove_known(&mut last).await?;
        let sorted = |objects: HashSet<ObjectId>| {
            let mut objects: Vec<_> = objects.into_iter().collect();
            objects.sort_unstable();
            objects
        };
        Ok((sorted(first), sorted(last)))
    }
}
