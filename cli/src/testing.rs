//! A repository in a temporary directory, for unit tests.
//!
//! `history` builds commits without a work tree; `worktree` works on files; `committer` makes the
//! commits of merges and the like; `warnings` keeps what is said.

mod committer;
mod history;
mod warnings;
mod worktree;

use muse_wire::id::CommitId;
use muse_wire::name::RefName;
use muse_wire::snapshot::Tree;

use crate::repository::{Expected, RefEdit, Repository};

pub(crate) use self::committer::committer;
pub(crate) use self::warnings::Warnings;
pub(crate) use self::worktree::details;

/// A repository in a directory that goes with it.
pub(crate) struct Sandbox {
    pub(crate) repository: Repository,
    _directory: tempfile::TempDir,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        Self {
            repository: Repository::init(directory.path(), "main").expect("an empty directory"),
            _directory: directory,
        }
    }

    /// The same repository, as another process would open it.
    pub(crate) fn reopen(&self) -> Repository {
        Repository::open(self.repository.layout.root()).expect("it is there")
    }

    pub(crate) fn tree(&self, commit: &CommitId) -> Tree {
        let tree = self.repository.objects.commit_tree(Some(commit));
        tree.expect("recorded")
    }

    pub(crate) fn set_ref(&self, name: &str, commit: CommitId) {
        let edit = RefEdit {
            name: RefName::new(name).expect("valid"),
            expected: Expected::Any,
            new: Some(commit),
        };
        let mut locked = self.repository.lock().expect("no other process uses it");
        locked.update_refs(&[edit], "test").expect("moves");
    }
}
