//! Comparing files with a snapshot while the work tree is traversed.

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use muse_wire::path::{PathError, RepoPath};
use muse_wire::snapshot::{Entry, Tree};

use crate::repository::{FileStat, StatCache};
use crate::worktree::changed_file::ChangedFile;
use crate::worktree::directories::Directories;
use crate::worktree::error::{Result, WorktreeError};
use crate::worktree::file;
use crate::worktree::traverse::{Visitor, traverse};

/// Compares files with a snapshot while they are found.
struct Comparison<'a> {
    base: &'a Tree,
    cache: &'a StatCache,
    /// Files found that the snapshot has too.
    tracked_count: AtomicU64,
    collected: Mutex<Collected>,
}

/// What a comparison found, in no order.
#[derive(Default)]
pub(super) struct Collected {
    pub(super) changed: Vec<ChangedFile>,
    pub(super) forbidden: Vec<PathError>,
    pub(super) warnings: Vec<String>,
}

/// Compares all files below `root` with `base`. Ignored files are compared only where `base` has
/// them.
pub(super) fn compare(root: &Path, base: &Tree, cache: &StatCache) -> Result<Collected> {
    let comparison = Comparison {
        base,
        cache,
        tracked_count: AtomicU64::new(0),
        collected: Mutex::default(),
    };
    traverse(root, &comparison)?;
    if comparison.tracked_count.load(Ordering::Relaxed) < base.file_count() {
        comparison.compare_the_rest(root)?;
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

    /// Compares the files of the snapshot that the traversal did not find: they are gone or
    /// ignored, or are in a directory that was left out.
    fn compare_the_rest(&self, root: &Path) -> Result<()> {
        let mut collected = self.collected();
        let known: HashSet<RepoPath> = collected
            .changed
            .iter()
            .map(|file| file.path.clone())
            .collect();
        let mut directories = Directories::new(root);
        for (path, entry) in self.base.entries() {
            if known.contains(&path) {
                continue;
            }
            let full = root.join(path.as_str());
            let stat = if directories.leads_to(&path) {
                file::stat(&full).map_err(WorktreeError::reading(&full))?
            } else {
                None
            };
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

impl Visitor for Comparison<'_> {
    fn files(&self, files: &[(String, FileStat)]) -> Result<()> {
        let mut changed = Vec::new();
        let mut forbidden = Vec::new();
        let mut tracked_count = 0;
        for (path, stat) in files {
            let before = self.base.get(path);
            tracked_count += u64::from(before.is_some());
            match self.compare(path, before, *stat) {
                Ok(file) => changed.extend(file),
                Err(error) => forbidden.push(error),
            }
        }
        self.tracked_count
            .fetch_add(tracked_count, Ordering::Relaxed);
        if !changed.is_empty() || !forbidden.is_empty() {
            let mut collected = self.collected();
            collected.changed.append(&mut changed);
            collected.forbidden.append(&mut forbidden);
        }
        Ok(())
    }

    fn unreadable_name(&self, path: String) {
        self.collected().forbidden.push(PathError {
            path,
            reason: "it is not UTF-8",
        });
    }

    fn warning(&self, text: String) {
        self.collected().warnings.push(text);
    }
}
