//! What each commit of a log changed, against its first parent.

use std::collections::HashMap;

use muse_wire::path::RepoPath;
use muse_wire::snapshot::Tree;

use super::log::Logged;
use crate::diff::{PathChange, changes_between};
use crate::repository::{PastTrees, Repository, Result};

/// Lists what commits changed.
pub struct CommitChanges<'a> {
    repository: &'a Repository,
    trees: PastTrees<'a>,
    /// Of a file that is followed, under each of its names.
    by_path: HashMap<RepoPath, PastTrees<'a>>,
}

impl<'a> CommitChanges<'a> {
    /// For commits of a log that is about these paths.
    pub fn new(repository: &'a Repository, paths: &[String]) -> Self {
        Self {
            repository,
            trees: repository.objects.past_trees(paths.to_vec()),
            by_path: HashMap::new(),
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
            by_path,
        } = self;
        let objects = &repository.objects;
        let trees = match &logged.file {
            Some(file) => by_path
                .entry(file.path.clone())
                .or_insert_with(|| objects.past_trees(vec![file.path.as_str().to_owned()])),
            None => trees,
        };
        let before = match logged.commit.parents.first() {
            Some(parent) => trees.tree(&objects.commit(parent)?.snapshot)?,
            None => Tree::empty(),
        };
        let after = trees.tree(&logged.commit.snapshot)?;
        Ok(changes_between(&before, &after))
    }
}
