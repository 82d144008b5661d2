//! Changes of which some are renames.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use muse_wire::id::ObjectId;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Entry, EntryKind};

use super::changes::{PathChange, RenamedFrom};
use super::renames::{ContentSource, MAX_COMPARED_BYTES, Rename, find_renames_in};
use super::versions::NewVersion;
use crate::repository::{ObjectStore, Repository, RepositoryError};
use crate::worktree::read_file;

/// Makes one change of a file that is gone and a new one that is like it, at the path of the new
/// one. Only files among the changes are compared, as by [`find_renames`](super::find_renames).
/// Both lists are ascending by path.
///
/// # Errors
/// If stored contents cannot be read.
pub fn pair_renames(
    repository: &Repository,
    mut changes: Vec<PathChange>,
    new_version: NewVersion,
) -> Result<Vec<PathChange>, RepositoryError> {
    let removed = files(&changes, |change| match change.after {
        None => change.before,
        Some(_) => None,
    });
    let added = files(&changes, |change| match change.before {
        None => change.after,
        Some(_) => None,
    });
    let objects = &repository.objects;
    let renames = match new_version {
        NewVersion::Stored => find_renames_in(objects, &removed, &added)?,
        NewVersion::Worktree => {
            let root = repository.layout.root();
            find_renames_in(&NewFiles::new(objects, root, &added), &removed, &added)?
        }
    };
    let gone: HashSet<&RepoPath> = renames.iter().map(|rename| &rename.from).collect();
    changes.retain(|change| !gone.contains(&change.path));
    let by_path: HashMap<&RepoPath, &Rename> =
        renames.iter().map(|rename| (&rename.to, rename)).collect();
    for change in &mut changes {
        if let Some(rename) = by_path.get(&change.path) {
            change.before = Some(rename.before);
            change.renamed_from = Some(RenamedFrom {
                path: rename.from.clone(),
                similarity: rename.similarity,
            });
        }
    }
    Ok(changes)
}

fn files(
    changes: &[PathChange],
    entry: impl Fn(&PathChange) -> Option<Entry>,
) -> Vec<(RepoPath, Entry)> {
    let changes = changes.iter();
    changes
        .filter_map(|change| Some((change.path.clone(), entry(change)?)))
        .collect()
}

/// What the repository stores, and new files of the work tree.
struct NewFiles<'a> {
    objects: &'a ObjectStore,
    root: &'a Path,
    files: HashMap<ObjectId, (&'a RepoPath, EntryKind)>,
}

impl<'a> NewFiles<'a> {
    fn new(objects: &'a ObjectStore, root: &'a Path, added: &'a [(RepoPath, Entry)]) -> Self {
        let files = added.iter();
        Self {
            objects,
            root,
            files: files
                .map(|(path, entry)| (entry.object, (path, entry.kind)))
                .collect(),
        }
    }
}

/// A file that cannot be read any more is like no other: whoever shows it says what is wrong.
impl ContentSource for NewFiles<'_> {
    fn length(&self, id: &ObjectId) -> Result<Option<u64>, RepositoryError> {
        match self.files.get(id) {
            Some((path, _)) => {
                let found = self.root.join(path.as_str()).symlink_metadata();
                Ok(found.ok().map(|found| found.len()))
            }
            None => self.objects.object_length(id),
        }
    }

    fn read(&self, id: &ObjectId) -> Result<Vec<u8>, RepositoryError> {
        match self.files.get(id) {
            Some((path, kind)) => {
                let read = read_file(self.root, path, *kind, MAX_COMPARED_BYTES);
                Ok(read.ok().flatten().unwrap_or_default())
            }
            None => self.objects.read_object(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::{changes_between, changes_of};
    use crate::testing::Sandbox;
    use crate::worktree::scan;

    const TEXT: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n";

    fn edited() -> String {
        format!("{TEXT}nine\n")
    }

    /// The changes, as `path` or `path from old similarity`.
    fn told(changes: Vec<PathChange>) -> Vec<String> {
        let changes = changes.into_iter();
        changes
            .map(|change| match change.renamed_from {
                Some(from) => format!("{} from {} {}", change.path, from.path, from.similarity),
                None => change.path.to_string(),
            })
            .collect()
    }

    #[test]
    fn a_file_that_moved_is_one_change_where_it_is_now() {
        let sandbox = Sandbox::new();
        let files = [("a", TEXT), ("gone", "x"), ("z", "0\n")];
        let before = sandbox.add_commit(&[], &files);
        let edited = edited();
        let changes = [
            ("a", None),
            ("gone", None),
            ("m", Some(edited.as_bytes())),
            ("new", Some(&b"y"[..])),
            ("z", Some(b"1\n")),
        ];
        let after = sandbox.add_changes(&[before], &changes);
        let tree = |commit| sandbox.repository.objects.commit_tree(Some(commit));
        let changes = changes_between(&tree(&before).expect("here"), &tree(&after).expect("here"));
        let found = pair_renames(&sandbox.repository, changes, NewVersion::Stored);
        let found = found.expect("readable");
        assert_eq!(
            found[1].before.map(|entry| entry.object),
            Some(ObjectId::of(TEXT.as_bytes()))
        );
        assert_eq!(told(found), ["gone", "m from a 88", "new", "z"]);
    }

    #[test]
    fn new_files_of_the_work_tree_pair_before_they_are_stored() {
        let sandbox = Sandbox::new();
        sandbox.write_file("a", TEXT);
        let commit = sandbox.commit();
        sandbox.remove_file("a");
        sandbox.write_file("d/m", edited());
        let repository = &sandbox.repository;
        let base = repository.objects.commit_tree(Some(&commit)).expect("here");
        let mut scan = scan(repository, &base).expect("readable");
        scan.read_all(repository).expect("readable");
        let found = |changes| pair_renames(repository, changes, NewVersion::Worktree);
        let changes = changes_of(&scan);
        assert_eq!(
            told(found(changes.clone()).expect("readable")),
            ["d/m from a 88"]
        );
        sandbox.remove_file("d/m");
        assert_eq!(told(found(changes).expect("readable")), ["a", "d/m"]);
    }
}
