//! Writes files while their objects come, in any order and from any thread.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::slice;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use muse_wire::id::ObjectId;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Entry, EntryKind, is_link_target, is_link_target_length};

use super::placement::{NewFile, Placement};
use super::prepared::PreparedFile;
use crate::repository::{Layout, RepositoryError};
use crate::worktree::beneath::Beneath;
use crate::worktree::directories::Directories;
use crate::worktree::error::{Result, WorktreeError};
use crate::worktree::file::{self, KnownFile};

/// What was written.
#[derive(Debug)]
pub(super) struct WrittenFiles {
    /// Number of files and links.
    pub(super) count: u64,
    /// Their bytes.
    pub(super) bytes: u64,
    /// The files that the stat cache may know: not those of the last tick of the clock.
    pub(super) settled: Vec<KnownFile>,
    /// What the file system refused, and what it said.
    pub(super) refused: Vec<(RepoPath, String)>,
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
    /// What the file system refused, and what it said.
    refused: Mutex<Vec<(RepoPath, String)>>,
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
    /// Prepares to write `files` below `root`, which holds nothing but `.muse`.
    ///
    /// # Errors
    /// If directories cannot be created.
    pub(super) fn new(root: &Path, files: Vec<(RepoPath, Entry)>) -> Result<Self> {
        Self::prepare(root, None, files)
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
        let mut refused = Vec::new();
        for (path, entry) in files {
            let created = directories.create_above(&path, &beneath);
            let Some(()) = unless_refused(&path, created, &mut refused)? else {
                continue;
            };
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
            refused: Mutex::new(refused),
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

    /// Puts a file that holds the whole object in place, if one of its kind is wanted. Returns
    /// whether that was so.
    ///
    /// # Errors
    /// If it cannot be put there.
    pub(super) fn place(&mut self, id: &ObjectId, file: PreparedFile) -> Result<bool> {
        let PreparedFile { new, kind, length } = file;
        let Some(wanted) = self.wanted.get_mut(id) else {
            return Ok(false);
        };
        let Some(at) = wanted.places.iter().position(|(_, other)| *other == kind) else {
            return Ok(false);
        };
        let (path, _) = wanted.places.swap_remove(at);
        if wanted.places.is_empty() {
            self.wanted.remove(id);
        }
        let complete = Unfinished {
            files: vec![(new, path)],
            links: Vec::new(),
            target: Vec::new(),
            written_bytes: length,
        };
        self.complete(id, length, complete)?;
        Ok(true)
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
            let finished = self.placement.finish(new, &path);
            let Some(stat) = unless_refused(&path, finished, &mut lock(&self.refused))? else {
                continue;
            };
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
                EntryKind::Symlink if !is_link_target_length(length) => {
                    return Err(WorktreeError::BadLinkTarget(path.clone()));
                }
                EntryKind::Symlink => unfinished.links.push(path.clone()),
                EntryKind::File | EntryKind::Executable => {
                    let created = self.placement.create(path, *kind);
                    let created = unless_refused(path, created, &mut lock(&self.refused))?;
                    unfinished
                        .files
                        .extend(created.map(|file| (file, path.clone())));
                }
            }
        }
        Ok(unfinished)
    }

    /// Ends the writing: links are made last, so that nothing is ever written through one.
    ///
    /// # Errors
    /// If an object has not come, or a link cannot be made.
    pub(super) fn finish(self, layout: &Layout) -> Result<WrittenFiles> {
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
            if !is_link_target(&target) {
                return Err(WorktreeError::BadLinkTarget(path));
            }
            let made = self.placement.link(&path, &target);
            let Some(stat) = unless_refused(&path, made, &mut lock(&self.refused))? else {
                continue;
            };
            self.written_count.fetch_add(1, Ordering::Relaxed);
            lock(&self.done).extend(stat.map(|stat| KnownFile { path, stat, object }));
        }
        let mut written = self
            .done
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let now = layout.file_time()?;
        written.retain(|file| now.is_after(&file.stat));
        Ok(WrittenFiles {
            count: self.written_count.into_inner(),
            bytes: self.written_bytes.into_inner(),
            settled: written,
            refused: self
                .refused
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner),
        })
    }
}

/// What is done, unless the file system cannot hold a file at `path`: then `refused` has it.
fn unless_refused<T>(
    path: &RepoPath,
    done: Result<T>,
    refused: &mut Vec<(RepoPath, String)>,
) -> Result<Option<T>> {
    match done {
        Err(WorktreeError::Write { source, .. }) if file::refuses_name(&source) => {
            refused.push((path.clone(), source.to_string()));
            Ok(None)
        }
        done => done.map(Some),
    }
}

