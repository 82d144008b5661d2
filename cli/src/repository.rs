//! The local repository: everything below `.muse/`, and nothing else.
//!
//! | file | holds | owned by |
//! |---|---|---|
//! | `format` | the layout's version | `layout` |
//! | `HEAD` | the current branch, or a commit | `head` |
//! | `refs` | every ref, one a line | `refs` |
//! | `reflog` | where refs have been | `reflog` |
//! | `config.toml` | remotes, author, … | `config` |
//! | `mpacks/<hex>.mpack` | objects, commits and snapshots | `mpacks` |
//! | `index` | stat data of the work tree's files | `stat_cache` |
//! | `lock` | held while anything above is changed | `lock` |
//! | `tmp/` | files that are being written | `durable` |
//!
//! Nothing here knows the command line or the terminal. Every change is written beside what it
//! replaces, synced and renamed, so a process that dies at any point leaves the old state or the new.

mod config;
mod consolidate;
mod durable;
mod error;
mod head;
mod layout;
mod lock;
mod mpacks;
mod pending;
mod reflog;
mod refs;
mod revision;
mod snapshots;
mod stat_cache;
#[cfg(test)]
mod testing;

use std::fmt;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use muse_wire::commit::{Commit, CommitEnvelope};
use muse_wire::dag::{CommitNode, CommitSource};
use muse_wire::id::{CommitId, MpackKey, ObjectId, SnapshotId};
use muse_wire::mpack::{Counts, Mpack};
use muse_wire::name::RefName;
use muse_wire::snapshot::{SnapshotRecord, Tree};

use self::durable::Durability;
use self::layout::Layout;
use self::mpacks::Mpacks;
use self::snapshots::TreeCache;

pub use config::{Config, ConfigFile, Remote};
pub use error::{RepositoryError, Result};
pub use head::Head;
pub use lock::RepositoryLock;
pub use pending::PendingMpack;
pub use refs::{Expected, RefEdit, Refs};
pub use stat_cache::{FileStat, StatCache, StatCacheBuilder};

/// An opened repository. Shared between threads freely.
pub struct Repository {
    layout: Layout,
    mpacks: Mpacks,
    trees: TreeCache,
}

impl Repository {
    /// Creates an empty repository for the work tree `root`, which is created where it is missing.
    ///
    /// # Errors
    /// [`RepositoryError::AlreadyExists`] where there already is one.
    pub fn init(root: &Path, default_branch: &str) -> Result<Self> {
        let branch = RefName::branch(default_branch)?;
        Layout::create(root, &branch).map(Self::of)
    }

    /// Opens the repository of the work tree `root`.
    ///
    /// # Errors
    /// [`RepositoryError::NotARepository`] where there is none.
    pub fn open(root: &Path) -> Result<Self> {
        Layout::open(root).map(Self::of)
    }

    /// Opens the repository that `start` lies in: the nearest one on the way up.
    ///
    /// # Errors
    /// [`RepositoryError::NotARepository`] where there is none.
    pub fn discover(start: &Path) -> Result<Self> {
        Layout::discover(start).map(Self::of)
    }

    fn of(layout: Layout) -> Self {
        Self {
            mpacks: Mpacks::new(layout.mpacks.clone()),
            trees: TreeCache::default(),
            layout,
        }
    }

    /// The work tree's root, absolute.
    pub fn root(&self) -> &Path {
        &self.layout.root
    }

    /// The `.muse` directory in it.
    pub fn muse_dir(&self) -> &Path {
        &self.layout.muse
    }

    /// The directory for files that are being written or downloaded. Files that end in `.part` are
    /// kept for a week so that a download can go on; others go when their writer is gone.
    pub fn temporary_dir(&self) -> &Path {
        &self.layout.temporary
    }

    /// A temporary file that is no part of the repository; dropping it removes it.
    ///
    /// # Errors
    /// Where it cannot be created.
    pub fn temporary_file(&self) -> Result<tempfile::NamedTempFile> {
        durable::temporary_file(self.temporary_dir())
    }

    /// Takes the lock that every change needs; waits up to two seconds for another process.
    ///
    /// # Errors
    /// [`RepositoryError::Locked`] where another process keeps it.
    pub fn lock(&self) -> Result<RepositoryLock> {
        let lock = RepositoryLock::acquire(&self.layout.lock)?;
        durable::sweep(&self.layout.temporary);
        // What another process did before it gave the lock away is to be seen.
        self.mpacks.refresh()?;
        Ok(lock)
    }

