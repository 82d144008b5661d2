//! Whether what was wanted is complete: every parent, snapshot and object below the wanted commits
//! is here, or an object that the server withholds.
//!
//! The history check has settled the commits of the staged mpacks, except for what they build on.
//! That is complete where a commit that is known to be reaches it, as refs name them. Other commits
//! were left by an interrupted run: they were verified mpack by mpack and never as a whole, so they
//! are walked here.
//!
//! A history that is shallow is complete down to the commits that are listed as being without their
//! parents. Where some of them get their parents now, those are looked for like any others.

use std::collections::{BTreeSet, HashSet};

use muse_wire::dag::{CommitSource as _, Grafted, Revwalk, Sorting, WalkError};
use muse_wire::history::OutsideObjects;
use muse_wire::id::{CommitId, ObjectId, SnapshotId};
use muse_wire::mpack::ObjectRow;
use muse_wire::snapshot::{Tree, is_link_target, is_link_target_length};

use super::withheld::WithheldObjects;
use crate::report::{Reporter, Unit};
use crate::repository::{ObjectStore, RepositoryError, StagedMpacks};
use crate::sync::FetchError;

/// What is to be complete, and of what.
pub(super) struct Parts<'a> {
    /// What the repository has all of.
    pub(super) complete: &'a [CommitId],
    /// What it is to have all of, with the staged mpacks.
    pub(super) want: &'a [CommitId],
    /// The objects that the staged records name and their own mpacks do not hold.
    pub(super) outside: &'a OutsideObjects,
    /// Commits of the repository that were without their parents and are to have them.
    pub(super) opened: &'a HashSet<CommitId>,
}

/// Checks that the repository is complete with the staged mpacks.
///
/// # Errors
/// [`FetchError::Invalid`] naming what is missing.
pub(super) fn check(
    parts: &Parts<'_>,
    reporter: &dyn Reporter,
    staged: &StagedMpacks<'_>,
    withheld: &mut WithheldObjects,
) -> Result<(), FetchError> {
    let Parts {
        complete,
        want,
        outside,
        opened,
    } = *parts;
    let objects = staged.combined();
    for object in &outside.all {
        require_object(objects, withheld, object)?;
    }
    check_links(objects, withheld, &outside.links)?;
    let mut built_on = BTreeSet::new();
    for &commit in want {
        if !staged.has_commit(&commit) {
            objects
                .require_commit(&commit)
                .map_err(FetchError::missing)?;
            built_on.insert(commit);
        }
    }
    let mut mentioned = external_commits(staged)?;
    mentioned.extend(parents_of_opened(objects, opened)?);
    built_on.extend(mentioned.into_iter().filter(|id| !staged.has_commit(id)));
    let unreached = unreached(complete, staged, &built_on, opened)?;
    if !unreached.is_empty() {
        let count = unreached.len() as u64;
        let phase = reporter.phase("checking what is here", Some(count), Unit::Commits);
        for commit in unreached {
            check_commit(objects, withheld, &commit)?;
            phase.advance(1);
        }
    }
    check_bases(staged, withheld, &built_on)
}

/// Commits that some of the staged ones have for a parent and that are not in the same mpack, but
/// for parents that are not to be here.
fn external_commits(staged: &StagedMpacks<'_>) -> Result<BTreeSet<CommitId>, FetchError> {
    let shallow = staged.combined().shallow()?;
    if shallow.is_empty() {
        let external = staged.tables().flat_map(|tables| tables.external_commits());
        return Ok(external.collect());
    }
    let mut external = BTreeSet::new();
    for tables in staged.tables() {
        let whole = tables.commits().filter(|row| !shallow.contains(&row.id));
        let parents = whole.flat_map(|row| row.parents);
        external.extend(parents.filter(|id| tables.find_commit(id).is_none()));
    }
    Ok(external)
}

/// The parents of commits that were without them, which have to be here now.
fn parents_of_opened(
    objects: &ObjectStore,
    opened: &HashSet<CommitId>,
) -> Result<BTreeSet<CommitId>, FetchError> {
    let mut all = BTreeSet::new();
    for id in opened {
        let node = objects.node(id)?;
        let node = node.ok_or_else(|| FetchError::missing(RepositoryError::missing_commit(id)))?;
        let mut highest = 0;
        for parent in node.parents {
            let found = objects
                .node(&parent)?
                .ok_or_else(|| FetchError::missing(RepositoryError::missing_commit(&parent)))?;
            highest = highest.max(found.generation);
            all.insert(parent);
        }
        // It could not be checked before.
        if highest.checked_add(1) != Some(node.generation) {
            let reason = format!("commit {id} has a generation that does not fit its parents'");
            return Err(FetchError::invalid(reason));
        }
    }
    Ok(all)
}