impl Unfinished {
    fn add(&mut self, piece: &[u8]) -> Result<()> {
        for (new, _) in &mut self.files {
            new.file
                .write_all(piece)
                .map_err(WorktreeError::writing(new.path()))?;
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

    use rustix::io::Errno;

    use super::*;
    use crate::repository::Repository;

    fn entries(files: &[(&str, EntryKind, &[u8])]) -> Vec<(RepoPath, Entry)> {
        let entry = |&(path, kind, contents): &(&str, EntryKind, &[u8])| {
            let path = RepoPath::new(path).expect("an allowed path");
            let object = ObjectId::of(contents);
            (path, Entry { kind, object })
        };
        files.iter().map(entry).collect()
    }

    #[test]
    fn objects_become_files_whatever_their_order_and_pieces() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let repository = Repository::init(root.path(), "main").expect("an empty directory");
        let files = entries(&[
            ("dir/a", EntryKind::File, b"shared"),
            ("dir/b", EntryKind::Executable, b"shared"),
            ("empty", EntryKind::File, b""),
            ("link", EntryKind::Symlink, b"dir/a"),
            ("pieces", EntryKind::File, b"one two"),
        ]);
        let writer = FileWriter::new(root.path(), files).expect("an empty directory");
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
        let written = writer.finish(&repository.layout).expect("all came");
        assert_eq!((written.count, written.bytes), (5, 19));
        assert!(written.refused.is_empty());
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
        let files = entries(&[("a", EntryKind::File, b"contents")]);
        let writer = FileWriter::new(root.path(), files).expect("an empty directory");
        let id = ObjectId::of(b"contents");
        writer.object(&id, 8, 0, b"cont").expect("writable");
        assert!(writer.finish(&repository.layout).is_err());
    }

    #[test]
    fn what_is_staged_goes_with_the_writer() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let repository = Repository::init(root.path(), "main").expect("an empty directory");
        let files = entries(&[
            ("a", EntryKind::File, b"contents"),
            ("b", EntryKind::Executable, b"contents"),
        ]);
        let staging = repository.layout.temporary_dir();
        let writer = FileWriter::replacing(root.path(), staging, files).expect("writable");
        let id = ObjectId::of(b"contents");
        let staged = || std::fs::read_dir(staging).expect("there").count();
        writer.object(&id, 8, 0, b"cont").expect("writable");
        assert_eq!(staged(), 2);
        drop(writer);
        assert_eq!(staged(), 0);
        assert!(!root.path().join("a").exists());
    }

    #[test]
    fn a_link_target_that_no_link_can_have_is_refused() {
        for target in [&b""[..], b"a\0b", &[b'x'; 4096]] {
            let root = tempfile::tempdir().expect("a temporary directory");
            let repository = Repository::init(root.path(), "main").expect("an empty directory");
            let files = entries(&[("link", EntryKind::Symlink, target)]);
            let writer = FileWriter::new(root.path(), files).expect("an empty directory");
            let given = writer.object(&ObjectId::of(target), target.len() as u64, 0, target);
            let result = given.and_then(|()| writer.finish(&repository.layout));
            assert!(matches!(result, Err(WorktreeError::BadLinkTarget(_))));
            assert!(root.path().join("link").symlink_metadata().is_err());
        }
    }

    #[test]
    fn only_a_refused_name_is_left_out() {
        let path = RepoPath::new("a:b").expect("an allowed path");
        let failed = |errno: Errno| -> Result<()> {
            let write = WorktreeError::writing(Path::new("/work/a:b"));
            Err(write(errno.into()))
        };
        let mut refused = Vec::new();
        for errno in [
            Errno::INVAL,
            Errno::NAMETOOLONG,
            Errno::ILSEQ,
            Errno::NOTSUP,
        ] {
            let done = unless_refused(&path, failed(errno), &mut refused);
            assert!(matches!(done, Ok(None)), "{errno}");
        }
        assert_eq!(refused.len(), 4);
        for errno in [Errno::NOSPC, Errno::ACCESS, Errno::EXIST, Errno::IO] {
            let done = unless_refused(&path, failed(errno), &mut refused);
            assert!(matches!(done, Err(WorktreeError::Write { .. })), "{errno}");
        }
        assert_eq!(refused.len(), 4);
    }
}
