//! The local repository: everything below `.muse/`, and nothing else.
//!
//! | file | holds | owned by |
//! |---|---|---|
//! | `format` | the layout's version | [`Layout`] |
//! | `refs` | `HEAD`, what is under way, and every ref, one a line | [`RefStore`] |
//! | `reflog` | where refs and `HEAD` have been | [`RefStore`] |
//! | `config.toml` | remotes, author, … | [`ConfigStore`] |
//! | `mpacks/<hex>.mpack` | objects, commits and snapshots | [`ObjectStore`] |
//! | `index` | stat data of the work tree's files | [`StatCacheStore`] |
//! | `left-out` | paths that the last checkout left out | [`LeftOutStore`] |
//! | `bisect` | what is known of a bisection | [`BisectionStore`] |
//! | `stash` | commits that hold changes which were put aside | [`StashStore`] |
//! | `withheld` | objects that servers withheld | [`ObjectStore`] |
//! | `shallow` | commits that are here without their parents | [`ObjectStore`] |
//! | `unreached` | mpacks of which nothing is reached | [`LockedRepository`] |
//! | `unfinished-clone` | what is cloned, until the clone is complete | [`Layout`] |
//! | `lock` | held while anything but an mpack is changed | [`LockedRepository`] |
//! | `tmp/` | files that are being written | `durable` |
//! | `damaged/` | mpacks that a repair has set aside | [`LockedRepository`] |
//!
//! The stores read. Whatever changes more than the set of mpacks is a method of
//! [`LockedRepository`], so that it cannot be called without the lock. Every change is written
//! beside what it replaces, synced and renamed: a process that dies at any point leaves the old
//! state or the new one.

mod bisection;
mod checkout;
mod config;
mod consolidate;
mod durable;
mod error;
mod file_time;
mod free_space;
mod head;
mod layout;
mod left_out;
mod list_file;
mod lock;
mod lock_holder;
mod locked;
mod objects;
mod partial;
mod reflog;
mod reflog_writer;
mod refs;
mod revision;
mod shallow;
mod stash_list;
mod stat_cache;
mod tag;
mod unfinished;
mod unreached;
mod upkeep;
mod withheld;

use std::fmt;
use std::path::{Path, PathBuf};

use muse_wire::name::RefName;
use muse_wire::path::RepoPath;

use self::lock::LockOptions;

pub use bisection::{Bisection, BisectionStore, Finding, Verdict};
pub use checkout::Checkout;
pub use config::{Config, ConfigFile, ConfigStore, Remote};
pub use durable::{TEMPORARY_PREFIX, locked_file, sweep_strays};
pub use error::{RepositoryError, Result};
pub use file_time::FileTime;
pub use free_space::free_bytes;
pub use head::{Head, HeadState};
pub use layout::{Layout, LayoutKind};
pub use left_out::LeftOutStore;
pub use lock_holder::LockHolder;
pub use locked::LockedRepository;
pub use objects::{
    ChunkReader, DamagedMpack, ListedChunk, ObjectReader, ObjectStore, PastTrees, PendingMpack,
    StagedMpacks, StoredMpack, WholeObjects,
};
pub use partial::PartialDownload;
pub use reflog::{CLONE_REASON, Operation, RefMove, Reflog};
pub use refs::{Cause, Expected, RefEdit, RefStore, Refs};
pub use revision::{RevisionRange, id_digits, split_path, split_range};
pub use stash_list::StashStore;
pub use stat_cache::{FileStat, StatCache, StatCacheBuilder, StatCacheStore};
pub use unfinished::{Action, Unfinished, UnsettledPath};
pub use withheld::Withheld;

