//! What there is to import: the new commits, parents first, and what each changed.
//!
//! Blobs and paths are noted once and by number from then on, so that a history of a million
//! changes fits into little memory.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use gix::bstr::{BString, ByteSlice as _};
use gix::diff::tree::recorder::Change as GitChange;
use gix::objs::tree::{EntryKind as GitKind, EntryMode};
use gix::objs::{FindExt as _, TreeRefIter};
use muse_wire::id::CommitId;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::EntryKind;

use super::pipeline::in_order;
use super::source::{Source, Tips};
use super::text::Losses;
use super::{GIT_SUBMODULES, ImportError};
use crate::report::{Reporter, Unit};

/// How many neighbouring commits one thread takes at once: each tree is also its child's base.
const COMMITS_TOGETHER: usize = 64;

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

/// A commit that is to be imported.
pub(super) struct PlannedCommit {
    pub(super) id: gix::ObjectId,
    /// Each once, in git's order.
    pub(super) parents: Vec<Parent>,
    /// What it changed against its first parent, in [`Plan::changes`].
    pub(super) changes: Range<usize>,
    /// For its metadata.
    pub(super) submodules: Option<Box<str>>,
}

/// A parent of a commit that is to be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parent {
    /// It is imported too: its place in [`Plan::commits`].
    New(usize),
    /// It is here.
    Known(CommitId),
}

/// A path that a commit changed.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlannedChange {
    /// Place in [`Plan::paths`].
    pub(super) path: u32,
    /// Kind, and place in [`Plan::blobs`]; none where the path is gone.
    pub(super) entry: Option<(EntryKind, u32)>,
}

/// A commit as the walk finds it.
struct FoundCommit {
    id: gix::ObjectId,
    parents: Vec<Parent>,
    tree: gix::ObjectId,
    /// Tree of the first parent.
    base: Option<gix::ObjectId>,
}

/// A changed path as git names it.
struct FoundChange {
    path: BString,
    before: Option<GitEntry>,
    after: Option<GitEntry>,
}

#[derive(Clone, Copy)]
struct GitEntry {
    kind: GitKind,
    id: gix::ObjectId,
}

impl Plan {
    pub(super) fn make(
        source: &Source,
        tips: &Tips,
        known: HashMap<gix::ObjectId, CommitId>,
        progress: &dyn Reporter,
        losses: &mut Losses,
    ) -> Result<Self, ImportError> {
        let found = walk(source, tips, &known, losses)?;
        let phase = progress.phase("reading history", Some(found.len() as u64), Unit::Commits);
        let mut plan = Self {
            commits: Vec::with_capacity(found.len()),
            changes: Vec::new(),
            paths: Vec::new(),
            blobs: Vec::new(),
            known,
        };
        let mut numbers = Numbers::default();
        let batches: Vec<_> = found.chunks(COMMITS_TOGETHER).collect();
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
                submodules.push_str(&format!("{} {target}\n", change.path));
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

    /// The metadata of a commit that changed submodules.
    pub(super) fn submodule_note(commit: &PlannedCommit) -> Option<(String, String)> {
        let note = commit.submodules.as_deref()?;
        Some((GIT_SUBMODULES.to_owned(), note.to_owned()))
    }
}

/// What a file of git's is here; none for a submodule or directory.
fn file_kind(kind: GitKind) -> Option<EntryKind> {
    match kind {
        GitKind::Blob => Some(EntryKind::File),
        GitKind::BlobExecutable => Some(EntryKind::Executable),
        GitKind::Link => Some(EntryKind::Symlink),
        GitKind::Commit | GitKind::Tree => None,
    }
}

/// Which number a path or blob has got.
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
        path: path.to_string(),
    })?;
    RepoPath::new(text).map_err(|source| ImportError::Path {
        commit: commit(),
        source,
    })
}

