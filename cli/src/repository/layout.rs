//! Where things are below `.muse`, and how an empty repository is made.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use muse_wire::id::MpackKey;

use super::durable::{self, Durability};
use super::error::{RepositoryError, Result};
use super::lock::{LockFile, LockOptions};

/// Name of the directory that makes its parent a work tree.
const DIRECTORY: &str = ".muse";

/// The file that says that a clone is not finished, and what it is a clone of.
const UNFINISHED_CLONE: &str = "unfinished-clone";

/// The layout's version, in `.muse/format`.
const FORMAT_VERSION: u32 = 2;

/// Where a repository's files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayoutKind {
    /// Below `.muse` in the work tree.
    WorkTree,
    /// In a directory of their own: there is no work tree.
    Bare,
}

/// The paths of one repository.
#[derive(Debug)]
pub struct Layout {
    kind: LayoutKind,
    pub(super) root: PathBuf,
    pub(super) muse: PathBuf,
    pub(super) refs: PathBuf,
    pub(super) reflog: PathBuf,
    pub(super) config: PathBuf,
    pub(super) mpacks: PathBuf,
    pub(super) index: PathBuf,
    pub(super) left_out: PathBuf,
    pub(super) bisect: PathBuf,
    pub(super) stash: PathBuf,
    pub(super) withheld: PathBuf,
    pub(super) shallow: PathBuf,
    pub(super) unreached: PathBuf,
    pub(super) lock: PathBuf,
    pub(super) temporary: PathBuf,
    pub(super) damaged: PathBuf,
    pub(super) checked: PathBuf,
    format: PathBuf,
}

impl Layout {
    /// The work tree's root, or the directory of a bare repository; absolute.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The work tree's root, absolute.
    ///
    /// # Errors
    /// [`RepositoryError::Bare`] if there is no work tree.
    pub fn work_tree(&self) -> Result<&Path> {
        match self.kind {
            LayoutKind::WorkTree => Ok(&self.root),
            LayoutKind::Bare => Err(RepositoryError::Bare(self.root.clone())),
        }
    }

    /// Where its files are.
    pub const fn kind(&self) -> LayoutKind {
        self.kind
    }

    /// Whether there is no work tree.
    pub fn is_bare(&self) -> bool {
        self.kind == LayoutKind::Bare
    }

    /// The directory with everything but the work tree: `.muse` in it, if there is one.
    pub fn muse_dir(&self) -> &Path {
        &self.muse
    }

    /// The directory for files that are being written or downloaded. Partial downloads are kept for
    /// a week so that a download can be resumed; other files are removed once their writer is gone.
    pub fn temporary_dir(&self) -> &Path {
        &self.temporary
    }