/// An opened repository. Shared between threads freely.
pub struct Repository {
    /// Where its files are.
    pub layout: Layout,
    /// Branches, tags, tracking refs and `HEAD`.
    pub refs: RefStore,
    /// Objects, commits and snapshots.
    pub objects: ObjectStore,
    /// Its own settings.
    pub config: ConfigStore,
    /// What is known of the work tree's files.
    pub stat_cache: StatCacheStore,
    /// What the last checkout left out.
    pub left_out: LeftOutStore,
    /// The bisection that is under way.
    pub bisection: BisectionStore,
    /// What was put aside.
    pub stash: StashStore,
    excludes: Vec<PathBuf>,
    kept_directory: Option<RepoPath>,
    lock_options: LockOptions,
}

impl Repository {
    /// Creates an empty repository for the work tree `root`, which is created if it is missing.
    ///
    /// # Errors
    /// [`RepositoryError::AlreadyExists`] if there already is one.
    pub fn init(root: &Path, default_branch: &str) -> Result<Self> {
        Self::init_as(LayoutKind::WorkTree, root, default_branch)
    }

    /// As [`Self::init`], with or without a work tree.
    ///
    /// # Errors
    /// As [`Self::init`].
    pub fn init_as(kind: LayoutKind, root: &Path, default_branch: &str) -> Result<Self> {
        let branch = RefName::branch(default_branch)?;
        let empty = |layout: &Layout| refs::create(layout, Head::Branch(branch));
        Layout::create(root, kind, empty).map(Self::at)
    }

    /// Opens the repository of the work tree `root`, or the bare one in it.
    ///
    /// # Errors
    /// [`RepositoryError::NotARepository`] if there is none.
    pub fn open(root: &Path) -> Result<Self> {
        Layout::open(root).map(Self::at)
    }

    /// Opens the repository that `start` lies in: the nearest one on the way up.
    ///
    /// # Errors
    /// [`RepositoryError::NotARepository`] if there is none.
    pub fn discover(start: &Path) -> Result<Self> {
        Layout::discover(start).map(Self::at)
    }

    fn at(layout: Layout) -> Self {
        Self {
            refs: RefStore::new(&layout),
            objects: ObjectStore::new(&layout),
            config: ConfigStore::new(&layout),
            stat_cache: StatCacheStore::new(&layout),
            left_out: LeftOutStore::new(&layout),
            bisection: BisectionStore::new(&layout),
            stash: StashStore::new(&layout),
            layout,
            excludes: Vec::new(),
            kept_directory: None,
            lock_options: LockOptions::default(),
        }
    }

    /// Has the rules in these files hold, too: what is ignored in every repository of the user. The
    /// first file wins. Those that are missing have none.
    #[must_use]
    pub fn with_excludes(self, excludes: Vec<PathBuf>) -> Self {
        Self { excludes, ..self }
    }

    /// The files whose rules say what is ignored in every repository of the user; the first wins.
    pub fn excludes(&self) -> &[PathBuf] {
        &self.excludes
    }

    /// Has this directory of the work tree stay, even where it becomes empty: somebody is in it.
    #[must_use]
    pub fn with_kept_directory(self, directory: &Path) -> Self {
        let real = directory.canonicalize().ok();
        let below = real
            .as_deref()
            .and_then(|real| real.strip_prefix(self.layout.root()).ok());
        let path = below.and_then(Path::to_str).map(RepoPath::new);
        Self {
            kept_directory: path.and_then(Result::ok),
            ..self
        }
    }

    /// The directory of the work tree that stays, even where it becomes empty.
    pub fn kept_directory(&self) -> Option<&RepoPath> {
        self.kept_directory.as_ref()
    }

    /// Names what this process does with the repository, such as `muse commit`, for others that
    /// wait for its lock, and has `on_wait` called when this process has waited for theirs for two
    /// seconds.
    #[must_use]
    pub fn on_lock_wait(
        self,
        activity: &str,
        on_wait: impl Fn(Option<&LockHolder>) + Send + Sync + 'static,
    ) -> Self {
        Self {
            lock_options: LockOptions::new(activity, on_wait),
            ..self
        }
    }
}

impl fmt::Debug for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repository")
            .field("root", &self.layout.root())
            .finish_non_exhaustive()
    }
}
