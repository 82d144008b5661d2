//! Writes files while their objects come, in any order and from any thread.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::slice;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use muse_wire::id::ObjectId;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Entry, EntryKind, Tree};

use super::placement::{NewFile, Placement};
use crate::repository::{Layout, RepositoryError, StatCacheBuilder};
use crate::worktree::beneath::Beneath;
use crate::worktree::directories::Directories;
use crate::worktree::error::{Result, WorktreeError};
use crate::worktree::file::KnownFile;

/// Most bytes in a link's target: what Linux takes, without the NUL behind it.
const MAX_LINK_TARGET_BYTES: u64 = 4095;

/// What a checkout did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CheckoutStats {
    /// Files and links written.
    pub written: u64,
    /// Their bytes.
    pub written_bytes: u64,
    /// Files and links removed.
    pub removed: u64,
}

/// Writes the files of one tree, while their objects come in any order and from any thread.
///
/// The objects need not be trusted yet: if one turns out to be wrong, the caller removes the whole
/// directory.
pub struct FileWriter {
    placement: Placement,
    wanted: HashMap<ObjectId, Wanted>,
    /// Objects of which more is to come.
    unfinished: Mutex<HashMap<ObjectId, Unfinished>>,
    links: Mutex<Vec<(RepoPath, ObjectId, Vec<u8>)>>,
    done: Mutex<Vec<KnownFile>>,
    written_count: AtomicU64,
    written_bytes: AtomicU64,
}

struct Wanted {
    places: Vec<(RepoPath, EntryKind)>,
    /// Whether its first piece has come.
    claimed: AtomicBool,
}

struct Unfinished {
    files: Vec<(NewFile, RepoPath)>,
    links: Vec<RepoPath>,
    target: Vec<u8>,
    written_bytes: u64,
}

impl FileWriter {
    /// Prepares to write `tree` below `root`, which holds nothing but `.muse`.
    ///
    /// # Errors
    /// If directories cannot be created.
    pub fn new(root: &Path, tree: &Tree) -> Result<Self> {
        Self::prepare(root, None, tree.entries())
    }

    /// Prepares to write these files, over others where there are some. Each is written in
    /// `staging` first and then renamed, so that at any moment it is as before or as it should be.
    pub(super) fn replacing(
        root: &Path,
        staging: &Path,
        files: Vec<(RepoPath, Entry)>,
    ) -> Result<Self> {
        Self::prepare(root, Some(staging.to_owned()), files)
    }

    fn prepare(
        root: &Path,
        staging: Option<PathBuf>,
        files: Vec<(RepoPath, Entry)>,
    ) -> Result<Self> {
        let beneath = Beneath::open(root).map_err(WorktreeError::writing(root))?;
        let mut directories = Directories::new(root);
        let mut wanted: HashMap<ObjectId, Wanted> = HashMap::with_capacity(files.len());
        for (path, entry) in files {
            directories.create_above(&path, &beneath)?;
            wanted
                .entry(entry.object)
                .or_insert_with(|| Wanted {
                    places: Vec::new(),
                    claimed: AtomicBool::new(false),
                })
                .places
                .push((path, entry.kind));
        }
        Ok(Self {
            placement: Placement::new(root, beneath, staging),
            wanted,
            unfinished: Mutex::default(),
            links: Mutex::default(),
            done: Mutex::default(),
            written_count: AtomicU64::new(0),
            written_bytes: AtomicU64::new(0),
        })
    }

    /// Whether some file needs this object, and it has not come yet.
    pub fn wants(&self, id: &ObjectId) -> bool {
        self.wanted
            .get(id)
            .is_some_and(|wanted| !wanted.claimed.load(Ordering::Acquire))
    }

    /// The objects that are wanted and have not come yet.
    pub fn wanted(&self) -> impl Iterator<Item = ObjectId> {
        self.wanted
            .iter()
            .filter(|(_, wanted)| !wanted.claimed.load(Ordering::Acquire))
            .map(|(&id, _)| id)
    }

    /// How many files the object of this id makes.
    pub fn file_count(&self, id: &ObjectId) -> u64 {
        self.wanted
            .get(id)
            .map_or(0, |wanted| wanted.places.len() as u64)
    }

