//! The local repository: everything below `.muse/`, and nothing else.
//!
//! | file | holds | owned by |
//! |---|---|---|
//! | `format` | the layout's version | `layout` |
//! | `HEAD` | the current branch, or a commit | `head` |
//! | `refs` | every ref, one a line | `refs` |
//! | `logs/` | where refs have been | `reflog` |
//! | `config.toml` | remotes, author, … | `config` |
//! | `mpacks/<hex>.mpack` | objects, commits and snapshots | `mpacks` |
//! | `index` | stat data of the work tree's files | `stat_cache` |
//! | `lock` | held while anything above is changed | `lock` |
//! | `tmp/` | files that are being written | `temporary` |
//!
//! Nothing here knows the command line or the terminal. Every change is written beside what it
//! replaces, synced and renamed, so a process that dies at any point leaves the old state or the new.

mod config;
#[expect(dead_code, reason = "used as the bodies arrive")]
mod error;
mod head;
mod lock;
mod order;
mod pending;
mod refs;
mod stat_cache;

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use muse_wire::commit::{Commit, CommitEnvelope};
use muse_wire::dag::{CommitNode, CommitSource};
use muse_wire::id::{CommitId, MpackKey, ObjectId, SnapshotId};
use muse_wire::mpack::{Counts, Mpack};
use muse_wire::snapshot::{SnapshotRecord, Tree};

pub use config::{Config, ConfigFile, Remote};
pub use error::{RepositoryError, Result};
pub use head::Head;
pub use lock::RepositoryLock;
pub use order::{OrderedObject, write_order};
pub use pending::PendingMpack;
pub use refs::{Expected, RefEdit, Refs};
pub use stat_cache::{FileStat, StatCache, StatCacheBuilder};

/// An opened repository. Shared between threads freely.
#[derive(Debug)]
pub struct Repository {}

impl Repository {
    /// Creates an empty repository for the work tree `root`, which is created where it is missing.
    ///
    /// # Errors
    /// [`RepositoryError::AlreadyExists`] where there already is one.
    pub fn init(root: &Path, default_branch: &str) -> Result<Self> {
        unimplemented!("{root:?} {default_branch}")
    }

    /// Opens the repository of the work tree `root`.
    ///
    /// # Errors
    /// [`RepositoryError::NotARepository`] where there is none.
    pub fn open(root: &Path) -> Result<Self> {
        unimplemented!("{root:?}")
    }

    /// Opens the repository that `start` lies in: the nearest one on the way up.
    ///
    /// # Errors
    /// [`RepositoryError::NotARepository`] where there is none.
    pub fn discover(start: &Path) -> Result<Self> {
        unimplemented!("{start:?}")
    }

    /// The work tree's root, absolute.
    pub fn root(&self) -> &Path {
        unimplemented!()
    }

    /// The `.muse` directory in it.
    pub fn muse_dir(&self) -> &Path {
        unimplemented!()
    }

    /// The directory for files that are being written or downloaded. Files that end in `.part` are
    /// kept for a week so that a download can go on; others go when their writer is gone.
    pub fn temporary_dir(&self) -> &Path {
        unimplemented!()
    }

    /// Takes the lock that every change needs; waits up to two seconds for another process.
    ///
    /// # Errors
    /// [`RepositoryError::Locked`] where another process keeps it.
    pub fn lock(&self) -> Result<RepositoryLock> {
        unimplemented!()
    }

    /// Whether the object is here.
    ///
    /// # Errors
    /// Where an mpack cannot be opened.
    pub fn has_object(&self, id: &ObjectId) -> Result<bool> {
        unimplemented!("{id}")
    }

    /// The object's length in bytes; `None` where it is not here.
    ///
    /// # Errors
    /// Where an mpack cannot be opened.
    pub fn object_length(&self, id: &ObjectId) -> Result<Option<u64>> {
        unimplemented!("{id}")
    }

    /// The object's bytes. Check the length before asking for a large one.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`] where it is not here.
    pub fn read_object(&self, id: &ObjectId) -> Result<Vec<u8>> {
        unimplemented!("{id}")
    }

    /// Writes the object's bytes to `out`, piece by piece.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`] where it is not here; a failing `out` as [`RepositoryError::Storage`].
    pub fn copy_object(&self, id: &ObjectId, out: &mut dyn Write) -> Result<()> {
        unimplemented!("{id} {}", std::mem::size_of_val(out))
    }

    /// Whether the commit is here.
    ///
    /// # Errors
    /// Where an mpack cannot be opened.
    pub fn has_commit(&self, id: &CommitId) -> Result<bool> {
        unimplemented!("{id}")
    }

    /// A commit, decoded.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`] where it is not here.
    pub fn commit(&self, id: &CommitId) -> Result<Commit> {
        unimplemented!("{id}")
    }

    /// A commit as it is stored and sent.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`] where it is not here.
    pub fn commit_envelope(&self, id: &CommitId) -> Result<CommitEnvelope> {
        unimplemented!("{id}")
    }

