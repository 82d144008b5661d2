//! A whole tree in memory: persistent, so that the trees of a long history share what they have in
//! common.
//!
//! A change copies and rehashes only the directories on its path.

mod builder;
mod by_name;
mod diff;
mod directory;
mod error;
mod memory;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::sync::Arc;

pub use error::TreeError;

use self::builder::RootBuilder;
use self::diff::diff_directories;
use self::directory::Directory;
pub(crate) use self::memory::SharedMemory;
use super::{Change, Entry, RecordWriter, SnapshotRecord};
use crate::id::{ObjectId, SnapshotId};
use crate::limits::{MAX_SNAPSHOT_CHANGES, MAX_SNAPSHOT_LISTING_BYTES};
use crate::path::RepoPath;

/// Bytes that one file's entry takes in a listing beside its path: kind, id and their framing.
pub const LISTING_ENTRY_BYTES: u64 = 40;

/// A materialised snapshot. Cloning is cheap.
#[derive(Clone, Default)]
pub struct Tree {
    root: Arc<Directory>,
}

impl Tree {
    /// The tree without files.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The snapshot's id: the root directory's hash.
    pub fn id(&self) -> SnapshotId {
        SnapshotId::from_bytes(self.root.hash())
    }

    /// How many files, executables and links it holds.
    pub fn file_count(&self) -> u64 {
        self.root.file_count
    }

    /// About how many bytes a keyframe of this tree takes.
    pub fn listing_bytes(&self) -> u64 {
        self.root.path_bytes + self.root.file_count * LISTING_ENTRY_BYTES
    }

    /// About how many bytes of memory it takes, whether or not other trees share them.
    pub(crate) fn memory_bytes(&self) -> u64 {
        self.root.memory_bytes
    }

    /// How many bytes of directories have to be hashed until its id is known.
    pub(crate) fn unhashed_bytes(&self) -> u64 {
        self.root.unhashed_bytes()
    }

    /// What stands at `path`.
    pub fn get(&self, path: &str) -> Option<Entry> {
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut directory = &self.root;
        for name in above.split_terminator('/') {
            directory = directory.directories.get(name)?;
        }
        directory.files.get(name).copied()
    }

    /// Whether a directory stands at `path`, which is empty for the root.
    pub fn has_directory(&self, path: &str) -> bool {
        let mut names = path.split_terminator('/');
        let end = names.try_fold(&self.root, |directory, name| {
            directory.directories.get(name)
        });
        end.is_some()
    }

    /// The tree after `changes`, which are in strictly ascending order of path.
    ///
    /// # Errors
    /// [`TreeError`] where a change takes away what is not there, or the result has a file and
    /// a directory in one place, or too many directories.
    pub fn apply(&self, changes: &[Change]) -> Result<Self, TreeError> {
        debug_assert!(changes.is_sorted_by(|one, other| one.path < other.path));
        self.changed(changes)
    }

    /// Begins to apply changes one by one.
    pub fn edit(&self) -> TreeBuilder {
        TreeBuilder(RootBuilder::new(Arc::clone(&self.root)))
    }

    /// The tree of `record`, given its base's (the empty tree for a keyframe).
    ///
    /// # Errors
    /// As [`Tree::apply`], and [`TreeError::WrongId`] where the result is not what the record says.
    pub fn apply_record(&self, record: &SnapshotRecord) -> Result<Self, TreeError> {
        self.apply(&record.changes)?.expect_id(record.id)
    }

