//! What there is to import: the new commits, parents first, and what each changed.
//!
//! Blobs and paths are noted once and by number from then on, so that a history of a million
//! changes fits into little memory.

use std::collections::HashMap;

use gix::bstr::{BString, ByteSlice as _};
use gix::objs::tree::EntryKind as GitKind;
use muse_wire::id::CommitId;
use muse_wire::path::RepoPath;
use muse_wire::quote::quote_bytes;
use muse_wire::snapshot::EntryKind;

use super::commit_walk::{FoundCommit, walk};
use super::error::ImportError;
use super::losses::Losses;
use super::pipeline::in_order;
use super::planned::{PlannedChange, PlannedCommit};
use super::source::{Source, Tips};
use super::tree_diff::{FoundChange, GitEntry, TreeDiff};
use crate::report::{Reporter, Unit};

/// How many neighbouring commits one thread takes at once: each tree is also its child's base.
const COMMITS_PER_BATCH: usize = 64;

/// Everything that is to be imported.
pub(super) struct Plan {
    /// Parents before children.
    pub(super) commits: Vec<PlannedCommit>,
    /// All commits' changes, one after the other.
    pub(super) changes: Vec<PlannedChange>,
    /// Every path that a change names.
    pub(super) paths: Vec<RepoPath>,
    /// Every blob that a change adds.
    pub(super) blobs: Vec<gix::ObjectId>,
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
        let found = walk(source, tips, &known, losses)?;
        let phase = reporter.phase("reading history", Some(found.len() as u64), Unit::Commits);
        let mut plan = Self {
            commits: Vec::with_capacity(found.len()),
            changes: Vec::new(),
            paths: Vec::new(),
            blobs: Vec::new(),
            known,
        };
        let mut numbers = Numbers::default();
        let batches: Vec<_> = found.chunks(COMMITS_PER_BATCH).collect();
        let mut next = found.iter();
        in_order(
            &batches,
            || TreeDiff::new(source),
            |diff, batch| batch.iter().map(|commit| diff.changes(commit)).collect(),
            |batch: Vec<Vec<FoundChange>>| {
                for changes in batch {
                    let commit = next.next().expect("a list of changes for each commit");
                    plan.add(commit, changes, &mut numbers, losses)?;
                    phase.advance(1);
                }
                Ok(())
            },
        )?;
        Ok(plan)
    }

    fn add(
        &mut self,
        commit: &FoundCommit,
        changes: Vec<FoundChange>,
        numbers: &mut Numbers,
        losses: &mut Losses,
    ) -> Result<(), ImportError> {
        let start = self.changes.len();
        let mut submodules = String::new();
        for change in changes {
            let is_submodule = |entry: &GitEntry| entry.kind == GitKind::Commit;
            if change.before.iter().chain(&change.after).any(is_submodule) {
                losses.submodules += 1;
                let after = change.after.filter(is_submodule);
                let target = after.map_or("-".to_owned(), |entry| entry.id.to_string());
                submodules.push_str(&format!("{} {target}\n", quote_bytes(&change.path)));
            }
            let after = change
                .after
                .and_then(|entry| Some((file_kind(entry.kind)?, entry.id)));
            let was_file = change.before.is_some_and(|entry| !is_submodule(&entry));
            if after.is_none() && !was_file {
                continue;
            }
            let number = numbers.of_path(change.path, &commit.id, &mut self.paths, losses)?;
            if let Some(path) = number {
                let entry = after.map(|(kind, id)| (kind, numbers.of_blob(id, &mut self.blobs)));
                self.changes.push(PlannedChange { path, entry });
            }
        }
        let paths = &self.paths;
        self.changes[start..]
            .sort_by(|one, two| paths[one.path as usize].cmp(&paths[two.path as usize]));
        self.commits.push(PlannedCommit {
            id: commit.id,
            parents: commit.parents.clone(),
            changes: start..self.changes.len(),
            submodules: (!submodules.is_empty()).then(|| submodules.into()),
        });
        Ok(())
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

/// The number of each path and blob.
#[derive(Default)]
struct Numbers {
    /// None for a path that is left out.
    paths: HashMap<BString, Option<u32>>,
    blobs: HashMap<gix::ObjectId, u32>,
}

impl Numbers {
    fn of_blob(&mut self, id: gix::ObjectId, blobs: &mut Vec<gix::ObjectId>) -> u32 {
        *self.blobs.entry(id).or_insert_with(|| {
            blobs.push(id);
            blobs.len() as u32 - 1
        })
    }

    fn of_path(
        &mut self,
        path: BString,
        commit: &gix::oid,
        paths: &mut Vec<RepoPath>,
        losses: &mut Losses,
    ) -> Result<Option<u32>, ImportError> {
        if let Some(&number) = self.paths.get(&path) {
            return Ok(number);
        }
        let number = match check_path(&path, commit) {
            Ok(checked) => {
                paths.push(checked);
                Some(paths.len() as u32 - 1)
            }
            Err(error) if !losses.skip_path(&path) => return Err(error),
            Err(_) => None,
        };
        self.paths.insert(path, number);
        Ok(number)
    }
}

fn check_path(path: &BString, commit: &gix::oid) -> Result<RepoPath, ImportError> {
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
