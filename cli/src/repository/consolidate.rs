//! Merging small mpacks, so that their number stays logarithmic in what they hold.
//!
//! Every commit adds an mpack. When there are many, the smallest are merged, as many as it takes
//! for each that stays to be at least twice as large as the one below it: a byte is rewritten a
//! logarithmic number of times in its life. The merged mpack is in place before the others go, so a
//! reader or a crash in between finds everything, some of it twice.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::sync::Arc;

use muse_wire::id::MpackKey;
use muse_wire::mpack::{Merge, MergeError, Mpack, WriteError};

use super::objects::{MpackSet, ObjectStore, OpenMpack};
use super::{LockedRepository, RepositoryError, Result, durable, unreached};

/// Up to this many small mpacks are left alone.
const TOLERATED_COUNT: usize = 16;

/// A larger mpack is not a small one: rewriting it would hold up a commit for too long.
const SMALL_BYTES: u64 = 32 * 1024 * 1024;

/// Each mpack that stays is at least this many times as large as the one below it.
const RATIO: u64 = 2;

impl LockedRepository<'_> {
    /// Merges small mpacks where there are many, so that their number stays logarithmic in what
    /// they hold.
    ///
    /// # Errors
    /// If one cannot be read or the merged one cannot be written; the repository stays as it was.
    pub fn consolidate(&mut self) -> Result<()> {
        consolidate(&self.objects, &unreached::read(&self.layout.unreached))
    }
}

/// Merges small mpacks, but for those that are `unreached`.
fn consolidate(objects: &ObjectStore, unreached: &BTreeSet<MpackKey>) -> Result<()> {
    if chosen(&objects.mpacks.refresh()?, unreached).is_empty() {
        return Ok(());
    }
    // Damaged tables would be copied, and the sound bytes removed.
    let chosen = chosen(&objects.mpacks.refresh_checked()?, unreached);
    let merge = |sources: &[Arc<OpenMpack>]| merge(objects, sources);
    let Some((sources, merged)) = merge_what_fits(&chosen, merge)? else {
        return Ok(());
    };
    for mpack in sources {
        if mpack.key == merged {
            continue;
        }
        match fs::remove_file(&mpack.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(RepositoryError::writing(&mpack.path)(error));
            }
            _ => {}
        }
    }
    durable::sync_parent(&objects.mpacks.path(&merged))?;
    objects.refresh()
}

/// Merges as many of `sources` as make an mpack that readers take, and returns them with the
/// result. `None` if not even two do: then all stay as they are.
fn merge_what_fits<T>(
    sources: &[T],
    mut merge: impl FnMut(&[T]) -> Result<MpackKey>,
) -> Result<Option<(&[T], MpackKey)>> {
    let mut count = sources.len();
    while count >= 2 {
        match merge(&sources[..count]) {
            Err(RepositoryError::Write(WriteError::TooLarge { .. })) => count /= 2,
            merged => return Ok(Some((&sources[..count], merged?))),
        }
    }
    Ok(None)
}

/// Merges `sources` and makes the result part of the repository.
fn merge(objects: &ObjectStore, sources: &[Arc<OpenMpack>]) -> Result<MpackKey> {
    let failed = |error| match error {
        MergeError::Source { index, error } => sources[index].damage()(error),
        MergeError::Listing(error) => error,
        MergeError::Write(error) => error.into(),
        error => RepositoryError::damaged(&sources[0].path, error.to_string()),
    };
    let mpacks: Vec<&Mpack> = sources.iter().map(|source| &*source.mpack).collect();
    let merge = Merge::plan(&mpacks).map_err(failed)?;
    let mut pending = objects.new_mpack(merge.counts())?;
    let listing = |id: &_| Ok(objects.tree(id)?.record_against(None));
    merge.write(pending.writer(), listing).map_err(failed)?;
    pending.install()
}

/// The mpacks of a set that are to be merged, smallest first.
fn chosen(set: &MpackSet, unreached: &BTreeSet<MpackKey>) -> Vec<Arc<OpenMpack>> {
    let mut small: Vec<_> = set
        .iter()
        .rev()
        .filter(|mpack| mpack.size_bytes <= SMALL_BYTES && !unreached.contains(&mpack.key))
        .cloned()
        .collect();
    let sizes: Vec<_> = small.iter().map(|mpack| mpack.size_bytes).collect();
    small.truncate(choose(&sizes));
    small
}

