//! The files of a sandbox's work tree.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use muse_wire::commit::{Author, Timestamp};
use muse_wire::id::CommitId;
use muse_wire::snapshot::Tree;

use super::Sandbox;
use crate::report::Silent;
use crate::worktree::WorktreeError;
use crate::worktree::{CheckoutStats, LocalChanges, switch_tree};
use crate::worktree::{CommitDetails, CommitOptions, Committed, Follows, commit};
use crate::worktree::{Scan, scan};

/// What a commit says, by an author who always is the same.
pub(crate) fn details(message: &str) -> CommitDetails {
    CommitDetails {
        author: Author {
            name: "Ada".to_owned(),
            email: "ada@example.com".to_owned(),
        },
        committed_at: Timestamp {
            seconds: 1,
            offset_minutes: 0,
        },
        message: message.to_owned(),
        metadata: BTreeMap::new(),
        signer: None,
    }
}

impl Sandbox {
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.repository.layout.root().join(path)
    }

    pub(crate) fn write_file(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("below the root")).expect("writable");
        fs::write(path, bytes).expect("writable");
    }

    pub(crate) fn make_executable(&self, path: &str) {
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(0o755)).expect("own file");
    }

    pub(crate) fn link(&self, path: &str, target: &str) {
        std::os::unix::fs::symlink(target, self.path(path)).expect("writable");
    }

    pub(crate) fn remove_file(&self, path: &str) {
        fs::remove_file(self.path(path)).expect("there");
    }

    pub(crate) fn read_file(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).expect("a text file")
    }

    pub(crate) fn try_commit(&self) -> Result<Committed, WorktreeError> {
        let mut locked = self.repository.lock().expect("no other process uses it");
        let options = CommitOptions {
            details: details("Try"),
            allow_empty: false,
            follows: Follows::Head,
        };
        commit(&mut locked, options, &Silent)
    }

    /// Commits the work tree.
    pub(crate) fn commit(&self) -> CommitId {
        self.try_commit().expect("something to commit").id
    }

    pub(crate) fn head_tree(&self) -> Tree {
        let head = self.repository.refs.head_commit().expect("readable");
        let tree = self.repository.objects.commit_tree(head.as_ref());
        tree.expect("recorded")
    }

    /// A scan of the work tree against the last commit, with everything read.
    pub(crate) fn scan(&self) -> Scan {
        let mut scan = scan(&self.repository, &self.head_tree()).expect("readable");
        scan.read_all(&self.repository).expect("readable");
        scan
    }

    /// What differs from the last commit: `+` added, `-` gone, `~` changed.
    pub(crate) fn changes(&self) -> Vec<String> {
        let changed = self.scan().changed;
        let sign = |before: bool, after: bool| match (before, after) {
            (false, _) => '+',
            (true, false) => '-',
            (true, true) => '~',
        };
        changed
            .iter()
            .map(|file| {
                let sign = sign(file.before.is_some(), file.stat.is_some());
                format!("{sign}{}", file.path)
            })
            .collect()
    }

    /// Brings the files from one commit to another, without moving `HEAD`.
    pub(crate) fn switch(
        &self,
        from: CommitId,
        to: CommitId,
        local_changes: LocalChanges,
    ) -> Result<CheckoutStats, WorktreeError> {
        let mut locked = self.repository.lock().expect("no other process uses it");
        let (from, to) = (self.tree(&from), self.tree(&to));
        switch_tree(&mut locked, &from, &to, local_changes, &Silent)
    }
}
