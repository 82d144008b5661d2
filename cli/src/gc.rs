//! Collecting garbage: what is reached goes into few mpacks, what nothing reaches goes after a
//! while.
//!
//! Kept is what refs, `HEAD`, what is under way, the stash and the reflog since some time reach,
//! and what has come to the repository since then: a process that is adding something may not have
//! named it yet. New mpacks are in place before old ones go, so that a process that dies in between
//! leaves everything, some of it twice.

mod error;
mod kept;
mod pack;
mod rest;

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::time::SystemTime;

use muse_wire::dag::Revwalk;
use muse_wire::id::{CommitId, MpackKey};
use muse_wire::mpack::CommitRow;

pub use self::error::GcError;

use self::kept::Kept;
use self::pack::pack;
use self::rest::Rest;
use crate::fault;
use crate::report::Reporter;
use crate::repository::{LockedRepository, ObjectStore, Repository, RepositoryError, StoredMpack};
use crate::walk::{CollectError, collect, plan_mpack};

/// How much is collected.
#[derive(Debug, Clone, Copy)]
pub struct GcOptions {
    /// What came or was named by the reflog since then is kept.
    pub keep_since: SystemTime,
    /// Whether nothing is to be written.
    pub dry_run: bool,
}

/// What a collection did, or would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Collected {
    /// The mpacks before.
    pub before: Size,
    /// The mpacks after.
    pub after: Size,
    /// What is dropped.
    pub dropped: Dropped,
}

/// How much the mpacks are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// How many.
    pub mpacks: usize,
    /// Bytes of their files.
    pub bytes: u64,
}

/// What nothing reaches, and is old enough to go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Commits.
    pub commits: usize,
    /// Objects.
    pub objects: usize,
    /// Bytes of the objects, uncompressed.
    pub object_bytes: u64,
}

/// Collects garbage.
///
/// # Errors
/// [`GcError`]; where something that is reached is missing or damaged, nothing is touched.
pub fn collect_garbage(
    locked: &mut LockedRepository<'_>,
    options: GcOptions,
    reporter: &dyn Reporter,
) -> Result<Collected, GcError> {
    locked.layout.refuse_unfinished_clone()?;
    let stored = locked.objects.stored_mpacks()?;
    if let Some(damaged) = locked.objects.damaged_mpacks().into_iter().next() {
        // What it holds may be needed, and is in no other.
        return Err(RepositoryError::damaged(&damaged.path, damaged.reason).into());
    }
    let tips = tips(locked, options.keep_since)?;
    let set = collect(&locked.objects, &tips, &[])?;
    let kept = Kept::of(&locked.objects, &set)?;
    let before = size(&stored);
    let mut sorted = Sorted::of(stored, &kept, options.keep_since)?;
    let needed = needed_by_young(locked, &sorted, &kept, &tips)?;
    sorted.keep(&needed);
    let mut collected = Collected {
        before,
        after: before,
        dropped: sorted.dropped(&kept),
    };
    if options.dry_run || sorted.is_tidy(&kept) {
        return Ok(collected);
    }
    let mut new: HashSet<MpackKey> = pack(locked, set, &tips, reporter)?.into_iter().collect();
    let young = sorted.young.iter().map(|(mpack, _)| mpack.key);
    let mut unreached: BTreeSet<MpackKey> = young.collect();
    fault::point("gc_packed");
    if let Some(newest) = sorted.mixed.iter().map(|(_, modified)| *modified).max() {
        let sources = sorted.mixed.iter().map(|(mpack, _)| mpack.clone());
        let sources: Vec<StoredMpack> = sources.collect();
        let rest = locked.write_part(&sources, &Rest(&kept), Some(newest))?;
        new.extend(rest);
        unreached.extend(rest);
    }
    locked.write_unreached(unreached)?;
    let mixed = sorted.mixed.iter().map(|(mpack, _)| mpack);
    let old = sorted.covered.iter().chain(&sorted.dropped).chain(mixed);
    let old = old.map(|mpack| mpack.key).filter(|key| !new.contains(key));
    locked.remove_mpacks(&old.collect::<Vec<_>>())?;
    let shallow = locked.objects.shallow_here()?;
    locked.write_shallow(&shallow)?;
    collected.after = size(&locked.objects.stored_mpacks()?);
    Ok(collected)
}

/// The commits that keep what they reach: those that are named, and those that the reflog names
/// since then, as far as they are here with their history.
fn tips(repository: &Repository, since: SystemTime) -> Result<Vec<CommitId>, GcError> {
    let objects = &repository.objects;
    let roots = repository.refs.read()?.roots();
    let mut tips: Vec<CommitId> = roots.into_iter().map(|(_, commit)| commit).collect();
    tips.extend(repository.stash.read()?);
    tips.sort_unstable();
    tips.dedup();
    let reached: HashSet<CommitId> = collect_commits(objects, &tips)?;
    for commit in repository.refs.reflog_commits(since)? {
        // An earlier collection may have dropped it, or a part of what is below it.
        if !reached.contains(&commit)
            && objects.has_commit(&commit)?
            && is_whole(repository, commit, &tips)
        {
            tips.push(commit);
        }
    }
    Ok(tips)
}

