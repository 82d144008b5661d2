//! What there is to import: the new commits, parents first, and what each changed.
//!
//! Blobs and paths are noted once and by number from then on, so that a history of a million
//! changes fits into little memory.

use std::collections::{HashMap, HashSet};

use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::objs::tree::EntryKind as GitKind;
use muse_wire::id::CommitId;
use muse_wire::path::RepoPath;
use muse_wire::quote::quote_bytes;
use muse_wire::snapshot::EntryKind;

use super::commit_walk::{FoundCommit, FoundCommits, walk};
use super::error::ImportError;
use super::losses::Losses;
use super::numbered::Numbered;
use super::planned::{LfsFiles, Parent, PlannedChange, PlannedCommit, PlannedContents};
use super::source::{Source, Tips};
use super::tree_diff::{FoundChanges, GitEntry, TreeDiff};
use crate::pipeline::in_order;
use crate::report::{Reporter, Unit};

/// How many neighbouring commits one thread takes at once: each tree is also its child's base.
const COMMITS_PER_BATCH: usize = 64;

/// Everything that is to be imported.
pub(super) struct Plan {
    /// Parents before children.
    pub(super) commits: Vec<PlannedCommit>,
    /// All commits' parents, one commit's after the other's.
    pub(super) parents: Vec<Parent>,
    /// All commits' changes, one commit's after the other's.
    pub(super) changes: Vec<PlannedChange>,
    /// Every path that a change names.
    pub(super) paths: Vec<RepoPath>,
    /// Every blob that a change adds.
    pub(super) blobs: Vec<gix::ObjectId>,
    /// What LFS pointers among the blobs stand for.
    pub(super) lfs: LfsFiles,
    /// Commits that were imported before.
    pub(super) known: HashMap<gix::ObjectId, CommitId>,
}

impl Plan {
    pub(super) fn make(
        source: &Source,
        tips: &Tips,
        known: HashMap<gix::ObjectId, CommitId>,
        reporter: &dyn Reporter,
        losses: &mut Losses,
    ) -> Result<Self, ImportError> {
        let FoundCommits { commits, parents } = walk(source, tips, &known, losses)?;
        let phase = reporter.phase("reading history", Some(commits.len() as u64), Unit::Commits);
        let mut planner = Planner::new(commits.len(), losses);
        let batches: Vec<_> = commits.chunks(COMMITS_PER_BATCH).collect();
        let mut next = commits.iter();
        in_order(
            &batches,
            || TreeDiff::new(source),
            |diff, batch| batch.iter().map(|commit| diff.changes(commit)).collect(),
            |batch: Vec<FoundChanges>| {
                for changes in batch {
                    let commit = next.next().expect("changes for each commit");
                    planner.add(commit, &changes)?;
                    phase.advance(1);
                }
                Ok(())
            },
        )?;
        Ok(Self {
            commits: planner.commits,
            parents,
            changes: planner.changes,
            paths: planner.paths.into_values(),
            blobs: planner.blobs.into_values(),
            lfs: LfsFiles {
                store: source.lfs_store(),
                files: Vec::new(),
            },
            known,
        })
    }

    /// The contents of a number.
    pub(super) fn contents(&self, number: u32) -> PlannedContents<'_> {
        let number = number as usize;
        match self.blobs.get(number) {
            Some(blob) => PlannedContents::Blob(blob),
            None => PlannedContents::Lfs(&self.lfs.files[number - self.blobs.len()]),
        }
    }

    /// A commit's parents, each once, in git's order.
    pub(super) fn parents(&self, commit: &PlannedCommit) -> &[Parent] {
        &self.parents[commit.parents.start as usize..commit.parents.end as usize]
    }
}

/// Collects commits and their changes, and numbers paths and blobs.
struct Planner<'a> {
    commits: Vec<PlannedCommit>,
    changes: Vec<PlannedChange>,
    paths: Numbered<RepoPath>,
    blobs: Numbered<gix::ObjectId>,
    /// Paths that are left out.
    skipped: HashSet<BString>,
    losses: &'a mut Losses,
}

impl<'a> Planner<'a> {
    fn new(commit_count: usize, losses: &'a mut Losses) -> Self {
        Self {
            commits: Vec::with_capacity(commit_count),
            changes: Vec::new(),
            paths: Numbered::new(),
            blobs: Numbered::new(),
            skipped: HashSet::new(),
            losses,
        }
    }

    fn add(&mut self, commit: &FoundCommit, changes: &FoundChanges) -> Result<(), ImportError> {
        let start = self.changes.len();
        let mut submodules = String::new();
        for change in changes.iter() {
            let is_submodule = |entry: &GitEntry| entry.kind == GitKind::Commit;
            if change.before.iter().chain(&change.after).any(is_submodule) {
                self.losses.submodules += 1;
                let after = change.after.filter(is_submodule);
                let target = after.map_or("-".to_owned(), |entry| entry.id.to_string());
                submodules.push_str(&format!("{} {target}\n", quote_bytes(change.path)));
            }
            let after = change
                .after
                .and_then(|entry| Some((file_kind(entry.kind)?, entry.id)));
            let was_file = change.before.is_some_and(|entry| !is_submodule(&entry));
            if after.is_none() && !was_file {
                continue;
            }
            if let Some(path) = self.path(change.path, &commit.id)? {
                let entry = after.map(|(kind, id)| (kind, self.blobs.number(id)));
                self.changes.push(PlannedChange { path, entry });
            }
        }
        let paths = &self.paths;
        let own = &mut self.changes[start..];
        own.sort_by(|one, two| paths.value(one.path).cmp(paths.value(two.path)));
        if own.windows(2).any(|two| two[0].path == two[1].path) {
            let what = format!("the tree of commit {}", commit.id);
            return Err(ImportError::git(what)("its entries are not in git's order"));
        }
        self.commits.push(PlannedCommit {
            id: commit.id,
            parents: commit.parents.clone(),
            changes: start..self.changes.len(),
            submodules: (!submodules.is_empty()).then(|| submodules.into()),
            lfs: None,
            modes: (!changes.modes.is_empty()).then(|| changes.modes.as_str().into()),
        });
        Ok(())
    }

    /// The number of a path that `commit` changed; none for a path that is left out.
    fn path(&mut self, path: &BStr, commit: &gix::oid) -> Result<Option<u32>, ImportError> {
        let known = path.to_str().ok().and_then(|text| self.paths.find(text));
        if known.is_some() || self.skipped.contains(path) {
            return Ok(known);
        }
        match check_path(path, commit) {
            Ok(checked) => Ok(Some(self.paths.number(checked))),
            Err(error) if !self.losses.may_skip() => Err(error),
            Err(_) => {
                self.losses.skip_path(path);
                self.skipped.insert(path.to_owned());
                Ok(None)
            }
        }
    }
}

/// The kind of one of git's files here; none for a submodule or directory.
fn file_kind(kind: GitKind) -> Option<EntryKind> {
    match kind {
        GitKind::Blob => Some(EntryKind::File),
        GitKind::BlobExecutable => Some(EntryKind::Executable),
        GitKind::Link => Some(EntryKind::Symlink),
        GitKind::Commit | GitKind::Tree => None,
    }
}

fn check_path(path: &BStr, commit: &gix::oid) -> Result<RepoPath, ImportError> {
    let commit = || commit.to_hex().to_string();
    let text = path.to_str().map_err(|_| ImportError::PathEncoding {
        commit: commit(),
        path: quote_bytes(path).into_owned(),
    })?;
    RepoPath::new(text).map_err(|source| ImportError::Path {
        commit: commit(),
        source,
    })
}
