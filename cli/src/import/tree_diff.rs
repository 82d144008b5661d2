//! What changed between two of git's trees.

use gix::bstr::BString;
use gix::diff::tree::recorder::Change as GitChange;
use gix::objs::tree::{EntryKind as GitKind, EntryMode};
use gix::objs::{FindExt as _, TreeRefIter};

use super::commit_walk::FoundCommit;
use super::error::ImportError;
use super::source::Source;

/// A changed path as git names it.
pub(super) struct FoundChange {
    pub(super) path: BString,
    pub(super) before: Option<GitEntry>,
    pub(super) after: Option<GitEntry>,
}

/// A file, link or submodule as git names it.
#[derive(Clone, Copy)]
pub(super) struct GitEntry {
    pub(super) kind: GitKind,
    pub(super) id: gix::ObjectId,
}

/// Compares trees on one thread, going down only where they differ.
pub(super) struct TreeDiff {
    repository: gix::Repository,
    state: gix::diff::tree::State,
    base: Vec<u8>,
    tree: Vec<u8>,
}

impl TreeDiff {
    pub(super) fn new(source: &Source) -> Self {
        Self {
            repository: source.tree_reader(),
            state: gix::diff::tree::State::default(),
            base: Vec::new(),
            tree: Vec::new(),
        }
    }

    /// What a commit changed against its first parent.
    pub(super) fn changes(
        &mut self,
        commit: &FoundCommit,
    ) -> Result<Vec<FoundChange>, ImportError> {
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

/// A change without directories: what changed in them is listed, too.
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
