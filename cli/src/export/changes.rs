//! What commits change in git's trees.

use std::collections::HashSet;

use muse_wire::commit::Commit;
use muse_wire::id::{CommitId, ObjectId, SnapshotId};
use muse_wire::snapshot::{Change, Entry, EntryKind, Tree};

use super::error::ExportError;
use super::lfs_rules::LfsRules;
use super::notes;
use crate::git::{GIT_COMMIT, GIT_LFS, LfsNote, LfsPointer};
use crate::repository::{ObjectStore, RepositoryError, Result as StoreResult};

/// What a commit puts at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NewEntry {
    /// Nothing: what was there is gone.
    Gone,
    /// A file or link with the contents of an object.
    Blob(EntryKind, ObjectId),
    /// A file that is a pointer in git.
    Pointer(EntryKind, LfsPointer),
    /// A submodule at a commit.
    Submodule(gix::ObjectId),
}

/// What a commit changes against its first parent, in git: what is gone comes first, for what takes
/// its place may be a directory, or a file where a directory was. What was made here has pointers
/// where `rules` say so.
pub(super) fn git_changes(
    store: &ObjectStore,
    rules: &LfsRules<'_>,
    id: &CommitId,
    commit: &Commit,
) -> Result<Vec<(Vec<u8>, NewEntry)>, ExportError> {
    let note = lfs_note(id, commit)?;
    let changes = changes(store, commit)?;
    let ruled = match is_from_git(commit) {
        true => HashSet::new(),
        false => rules.pointers(commit, &changes)?,
    };
    let mut new = Vec::with_capacity(changes.len());
    for change in &changes {
        let is_pointer = note.is_pointer(&change.path) || ruled.contains(&*change.path);
        let entry = match change.entry {
            Some(entry) => new_entry(store, entry, is_pointer)?,
            None => NewEntry::Gone,
        };
        new.push((change.path.as_bytes().to_vec(), entry));
    }
    let changed: HashSet<&str> = changes.iter().map(|change| &*change.path).collect();
    let mut same_here = note.files().filter(|(path, _)| !changed.contains(path));
    if let Some(first) = same_here.next() {
        let tree = store.tree(&commit.snapshot)?;
        for (path, is_pointer) in std::iter::once(first).chain(same_here) {
            if let Some(entry) = tree.get(path) {
                let entry = new_entry(store, entry, is_pointer)?;
                new.push((path.as_bytes().to_vec(), entry));
            }
        }
    }
    let submodules = notes::submodules(id, commit)?.into_iter();
    new.extend(submodules.map(|(path, commit)| {
        let entry = commit.map_or(NewEntry::Gone, NewEntry::Submodule);
        (path, entry)
    }));
    // Where a submodule takes the place of a file, or a file its place, what comes counts.
    new.sort_by_key(|(_, entry)| *entry != NewEntry::Gone);
    Ok(new)
}

/// What `commits` have pointers to in git.
pub(super) fn pointed_to(
    store: &ObjectStore,
    rules: &LfsRules<'_>,
    commits: &[CommitId],
) -> Result<HashSet<ObjectId>, ExportError> {
    let mut objects = HashSet::new();
    for id in commits {
        let commit = store.commit(id)?;
        let is_ruled = rules.is_needed() && !is_from_git(&commit);
        if !is_ruled && !commit.metadata.contains_key(GIT_LFS) {
            continue;
        }
        let changes = git_changes(store, rules, id, &commit)?;
        objects.extend(changes.into_iter().filter_map(|(_, entry)| match entry {
            NewEntry::Pointer(_, pointer) => Some(pointer.object),
            _ => None,
        }));
    }
    Ok(objects)
}

fn is_from_git(commit: &Commit) -> bool {
    commit.metadata.contains_key(GIT_COMMIT)
}

fn lfs_note(id: &CommitId, commit: &Commit) -> Result<LfsNote, ExportError> {
    let lines = commit.metadata.get(GIT_LFS).map_or("", String::as_str);
    LfsNote::parse(lines).map_err(|line| ExportError::Note { commit: *id, line })
}

fn new_entry(store: &ObjectStore, entry: Entry, is_pointer: bool) -> StoreResult<NewEntry> {
    let Entry { kind, object } = entry;
    if !is_pointer || kind == EntryKind::Symlink {
        return Ok(NewEntry::Blob(kind, object));
    }
    let length = store.object_length(&object)?;
    let length = length.ok_or_else(|| RepositoryError::missing_object(&object))?;
    Ok(NewEntry::Pointer(kind, LfsPointer { object, length }))
}

/// What a commit changed against its first parent, here.
fn changes(store: &ObjectStore, commit: &Commit) -> StoreResult<Vec<Change>> {
    let parent = match commit.parents.first() {
        Some(parent) => Some(store.commit(parent)?.snapshot),
        None => None,
    };
    if parent == Some(commit.snapshot) {
        return Ok(Vec::new());
    }
    if let Some(record) = store.snapshot_record(&commit.snapshot)?
        && record.base == parent
    {
        return Ok(record.changes);
    }
    let tree = |snapshot: &SnapshotId| store.tree(snapshot);
    let before = parent.as_ref().map_or(Ok(Tree::empty()), tree)?;
    Ok(before.diff(&tree(&commit.snapshot)?))
}