    /// The tree at the end of `chain`: records each against the one before, the first against this
    /// tree.
    ///
    /// Only the end is put together and its id checked, so the cost is that of the result and of
    /// the changes on the way to it; a state in between that is not what its record says goes
    /// unnoticed.
    ///
    /// # Errors
    /// As [`Tree::apply_record`], of all changes taken together.
    pub fn apply_chain<'a>(
        &self,
        chain: impl IntoIterator<Item = &'a SnapshotRecord>,
    ) -> Result<Self, TreeError> {
        let mut last = None;
        let mut together: Vec<&Change> = Vec::new();
        for record in chain {
            together.extend(&record.changes);
            last = Some(record.id);
        }
        let Some(id) = last else {
            return Ok(self.clone());
        };
        // Stable: of several changes at one path the last one counts.
        together.sort_by(|one, other| one.path.cmp(&other.path));
        together.dedup_by(|later, earlier| {
            let is_same = later.path == earlier.path;
            if is_same {
                *earlier = *later;
            }
            is_same
        });
        // What came and went on the way is no change.
        together.retain(|change| change.entry.is_some() || self.get(&change.path).is_some());
        self.changed(together)?.expect_id(id)
    }

    /// All files, ascending by path.
    pub fn entries(&self) -> Vec<(RepoPath, Entry)> {
        let mut entries = Vec::new();
        self.root
            .visit_files(&mut String::new(), &mut |path, entry| {
                let path = RepoPath::new(path).expect("every path was checked when it came in");
                entries.push((path, entry));
            });
        entries
    }

    /// Calls `visit` with the object of each file, in no particular order: without the paths that
    /// [`Tree::entries`] copies.
    pub fn for_each_object(&self, mut visit: impl FnMut(ObjectId)) {
        self.root.visit_objects(&mut visit);
    }

    /// Calls `visit` with the path of each directory (`""` or `a/b/`) and the names in it,
    /// ascending by their bytes. A directory comes before those in it.
    pub fn for_each_directory(&self, mut visit: impl FnMut(&str, &[&str])) {
        self.root.visit_directories(&mut String::new(), &mut visit);
    }

    /// Writes the record that lists all files to `out`, which it returns.
    ///
    /// # Errors
    /// Where `out` fails.
    pub fn write_listing<W: Write>(&self, out: W) -> io::Result<W> {
        let file_count = usize::try_from(self.file_count()).expect("all files are in memory");
        let mut record = RecordWriter::new(out, self.id(), None, file_count)?;
        let mut written = Ok(());
        self.root
            .visit_files(&mut String::new(), &mut |path, entry| {
                if written.is_ok() {
                    written = record.entry(path, Some(entry));
                }
            });
        written?;
        Ok(record.finish())
    }

    /// The changes that lead from this tree to `other`, ascending by path. Shared directories are
    /// skipped.
    pub fn diff(&self, other: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        diff_directories(
            Some(&self.root),
            Some(&other.root),
            &mut String::new(),
            &mut changes,
        );
        changes.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        changes
    }

    /// The record of this tree against `base`, or a keyframe without one.
    pub fn record_against(&self, base: Option<&Self>) -> SnapshotRecord {
        let changes = base.unwrap_or(&Self::empty()).diff(self);
        SnapshotRecord {
            id: self.id(),
            base: base.map(Self::id),
            changes,
        }
    }

    /// The record of this tree for a reader who knows no earlier version of it, and perhaps this
    /// `other` tree: against that where it has most of the same files, else a keyframe.
    pub fn record_beside(&self, other: Option<&Self>) -> SnapshotRecord {
        if let Some(other) = other {
            let record = self.record_against(Some(other));
            if (record.changes.len() as u64).saturating_mul(2) < self.file_count() {
                return record;
            }
        }
        self.record_against(None)
    }

    fn changed<'a>(
        &self,
        changes: impl IntoIterator<Item = &'a Change>,
    ) -> Result<Self, TreeError> {
        let mut builder = self.edit();
        for change in changes {
            builder.change(change)?;
        }
        builder.finish()
    }

    /// This tree, if it is the one with this id.
    ///
    /// # Errors
    /// [`TreeError::WrongId`] if it is not.
    pub fn expect_id(self, expected: SnapshotId) -> Result<Self, TreeError> {
        let actual = self.id();
        if actual != expected {
            return Err(TreeError::WrongId { expected, actual });
        }
        Ok(self)
    }
}

/// Makes a tree of another one and changes to it, which come strictly ascending by path.
///
/// Everything below a directory stands together in that order. So a directory is put together once,
/// when the changes have left it, and no change is kept.
pub struct TreeBuilder(RootBuilder);

impl TreeBuilder {
    /// Takes the next change.
    ///
    /// # Errors
    /// [`TreeError`] where changes before this one cannot be made, or give too many directories.
    pub fn change(&mut self, change: &Change) -> Result<(), TreeError> {
        self.0.change(change)
    }

    /// The tree after all changes.
    ///
    /// # Errors
    /// [`TreeError`] where the changes cannot be made, or give a tree that is too large.
    pub fn finish(self) -> Result<Tree, TreeError> {
        let tree = Tree {
            root: self.0.finish()?,
        };
        let is_too_large = tree.file_count() > MAX_SNAPSHOT_CHANGES as u64
            || tree.listing_bytes() > MAX_SNAPSHOT_LISTING_BYTES;
        if is_too_large {
            return Err(TreeError::TooLarge);
        }
        Ok(tree)
    }
}