    /// A temporary file that is not part of the repository; dropping it removes it.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn temporary_file(&self) -> Result<tempfile::NamedTempFile> {
        durable::temporary_file(&self.temporary)
    }

    /// The file that a download goes on with after an interruption.
    pub(super) fn partial_path(&self, key: &MpackKey) -> PathBuf {
        self.temporary
            .join(format!("{}{}", key.to_hex(), durable::PARTIAL_SUFFIX))
    }

    /// Whether a download was begun that can be resumed.
    pub fn has_partial_downloads(&self) -> bool {
        durable::has_partial(&self.temporary)
    }

    /// The file that marks the repository in `root` as an unfinished clone. It holds what is
    /// cloned.
    pub fn unfinished_clone_mark(root: &Path, kind: LayoutKind) -> PathBuf {
        muse_dir(root, kind).join(UNFINISHED_CLONE)
    }

    /// What the repository is an unfinished clone of: its files may be incomplete.
    pub fn unfinished_clone(&self) -> Option<String> {
        let url = fs::read_to_string(self.muse.join(UNFINISHED_CLONE)).ok()?;
        Some(url.trim().to_owned())
    }

    /// Fails where the repository is an unfinished clone.
    ///
    /// # Errors
    /// [`RepositoryError::UnfinishedClone`].
    pub fn refuse_unfinished_clone(&self) -> Result<()> {
        match self.unfinished_clone() {
            Some(url) => Err(RepositoryError::UnfinishedClone {
                url,
                root: self.root.clone(),
            }),
            None => Ok(()),
        }
    }

    fn of(root: PathBuf, kind: LayoutKind) -> Self {
        let muse = muse_dir(&root, kind);
        Self {
            kind,
            refs: muse.join("refs"),
            reflog: muse.join("reflog"),
            config: muse.join("config.toml"),
            mpacks: muse.join("mpacks"),
            index: muse.join("index"),
            left_out: muse.join("left-out"),
            bisect: muse.join("bisect"),
            stash: muse.join("stash"),
            withheld: muse.join("withheld"),
            shallow: muse.join("shallow"),
            unreached: muse.join("unreached"),
            lock: muse.join("lock"),
            temporary: muse.join("tmp"),
            damaged: muse.join("damaged"),
            checked: muse.join("checked"),
            format: muse.join("format"),
            root,
            muse,
        }
    }

    /// Finds the layout of an existing repository: the one of a work tree, else a bare one.
    pub(super) fn open(root: &Path) -> Result<Self> {
        let absolute = match fs::canonicalize(root) {
            Ok(absolute) => absolute,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(RepositoryError::NotARepository(root.to_owned()));
            }
            Err(error) => return Err(RepositoryError::storage("open", root)(error)),
        };
        match Self::of(absolute.clone(), LayoutKind::WorkTree).check(root) {
            Err(RepositoryError::NotARepository(_)) => {
                let bare = Self::of(absolute, LayoutKind::Bare);
                // Its names are not rare.
                match bare.format.is_file() && bare.refs.is_file() && bare.mpacks.is_dir() {
                    true => bare.check(root),
                    false => Err(RepositoryError::NotARepository(root.to_owned())),
                }
            }
            found => found,
        }
    }

    /// The layout, if there is a repository.
    fn check(self, root: &Path) -> Result<Self> {
        let layout = self;
        match fs::read_to_string(&layout.format) {
            Ok(version) if version.trim().parse() == Ok(FORMAT_VERSION) => {
                // Copies of a repository may lack them, because they are empty.
                for directory in [&layout.temporary, &layout.mpacks] {
                    let _ = fs::create_dir(directory);
                }
                layout.refuse_links()?;
                Ok(layout)
            }
            Ok(version) => Err(match version.trim().parse::<u32>() {
                Ok(found) => RepositoryError::UnsupportedFormat {
                    found,
                    supported: FORMAT_VERSION,
                },
                Err(_) => layout.lost_format(),
            }),
            Err(error) if error.kind() == ErrorKind::InvalidData => Err(layout.lost_format()),
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                layout.refuse_lost_format()?;
                Err(RepositoryError::NotARepository(root.to_owned()))
            }
            Err(error) => Err(RepositoryError::storage("read", &layout.format)(error)),
        }
    }

    /// Fails where a directory or file to which this program writes is a link. Whoever made the
    /// repository, which may have come with an archive, could have it write, or delete what it
    /// takes for its own, anywhere.
    fn refuse_links(&self) -> Result<()> {
        let written = [
            &self.temporary,
            &self.mpacks,
            &self.damaged,
            &self.reflog,
            &self.lock,
        ];
        let is_link = |path: &&&PathBuf| {
            path.symlink_metadata()
                .is_ok_and(|found| found.is_symlink())
        };
        match written.iter().find(is_link) {
            Some(path) => Err(RepositoryError::damaged(
                path,
                "it is a link, which may lead anywhere",
            )),
            None => Ok(()),
        }
    }

    fn lost_format(&self) -> RepositoryError {
        RepositoryError::LostFormat {
            path: self.format.clone(),
            usual: FORMAT_VERSION,
        }
    }

    /// Tells a repository that has lost its format file from one that was never finished, which
    /// has no mpacks.
    fn refuse_lost_format(&self) -> Result<()> {
        let holds_mpacks = fs::read_dir(&self.mpacks).is_ok_and(|mut found| found.next().is_some());
        if holds_mpacks {
            return Err(self.lost_format());
        }
        Ok(())
    }

    /// Finds the nearest repository on the way up from `start`.
    pub(super) fn discover(start: &Path) -> Result<Self> {
        let absolute = fs::canonicalize(start).map_err(RepositoryError::storage("open", start))?;
        for directory in absolute.ancestors() {
            match Self::open(directory) {
                Err(RepositoryError::NotARepository(_)) => {}
                found => return found,
            }
        }
        Err(RepositoryError::NotARepository(start.to_owned()))
    }

    /// Creates the files of an empty repository; `fill` writes those that stores own. The format
    /// file comes last and makes it one: a process that dies earlier leaves a directory that the
    /// next attempt completes.
    pub(super) fn create(
        root: &Path,
        kind: LayoutKind,
        fill: impl FnOnce(&Self) -> Result<()>,
    ) -> Result<Self> {
        fs::create_dir_all(root).map_err(RepositoryError::writing(root))?;
        let absolute = fs::canonicalize(root).map_err(RepositoryError::storage("open", root))?;
        let layout = Self::of(absolute, kind);
        for directory in [&layout.muse, &layout.mpacks, &layout.temporary] {
            fs::create_dir_all(directory).map_err(RepositoryError::writing(directory))?;
        }
        let _lock = LockFile::acquire(&layout.lock, &LockOptions::default())?;
        if layout.format.exists() {
            return Err(RepositoryError::AlreadyExists(layout.root));
        }
        layout.refuse_lost_format()?;
        fill(&layout)?;
        durable::replace(
            &layout.format,
            format!("{FORMAT_VERSION}\n").as_bytes(),
            &layout.temporary,
            Durability::Synced,
        )?;
        durable::sync_parent(&layout.muse)?;
        Ok(layout)
    }
}

