//! Searching the contents of files for a pattern: those of the work tree that are not ignored, or
//! those of a commit.
//!
//! Files are searched on all cores. What is found is given in the order of paths. Links are not
//! searched, and of a binary file it is only said that something is in it.

mod matches;
mod pattern;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use muse_wire::id::ObjectId;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{EntryKind, Tree};
use rayon::prelude::*;

pub use matches::{FileMatches, FoundLine, Matches};
pub use pattern::{Pattern, PatternError, PatternOptions};

use crate::repository::{Repository, RepositoryError};
use crate::worktree::{WorktreeError, list_files, read_contents};

/// Files of the work tree that are searched before what was found in them is given.
const BATCH_FILES: usize = 1024;

/// Larger files are not searched.
const MAX_SEARCHED_BYTES: u64 = 256 * 1024 * 1024;

/// What was found in one file, or why it was not searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Searched {
    /// Something was found.
    Found(FileMatches),
    /// It is too large, or the server withholds it.
    Skipped {
        /// The file.
        path: RepoPath,
        /// Why.
        reason: String,
    },
}

/// Searches the files of the work tree at or below `paths`; all of them where there are none.
/// `each` is given what was found, and ends the search with an error.
///
/// # Errors
/// If a file cannot be read, and whatever `each` gives.
pub fn search_worktree<E: From<WorktreeError>>(
    repository: &Repository,
    pattern: &Pattern,
    paths: &[String],
    mut each: impl FnMut(Searched) -> Result<(), E>,
) -> Result<(), E> {
    let head = repository.refs.head_commit();
    let base = head.and_then(|head| repository.objects.commit_tree(head.as_ref()));
    let base = base.map_err(WorktreeError::from)?;
    let mut files = list_files(repository, &base)?;
    files.retain(|path| paths.is_empty() || path.is_at_or_below(paths));
    let root = repository.layout.root();
    for batch in files.chunks(BATCH_FILES) {
        let searched: Result<Vec<_>, WorktreeError> = batch
            .par_iter()
            .map(|path| {
                let contents = read_contents(root, path, MAX_SEARCHED_BYTES)?;
                Ok(match contents {
                    Some(contents) => found_in(pattern, path, &contents),
                    None if root.join(path.as_str()).exists() => Some(too_large(path)),
                    None => None,
                })
            })
            .collect();
        searched?.into_iter().flatten().try_for_each(&mut each)?;
    }
    Ok(())
}

/// Searches the files of a tree at or below `paths`; all of them where there are none. `each` is
/// given what was found.
///
/// # Errors
/// If a file cannot be read, and whatever `each` gives.
pub fn search_tree<E: From<RepositoryError>>(
    repository: &Repository,
    tree: &Tree,
    pattern: &Pattern,
    paths: &[String],
    each: impl FnMut(Searched) -> Result<(), E>,
) -> Result<(), E> {
    let mut files: HashMap<ObjectId, Vec<RepoPath>> = HashMap::new();
    for (path, entry) in tree.entries() {
        let is_wanted = paths.is_empty() || path.is_at_or_below(paths);
        if is_wanted && entry.kind != EntryKind::Symlink {
            files.entry(entry.object).or_default().push(path);
        }
    }
    let objects = &repository.objects;
    let searched = Mutex::new(Vec::new());
    let search = |object: &ObjectId, contents: &[u8]| {
        let paths = files.get(object).map(Vec::as_slice).unwrap_or_default();
        let found = paths
            .iter()
            .filter_map(|path| found_in(pattern, path, contents));
        let found: Vec<Searched> = found.collect();
        let mut searched = searched.lock().unwrap_or_else(PoisonError::into_inner);
        searched.extend(found);
    };
    // Frames hold several objects, and each is decompressed once.
    let (whole, others) = objects.whole_objects(files.keys().copied())?;
    whole.read(|row, contents| {
        search(&row.id, contents);
        Ok::<(), RepositoryError>(())
    })?;
    for object in others {
        let is_large = objects
            .object_length(&object)?
            .is_some_and(|length| length > MAX_SEARCHED_BYTES);
        let contents = match is_large {
            true => None,
            false => Some(objects.read_object(&object)),
        };
        let skipped = match contents {
            Some(Ok(contents)) => {
                search(&object, &contents);
                continue;
            }
            Some(Err(RepositoryError::Withheld { reason, .. })) => Some(reason),
            Some(Err(error)) => return Err(error.into()),
            None => None,
        };
        let mut searched = searched.lock().unwrap_or_else(PoisonError::into_inner);
        searched.extend(files[&object].iter().map(|path| match &skipped {
            Some(reason) => Searched::Skipped {
                path: path.clone(),
                reason: format!("the server withholds it: {reason}"),
            },
            None => too_large(path),
        }));
    }
    let mut searched = searched
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    searched.sort_unstable_by(|one, other| one.path().cmp(other.path()));
    searched.into_iter().try_for_each(each)
}

