//! What changed between two of git's trees.

use std::ops::ControlFlow;

use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::diff::tree::visit::{Action, Change as GitChange};
use gix::diff::tree::{Recorder, Visit};
use gix::objs::tree::{EntryKind as GitKind, EntryMode};
use gix::objs::{FindExt as _, TreeRefIter};
use muse_wire::quote::quote_bytes;
use muse_wire::snapshot::TreeError;

use super::checked_trees::{CheckedTrees, RepeatedName};
use super::commit_walk::FoundCommit;
use super::error::ImportError;
use super::git_reader::{GitReader, Reading};
use super::padded_modes;
use super::source::Source;
use super::tree_size::{OpenPaths, TreeSize};

/// What a commit changed, in two allocations however much that is.
#[derive(Default)]
pub(super) struct FoundChanges {
    /// The paths of all changes, one after the other.
    paths: Vec<u8>,
    changes: Vec<PackedChange>,
    /// Lines of [`crate::git::GIT_MODES`].
    pub(super) modes: String,
}

struct PackedChange {
    /// Where its path ends in [`FoundChanges::paths`].
    path_end: usize,
    before: Option<GitEntry>,
    after: Option<GitEntry>,
}

/// A changed path as git names it.
pub(super) struct FoundChange<'a> {
    pub(super) path: &'a BStr,
    pub(super) before: Option<GitEntry>,
    pub(super) after: Option<GitEntry>,
}

/// A file, link or submodule as git names it.
#[derive(Clone, Copy)]
pub(super) struct GitEntry {
    pub(super) kind: GitKind,
    pub(super) id: gix::ObjectId,
}

impl FoundChanges {
    pub(super) fn iter(&self) -> impl Iterator<Item = FoundChange<'_>> {
        let mut start = 0;
        self.changes.iter().map(move |change| {
            let path = self.paths[start..change.path_end].as_bstr();
            start = change.path_end;
            FoundChange {
                path,
                before: change.before,
                after: change.after,
            }
        })
    }
}

/// Compares trees on one thread, going down only where they differ.
pub(super) struct TreeDiff<'a> {
    reader: GitReader<'a>,
    state: gix::diff::tree::State,
    base: Vec<u8>,
    tree: Vec<u8>,
}

impl<'a> TreeDiff<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        Self {
            reader: GitReader::new(source, Reading::Trees),
            state: gix::diff::tree::State::default(),
            base: Vec::new(),
            tree: Vec::new(),
        }
    }

    /// What a commit changed against its first parent.
    ///
    /// # Errors
    /// [`ImportError::Tree`] as soon as it is more than a snapshot can hold, and whatever is wrong
    /// with git's trees.
    pub(super) fn changes(&mut self, commit: &FoundCommit) -> Result<FoundChanges, ImportError> {
        let failed = || format!("the tree of commit {}", commit.id);
        if commit.base == Some(commit.tree) {
            return Ok(FoundChanges::default());
        }
        let repository = self.reader.repository()?;
        let trees = CheckedTrees::new(&repository.objects);
        let base = match commit.base {
            Some(base) => trees
                .find_tree_iter(&base, &mut self.base)
                .map_err(ImportError::git(failed()))?,
            None => TreeRefIter::from_bytes(&[], repository.object_hash()),
        };
        let tree = trees
            .find_tree_iter(&commit.tree, &mut self.tree)
            .map_err(ImportError::git(failed()))?;
        let mut collector = Collector::default();
        let compared = gix::diff::tree(base, tree, &mut self.state, &trees, &mut collector);
        if let Some(source) = collector.refused {
            return Err(ImportError::Tree {
                commit: commit.id.to_hex().to_string(),
                source,
            });
        }
        compared.map_err(ImportError::git(failed()))?;
        if let (true, Some(base)) = (trees.has_padded_mode(), commit.base) {
            let (root, modes) = (BString::default(), &mut collector.found.modes);
            padded_modes::note(&repository.objects, base, commit.tree, &root, modes)
                .map_err(ImportError::git(failed()))?;
        }
        if let Some(RepeatedName { tree, name }) = trees.repeated_name() {
            return Err(ImportError::RepeatedName {
                commit: commit.id.to_hex().to_string(),
                tree: tree.to_hex().to_string(),
                name: quote_bytes(&name).into_owned(),
            });
        }
        if collector.has_slash {
            let reason = "a name in it has a slash, as a path of several names does";
            return Err(ImportError::git(failed())(reason));
        }
        Ok(collector.found)
    }
}