fn collect_commits(objects: &ObjectStore, tips: &[CommitId]) -> Result<HashSet<CommitId>, GcError> {
    let mut walk = Revwalk::new(objects);
    for &tip in tips {
        walk.push(tip).map_err(CollectError::from)?;
    }
    let walked = walk.run().map_err(CollectError::from)?;
    Ok(walked.commits.into_iter().collect())
}

/// Whether everything is here that `commit` reaches and `tips` do not.
fn is_whole(repository: &Repository, commit: CommitId, tips: &[CommitId]) -> bool {
    let set = collect(&repository.objects, &[commit], tips);
    set.is_ok_and(|set| plan_mpack(repository, set).is_ok())
}

/// What commits need that nothing reaches, and that stay because they are young: it stays as long.
fn needed_by_young(
    repository: &Repository,
    sorted: &Sorted,
    kept: &Kept,
    tips: &[CommitId],
) -> Result<Kept, GcError> {
    let young = sorted.young.iter().chain(&sorted.mixed);
    let commits = young.flat_map(|(mpack, _)| mpack.mpack.tables().commits());
    let commits: Vec<CommitRow> = commits
        .filter(|commit| !kept.commits.contains(&commit.id))
        .collect();
    let parents: HashSet<CommitId> = commits
        .iter()
        .flat_map(|commit| commit.parents.iter().copied())
        .collect();
    let heads = commits.iter().map(|commit| commit.id);
    let heads: Vec<CommitId> = heads
        .filter(|id| !parents.contains(id) && is_whole(repository, *id, tips))
        .collect();
    let set = collect(&repository.objects, &heads, tips)?;
    Ok(Kept::of(&repository.objects, &set)?)
}

fn size(mpacks: &[StoredMpack]) -> Size {
    Size {
        mpacks: mpacks.len(),
        bytes: mpacks.iter().map(|mpack| mpack.size_bytes).sum(),
    }
}

/// What becomes of each mpack.
#[derive(Default)]
struct Sorted {
    /// All that is in it is kept.
    covered: Vec<StoredMpack>,
    /// Some of it is not, and it is old.
    dropped: Vec<StoredMpack>,
    /// Some of it is not, and it is young, or needed by what is: the rest of it is kept as it is.
    mixed: Vec<(StoredMpack, SystemTime)>,
    /// Nothing of it is reached, and it is young: it stays.
    young: Vec<(StoredMpack, SystemTime)>,
}

impl Sorted {
    fn of(
        stored: Vec<StoredMpack>,
        kept: &Kept,
        keep_since: SystemTime,
    ) -> Result<Self, RepositoryError> {
        let mut sorted = Self::default();
        for mpack in stored {
            let tables = mpack.mpack.tables();
            if !kept.lacks_some(tables) {
                sorted.covered.push(mpack);
                continue;
            }
            let modified = fs::metadata(&mpack.path).and_then(|metadata| metadata.modified());
            let modified = modified.map_err(RepositoryError::storage("read", &mpack.path))?;
            if modified < keep_since {
                sorted.dropped.push(mpack);
            } else if kept.has_some(tables) {
                sorted.mixed.push((mpack, modified));
            } else {
                sorted.young.push((mpack, modified));
            }
        }
        Ok(sorted)
    }

    /// Keeps the old mpacks that hold some of what is `needed`, for as long as the young ones.
    fn keep(&mut self, needed: &Kept) {
        let young = self.young.iter().chain(&self.mixed);
        let Some(newest) = young.map(|(_, modified)| *modified).max() else {
            return;
        };
        let old = std::mem::take(&mut self.dropped).into_iter();
        let kept: Vec<StoredMpack>;
        (kept, self.dropped) = old.partition(|mpack| needed.has_some(mpack.mpack.tables()));
        let kept = kept.into_iter().map(|mpack| (mpack, newest));
        self.mixed.extend(kept);
    }

    /// Whether one mpack holds what is kept, exactly, and nothing is to go.
    fn is_tidy(&self, kept: &Kept) -> bool {
        let is_packed = match self.covered.as_slice() {
            [] => kept.is_empty(),
            [one] => kept.is_all_in(one.mpack.tables()),
            _ => false,
        };
        is_packed && self.dropped.is_empty() && self.mixed.is_empty()
    }

    /// What goes for good.
    fn dropped(&self, kept: &Kept) -> Dropped {
        let stay = self.mixed.iter().chain(&self.young);
        let stay: Vec<_> = stay.map(|(mpack, _)| &mpack.mpack).collect();
        let mut commits = HashSet::new();
        let mut objects = HashSet::new();
        let mut dropped = Dropped::default();
        for mpack in &self.dropped {
            let tables = mpack.mpack.tables();
            for row in tables.commits() {
                let stays = || {
                    stay.iter()
                        .any(|other| other.tables().find_commit(&row.id).is_some())
                };
                if !kept.commits.contains(&row.id) && !stays() && commits.insert(row.id) {
                    dropped.commits += 1;
                }
            }
            let whole = tables.objects().map(|row| (row.id, u64::from(row.length)));
            let large = tables.large_objects().map(|row| (row.id, row.length));
            for (id, length) in whole.chain(large) {
                let stays = || stay.iter().any(|other| other.tables().has_object(&id));
                if !kept.objects.contains(&id) && !stays() && objects.insert(id) {
                    dropped.objects += 1;
                    dropped.object_bytes += length;
                }
            }
        }
        dropped
    }
}

#[cfg(test)]
mod tests;