/// How many of these mpacks, whose sizes ascend, are to be merged.
fn choose(sizes: &[u64]) -> usize {
    if sizes.len() <= TOLERATED_COUNT {
        return 0;
    }
    let fits_above = |below: u64, above: u64| above >= below.saturating_mul(RATIO);
    let misfit = (1..sizes.len())
        .rev()
        .find(|&at| !fits_above(sizes[at - 1], sizes[at]));
    let Some(misfit) = misfit else { return 0 };
    let mut count = misfit + 1;
    let mut total: u64 = sizes[..count].iter().sum();
    while count < sizes.len() && !fits_above(total, sizes[count]) {
        total += sizes[count];
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use muse_wire::id::CommitId;

    use super::*;
    use crate::repository::Repository;
    use crate::testing::Sandbox;

    /// Every file of every commit.
    fn contents(repository: &Repository, commits: &[CommitId]) -> Vec<BTreeMap<String, Vec<u8>>> {
        let files = |commit| {
            let snapshot = repository.objects.commit(commit).expect("reads").snapshot;
            let entries = repository.objects.tree(&snapshot).expect("reads").entries();
            let read = |object| repository.objects.read_object(object).expect("reads");
            let files = entries
                .iter()
                .map(|(path, entry)| (path.as_str().to_owned(), read(&entry.object)));
            files.collect()
        };
        commits.iter().map(files).collect()
    }

    /// Commits that each change one of a few files.
    fn history(sandbox: &Sandbox, length: usize) -> Vec<CommitId> {
        let mut commits: Vec<CommitId> = Vec::new();
        for n in 0..length {
            let path = format!("d/file{}", n % 5);
            let text = "line\n".repeat(50) + &n.to_string();
            let parents: Vec<_> = commits.last().copied().into_iter().collect();
            commits.push(sandbox.add_commit(&parents, &[(&path, &text)]));
        }
        commits
    }

    #[test]
    fn a_few_or_well_spaced_mpacks_are_left_alone() {
        assert_eq!(choose(&[1; TOLERATED_COUNT]), 0);
        let spaced: Vec<u64> = (0..40).map(|n| 1 << n).collect();
        assert_eq!(choose(&spaced), 0);
        assert_eq!(choose(&[1; TOLERATED_COUNT + 1]), TOLERATED_COUNT + 1);
        let with_larger = |larger: [u64; 2]| {
            let mut sizes = vec![10; TOLERATED_COUNT];
            sizes.extend(larger);
            choose(&sizes)
        };
        assert_eq!(with_larger([330, 700]), TOLERATED_COUNT);
        assert_eq!(
            with_larger([300, 930]),
            TOLERATED_COUNT + 1,
            "300 is too close to 160"
        );
    }

    #[test]
    fn a_thousand_commits_rewrite_each_byte_a_few_times() {
        let mut sizes: Vec<u64> = Vec::new();
        let mut rewritten = 0;
        let mut most = 0;
        for _ in 0..1000 {
            sizes.push(1);
            sizes.sort_unstable();
            let count = choose(&sizes);
            let total: u64 = sizes.drain(..count).sum();
            rewritten += total;
            sizes.extend((total > 0).then_some(total));
            most = most.max(sizes.len());
        }
        assert_eq!(sizes.iter().sum::<u64>(), 1000);
        assert!(most <= TOLERATED_COUNT + 2, "{most} mpacks");
        assert!(rewritten < 8 * 1000, "{rewritten} bytes rewritten");
    }

    #[test]
    fn what_would_be_too_large_is_merged_in_part_or_not_at_all() {
        let merge = |most: usize| {
            let merged = merge_what_fits(&[(); 17], |sources| {
                if sources.len() <= most {
                    return Ok(MpackKey::from_bytes([1; 32]));
                }
                Err(RepositoryError::Write(WriteError::TooLarge {
                    what: "bytes of tables",
                    actual: 2,
                    limit: 1,
                }))
            });
            merged.expect("no error").map(|(sources, _)| sources.len())
        };
        assert_eq!(merge(17), Some(17));
        assert_eq!(merge(5), Some(4));
        assert_eq!(merge(1), None);
    }

    #[test]
    fn merging_keeps_every_commit_file_and_record() {
        let sandbox = Sandbox::new();
        let commits = history(&sandbox, TOLERATED_COUNT + 1);
        let before = contents(&sandbox.reopen(), &commits);
        let other = sandbox.reopen();
        other.objects.mpacks().expect("opens");
        consolidate(&sandbox.repository.objects, &BTreeSet::new()).expect("merges");
        let merged = sandbox.reopen();
        assert_eq!(merged.objects.mpacks().expect("opens").len(), 1);
        assert_eq!(contents(&merged, &commits), before);
        assert_eq!(
            contents(&other, &commits),
            before,
            "a reader that holds the old set misses nothing"
        );
        consolidate(&merged.objects, &BTreeSet::new()).expect("nothing to do");
        let counts = merged.objects.mpacks().expect("opens")[0].tables().counts();
        assert_eq!(counts.commits, commits.len() as u64);
    }

    #[test]
    fn what_is_not_reached_keeps_its_age() {
        let sandbox = Sandbox::new();
        history(&sandbox, TOLERATED_COUNT + 4);
        let set = sandbox.repository.objects.mpacks.refresh().expect("lists");
        let unreached: BTreeSet<_> = set.iter().take(2).map(|mpack| mpack.key).collect();
        let mut locked = sandbox.repository.lock().expect("free");
        locked.write_unreached(unreached.clone()).expect("writes");
        locked.consolidate().expect("merges");
        let stored = sandbox.reopen().objects.stored_mpacks().expect("opens");
        let left: BTreeSet<_> = stored.iter().map(|mpack| mpack.key).collect();
        assert!(left.len() == 3 && left.is_superset(&unreached));
    }

    #[test]
    fn a_crash_before_the_old_ones_go_leaves_everything_twice() {
        let sandbox = Sandbox::new();
        let commits = history(&sandbox, TOLERATED_COUNT + 1);
        let before = contents(&sandbox.reopen(), &commits);
        let set = sandbox.repository.objects.mpacks.refresh().expect("lists");
        let old: Vec<_> = set.iter().cloned().collect();
        merge(&sandbox.repository.objects, &old).expect("merges");
        let crashed = sandbox.reopen();
        assert_eq!(
            crashed.objects.mpacks().expect("opens").len(),
            old.len() + 1
        );
        assert_eq!(contents(&crashed, &commits), before);
        fs::remove_file(&old[3].path).expect("removes");
        assert_eq!(contents(&sandbox.reopen(), &commits), before);
        consolidate(&crashed.objects, &BTreeSet::new()).expect("merges");
        let again = sandbox.reopen();
        assert_eq!(again.objects.mpacks().expect("opens").len(), 1);
        assert_eq!(contents(&again, &commits), before);
    }
}