/// Collects changes during a comparison.
#[derive(Default)]
struct Collector {
    /// Knows the path that the comparison is at.
    location: Recorder,
    found: FoundChanges,
    /// What was met of the tree before.
    before: TreeSize,
    /// What was met of the tree after.
    after: TreeSize,
    open_paths: OpenPaths,
    /// Why the comparison was ended.
    refused: Option<TreeError>,
    /// Whether a name was met that would be another path.
    has_slash: bool,
}

impl Collector {
    /// Counts what is at the current path before and after, each a directory or none.
    fn count(
        &mut self,
        before_is_tree: Option<bool>,
        after_is_tree: Option<bool>,
    ) -> Result<(), TreeError> {
        self.open_paths.check()?;
        let path_bytes = self.location.path().len();
        for (size, is_tree) in [
            (&mut self.before, before_is_tree),
            (&mut self.after, after_is_tree),
        ] {
            match is_tree {
                Some(true) => size.add_directory()?,
                Some(false) => size.add_file(path_bytes)?,
                None => {}
            }
        }
        Ok(())
    }
}

impl Visit for Collector {
    fn pop_front_tracked_path_and_set_current(&mut self) {
        self.location.pop_front_tracked_path_and_set_current();
        self.open_paths.close(self.location.path().len());
    }

    fn push_back_tracked_path_component(&mut self, component: &BStr) {
        self.has_slash |= component.contains(&b'/');
        self.location.push_back_tracked_path_component(component);
        self.open_paths.open(self.location.path().len());
    }

    fn push_path_component(&mut self, component: &BStr) {
        self.has_slash |= component.contains(&b'/');
        self.location.push_path_component(component);
    }

    fn pop_path_component(&mut self) {
        self.location.pop_path_component();
    }

    /// Takes a change without directories: what changed in them is visited, too.
    fn visit(&mut self, change: GitChange) -> Action {
        let (before, after) = match change {
            GitChange::Addition {
                entry_mode, oid, ..
            } => (None, Some((entry_mode, oid))),
            GitChange::Deletion {
                entry_mode, oid, ..
            } => (Some((entry_mode, oid)), None),
            GitChange::Modification {
                previous_entry_mode,
                previous_oid,
                entry_mode,
                oid,
            } => (
                Some((previous_entry_mode, previous_oid)),
                Some((entry_mode, oid)),
            ),
        };
        let mode = |(mode, _): (EntryMode, gix::ObjectId)| mode;
        if let Some(mode) = noted_mode(before.map(mode), after.map(mode)) {
            let octal = mode.as_bytes(&mut [0; 6]).to_string();
            let path = quote_bytes(self.location.path());
            self.found.modes.push_str(&format!("{octal} {path}\n"));
        }
        let is_tree = |(mode, _): (EntryMode, gix::ObjectId)| mode.is_tree();
        if let Err(error) = self.count(before.map(is_tree), after.map(is_tree)) {
            self.refused = Some(error);
            return ControlFlow::Break(());
        }
        let leaf = |(mode, id): (EntryMode, gix::ObjectId)| {
            (!mode.is_tree()).then(|| GitEntry {
                kind: mode.kind(),
                id,
            })
        };
        let (before, after) = (before.and_then(leaf), after.and_then(leaf));
        if before.is_some() || after.is_some() {
            let found = &mut self.found;
            found.paths.extend_from_slice(self.location.path());
            found.changes.push(PackedChange {
                path_end: found.paths.len(),
                before,
                after,
            });
        }
        ControlFlow::Continue(())
    }
}

/// The mode of a changed entry, where an export to git would not find it out: it writes today's
/// modes, and leaves those of directories as they were.
fn noted_mode(before: Option<EntryMode>, after: Option<EntryMode>) -> Option<EntryMode> {
    let after = after?;
    let is_odd = |mode: EntryMode| mode != EntryMode::from(mode.kind());
    let is_as_before = after.is_tree() && before == Some(after);
    let was_odd = before.is_some_and(|before| is_odd(before) && before != after);
    ((is_odd(after) && !is_as_before) || was_odd).then_some(after)
}
