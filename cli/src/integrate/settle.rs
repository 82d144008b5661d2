//! Settling conflicts by taking one side, and going back to what the merge made of them.

use std::collections::BTreeMap;

use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Change, Entry, Tree};

use super::error::IntegrateError;
use crate::report::Reporter;
use crate::repository::{LockedRepository, Repository, Unfinished, UnsettledPath};
use crate::worktree::{CommitDetails, WorktreeError, record_commit, restore_files};

/// What settles a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The version of the branch that the changes are brought onto.
    Ours,
    /// The version that is brought.
    Theirs,
    /// Neither: it is as the merge left it, with markers where there were some, and not settled.
    Unsettled,
    /// What is in the work tree.
    AsItIs,
}

/// What is to stand at the paths of some conflicts.
type Wanted = BTreeMap<RepoPath, Option<Entry>>;

/// Settles the conflicts at and below `paths`, and returns them. Where a side is taken, all paths
/// of a conflict become as that side has them: a file that had to make way goes back to its place.
///
/// # Errors
/// [`IntegrateError::NotInConflict`], before anything is touched.
pub fn settle(
    repository: &Repository,
    paths: &[String],
    side: Side,
    reporter: &dyn Reporter,
) -> Result<Vec<UnsettledPath>, IntegrateError> {
    let mut locked = repository.lock()?;
    let refs = locked.refs.read()?;
    let Some(mut unfinished) = refs.unfinished().cloned() else {
        let path = paths.first().cloned().unwrap_or_default();
        return Err(IntegrateError::NotInConflict(path));
    };
    if !unfinished.is_written {
        return Err(IntegrateError::NotWritten(unfinished.action));
    }
    let settled = named_conflicts(&unfinished.conflicts, paths, side)?;
    for conflict in &mut unfinished.conflicts {
        if settled.iter().any(|one| one.path == conflict.path) {
            conflict.is_settled = side != Side::Unsettled;
        }
    }
    if side != Side::AsItIs {
        take(&mut locked, &mut unfinished, &settled, side, reporter)?;
    }
    locked.set_unfinished(Some(&unfinished))?;
    Ok(settled)
}

/// The conflicts at and below `paths`. Where a side is taken, so are those that are about the same
/// thing.
fn named_conflicts(
    conflicts: &[UnsettledPath],
    paths: &[String],
    side: Side,
) -> Result<Vec<UnsettledPath>, IntegrateError> {
    let at = |paths: &[String]| {
        let is_at = |conflict: &&UnsettledPath| {
            let place = conflict.belongs_at.as_ref();
            let place = place.filter(|_| side != Side::AsItIs);
            conflict.path.is_at_or_below(paths)
                || place.is_some_and(|place| place.is_at_or_below(paths))
        };
        conflicts.iter().filter(is_at).cloned().collect::<Vec<_>>()
    };
    let mut all_paths = paths.to_vec();
    for path in paths {
        let named = at(std::slice::from_ref(path));
        if named.is_empty() {
            return Err(IntegrateError::NotInConflict(path.clone()));
        }
        if side != Side::AsItIs {
            let places = named.into_iter().filter_map(|conflict| conflict.belongs_at);
            all_paths.extend(places.map(|place| place.to_string()));
        }
    }
    Ok(at(&all_paths))
}

/// Writes the versions of one side into the work tree, and notes that it shows them.
fn take(
    locked: &mut LockedRepository<'_>,
    unfinished: &mut Unfinished,
    conflicts: &[UnsettledPath],
    side: Side,
    reporter: &dyn Reporter,
) -> Result<(), IntegrateError> {
    let shown = locked.objects.commit_tree(Some(&unfinished.shown))?;
    let merged = locked.objects.commit_tree(Some(&unfinished.merged))?;
    let wanted = wanted(&merged, &shown, conflicts, side);
    let changes: Vec<Change> = wanted
        .iter()
        .filter(|(path, entry)| shown.get(path) != **entry)
        .map(|(path, &entry)| Change {
            path: path.clone(),
            entry,
        })
        .collect();
    let taken = shown.apply(&changes).map_err(WorktreeError::from)?;
    let is_touched = |path: &RepoPath| wanted.contains_key(path);
    restore_files(locked, &shown, &taken, &is_touched, reporter)?;
    if taken.id() != shown.id() {
        let before = CommitDetails::of_copy(locked.objects.commit(&unfinished.shown)?);
        let details = CommitDetails {
            message: format!("{} with some conflicts settled", unfinished.action),
            ..before
        };
        let parents = [unfinished.merged];
        unfinished.shown = record_commit(locked, &parents, &taken, &details, BTreeMap::new())?;
    }
    Ok(())
}

/// What stands at all paths of the conflicts once the side is taken.
fn wanted(merged: &Tree, shown: &Tree, conflicts: &[UnsettledPath], side: Side) -> Wanted {
    let places = conflicts.iter().filter_map(|one| one.belongs_at.as_ref());
    let places: Vec<&RepoPath> = places.collect();
    let mut touched: Vec<RepoPath> = conflicts.iter().map(|one| one.path.clone()).collect();
    if !places.is_empty() {
        touched.extend(places.iter().copied().cloned());
        let entries = [merged, shown].into_iter().flat_map(Tree::entries);
        let below = entries.filter(|(path, _)| path.is_at_or_below(&places));
        touched.extend(below.map(|(path, _)| path));
    }
    let as_merged = touched.into_iter().map(|path| {
        let entry = merged.get(&path);
        (path, entry)
    });
    let mut wanted: Wanted = as_merged.collect();
    if side == Side::Unsettled {
        return wanted;
    }
    let version = |conflict: &UnsettledPath| match side {
        Side::Ours => conflict.ours,
        _ => conflict.theirs,
    };
    for conflict in conflicts {
        let stays = conflict.belongs_at.is_none();
        wanted.insert(conflict.path.clone(), version(conflict).filter(|_| stays));
    }
    for conflict in conflicts {
        if let (Some(place), Some(file)) = (&conflict.belongs_at, version(conflict)) {
            for (path, entry) in &mut wanted {
                if path.is_at_or_below(&[place]) {
                    *entry = None;
                }
            }
            wanted.insert(place.clone(), Some(file));
        }
    }
    wanted
}