fn found_in(pattern: &Pattern, path: &RepoPath, contents: &[u8]) -> Option<Searched> {
    let matches = pattern.search(contents)?;
    let path = path.clone();
    Some(Searched::Found(FileMatches { path, matches }))
}

fn too_large(path: &RepoPath) -> Searched {
    Searched::Skipped {
        path: path.clone(),
        reason: "it is too large to be searched".to_owned(),
    }
}

impl Searched {
    fn path(&self) -> &RepoPath {
        match self {
            Self::Found(found) => &found.path,
            Self::Skipped { path, .. } => path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    fn pattern(text: &str) -> Pattern {
        Pattern::new(&[text.to_owned()], PatternOptions::default()).expect("valid")
    }

    /// `path:line` of all that is found, or `path` for a binary file.
    fn shown(searched: &[Searched]) -> Vec<String> {
        let found = searched.iter().map(|searched| match searched {
            Searched::Found(FileMatches { path, matches }) => (path, matches),
            Searched::Skipped { path, .. } => panic!("{path} was skipped"),
        });
        let lines = found.flat_map(|(path, matches)| match matches {
            Matches::Binary => vec![path.to_string()],
            Matches::Lines(lines) => lines
                .iter()
                .map(|line| format!("{path}:{}", line.number))
                .collect(),
        });
        lines.collect()
    }

    #[test]
    fn files_of_the_work_tree_and_of_a_commit_are_searched() {
        let sandbox = Sandbox::new();
        sandbox.write_file("d/b", "no\nword\nmore words\n");
        sandbox.write_file("a", "a word");
        sandbox.write_file("binary", b"\0word\nword\n");
        sandbox.write_file("ignored", "word");
        sandbox.write_file(".museignore", "ignored\n");
        sandbox.link("link", "word");
        let commit = sandbox.commit();
        sandbox.write_file("a", "another");
        sandbox.write_file("new", "word");
        let repository = sandbox.reopen();
        let in_worktree = |paths: &[String]| {
            let mut searched = Vec::new();
            search_worktree(&repository, &pattern("word"), paths, |found| {
                searched.push(found);
                Ok::<(), WorktreeError>(())
            })
            .expect("readable");
            shown(&searched)
        };
        assert_eq!(in_worktree(&[]), ["binary", "d/b:2", "d/b:3", "new:1"]);
        assert_eq!(in_worktree(&["d".to_owned()]), ["d/b:2", "d/b:3"]);
        let mut searched = Vec::new();
        let tree = sandbox.tree(&commit);
        search_tree(&repository, &tree, &pattern("word"), &[], |found| {
            searched.push(found);
            Ok::<(), RepositoryError>(())
        })
        .expect("readable");
        assert_eq!(shown(&searched), ["a:1", "binary", "d/b:2", "d/b:3"]);
    }
}
