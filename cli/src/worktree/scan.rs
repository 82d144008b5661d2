//! Finds what differs between the work tree and a snapshot.
//!
//! A file that the stat cache says is unchanged is not read. The others are read and hashed by
//! [`Scan::read_tracked`], or when they are committed.

mod compare;

use std::collections::BTreeSet;

use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Change, Tree};
use rayon::prelude::*;

use self::compare::{Collected, compare};
use super::changed_file::ChangedFile;
use super::error::Result;
use super::file::KnownFile;
use super::stat_cache;
use super::unrecordable::Unrecordable;
use crate::repository::{FileTime, LockedRepository, Repository, StatCache};

/// What a scan of the work tree found.
#[derive(Debug)]
pub struct Scan {
    /// What differs or may differ, ascending by path.
    pub changed: Vec<ChangedFile>,
    /// What no snapshot can hold, ascending by path.
    pub forbidden: Vec<Unrecordable>,
    /// What was left out and might be missed, ascending.
    pub warnings: Vec<String>,
    cache: StatCache,
    /// What the checkout has left out.
    left_out: BTreeSet<RepoPath>,
    /// Those of them that somebody has created since.
    created: BTreeSet<RepoPath>,
    /// A moment before the first file was hashed.
    hashing_since: Option<FileTime>,
    /// Files that were hashed, had settled before, and that the stat cache does not know yet.
    hashed: Vec<KnownFile>,
}

/// Scans the whole work tree of `repository` and compares it with `base`. Ignored files are
/// compared only where `base` has them. What the checkout has left out counts as unchanged.
///
/// # Errors
/// [`super::WorktreeError`] if a directory or the stat cache cannot be read.
pub fn scan(repository: &Repository, base: &Tree) -> Result<Scan> {
    scan_without(repository, base, repository.left_out.read()?)
}

/// As [`scan`], where the paths `left_out` are missing for a reason.
pub(super) fn scan_without(
    repository: &Repository,
    base: &Tree,
    left_out: BTreeSet<RepoPath>,
) -> Result<Scan> {
    let cache = repository.stat_cache.read()?;
    let Collected {
        mut changed,
        mut forbidden,
        mut warnings,
        created,
    } = compare(repository, base, &cache, &left_out)?;
    changed.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    forbidden.sort_unstable_by(|a, b| a.path().cmp(b.path()));
    warnings.sort_unstable();
    Ok(Scan {
        changed,
        forbidden,
        warnings,
        cache,
        left_out,
        created,
        hashing_since: None,
        hashed: Vec::new(),
    })
}

/// A scan that has read the files that may differ from `base`: what it lists does differ.
///
/// # Errors
/// As [`scan`].
pub fn local_changes(repository: &Repository, base: &Tree) -> Result<Scan> {
    let mut scan = scan(repository, base)?;
    scan.read_tracked(repository)?;
    Ok(scan)
}

impl Scan {
    /// Reads and hashes the files that the snapshot has too and that may differ; those that do not
    /// are dropped from [`Scan::changed`].
    ///
    /// # Errors
    /// [`super::WorktreeError::Read`] if one cannot be read.
    pub fn read_tracked(&mut self, repository: &Repository) -> Result<()> {
        self.read_where(repository, |file| file.before.is_some())
    }

    /// Reads and hashes all files that were not read yet; those that do not differ are dropped.
    ///
    /// # Errors
    /// [`super::WorktreeError::Read`] if one cannot be read.
    pub fn read_all(&mut self, repository: &Repository) -> Result<()> {
        self.read_where(repository, |_| true)
    }

    fn read_where(
        &mut self,
        repository: &Repository,
        wanted: impl Fn(&ChangedFile) -> bool + Sync,
    ) -> Result<()> {
        let is_read = |file: &ChangedFile| file.is_unread() && wanted(file);
        if !self.changed.iter().any(is_read) {
            return Ok(());
        }
        self.begin_hashing(repository);
        let root = repository.layout.root();
        self.changed
            .par_iter_mut()
            .filter(|file| is_read(file))
            .try_for_each(|file| file.hash(root))?;
        self.drop_unchanged();
        Ok(())
    }

    /// Notes the time before files are hashed: what is changed after it was hashed is stamped with
    /// this time or a later one. Without the time, as in a repository that may not be written to,
    /// nothing is kept for the stat cache.
    pub(super) fn begin_hashing(&mut self, repository: &Repository) {
        self.hashing_since = self
            .hashing_since
            .or_else(|| repository.layout.file_time().ok());
    }