    /// The next piece of an object of `length` bytes, at `offset`. The pieces of one object come in
    /// order and from one thread at a time; different objects may come from different threads.
    /// Objects that no file needs, or that have come before, are ignored.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn object(&self, id: &ObjectId, length: u64, offset: u64, piece: &[u8]) -> Result<()> {
        let Some(wanted) = self.wanted.get(id) else {
            return Ok(());
        };
        let is_whole = piece.len() as u64 == length;
        let mut unfinished = if offset == 0 {
            if wanted.claimed.swap(true, Ordering::AcqRel) {
                return Ok(());
            }
            if is_whole {
                // One after the other: thousands of equal files are not open at a time.
                for place in &wanted.places {
                    let mut unfinished = self.start(slice::from_ref(place), length)?;
                    unfinished.add(piece)?;
                    self.complete(id, length, unfinished)?;
                }
                return Ok(());
            }
            self.start(&wanted.places, length)?
        } else {
            match lock(&self.unfinished).remove(id) {
                Some(unfinished) => unfinished,
                None => return Ok(()),
            }
        };
        if unfinished.written_bytes == offset {
            unfinished.add(piece)?;
        }
        if unfinished.written_bytes < length {
            lock(&self.unfinished).insert(*id, unfinished);
            return Ok(());
        }
        self.complete(id, length, unfinished)
    }

    /// Puts the files of an object in place that has come as a whole.
    fn complete(&self, id: &ObjectId, length: u64, unfinished: Unfinished) -> Result<()> {
        for (new, path) in unfinished.files {
            let stat = self.placement.finish(new, &path)?;
            self.written_count.fetch_add(1, Ordering::Relaxed);
            self.written_bytes.fetch_add(length, Ordering::Relaxed);
            lock(&self.done).extend(stat.map(|stat| KnownFile {
                path,
                stat,
                object: *id,
            }));
        }
        for path in unfinished.links {
            lock(&self.links).push((path, *id, unfinished.target.clone()));
        }
        Ok(())
    }

    fn start(&self, places: &[(RepoPath, EntryKind)], length: u64) -> Result<Unfinished> {
        let mut unfinished = Unfinished {
            files: Vec::new(),
            links: Vec::new(),
            target: Vec::new(),
            written_bytes: 0,
        };
        for (path, kind) in places {
            match kind {
                EntryKind::Symlink if length > MAX_LINK_TARGET_BYTES => {
                    return Err(WorktreeError::LinkTooLong(path.clone()));
                }
                EntryKind::Symlink => unfinished.links.push(path.clone()),
                EntryKind::File => unfinished
                    .files
                    .push((self.placement.create(path, 0o666)?, path.clone())),
                EntryKind::Executable => {
                    unfinished
                        .files
                        .push((self.placement.create(path, 0o777)?, path.clone()));
                }
            }
        }
        Ok(unfinished)
    }

    /// Ends the checkout: links are made last, so that nothing is ever written through one. The
    /// stat cache is for [`crate::repository::LockedRepository::write_stat_cache`].
    ///
    /// # Errors
    /// If an object has not come, or a link cannot be made.
    pub fn finish(self, layout: &Layout) -> Result<(CheckoutStats, StatCacheBuilder)> {
        let (stats, written) = self.finish_list(layout)?;
        let mut cache = StatCacheBuilder::default();
        for file in &written {
            cache.add(&file.path, &file.stat, &file.object);
        }
        Ok((stats, cache))
    }

    /// As [`FileWriter::finish`], with those files as a list that the stat cache may know. Files
    /// that were written in the last tick of the clock are not among them.
    pub(super) fn finish_list(self, layout: &Layout) -> Result<(CheckoutStats, Vec<KnownFile>)> {
        let empty = ObjectId::of(b"");
        if self.wants(&empty) {
            self.object(&empty, 0, 0, b"")?;
        }
        let missing = self.wanted().next();
        if let Some(id) = missing.or_else(|| lock(&self.unfinished).keys().next().copied()) {
            return Err(RepositoryError::missing_object(&id).into());
        }
        let links = std::mem::take(&mut *lock(&self.links));
        for (path, object, target) in links {
            let stat = self.placement.link(&path, &target)?;
            self.written_count.fetch_add(1, Ordering::Relaxed);
            lock(&self.done).extend(stat.map(|stat| KnownFile { path, stat, object }));
        }
        let mut written = self
            .done
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let now = layout.file_time()?;
        written.retain(|file| now.is_after(&file.stat));
        let stats = CheckoutStats {
            written: self.written_count.into_inner(),
            written_bytes: self.written_bytes.into_inner(),
            removed: 0,
        };
        Ok((stats, written))
    }
}