/// Those of `commits` and their ancestors that neither one of `complete` reaches nor a staged mpack
/// holds, parents first.
fn unreached(
    complete: &[CommitId],
    staged: &StagedMpacks<'_>,
    commits: &BTreeSet<CommitId>,
    opened: &HashSet<CommitId>,
) -> Result<Vec<CommitId>, FetchError> {
    let complete: HashSet<CommitId> = complete.iter().copied().collect();
    if commits.iter().all(|commit| complete.contains(commit)) {
        return Ok(Vec::new());
    }
    // What is complete is so down to where the history ended until now.
    let mut walk = Revwalk::new(Grafted {
        source: staged.combined(),
        shallow: opened,
    });
    for &commit in commits {
        walk.push(commit).map_err(incomplete_walk)?;
    }
    for commit in complete {
        walk.hide(commit)?;
    }
    walk.sorting(Sorting::ParentsFirst);
    let mut walked = walk.run().map_err(incomplete_walk)?.commits;
    walked.retain(|commit| !staged.has_commit(commit));
    Ok(walked)
}

/// Checks what a commit adds to its first parent, which is complete.
fn check_commit(
    objects: &ObjectStore,
    withheld: &mut WithheldObjects,
    id: &CommitId,
) -> Result<(), FetchError> {
    let commit = objects.commit(id)?;
    let before = match commit.parents.first() {
        Some(parent) => tree(objects, &objects.commit(parent)?.snapshot)?,
        None => Tree::empty(),
    };
    let after = tree(objects, &commit.snapshot)?;
    check_additions(objects, withheld, &before, &after)
}

/// Checks the snapshots that staged records build on: those of the complete commits `built_on` are
/// complete, of others the objects are looked up.
fn check_bases(
    staged: &StagedMpacks<'_>,
    withheld: &mut WithheldObjects,
    built_on: &BTreeSet<CommitId>,
) -> Result<(), FetchError> {
    let objects = staged.combined();
    let mentioned = staged
        .tables()
        .flat_map(|tables| tables.external_snapshots());
    let mut bases: BTreeSet<SnapshotId> = mentioned
        .filter(|snapshot| !staged.has_snapshot(snapshot))
        .collect();
    bases.remove(&Tree::empty().id());
    if bases.is_empty() {
        return Ok(());
    }
    let mut before = Tree::empty();
    for commit in built_on {
        let snapshot = objects.commit(commit)?.snapshot;
        if bases.remove(&snapshot) && bases.is_empty() {
            return Ok(());
        }
        // Any complete tree will do: only what differs from it is looked up.
        before = tree(objects, &snapshot)?;
    }
    for base in bases {
        let after = tree(objects, &base)?;
        check_additions(objects, withheld, &before, &after)?;
        before = after;
    }
    Ok(())
}

/// Checks the objects of `after` that a complete tree does not have.
fn check_additions(
    objects: &ObjectStore,
    withheld: &mut WithheldObjects,
    complete: &Tree,
    after: &Tree,
) -> Result<(), FetchError> {
    for change in complete.diff(after) {
        if let Some(entry) = change.entry {
            require_object(objects, withheld, &entry.object)?;
        }
    }
    Ok(())
}

/// Checks that links can lead to these objects, which are here unless they are withheld.
fn check_links(
    objects: &ObjectStore,
    withheld: &mut WithheldObjects,
    links: &BTreeSet<ObjectId>,
) -> Result<(), FetchError> {
    let no_target = |id: &ObjectId| {
        FetchError::invalid(format!(
            "a symbolic link names object {id}, to which no link can lead"
        ))
    };
    let (targets, others) = objects.whole_objects(links.iter().copied())?;
    for id in &others {
        if objects.has_object(id)? {
            // It is a large one.
            return Err(no_target(id));
        }
        require_object(objects, withheld, id)?;
    }
    let is_wrong = |row: &&ObjectRow| !is_link_target_length(row.length.into());
    if let Some(row) = targets.rows().find(is_wrong) {
        return Err(no_target(&row.id));
    }
    targets.read(|row, contents| {
        if is_link_target(contents) {
            return Ok(());
        }
        Err(no_target(&row.id))
    })
}

fn tree(objects: &ObjectStore, snapshot: &SnapshotId) -> Result<Tree, FetchError> {
    objects.tree(snapshot).map_err(FetchError::missing)
}

fn require_object(
    objects: &ObjectStore,
    withheld: &mut WithheldObjects,
    object: &ObjectId,
) -> Result<(), FetchError> {
    if objects.has_object(object)? || withheld.account_for(object) {
        Ok(())
    } else {
        Err(FetchError::missing(objects.missing_object(object)))
    }
}

fn incomplete_walk(error: WalkError<RepositoryError>) -> FetchError {
    match error {
        WalkError::Missing(commit) => FetchError::missing(RepositoryError::missing_commit(&commit)),
        error => error.into(),
    }
}
