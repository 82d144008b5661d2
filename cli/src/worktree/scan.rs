//! Finds what differs between the work tree and a snapshot.
//!
//! A file whose stat data the stat cache vouches for is not read. What remains is read and hashed by
//! [`Scan::read_tracked`], or by [`super::record`] where it is to be committed anyway.

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use muse_wire::id::ObjectId;
use muse_wire::path::{PathError, RepoPath};
use muse_wire::snapshot::{Change, Entry, EntryKind, Tree};
use rayon::prelude::*;

use super::directories::Directories;
use super::error::{Result, WorktreeError};
use super::file::{self, KnownFile};
use super::traverse::{Visitor, traverse};
use crate::repository::{FileStat, LockedRepository, Repository, StatCache, StatCacheBuilder};

/// A file that differs, or may differ, from what the snapshot has at its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where.
    pub path: RepoPath,
    /// What the snapshot has there.
    pub before: Option<Entry>,
    /// What the file system says of it; `None` where it is gone.
    pub stat: Option<FileStat>,
    /// What it holds; `None` where it is gone, or was not read yet.
    pub object: Option<ObjectId>,
}

impl Found {
    /// What stands there now, as far as it was read.
    pub fn after(&self) -> Option<Entry> {
        let (stat, object) = (self.stat?, self.object?);
        Some(Entry {
            kind: stat.kind,
            object,
        })
    }

    /// Whether the file must be read before anything can be said about it.
    fn is_unread(&self) -> bool {
        self.stat.is_some() && self.object.is_none()
    }
}

/// What a look at the work tree found.
#[derive(Debug)]
pub struct Scan {
    /// What differs or may differ, ascending by path.
    pub found: Vec<Found>,
    /// Files whose names no snapshot can hold, ascending.
    pub forbidden: Vec<PathError>,
    /// What was left out and might be missed, ascending.
    pub warnings: Vec<String>,
    /// Files that are not ignored.
    pub file_count: u64,
    cache: StatCache,
    /// What the stat cache does not know yet.
    learnt: Vec<KnownFile>,
}

/// Looks at the whole work tree of `repository` and compares it with `base`. Ignored files are looked at only
/// where `base` has them.
///
/// # Errors
/// [`WorktreeError`] where a directory or the stat cache cannot be read.
pub fn scan(repository: &Repository, base: &Tree) -> Result<Scan> {
    let collector = Collector {
        base,
        cache: repository.stat_cache.read()?,
        tracked_count: AtomicU64::new(0),
        file_count: AtomicU64::new(0),
        collected: Mutex::default(),
    };
    traverse(repository.layout.root(), &collector)?;
    if collector.tracked_count.load(Ordering::Relaxed) < base.file_count() {
        collector.look_for_the_rest(repository.layout.root())?;
    }
    let Collected {
        mut found,
        mut forbidden,
        mut warnings,
    } = collector
        .collected
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    found.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    forbidden.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    warnings.sort_unstable();
    Ok(Scan {
        found,
        forbidden,
        warnings,
        file_count: collector.file_count.into_inner(),
        cache: collector.cache,
        learnt: Vec::new(),
    })
}

impl Scan {
    /// Reads and hashes the files that the snapshot has too and that may differ; those that do not are dropped
    /// from [`Scan::found`].
    ///
    /// # Errors
    /// [`WorktreeError::Read`] where one cannot be read.
    pub fn read_tracked(&mut self, root: &Path) -> Result<()> {
        self.read_where(root, |found| found.before.is_some())
    }

    /// Reads and hashes all files that were not read yet; those that do not differ are dropped.
    ///
    /// # Errors
    /// [`WorktreeError::Read`] where one cannot be read.
    pub fn read_all(&mut self, root: &Path) -> Result<()> {
        self.read_where(root, |_| true)
    }

    fn read_where(&mut self, root: &Path, wanted: impl Fn(&Found) -> bool + Sync) -> Result<()> {
        self.found
            .par_iter_mut()
            .filter(|found| found.is_unread() && wanted(found))
            .try_for_each(|found| read(root, found))?;
        self.settle();
        Ok(())
    }

    /// Remembers what was read for the stat cache, and drops what turned out not to differ.
    pub(super) fn settle(&mut self) {
        let learnt = self.found.iter().filter_map(|found| {
            let (stat, object) = (found.stat?, found.object?);
            let is_news = self.cache.lookup(&found.path, &stat).is_none();
            is_news.then(|| KnownFile {
                path: found.path.clone(),
                stat,
                object,
            })
        });
        self.learnt = learnt.collect();
        self.found
            .retain(|found| found.is_unread() || found.after() != found.before);
    }

    /// The changes that lead from the snapshot to the work tree, once everything was read. Ascending by path.
    pub fn changes(&self) -> Vec<Change> {
        self.found
            .iter()
            .map(|found| Change {
                path: found.path.clone(),
                entry: found.after(),
            })
            .collect()
    }