impl Unfinished {
    fn add(&mut self, piece: &[u8]) -> Result<()> {
        for (new, _) in &mut self.files {
            new.file
                .write_all(piece)
                .map_err(WorktreeError::writing(&new.path))?;
        }
        if !self.links.is_empty() {
            self.target.extend_from_slice(piece);
        }
        self.written_bytes += piece.len() as u64;
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use muse_wire::snapshot::Change;

    use super::*;
    use crate::repository::Repository;

    fn tree(files: &[(&str, EntryKind, &[u8])]) -> Tree {
        let changes: Vec<Change> = files
            .iter()
            .map(|(path, kind, contents)| Change {
                path: RepoPath::new(*path).expect("an allowed path"),
                entry: Some(Entry {
                    kind: *kind,
                    object: ObjectId::of(contents),
                }),
            })
            .collect();
        Tree::empty().apply(&changes).expect("sorted, no twins")
    }

    #[test]
    fn objects_become_files_whatever_their_order_and_pieces() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let repository = Repository::init(root.path(), "main").expect("an empty directory");
        let tree = tree(&[
            ("dir/a", EntryKind::File, b"shared"),
            ("dir/b", EntryKind::Executable, b"shared"),
            ("empty", EntryKind::File, b""),
            ("link", EntryKind::Symlink, b"dir/a"),
            ("pieces", EntryKind::File, b"one two"),
        ]);
        let writer = FileWriter::new(root.path(), &tree).expect("an empty directory");
        let give = |contents: &[u8], cut: usize| {
            let (id, length) = (ObjectId::of(contents), contents.len() as u64);
            writer
                .object(&id, length, 0, &contents[..cut])
                .expect("writable");
            if cut < contents.len() {
                writer
                    .object(&id, length, cut as u64, &contents[cut..])
                    .expect("writable");
            }
            assert!(!writer.wants(&id));
        };
        assert!(writer.wants(&ObjectId::of(b"shared")));
        give(b"dir/a", 5);
        give(b"one two", 3);
        give(b"shared", 6);
        give(b"shared", 6);
        give(b"nobody needs this", 4);
        let (stats, _) = writer.finish(&repository.layout).expect("all came");
        assert_eq!((stats.written, stats.written_bytes), (5, 19));
        let read = |path: &str| std::fs::read_to_string(root.path().join(path)).expect("written");
        assert_eq!(read("dir/b"), "shared");
        assert_eq!(read("link"), "shared");
        assert_eq!(read("pieces"), "one two");
        assert_eq!(read("empty"), "");
        let mode = root
            .path()
            .join("dir/b")
            .metadata()
            .expect("written")
            .permissions()
            .mode();
        assert_eq!(mode & 0o100, 0o100);
    }

    #[test]
    fn a_missing_or_half_object_is_an_error() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let repository = Repository::init(root.path(), "main").expect("an empty directory");
        let tree = tree(&[("a", EntryKind::File, b"contents")]);
        let writer = FileWriter::new(root.path(), &tree).expect("an empty directory");
        let id = ObjectId::of(b"contents");
        writer.object(&id, 8, 0, b"cont").expect("writable");
        assert!(writer.finish(&repository.layout).is_err());
    }

    #[test]
    fn an_endless_link_target_is_refused() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let target = vec![b'x'; 5000];
        let tree = tree(&[("link", EntryKind::Symlink, &target)]);
        let writer = FileWriter::new(root.path(), &tree).expect("an empty directory");
        let result = writer.object(&ObjectId::of(&target), 5000, 0, &target);
        assert!(matches!(result, Err(WorktreeError::LinkTooLong(_))));
    }
}
