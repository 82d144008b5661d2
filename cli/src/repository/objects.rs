//! Objects, commits and snapshots: everything that is named by its hash and lies in mpacks.
//!
//! Mpacks are only ever added here, and what is added is named by its content: no lock is needed.
//! Taking some away is for [`super::LockedRepository::consolidate`].

mod checked;
mod large;
mod mpacks;
mod object_reader;
mod past_trees;
mod pending;
mod staging;
mod trees;
mod whole;

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use muse_wire::commit::{Commit, CommitEnvelope};
use muse_wire::dag::{CommitNode, CommitSource};
use muse_wire::id::{CommitId, MpackKey, ObjectId, SnapshotId};
use muse_wire::mpack::{Mpack, MpackError};
use muse_wire::snapshot::{SnapshotRecord, Tree};

use self::mpacks::MpackDirectory;
use self::trees::TreeCache;
use super::error::{RepositoryError, Result};
use super::layout::Layout;
use super::withheld::{self, Withheld};

pub use large::{ChunkReader, ListedChunk};
pub use mpacks::DamagedMpack;
pub(super) use mpacks::{MpackSet, OpenMpack};
pub use object_reader::ObjectReader;
pub use past_trees::PastTrees;
pub use pending::PendingMpack;
pub use staging::StagedMpacks;
pub use whole::WholeObjects;

/// An mpack of the repository, and its file.
#[derive(Debug, Clone)]
pub struct StoredMpack {
    /// SHA-256 of its bytes, as the file is named by it.
    pub key: MpackKey,
    /// The file.
    pub path: PathBuf,
    /// Bytes of the file.
    pub size_bytes: u64,
    /// What is in it.
    pub mpack: Arc<Mpack>,
}

/// Reads what the mpacks hold, and adds mpacks. Shared between threads freely.
pub struct ObjectStore {
    pub(super) mpacks: MpackDirectory,
    trees: TreeCache,
    temporary: PathBuf,
    withheld: PathBuf,
}

impl ObjectStore {
    pub(super) fn new(layout: &Layout) -> Self {
        Self {
            mpacks: MpackDirectory::new(layout),
            trees: TreeCache::default(),
            temporary: layout.temporary.clone(),
            withheld: layout.withheld.clone(),
        }
    }

    /// Lists the mpacks again, to see what other processes have added or merged.
    pub(super) fn refresh(&self) -> Result<()> {
        self.mpacks.refresh().map(drop)
    }

    /// Whether the object is here.
    ///
    /// # Errors
    /// If an mpack cannot be opened.
    pub fn has_object(&self, id: &ObjectId) -> Result<bool> {
        Ok(self.object_length(id)?.is_some())
    }

    /// The object's length in bytes; `None` if it is not here.
    ///
    /// # Errors
    /// If an mpack cannot be opened.
    pub fn object_length(&self, id: &ObjectId) -> Result<Option<u64>> {
        let set = self.mpacks.current()?;
        let mut tables = set.iter().map(|mpack| mpack.mpack.tables());
        Ok(tables.find_map(|tables| tables.object_length(id)))
    }