    /// Whether the object is here.
    ///
    /// # Errors
    /// Where an mpack cannot be opened.
    pub fn has_object(&self, id: &ObjectId) -> Result<bool> {
        Ok(self.object_length(id)?.is_some())
    }

    /// The object's length in bytes; `None` where it is not here.
    ///
    /// # Errors
    /// Where an mpack cannot be opened.
    pub fn object_length(&self, id: &ObjectId) -> Result<Option<u64>> {
        let set = self.mpacks.current()?;
        Ok(set
            .iter()
            .find_map(|mpack| mpack.mpack.tables().find_object(id))
            .map(|row| row.length))
    }

    /// The object's bytes. Check the length before asking for a large one.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`] where it is not here.
    pub fn read_object(&self, id: &ObjectId) -> Result<Vec<u8>> {
        self.mpacks
            .find(|mpack| mpack.mpack.read_object(id).map_err(mpack.damage()))?
            .ok_or_else(|| RepositoryError::missing_object(id))
    }

    /// Writes the object's bytes to `out`, piece by piece.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`] where it is not here; a failing `out` as [`RepositoryError::Storage`].
    pub fn copy_object(&self, id: &ObjectId, out: &mut dyn Write) -> Result<()> {
        self.mpacks
            .find(|mpack| {
                let copied = mpack.mpack.copy_object(id, out);
                match copied.map_err(RepositoryError::storage("copy from", &mpack.path))? {
                    true => Ok(Some(())),
                    false => Ok(None),
                }
            })?
            .ok_or_else(|| RepositoryError::missing_object(id))
    }

    /// Whether the commit is here.
    ///
    /// # Errors
    /// Where an mpack cannot be opened.
    pub fn has_commit(&self, id: &CommitId) -> Result<bool> {
        Ok(self.node(id)?.is_some())
    }

    /// A commit, decoded.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`] where it is not here.
    pub fn commit(&self, id: &CommitId) -> Result<Commit> {
        let envelope = self.commit_envelope(id)?;
        Commit::decode(&envelope.record).map_err(|error| {
            RepositoryError::damaged(&self.layout.mpacks, format!("commit {id}: {error}"))
        })
    }

    /// A commit as it is stored and sent.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`] where it is not here.
    pub fn commit_envelope(&self, id: &CommitId) -> Result<CommitEnvelope> {
        self.mpacks
            .find(|mpack| mpack.mpack.read_commit(id).map_err(mpack.damage()))?
            .ok_or_else(|| RepositoryError::missing_commit(id))
    }

    /// A snapshot's stored record; `None` where it is not here.
    ///
    /// # Errors
    /// Where an mpack is damaged.
    pub fn snapshot_record(&self, id: &SnapshotId) -> Result<Option<SnapshotRecord>> {
        snapshots::record(&self.mpacks, id)
    }

    /// A whole tree. The empty tree needs no record.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`] where its record, or one that it builds on, is not here.
    pub fn tree(&self, id: &SnapshotId) -> Result<Tree> {
        snapshots::tree(&self.mpacks, &self.trees, id)
    }

    /// Bytes of the records between the snapshot and its keyframe, its own included; 0 for a keyframe.
    /// What [`muse_wire::snapshot::needs_keyframe`] asks for.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`] where its record, or one that it builds on, is not here.
    pub fn chain_bytes(&self, id: &SnapshotId) -> Result<u64> {
        snapshots::chain_bytes(&self.mpacks, id)
    }

    /// The mpacks that make up the repository now, largest first. They stay readable while they are
    /// held, even if another process consolidates them away.
    ///
    /// # Errors
    /// Where one cannot be opened.
    pub fn mpacks(&self) -> Result<Vec<Arc<Mpack>>> {
        let set = self.mpacks.current()?;
        Ok(set.iter().map(|mpack| Arc::clone(&mpack.mpack)).collect())
    }

    /// All refs as they are now.
    ///
    /// # Errors
    /// [`RepositoryError::Damaged`] where the file cannot be understood.
    pub fn refs(&self) -> Result<Refs> {
        Refs::read(&self.layout.refs)
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
        let _ = lock;
        let mut refs = self.refs()?;
        let moves = refs.apply(edits)?;
        if moves.is_empty() {
            return Ok(());
        }
        // First the log: a line too many does less harm than a move that nobody can trace.
        reflog::append(&self.layout.reflog, &moves, reason)?;
        self.replace(&self.layout.refs, &refs.render())
    }