    /// Keeps what was hashed for the stat cache, and drops files that turned out not to differ.
    pub(super) fn drop_unchanged(&mut self) {
        let hashed = self.changed.iter().filter_map(|file| {
            let (stat, object) = (file.stat?, file.object?);
            let is_settled = self.hashing_since.is_some_and(|time| time.is_after(&stat));
            let is_new = self.cache.lookup(&file.path, &stat).is_none();
            (is_settled && is_new).then(|| KnownFile {
                path: file.path.clone(),
                stat,
                object,
            })
        });
        self.hashed.extend(hashed.collect::<Vec<_>>());
        self.changed
            .retain(|file| file.is_unread() || file.after() != file.before);
    }

    /// The changes that lead from the snapshot to the work tree, once everything was read.
    /// Ascending by path.
    pub fn changes(&self) -> Vec<Change> {
        self.changed
            .iter()
            .map(|file| Change {
                path: file.path.clone(),
                entry: file.after(),
            })
            .collect()
    }

    /// The paths that the checkout has left out and nobody has created since, ascending.
    pub fn left_out(&self) -> impl Iterator<Item = &RepoPath> {
        self.left_out.difference(&self.created)
    }

    /// Whether files were hashed that the stat cache does not know yet, or created that the
    /// checkout had left out.
    pub fn has_news(&self) -> bool {
        !self.hashed.is_empty() || !self.created.is_empty()
    }

    /// Saves what was hashed, so that the next scan need not read those files again, and which
    /// files are not left out any more. Does nothing where nothing is new.
    ///
    /// # Errors
    /// If one of the files cannot be written.
    pub fn save(&self, locked: &mut LockedRepository<'_>) -> Result<()> {
        // Another checkout may have left out others since.
        if !self.created.is_empty() && locked.left_out.read()? == self.left_out {
            locked.write_left_out(self.left_out().cloned().collect())?;
        }
        if self.hashed.is_empty() {
            return Ok(());
        }
        let gone = self.changed.iter().filter(|file| file.stat.is_none());
        let gone = gone.map(|file| &file.path);
        stat_cache::refresh(locked, &self.cache, &self.hashed, gone)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::net::UnixListener;
    use std::time::Duration;

    use super::*;
    use crate::testing::Sandbox;
    use crate::worktree::absolute_path::absolute_bytes;
    use crate::worktree::beneath::Beneath;
    use crate::worktree::directories::Directories;
    use crate::worktree::error::WorktreeError;
    use crate::worktree::file;

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
        // Files changed in the same tick of the clock as the cache are not trusted; later ones are.
        let unread = (0..1000)
            .map(|_| {
                let mut scan = scan(&sandbox.repository, &sandbox.tree(&commit)).expect("readable");
                let unread = scan.changed.len();
                scan.read_all(&sandbox.repository).expect("readable");
                let mut locked = sandbox.repository.lock().expect("no other process uses it");
                scan.save(&mut locked).expect("writable");
                unread
            })
            .find(|&unread| unread == 0);
        assert_eq!(unread, Some(0));
        sandbox.write_file("b", "c");
        assert_eq!(sandbox.changes(), ["~b"]);
    }

    #[test]
    fn a_rewrite_in_the_tick_of_the_hashing_is_noticed() {
        let sandbox = Sandbox::new();
        sandbox.write_file("a", "one");
        let commit = sandbox.commit();
        let stat = || file::stat(&sandbox.path("a")).expect("readable");
        // Not every attempt fits into one tick, and on some file systems none does.
        for _ in 0..10 {
            sandbox.write_file("a", "one");
            let mut scan = scan(&sandbox.repository, &sandbox.tree(&commit)).expect("readable");
            scan.read_all(&sandbox.repository).expect("readable");
            let hashed = stat();
            sandbox.write_file("a", "two");
            let is_racy = stat() == hashed;
            std::thread::sleep(Duration::from_millis(20));
            let mut locked = sandbox.repository.lock().expect("no other process uses it");
            scan.save(&mut locked).expect("writable");
            drop(locked);
            assert_eq!(sandbox.changes(), ["~a"]);
            if is_racy {
                break;
            }
        }
    }