    /// Whether there is nothing to save.
    pub fn learnt_nothing(&self) -> bool {
        self.learnt.is_empty()
    }

    /// Saves what was learnt, so that the next scan need not read those files again. Does nothing where nothing
    /// was learnt.
    ///
    /// # Errors
    /// Where the stat cache cannot be written.
    pub fn save_cache(&self, locked: &mut LockedRepository<'_>) -> Result<()> {
        if self.learnt.is_empty() {
            return Ok(());
        }
        let gone = self.found.iter().filter(|found| found.stat.is_none());
        refresh_cache(
            locked,
            &self.cache,
            &self.learnt,
            gone.map(|found| &found.path),
        )
    }
}

/// Writes `cache` back with the entries in `learnt`, and without those of `gone`.
pub(super) fn refresh_cache<'a>(
    locked: &mut LockedRepository<'_>,
    cache: &StatCache,
    learnt: &'a [KnownFile],
    gone: impl Iterator<Item = &'a RepoPath>,
) -> Result<()> {
    let replaced: HashSet<&str> = learnt
        .iter()
        .map(|file| file.path.as_str())
        .chain(gone.map(RepoPath::as_str))
        .collect();
    let mut builder = StatCacheBuilder::default();
    for (path, stat, object) in cache.iter().filter(|(path, ..)| !replaced.contains(path)) {
        // An entry that is too fresh to be believed must not become believable by being copied.
        if cache.lookup(path, &stat).is_some() {
            builder.add(path, &stat, &object);
        }
    }
    for file in learnt {
        builder.add(&file.path, &file.stat, &file.object);
    }
    Ok(locked.write_stat_cache(builder)?)
}

/// The contents of one file of the work tree, or a link's target; `None` where they are longer than `limit_bytes`.
///
/// # Errors
/// [`WorktreeError::Read`] where it cannot be read.
pub fn read_file(
    root: &Path,
    path: &RepoPath,
    kind: EntryKind,
    limit_bytes: u64,
) -> Result<Option<Vec<u8>>> {
    let full = root.join(path.as_str());
    let stat = file::stat(&full).map_err(WorktreeError::reading(&full))?;
    let Some(stat) = stat.filter(|stat| stat.kind == kind) else {
        return Err(WorktreeError::ChangedMeanwhile(path.clone()));
    };
    if stat.size_bytes > limit_bytes {
        return Ok(None);
    }
    let (_, contents) =
        file::read(&full, kind, stat.size_bytes).map_err(WorktreeError::reading(&full))?;
    Ok(Some(contents))
}

/// Hashes a file. One that has gone in the meantime counts as gone.
fn read(root: &Path, found: &mut Found) -> Result<()> {
    let Some(stat) = found.stat else {
        return Ok(());
    };
    let path = root.join(found.path.as_str());
    match file::hash(&path, stat.kind) {
        Ok(object) => found.object = Some(object),
        Err(error) if file::is_absent(&error) => found.stat = None,
        Err(error) => return Err(WorktreeError::reading(&path)(error)),
    }
    Ok(())
}

/// Compares files with the snapshot as they are found.
struct Collector<'a> {
    base: &'a Tree,
    cache: StatCache,
    /// Files found that the snapshot has too.
    tracked_count: AtomicU64,
    file_count: AtomicU64,
    collected: Mutex<Collected>,
}

#[derive(Default)]
struct Collected {
    found: Vec<Found>,
    forbidden: Vec<PathError>,
    warnings: Vec<String>,
}

impl Collector<'_> {
    fn collected(&self) -> std::sync::MutexGuard<'_, Collected> {
        self.collected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The file as a finding, unless it is certain to be as in the snapshot.
    fn compare(
        &self,
        path: &str,
        before: Option<Entry>,
        stat: FileStat,
    ) -> Result<Option<Found>, PathError> {
        let object = self.cache.lookup(path, &stat);
        if let (Some(before), Some(object)) = (before, object)
            && before.object == object
            && before.kind == stat.kind
        {
            return Ok(None);
        }
        Ok(Some(Found {
            path: RepoPath::new(path)?,
            before,
            stat: Some(stat),
            object,
        }))
    }

    /// Looks for the files of the snapshot that the walk did not come upon: they are gone, or they are
    /// ignored, or lie in a directory that was left out.
    fn look_for_the_rest(&self, root: &Path) -> Result<()> {
        let mut collected = self.collected();
        let known: HashSet<RepoPath> = collected
            .found
            .iter()
            .map(|found| found.path.clone())
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
            let found = match stat {
                Some(stat) => self
                    .compare(&path, Some(entry), stat)
                    .expect("a snapshot holds allowed paths only"),
                None => Some(Found {
                    path,
                    before: Some(entry),
                    stat: None,
                    object: None,
                }),
            };
            collected.found.extend(found);
        }
        Ok(())
    }
}