    /// The object's bytes. Check the length before asking for a large one.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`] if it is not here.
    pub fn read_object(&self, id: &ObjectId) -> Result<Vec<u8>> {
        let mut contents = Vec::new();
        self.read_pieces(id, |piece| {
            contents.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(contents)
    }

    /// Writes the object's bytes to `out`, piece by piece.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`] if it is not here; a failing `out` as
    /// [`RepositoryError::Storage`].
    pub fn copy_object(&self, id: &ObjectId, out: &mut dyn Write) -> Result<()> {
        self.read_pieces(id, |piece| {
            let failed = RepositoryError::storage("copy from", self.mpacks.directory());
            out.write_all(piece).map_err(failed)
        })
    }

    /// Gives the object's bytes to `each`: at once, or for a large object chunk by chunk.
    fn read_pieces(&self, id: &ObjectId, mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        if let Some(chunks) = self.large_object(id)? {
            let mut reader = self.chunk_reader()?;
            return chunks
                .iter()
                .try_for_each(|(chunk, _)| each(&reader.read(chunk)?));
        }
        let whole = self
            .mpacks
            .find(|mpack| mpack.mpack.read_object(id).map_err(mpack.damage()))?
            .ok_or_else(|| self.missing_object(id))?;
        each(&whole)
    }

    /// Whether the commit is here.
    ///
    /// # Errors
    /// If an mpack cannot be opened.
    pub fn has_commit(&self, id: &CommitId) -> Result<bool> {
        Ok(self.node(id)?.is_some())
    }

    /// Fails where the commit is not here, although a ref names it.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`].
    pub fn require_commit(&self, id: &CommitId) -> Result<()> {
        if self.has_commit(id)? {
            return Ok(());
        }
        Err(self
            .mpacks
            .name_unreadable(RepositoryError::missing_commit(id)))
    }

    /// Fails where a commit is not here that only the reflog names.
    ///
    /// # Errors
    /// [`RepositoryError::Forgotten`] where it has gone with the garbage;
    /// [`RepositoryError::Missing`] where an mpack is damaged, which may have held it.
    pub fn require_remembered(&self, id: &CommitId) -> Result<()> {
        if self.has_commit(id)? {
            return Ok(());
        }
        match self.mpacks.damaged().is_empty() {
            true => Err(RepositoryError::Forgotten(*id)),
            false => self.require_commit(id),
        }
    }

    /// The commits that are here without their parents: the history ends at them.
    ///
    /// # Errors
    /// If the list cannot be read.
    pub fn shallow(&self) -> Result<Arc<HashSet<CommitId>>> {
        self.mpacks.shallow()
    }

    /// Those of them that are here. Listed are others, too, that were collected, or that an
    /// interrupted run did not bring.
    ///
    /// # Errors
    /// If the list, or an mpack, cannot be read.
    pub fn shallow_here(&self) -> Result<HashSet<CommitId>> {
        let mut here = HashSet::new();
        for id in self.shallow()?.iter() {
            if self.has_commit(id)? {
                here.insert(*id);
            }
        }
        Ok(here)
    }

    /// A commit, decoded. One that is here without its parents has none.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`] if it is not here.
    pub fn commit(&self, id: &CommitId) -> Result<Commit> {
        let mut commit = self.recorded_commit(id)?;
        if self.mpacks.is_shallow(id) {
            commit.parents.clear();
        }
        Ok(commit)
    }

    /// A commit, decoded, with the parents of its record, be they here or not.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`] if it is not here.
    pub fn recorded_commit(&self, id: &CommitId) -> Result<Commit> {
        let envelope = self.commit_envelope(id)?;
        Commit::decode(&envelope.record).map_err(|error| {
            RepositoryError::damaged(self.mpacks.directory(), format!("commit {id}: {error}"))
        })
    }

    /// A commit as it is stored and sent.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`] if it is not here.
    pub fn commit_envelope(&self, id: &CommitId) -> Result<CommitEnvelope> {
        self.mpacks
            .find(|mpack| mpack.mpack.read_commit(id).map_err(mpack.damage()))?
            .ok_or_else(|| {
                self.mpacks
                    .name_unreadable(RepositoryError::missing_commit(id))
            })
    }

    /// Whether the snapshot is here. The empty tree always is.
    ///
    /// # Errors
    /// If an mpack cannot be opened.
    pub fn has_snapshot(&self, id: &SnapshotId) -> Result<bool> {
        if *id == Tree::empty().id() {
            return Ok(true);
        }
        let found = self
            .mpacks
            .find(|mpack| Ok(mpack.mpack.tables().find_snapshot(id)))?;
        Ok(found.is_some())
    }

    /// A snapshot's stored record; `None` if it is not here.
    ///
    /// # Errors
    /// If an mpack is damaged.
    pub fn snapshot_record(&self, id: &SnapshotId) -> Result<Option<SnapshotRecord>> {
        trees::record(&self.mpacks, id)
    }

    /// A whole tree. The empty tree needs no record.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`] if its record, or one that it builds on, is not here.
    pub fn tree(&self, id: &SnapshotId) -> Result<Tree> {
        trees::tree(&self.mpacks, &self.trees, id)
    }

    /// The tree of a commit; the empty tree where there is no commit.
    ///
    /// # Errors
    /// As [`ObjectStore::commit`] and [`ObjectStore::tree`].
    pub fn commit_tree(&self, commit: Option<&CommitId>) -> Result<Tree> {
        match commit {
            Some(commit) => self.tree(&self.commit(commit)?.snapshot),
            None => Ok(Tree::empty()),
        }
    }

    /// Bytes of the records between the snapshot and its keyframe, its own included; 0 for a
    /// keyframe. [`muse_wire::snapshot::needs_keyframe`] asks for it.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`] if its record, or one that it builds on, is not here.
    pub fn chain_bytes(&self, id: &SnapshotId) -> Result<u64> {
        trees::chain_bytes(&self.mpacks, id)
    }

    /// The mpacks that cannot be read, as far as they are known: what they held is missing.
    pub fn damaged_mpacks(&self) -> Vec<DamagedMpack> {
        self.mpacks.damaged()
    }

    /// The objects that are not here because servers withheld them, with the reasons.
    ///
    /// # Errors
    /// If the list, or an mpack, cannot be read.
    pub fn withheld(&self) -> Result<Withheld> {
        self.listed_as_withheld(false)
    }

    /// The objects that servers withheld and that are here by now, until a checkout has written the
    /// files that it left out for them.
    ///
    /// # Errors
    /// If the list, or an mpack, cannot be read.
    pub fn released(&self) -> Result<Withheld> {
        self.listed_as_withheld(true)
    }

    /// The objects that servers withheld, of those that are here or of those that are not.
    fn listed_as_withheld(&self, are_here: bool) -> Result<Withheld> {
        let mut objects = withheld::read(&self.withheld)?;
        if objects.is_empty() {
            return Ok(objects);
        }
        let set = self.mpacks.current()?;
        let is_here = |id: &ObjectId| set.iter().any(|mpack| mpack.mpack.tables().has_object(id));
        objects.retain(|id, _| is_here(id) == are_here);
        Ok(objects)
    }

    /// What to say of an object that is not here.
    pub(crate) fn missing_object(&self, id: &ObjectId) -> RepositoryError {
        let reason = withheld::read(&self.withheld).map(|mut list| list.remove(id));
        if let Ok(Some(reason)) = reason {
            return RepositoryError::Withheld {
                object: *id,
                reason,
            };
        }
        self.mpacks
            .name_unreadable(RepositoryError::missing_object(id))
    }

    /// For `map_err`: damage in one of [`ObjectStore::mpacks`].
    pub(crate) fn damage_in(
        &self,
        mpack: &Arc<Mpack>,
    ) -> impl FnOnce(MpackError) -> RepositoryError {
        let file = self.mpacks.current().ok().and_then(|set| {
            let found = set.iter().find(|open| Arc::ptr_eq(&open.mpack, mpack));
            found.map(|open| open.path.clone())
        });
        let path = file.unwrap_or_else(|| self.directory().to_owned());
        move |source| RepositoryError::DamagedMpack { path, source }
    }

    /// The mpacks that make up the repository now, largest first. They stay readable while they are
    /// held, even if another process merges them away.
    ///
    /// # Errors
    /// If one cannot be opened.
    pub fn mpacks(&self) -> Result<Vec<Arc<Mpack>>> {
        let set = self.mpacks.current()?;
        Ok(set.iter().map(|mpack| Arc::clone(&mpack.mpack)).collect())
    }

    /// As [`Self::mpacks`], listed anew, with their files, and with their tables checked in this
    /// process.
    ///
    /// # Errors
    /// If the directory cannot be listed.
    pub fn stored_mpacks(&self) -> Result<Vec<StoredMpack>> {
        let set = self.mpacks.refresh_checked()?;
        let stored = set.iter().map(|mpack| StoredMpack {
            key: mpack.key,
            path: mpack.path.clone(),
            size_bytes: mpack.size_bytes,
            mpack: Arc::clone(&mpack.mpack),
        });
        Ok(stored.collect())
    }

    /// Whether a file is one of an mpack, by its name.
    pub fn is_mpack(&self, path: &Path) -> bool {
        self.mpacks.has_file(path)
    }

    /// The directory that holds the mpacks, for messages.
    pub fn directory(&self) -> &Path {
        self.mpacks.directory()
    }

    /// The keys of the mpacks that are here, readable or not, and that start with these hexadecimal
    /// digits in lower case; ascending.
    ///
    /// # Errors
    /// If the directory cannot be listed.
    pub fn mpacks_with_prefix(&self, digits: &str) -> Result<Vec<MpackKey>> {
        self.mpacks.keys_with_prefix(digits)
    }

    /// The file of the mpack of this key; `None` if it is not here.
    pub fn mpack_file(&self, key: &MpackKey) -> Option<PathBuf> {
        Some(self.mpacks.path(key)).filter(|path| path.exists())
    }
}

impl CommitSource for ObjectStore {
    type Error = RepositoryError;

    fn node(&self, id: &CommitId) -> Result<Option<CommitNode>> {
        let mut node = self
            .mpacks
            .find(|mpack| Ok(mpack.mpack.tables().commit_node(id)))?;
        if let Some(node) = node.as_mut().filter(|_| self.mpacks.is_shallow(id)) {
            node.parents.clear();
        }
        Ok(node)
    }
}
