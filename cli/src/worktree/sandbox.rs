//! A repository in a temporary directory, for this module's tests.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use muse_wire::commit::{Author, Timestamp};
use muse_wire::id::CommitId;
use muse_wire::snapshot::Tree;

use super::checkout::{CheckoutStats, LocalChanges, switch_tree};
use super::error::Result;
use super::record::{self, Description, Recorded};
use super::scan::{Scan, scan};
use crate::report::Silent;
use crate::repository::Repository;

pub(super) struct Sandbox {
    _directory: tempfile::TempDir,
    pub(super) repository: Repository,
}

impl Sandbox {
    pub(super) fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let repository = Repository::init(directory.path(), "main").expect("an empty directory");
        Self {
            _directory: directory,
            repository,
        }
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.repository.root().join(path)
    }

    pub(super) fn write(&self, path: &str, contents: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("below the root")).expect("writable");
        fs::write(path, contents).expect("writable");
    }

    pub(super) fn make_executable(&self, path: &str) {
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(0o755)).expect("own file");
    }

    pub(super) fn link(&self, path: &str, target: &str) {
        std::os::unix::fs::symlink(target, self.path(path)).expect("writable");
    }

    pub(super) fn remove(&self, path: &str) {
        fs::remove_file(self.path(path)).expect("there");
    }

    pub(super) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).expect("a text file")
    }

    pub(super) fn try_commit(&self) -> Result<Recorded> {
        let lock = self.repository.lock().expect("nobody else is here");
        let description = Description {
            author: Author {
                name: "Ada".to_owned(),
                email: "ada@example.com".to_owned(),
            },
            committed_at: Timestamp {
                seconds: 1,
                offset_minutes: 0,
            },
            message: "Try".to_owned(),
            allow_empty: false,
        };
        record::commit(&self.repository, &lock, description, &Silent)
    }

    pub(super) fn commit(&self) -> CommitId {
        self.try_commit().expect("something to commit").id
    }

    pub(super) fn tree(&self, commit: CommitId) -> Tree {
        let snapshot = self.repository.commit(&commit).expect("committed").snapshot;
        self.repository.tree(&snapshot).expect("recorded")
    }

    pub(super) fn head_tree(&self) -> Tree {
        match self.repository.head_commit().expect("readable") {
            Some(commit) => self.tree(commit),
            None => Tree::empty(),
        }
    }

    /// A look at the work tree against the last commit, with everything read.
    pub(super) fn scan(&self) -> Scan {
        let mut scan = scan(&self.repository, &self.head_tree()).expect("readable");
        scan.read_all(self.repository.root()).expect("readable");
        scan
    }

    /// What differs from the last commit: `+` added, `-` gone, `~` changed.
    pub(super) fn changes(&self) -> Vec<String> {
        let found = self.scan().found;
        let sign = |before: bool, after: bool| match (before, after) {
            (false, _) => '+',
            (true, false) => '-',
            (true, true) => '~',
        };
        found
            .iter()
            .map(|found| {
                let sign = sign(found.before.is_some(), found.stat.is_some());
                format!("{sign}{}", found.path)
            })
            .collect()
    }

    /// Brings the files from one commit to another, without moving `HEAD`.
    pub(super) fn switch(
        &self,
        from: CommitId,
        to: CommitId,
        local_changes: LocalChanges,
    ) -> Result<CheckoutStats> {
        let lock = self.repository.lock().expect("nobody else is here");
        let (from, to) = (self.tree(from), self.tree(to));
        switch_tree(&self.repository, &lock, &from, &to, local_changes, &Silent)
    }
}
