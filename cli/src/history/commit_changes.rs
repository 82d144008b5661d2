//! What each commit of a log changed, against its first parent.

use std::collections::HashMap;

use muse_wire::snapshot::Tree;

use super::log::Logged;
use crate::diff::{NewVersion, PathChange, changes_between, pair_renames};
use crate::repository::{PastTrees, Repository, Result};

/// Lists what commits changed.
pub struct CommitChanges<'a> {
    repository: &'a Repository,
    trees: PastTrees<'a>,
    /// Of a file that is followed, under its names before and after a commit.
    by_names: HashMap<Vec<String>, PastTrees<'a>>,
    with_renames: bool,
}

impl<'a> CommitChanges<'a> {
    /// For commits of a log that is about these paths. Without renames, a file that moved is one
    /// that is gone and one that is new.
    pub fn new(repository: &'a Repository, paths: &[String], with_renames: bool) -> Self {
        Self {
            repository,
            trees: repository.objects.past_trees(paths.to_vec()),
            by_names: HashMap::new(),
            with_renames,
        }
    }

    /// What the commit changed against its first parent, as far as the log is about it; ascending
    /// by path.
    ///
    /// # Errors
    /// If a commit or a tree is missing or damaged.
    pub fn of(&mut self, logged: &Logged) -> Result<Vec<PathChange>> {
        let Self {
            repository,
            trees,
            by_names,
            with_renames,
        } = self;
        let objects = &repository.objects;
        let trees = match &logged.file {
            Some(file) => {
                let mut names = vec![file.path.as_str().to_owned()];
                if *with_renames && file.path_before != file.path {
                    names.push(file.path_before.as_str().to_owned());
                }
                let trees = by_names.entry(names);
                trees.or_insert_with_key(|names| objects.past_trees(names.clone()))
            }
            None => trees,
        };
        let before = match logged.commit.parents.first() {
            Some(parent) => trees.tree(&objects.commit(parent)?.snapshot)?,
            None => Tree::empty(),
        };
        let after = trees.tree(&logged.commit.snapshot)?;
        let changes = changes_between(&before, &after);
        match with_renames {
            true => pair_renames(repository, changes, NewVersion::Stored),
            false => Ok(changes),
        }
    }
}
