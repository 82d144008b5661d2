//! Comparing files with a snapshot while the work tree is traversed.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use muse_wire::path::{PathError, RepoPath, is_taken_for_git};
use muse_wire::snapshot::{Entry, Tree};

use crate::repository::{FileStat, Repository, StatCache};
use crate::worktree::changed_file::ChangedFile;
use crate::worktree::directories::Directories;
use crate::worktree::error::{Result, WorktreeError};
use crate::worktree::file;
use crate::worktree::traverse::{Visitor, traverse};
use crate::worktree::twins::fold_path;
use crate::worktree::unrecordable::Unrecordable;

/// Compares files with a snapshot while they are found.
struct Comparison<'a> {
    base: &'a Tree,
    cache: &'a StatCache,
    /// What the checkout has left out.
    left_out: &'a BTreeSet<RepoPath>,
    /// Files found that the snapshot has too.
    tracked_count: AtomicU64,
    collected: Mutex<Collected>,
}

/// What a comparison found, in no order.
#[derive(Default)]
pub(super) struct Collected {
    pub(super) changed: Vec<ChangedFile>,
    pub(super) forbidden: Vec<Unrecordable>,
    pub(super) warnings: Vec<String>,
    /// What the checkout had left out and is there.
    pub(super) created: BTreeSet<RepoPath>,
}

/// Compares all files of the work tree with `base`. Ignored files are compared only where `base`
/// has them. Of `left_out` those that are missing count as unchanged.
pub(super) fn compare(
    repository: &Repository,
    base: &Tree,
    cache: &StatCache,
    left_out: &BTreeSet<RepoPath>,
) -> Result<Collected> {
    let comparison = Comparison {
        base,
        cache,
        left_out,
        tracked_count: AtomicU64::new(0),
        collected: Mutex::default(),
    };
    traverse(repository, &comparison)?;
    let left_out = left_out.iter().filter(|path| base.get(path).is_some());
    let missing_count = left_out.count() - comparison.collected().created.len();
    let accounted_count = comparison.tracked_count.load(Ordering::Relaxed) + missing_count as u64;
    if accounted_count < base.file_count() {
        comparison.compare_the_rest(repository.layout.root())?;
    }
    Ok(comparison
        .collected
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner))
}

impl Comparison<'_> {
    fn collected(&self) -> MutexGuard<'_, Collected> {
        self.collected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The file as a changed one, unless it is certain to be as in the snapshot.
    fn compare(
        &self,
        path: &str,
        before: Option<Entry>,
        stat: FileStat,
    ) -> Result<Option<ChangedFile>, PathError> {
        let object = self.cache.lookup(path, &stat);
        if let (Some(before), Some(object)) = (before, object)
            && before.object == object
            && before.kind == stat.kind
        {
            return Ok(None);
        }
        Ok(Some(ChangedFile {
            path: RepoPath::new(path)?,
            before,
            stat: Some(stat),
            object,
        }))
    }

    /// Compares the files of the snapshot that the traversal did not find: they are gone, or are in
    /// a directory that it does not enter. What a checkout never writes, and
    /// what it has left out, is not asked for: the file system may find another file there.
    fn compare_the_rest(&self, root: &Path) -> Result<()> {
        let mut collected = self.collected();
        let known: HashSet<RepoPath> = collected
            .changed
            .iter()
            .map(|file| file.path.clone())
            .collect();
        let renamed = Renamed::of(root, &collected.changed);
        let mut directories = Directories::new(root);
        for (path, entry) in self.base.entries() {
            if known.contains(&path)
                || self.left_out.contains(&path)
                || path.components().any(is_taken_for_git)
            {
                continue;
            }
            let full = root.join(path.as_str());
            let found = if directories.leads_to(&path) {
                file::stat(&full).map_err(WorktreeError::reading(&full))?
            } else {
                None
            };
            let stat = found.filter(|stat| !renamed.is_from(&path, stat));
            let changed = match stat {
                Some(stat) => self
                    .compare(&path, Some(entry), stat)
                    .expect("a snapshot holds allowed paths only"),
                None => Some(ChangedFile {
                    path,
                    before: Some(entry),
                    stat: None,
                    object: None,
                }),
            };
            collected.changed.extend(changed);
        }
        Ok(())
    }
}

/// New files, under whose inodes the file system may still find their former names: one that was
/// renamed in case alone is there under both where case is folded.
struct Renamed<'a> {
    root: &'a Path,
    new: HashMap<u64, String>,
}

impl<'a> Renamed<'a> {
    fn of(root: &'a Path, changed: &[ChangedFile]) -> Self {
        let new = changed.iter().filter(|file| file.before.is_none());
        let new = new.filter_map(|file| Some((file.stat?.inode, file.path.as_str().to_owned())));
        Self {
            root,
            new: new.collect(),
        }
    }

    /// Whether what is found at `path` is one of the new files, and no name of its own.
    fn is_from(&self, path: &str, found: &FileStat) -> bool {
        let Some(new) = self.new.get(&found.inode) else {
            return false;
        };
        fold_path(new) == fold_path(path) && !is_listed(self.root, path)
    }
}

/// Whether each directory on the way lists the next name as `path` spells it. Where names do not
/// fold, a file and a hard link to it may be twins.
fn is_listed(root: &Path, path: &str) -> bool {
    let mut directory = root.to_owned();
    path.split('/').all(|name| {
        let listing = directory.read_dir();
        let is_there = listing.is_ok_and(|listing| {
            let mut names = listing.flatten().map(|entry| entry.file_name());
            names.any(|found| found == name)
        });
        directory.push(name);
        is_there
    })
}

impl Visitor for Comparison<'_> {
    fn base(&self) -> &Tree {
        self.base
    }

    fn files(&self, files: &[(String, FileStat)]) -> Result<()> {
        let mut changed = Vec::new();
        let mut forbidden = Vec::new();
        let mut created = BTreeSet::new();
        let mut tracked_count = 0;
        for (path, stat) in files {
            let before = self.base.get(path);
            if before.is_some() {
                created.extend(self.left_out.get(path.as_str()).cloned());
            }
            tracked_count += u64::from(before.is_some());
            match self.compare(path, before, *stat) {
                Ok(file) => changed.extend(file),
                Err(error) => forbidden.push(error.into()),
            }
        }
        self.tracked_count
            .fetch_add(tracked_count, Ordering::Relaxed);
        if !changed.is_empty() || !forbidden.is_empty() || !created.is_empty() {
            let mut collected = self.collected();
            collected.created.append(&mut created);
            collected.changed.append(&mut changed);
            collected.forbidden.append(&mut forbidden);
        }
        Ok(())
    }

    fn unrecordable(&self, path: Unrecordable) {
        self.collected().forbidden.push(path);
    }

    fn warning(&self, text: String) {
        self.collected().warnings.push(text);
    }
}