/// The directory with everything but the work tree.
fn muse_dir(root: &Path, kind: LayoutKind) -> PathBuf {
    match kind {
        LayoutKind::WorkTree => root.join(DIRECTORY),
        LayoutKind::Bare => root.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(root: &Path) -> Result<Layout> {
        Layout::create(root, LayoutKind::WorkTree, |_| Ok(()))
    }

    #[test]
    fn a_bare_repository_has_no_work_tree_and_other_directories_are_none() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let root = directory.path().join("bare");
        Layout::create(&root, LayoutKind::Bare, |layout| {
            fs::write(&layout.refs, "").map_err(RepositoryError::writing(&layout.refs))
        })
        .expect("creates");
        let opened = Layout::open(&root).expect("opens");
        assert!(opened.is_bare());
        assert_eq!(opened.root(), opened.muse_dir());
        assert!(matches!(opened.work_tree(), Err(RepositoryError::Bare(_))));
        let below = root.join("mpacks");
        assert!(Layout::discover(&below).expect("finds").is_bare());
        fs::remove_file(root.join("refs")).expect("there");
        assert!(matches!(
            Layout::open(&root),
            Err(RepositoryError::NotARepository(_))
        ));
    }

    #[test]
    fn a_repository_is_found_from_below() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let root = directory.path().join("new/work");
        let below = root.join("a/b");
        let created = create(&root).expect("creates");
        fs::create_dir_all(&below).expect("creates");
        assert_eq!(Layout::discover(&below).expect("finds").root, created.root);
        assert!(matches!(
            Layout::discover(directory.path()),
            Err(RepositoryError::NotARepository(_))
        ));
        assert!(matches!(
            Layout::open(&below),
            Err(RepositoryError::NotARepository(_))
        ));
    }

    #[test]
    fn a_second_init_is_refused_and_an_unfinished_one_completed() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let created = create(directory.path()).expect("creates");
        assert!(matches!(
            create(directory.path()),
            Err(RepositoryError::AlreadyExists(_))
        ));
        fs::remove_file(&created.format).expect("removes");
        assert!(matches!(
            Layout::open(directory.path()),
            Err(RepositoryError::NotARepository(_))
        ));
        create(directory.path()).expect("completes");
    }

    #[test]
    fn a_repository_without_its_format_file_is_never_made_anew() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let layout = create(directory.path()).expect("creates");
        fs::write(layout.mpacks.join("x.mpack"), "commits").expect("writes");
        fs::remove_file(&layout.format).expect("removes");
        let never = |_: &Layout| panic!("the refs would be lost");
        let refused = |found| {
            assert!(matches!(found, Err(RepositoryError::LostFormat { .. })));
        };
        for lost in [&b""[..], b"\n", b"\0\0", b"\xff", b"two"] {
            fs::write(&layout.format, lost).expect("writes");
            refused(Layout::open(directory.path()));
        }
        fs::remove_file(&layout.format).expect("removes");
        for found in [
            Layout::open(directory.path()),
            Layout::discover(directory.path()),
            Layout::create(directory.path(), LayoutKind::WorkTree, never),
        ] {
            refused(found);
        }
    }

    #[test]
    fn the_directory_of_temporary_files_is_made_again() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let layout = create(directory.path()).expect("creates");
        fs::remove_dir(&layout.temporary).expect("empty");
        let opened = Layout::open(directory.path()).expect("opens");
        opened.temporary_file().expect("makes one");
    }

    #[test]
    fn nothing_is_written_or_deleted_through_a_link() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let outside = directory.path().join("outside");
        fs::create_dir(&outside).expect("creates");
        fs::write(outside.join("letter"), "kept").expect("writes");
        for name in ["tmp", "mpacks", "damaged", "reflog", "lock"] {
            let root = directory.path().join(name);
            let layout = create(&root).expect("creates");
            let place = layout.muse.join(name);
            let _ = fs::remove_dir(&place);
            let _ = fs::remove_file(&place);
            std::os::unix::fs::symlink(&outside, &place).expect("links");
            let opened = Layout::open(&root);
            assert!(
                matches!(opened, Err(RepositoryError::Damaged { path, .. }) if path == place),
                "{name}"
            );
        }
        assert!(outside.join("letter").exists());
    }

    #[test]
    fn another_format_is_named() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let created = create(directory.path()).expect("creates");
        fs::write(&created.format, "3\n").expect("writes");
        let error = Layout::discover(directory.path());
        assert!(matches!(
            error,
            Err(RepositoryError::UnsupportedFormat { found: 3, .. })
        ));
    }
}