    /// Where `HEAD` points.
    ///
    /// # Errors
    /// [`RepositoryError::Damaged`] where the file cannot be understood.
    pub fn head(&self) -> Result<Head> {
        Head::read(&self.layout.head)
    }

    /// The commit that `HEAD` names; `None` on a branch without commits.
    ///
    /// # Errors
    /// As [`Repository::head`] and [`Repository::refs`].
    pub fn head_commit(&self) -> Result<Option<CommitId>> {
        match self.head()? {
            Head::Branch(name) => Ok(self.refs()?.get(&name)),
            Head::Detached(commit) => Ok(Some(commit)),
        }
    }

    /// Points `HEAD` elsewhere.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn set_head(&self, lock: &RepositoryLock, head: &Head) -> Result<()> {
        let _ = lock;
        self.replace(&self.layout.head, &format!("{head}\n"))
    }

    /// The repository's own configuration; see [`Config::over`] for the user's.
    ///
    /// # Errors
    /// [`RepositoryError::Config`] where the file is not valid TOML.
    pub fn config(&self) -> Result<Config> {
        Ok(ConfigFile::read(&self.layout.config)?.config())
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
        let _ = lock;
        let mut file = ConfigFile::read(&self.layout.config)?;
        let done = edit(&mut file)?;
        file.write()?;
        Ok(done)
    }

    /// Starts an mpack that will hold exactly `counts`.
    ///
    /// # Errors
    /// Where the temporary file cannot be created.
    pub fn new_mpack(&self, counts: Counts) -> Result<PendingMpack<'_>> {
        PendingMpack::create(self, counts)
    }

    /// Takes in a verified file, which must lie in [`Repository::temporary_dir`], under its key.
    ///
    /// # Errors
    /// Where it cannot be synced or renamed.
    pub fn adopt_mpack(&self, file: &Path, key: &MpackKey) -> Result<()> {
        let path = self.mpacks.path(key);
        let writing = |source| RepositoryError::writing(&path)(source);
        fs::File::open(file)
            .and_then(|file| file.sync_all())
            .map_err(writing)?;
        fs::rename(file, &path).map_err(writing)?;
        durable::sync_parent(&path)?;
        self.mpacks.refresh()?;
        Ok(())
    }

    /// Merges small mpacks where there are many, so that their number stays logarithmic in what they hold.
    ///
    /// # Errors
    /// Where one cannot be read or the merged one cannot be written; the repository stays as it was.
    pub fn consolidate(&self, lock: &RepositoryLock) -> Result<()> {
        let _ = lock;
        consolidate::consolidate(self)
    }

    /// The commit that a revision names: `HEAD` or `@`, a branch, a tag, `remote/branch`, a full ref,
    /// `sha256:…` or at least six hexadecimal digits of it, each followed by any number of `~N` and `^N`.
    ///
    /// # Errors
    /// [`RepositoryError::UnknownRevision`], [`RepositoryError::Ambiguous`] or [`RepositoryError::NoCommits`].
    pub fn resolve(&self, revision: &str) -> Result<CommitId> {
        revision::resolve(self, revision)
    }

    /// What was known of the work tree's files when they were last looked at; empty where the file
    /// is missing or damaged.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn stat_cache(&self) -> Result<StatCache> {
        StatCache::read(&self.layout.index)
    }

    /// Replaces the stat cache.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write_stat_cache(&self, cache: StatCacheBuilder) -> Result<()> {
        cache.write(&self.layout.index, &self.layout.temporary)
    }
}

impl Repository {
    fn replace(&self, path: &Path, text: &str) -> Result<()> {
        durable::replace(
            path,
            text.as_bytes(),
            &self.layout.temporary,
            Durability::Synced,
        )
    }
}

impl fmt::Debug for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repository")
            .field("root", &self.layout.root)
            .finish_non_exhaustive()
    }
}

impl CommitSource for Repository {
    type Error = RepositoryError;

    fn node(&self, id: &CommitId) -> Result<Option<CommitNode>> {
        self.mpacks.find(|mpack| {
            let row = mpack.mpack.tables().find_commit(id);
            Ok(row.map(|row| CommitNode {
                parents: row.parents,
                generation: row.generation,
                committed_at: row.committed_at,
            }))
        })
    }
}