impl Visitor for Collector<'_> {
    fn files(&self, files: &[(String, FileStat)]) -> Result<()> {
        let mut found = Vec::new();
        let mut forbidden = Vec::new();
        let mut tracked_count = 0;
        for (path, stat) in files {
            let before = self.base.get(path);
            tracked_count += u64::from(before.is_some());
            match self.compare(path, before, *stat) {
                Ok(file) => found.extend(file),
                Err(error) => forbidden.push(error),
            }
        }
        self.tracked_count
            .fetch_add(tracked_count, Ordering::Relaxed);
        self.file_count
            .fetch_add(files.len() as u64, Ordering::Relaxed);
        if !found.is_empty() || !forbidden.is_empty() {
            let mut collected = self.collected();
            collected.found.append(&mut found);
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

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::net::UnixListener;

    use super::*;
    use crate::testing::Sandbox;

    #[test]
    fn finds_what_was_added_changed_and_removed() {
        let sandbox = Sandbox::new();
        for path in ["a", "dir/b", "dir/c", "run", "ü/ö"] {
            sandbox.write_file(path, path);
        }
        assert_eq!(
            sandbox.changes(),
            ["+a", "+dir/b", "+dir/c", "+run", "+ü/ö"]
        );
        sandbox.commit();
        assert_eq!(sandbox.changes(), [""; 0]);
        sandbox.write_file("a", "other");
        sandbox.write_file("dir/new", "new");
        sandbox.remove_file("dir/c");
        sandbox.make_executable("run");
        sandbox.remove_file("ü/ö");
        sandbox.link("ü/ö", "../a");
        assert_eq!(
            sandbox.changes(),
            ["~a", "-dir/c", "+dir/new", "~run", "~ü/ö"]
        );
    }

    #[test]
    fn a_settled_stat_cache_spares_reading() {
        let sandbox = Sandbox::new();
        sandbox.write_file("a", "a");
        sandbox.write_file("b", "b");
        let commit = sandbox.commit();
        // Files changed in the same tick of the clock as the cache are not believed; later ones are.
        let unread = (0..1000)
            .map(|_| {
                let mut scan = scan(&sandbox.repository, &sandbox.tree(&commit)).expect("readable");
                let unread = scan.found.len();
                scan.read_all(sandbox.repository.layout.root())
                    .expect("readable");
                let mut locked = sandbox.repository.lock().expect("nobody else is here");
                scan.save_cache(&mut locked).expect("writable");
                unread
            })
            .find(|&unread| unread == 0);
        assert_eq!(unread, Some(0));
        sandbox.write_file("b", "c");
        assert_eq!(sandbox.changes(), ["~b"]);
    }

    #[test]
    fn ignored_files_are_left_out_unless_they_are_tracked() {
        let sandbox = Sandbox::new();
        sandbox.write_file("kept.log", "committed before it was ignored");
        sandbox.write_file("old/kept", "so was this");
        sandbox.commit();
        sandbox.write_file(".museignore", "*.log\n/old/\n");
        sandbox.write_file("new.log", "ignored");
        sandbox.write_file("old/new", "ignored");
        assert_eq!(sandbox.changes(), ["+.museignore"]);
        sandbox.write_file("kept.log", "changed");
        sandbox.remove_file("old/kept");
        assert_eq!(
            sandbox.changes(),
            ["+.museignore", "~kept.log", "-old/kept"]
        );
    }

    #[test]
    fn what_cannot_be_recorded_is_named() {
        let sandbox = Sandbox::new();
        sandbox.write_file("fine", "");
        sandbox.write_file("con.txt", "");
        sandbox.write_file(".git/config", "");
        let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
        std::fs::write(sandbox.repository.layout.root().join(name), "").expect("writable");
        let _socket = UnixListener::bind(sandbox.path("socket")).expect("writable");
        Repository::init(&sandbox.path("inner"), "main").expect("an empty directory");
        sandbox.write_file("inner/file", "");
        let scan = sandbox.scan();
        let found: Vec<&str> = scan.found.iter().map(|found| found.path.as_str()).collect();
        assert_eq!(found, ["fine"]);
        let forbidden: Vec<&str> = scan
            .forbidden
            .iter()
            .map(|error| error.path.as_str())
            .collect();
        assert_eq!(forbidden, ["caf\u{fffd}", "con.txt"]);
        assert_eq!(
            scan.warnings,
            [
                "inner/ is left out: it is a repository of its own",
                "socket is left out: it is neither a file nor a link nor a directory"
            ]
        );
    }

    #[test]
    fn nothing_is_read_through_a_link() {
        let sandbox = Sandbox::new();
        sandbox.write_file("dir/file", "inside");
        sandbox.write_file("elsewhere/file", "inside");
        sandbox.commit();
        std::fs::remove_dir_all(sandbox.path("dir")).expect("there");
        sandbox.link("dir", "elsewhere");
        assert_eq!(sandbox.changes(), ["+dir", "-dir/file"]);
    }
}