/// Finds the commits that are not known yet, parents before children, a first-parent line in one piece.
fn walk(
    source: &Source,
    tips: &Tips,
    known: &HashMap<gix::ObjectId, CommitId>,
    losses: &mut Losses,
) -> Result<Vec<FoundCommit>, ImportError> {
    struct Open {
        id: gix::ObjectId,
        tree: gix::ObjectId,
        parents: Vec<gix::ObjectId>,
        visited_parents: usize,
    }
    let repository = source.tree_reader();
    let mut buffer = Vec::new();
    let mut open = |id: gix::ObjectId, losses: &mut Losses| {
        let commit = repository
            .objects
            .find_commit(&id, &mut buffer)
            .map_err(ImportError::git(format!("commit {id}")))?;
        let mut seen = HashSet::new();
        let all = commit.parents().count();
        let parents: Vec<_> = commit
            .parents()
            .filter(|&parent| seen.insert(parent))
            .collect();
        losses.repeated_parents += (all - parents.len()) as u64;
        Ok::<_, ImportError>(Open {
            id,
            tree: commit.tree(),
            parents,
            visited_parents: 0,
        })
    };
    let mut found: Vec<FoundCommit> = Vec::new();
    let mut places: HashMap<gix::ObjectId, usize> = HashMap::new();
    let mut line: Vec<Open> = Vec::new();
    let mut known_trees = HashMap::new();
    for tip in tips.commits() {
        if !known.contains_key(&tip) && !places.contains_key(&tip) {
            line.push(open(tip, losses)?);
        }
        while let Some(commit) = line.last_mut() {
            if let Some(&parent) = commit.parents.get(commit.visited_parents) {
                commit.visited_parents += 1;
                if !known.contains_key(&parent) && !places.contains_key(&parent) {
                    line.push(open(parent, losses)?);
                }
                continue;
            }
            let base = match commit.parents.first() {
                None => None,
                Some(parent) => match (places.get(parent), known_trees.get(parent)) {
                    (Some(&place), _) => Some(found[place].tree),
                    (None, Some(&tree)) => Some(tree),
                    (None, None) => {
                        let tree = open(*parent, &mut Losses::default())?.tree;
                        known_trees.insert(*parent, tree);
                        Some(tree)
                    }
                },
            };
            let commit = line.pop().expect("it was the last");
            let parent = |id: &gix::ObjectId| match known.get(id) {
                Some(&known) => Parent::Known(known),
                None => Parent::New(places[id]),
            };
            let parents = commit.parents.iter().map(parent).collect();
            places.insert(commit.id, found.len());
            found.push(FoundCommit {
                id: commit.id,
                parents,
                tree: commit.tree,
                base,
            });
        }
    }
    Ok(found)
}

/// Compares trees on one thread, going down only where they differ.
struct TreeDiff {
    repository: gix::Repository,
    state: gix::diff::tree::State,
    base: Vec<u8>,
    tree: Vec<u8>,
}

impl TreeDiff {
    fn new(source: &Source) -> Self {
        Self {
            repository: source.tree_reader(),
            state: gix::diff::tree::State::default(),
            base: Vec::new(),
            tree: Vec::new(),
        }
    }

    fn changes(&mut self, commit: &FoundCommit) -> Result<Vec<FoundChange>, ImportError> {
        let failed = || format!("the tree of commit {}", commit.id);
        if commit.base == Some(commit.tree) {
            return Ok(Vec::new());
        }
        let objects = &self.repository.objects;
        let base = match commit.base {
            Some(base) => objects
                .find_tree_iter(&base, &mut self.base)
                .map_err(ImportError::git(failed()))?,
            None => TreeRefIter::from_bytes(&[], self.repository.object_hash()),
        };
        let tree = objects
            .find_tree_iter(&commit.tree, &mut self.tree)
            .map_err(ImportError::git(failed()))?;
        let mut recorder = gix::diff::tree::Recorder::default();
        gix::diff::tree(base, tree, &mut self.state, objects, &mut recorder)
            .map_err(ImportError::git(failed()))?;
        Ok(recorder.records.into_iter().filter_map(found).collect())
    }
}

/// Leaves out directories: what changed in them is listed too.
fn found(change: GitChange) -> Option<FoundChange> {
    let leaf = |mode: EntryMode, id| {
        (!mode.is_tree()).then(|| GitEntry {
            kind: mode.kind(),
            id,
        })
    };
    let (path, before, after) = match change {
        GitChange::Addition {
            entry_mode,
            oid,
            path,
            ..
        } => (path, None, leaf(entry_mode, oid)),
        GitChange::Deletion {
            entry_mode,
            oid,
            path,
            ..
        } => (path, leaf(entry_mode, oid), None),
        GitChange::Modification {
            previous_entry_mode,
            previous_oid,
            entry_mode,
            oid,
            path,
        } => (
            path,
            leaf(previous_entry_mode, previous_oid),
            leaf(entry_mode, oid),
        ),
    };
    (before.is_some() || after.is_some()).then_some(FoundChange {
        path,
        before,
        after,
    })
}