    #[test]
    fn what_changed_since_the_hashing_began_is_not_kept() {
        let sandbox = Sandbox::new();
        let commit = {
            sandbox.write_file("a", "one");
            sandbox.commit()
        };
        let early = sandbox.repository.layout.file_time().expect("writable");
        sandbox.write_file("a", "two");
        let is_kept = |hashing_since| {
            let mut scan = scan(&sandbox.repository, &sandbox.tree(&commit)).expect("readable");
            scan.hashing_since = hashing_since;
            scan.read_all(&sandbox.repository).expect("readable");
            scan.has_news()
        };
        assert!(!is_kept(Some(early)));
        std::thread::sleep(Duration::from_millis(20));
        assert!(is_kept(None), "its tick is over");
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
        sandbox.write_file("dir/MUSE~1", "");
        sandbox.write_file(".git/config", "");
        sandbox.write_file("dir/.GIT/config", "");
        sandbox.write_file("git~1", "");
        let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
        std::fs::write(sandbox.repository.layout.root().join(name), "").expect("writable");
        let _socket = UnixListener::bind(sandbox.path("socket")).expect("writable");
        Repository::init(&sandbox.path("inner"), "main").expect("an empty directory");
        sandbox.write_file("inner/file", "");
        let scan = sandbox.scan();
        let changed: Vec<&str> = scan.changed.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(changed, ["fine"]);
        let forbidden: Vec<&[u8]> = scan.forbidden.iter().map(Unrecordable::path).collect();
        assert_eq!(forbidden, [&b"caf\xe9"[..], b"dir/MUSE~1"]);
        assert_eq!(
            scan.forbidden[0].to_string(),
            "the path \"caf\\351\" is not allowed: it is not UTF-8"
        );
        assert_eq!(
            scan.warnings,
            [
                "dir/.GIT is left out: other programs could take it for `.git` and obey it",
                "git~1 is left out: other programs could take it for `.git` and obey it",
                "inner/ is left out: it is a repository of its own",
                "socket is left out: it is neither a file nor a link nor a directory"
            ]
        );
    }

    #[test]
    fn patterns_name_what_is_not_utf_8() {
        let sandbox = Sandbox::new();
        let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
        let root = sandbox.repository.layout.root();
        std::fs::write(root.join(name), "").expect("writable");
        sandbox.write_file("dir/file", "");
        std::fs::create_dir(sandbox.path("dir").join(name)).expect("writable");
        assert_eq!(sandbox.scan().forbidden.len(), 2);
        sandbox.write_file("dir/.museignore", "caf?/\n");
        assert_eq!(sandbox.scan().forbidden.len(), 1);
        sandbox.write_file(".museignore", "caf*\n");
        assert_eq!(sandbox.scan().forbidden, []);
        sandbox.commit();
    }

    #[test]
    fn what_the_system_cannot_open_below_this_directory_is_named() {
        let sandbox = Sandbox::new();
        let root = sandbox.repository.layout.root();
        let name = "d".repeat(255);
        let directory = [name.as_str(); 15].join("/");
        let beneath = Beneath::open(root).expect("readable");
        let mut directories = Directories::new(root);
        // As long as the format allows; and so that the absolute path is as long as can be.
        let too_long = format!("{directory}/{}", "f".repeat(255));
        let longest = 4095 - absolute_bytes(root, &directory) - "/".len();
        let longest = format!("{directory}/{}", "g".repeat(longest));
        for path in [&too_long, &longest] {
            let created = directories.create_above(path, &beneath);
            created.expect("relative to the directory above");
            beneath.create_file(path, 0o666).expect("so is this one");
        }
        let scan = sandbox.scan();
        let changed: Vec<&str> = scan.changed.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(changed, [longest]);
        let absolute_bytes = absolute_bytes(root, &too_long);
        let expected = format!(
            "the path {}…, with that of the work tree before it, has {absolute_bytes} bytes; the \
             system opens at most 4095",
            &name[..200]
        );
        assert_eq!(scan.forbidden.len(), 1);
        assert_eq!(scan.forbidden[0].to_string(), expected);
        let refused = sandbox.try_commit();
        assert!(matches!(refused, Err(WorktreeError::Forbidden(paths)) if paths == scan.forbidden));
    }

    #[test]
    fn a_hard_link_that_is_a_twin_is_no_new_name() {
        let sandbox = Sandbox::new();
        sandbox.write_file("dir/README", "here to stay");
        sandbox.write_file("gone", "so that what is missing is looked for");
        sandbox.commit();
        sandbox.remove_file("gone");
        let linked = std::fs::hard_link(sandbox.path("dir/README"), sandbox.path("dir/readme"));
        // Where names fold, there is no room for a twin.
        match linked {
            Ok(()) => assert_eq!(sandbox.changes(), ["+dir/readme", "-gone"]),
            Err(_) => assert_eq!(sandbox.changes(), ["-gone"]),
        }
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