    /// A snapshot's stored record; `None` where it is not here.
    ///
    /// # Errors
    /// Where an mpack is damaged.
    pub fn snapshot_record(&self, id: &SnapshotId) -> Result<Option<SnapshotRecord>> {
        unimplemented!("{id}")
    }

    /// A whole tree. The empty tree needs no record.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`] where its record, or one that it builds on, is not here.
    pub fn tree(&self, id: &SnapshotId) -> Result<Tree> {
        unimplemented!("{id}")
    }

    /// Bytes of the records between the snapshot and its keyframe, its own included; 0 for a keyframe.
    /// What [`muse_wire::snapshot::needs_keyframe`] asks for.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`] where its record, or one that it builds on, is not here.
    pub fn chain_bytes(&self, id: &SnapshotId) -> Result<u64> {
        unimplemented!("{id}")
    }

    /// The mpacks that make up the repository now, largest first. They stay readable while they are
    /// held, even if another process consolidates them away.
    ///
    /// # Errors
    /// Where one cannot be opened.
    pub fn mpacks(&self) -> Result<Vec<Arc<Mpack>>> {
        unimplemented!()
    }

    /// All refs as they are now.
    ///
    /// # Errors
    /// [`RepositoryError::Damaged`] where the file cannot be understood.
    pub fn refs(&self) -> Result<Refs> {
        unimplemented!()
    }

    /// Makes all edits or none, and notes them in the reflog with `reason` (one line).
    ///
    /// # Errors
    /// [`RepositoryError::RefChanged`] where a ref is not what an edit expects,
    /// [`RepositoryError::RefConflict`] where a new name cannot stand beside another.
    pub fn update_refs(
        &self,
        lock: &RepositoryLock,
        edits: &[RefEdit],
        reason: &str,
    ) -> Result<()> {
        unimplemented!("{lock:?} {edits:?} {reason}")
    }

    /// Where `HEAD` points.
    ///
    /// # Errors
    /// [`RepositoryError::Damaged`] where the file cannot be understood.
    pub fn head(&self) -> Result<Head> {
        unimplemented!()
    }

    /// The commit that `HEAD` names; `None` on a branch without commits.
    ///
    /// # Errors
    /// As [`Repository::head`] and [`Repository::refs`].
    pub fn head_commit(&self) -> Result<Option<CommitId>> {
        unimplemented!()
    }

    /// Points `HEAD` elsewhere.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn set_head(&self, lock: &RepositoryLock, head: &Head) -> Result<()> {
        unimplemented!("{lock:?} {head:?}")
    }

    /// The repository's own configuration; see [`Config::over`] for the user's.
    ///
    /// # Errors
    /// [`RepositoryError::Config`] where the file is not valid TOML.
    pub fn config(&self) -> Result<Config> {
        unimplemented!()
    }

    /// Changes the repository's own configuration; comments and order stay as they are.
    ///
    /// # Errors
    /// What `edit` gives, after which nothing is written, and where the file cannot be written.
    pub fn edit_config<T>(
        &self,
        lock: &RepositoryLock,
        edit: impl FnOnce(&mut ConfigFile) -> Result<T>,
    ) -> Result<T> {
        let _ = edit;
        unimplemented!("{lock:?}")
    }

    /// Starts an mpack that will hold exactly `counts`.
    ///
    /// # Errors
    /// Where the temporary file cannot be created.
    pub fn new_mpack(&self, counts: Counts) -> Result<PendingMpack<'_>> {
        unimplemented!("{counts:?}")
    }

    /// Takes in a verified file, which must lie in [`Repository::temporary_dir`], under its key.
    ///
    /// # Errors
    /// Where it cannot be synced or renamed.
    pub fn adopt_mpack(&self, file: &Path, key: &MpackKey) -> Result<()> {
        unimplemented!("{file:?} {key}")
    }

    /// Merges small mpacks where there are many, so that their number stays logarithmic in what they hold.
    ///
    /// # Errors
    /// Where one cannot be read or the merged one cannot be written; the repository stays as it was.
    pub fn consolidate(&self, lock: &RepositoryLock) -> Result<()> {
        unimplemented!("{lock:?}")
    }

    /// The commit that a revision names: `HEAD` or `@`, a branch, a tag, `remote/branch`, a full ref,
    /// `sha256:…` or at least six hexadecimal digits of it, each followed by any number of `~N` and `^N`.
    ///
    /// # Errors
    /// [`RepositoryError::UnknownRevision`], [`RepositoryError::Ambiguous`] or [`RepositoryError::NoCommits`].
    pub fn resolve(&self, revision: &str) -> Result<CommitId> {
        unimplemented!("{revision}")
    }

    /// What was known of the work tree's files when they were last looked at; empty where the file
    /// is missing or damaged.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn stat_cache(&self) -> Result<StatCache> {
        unimplemented!()
    }

    /// Replaces the stat cache.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write_stat_cache(&self, cache: StatCacheBuilder) -> Result<()> {
        let _ = cache;
        unimplemented!()
    }
}

impl CommitSource for Repository {
    type Error = RepositoryError;

    fn node(&self, id: &CommitId) -> Result<Option<CommitNode>> {
        unimplemented!("{id}")
    }
}
