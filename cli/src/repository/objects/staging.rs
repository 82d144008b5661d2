//! Mpacks that are verified, and become part of the repository together or not at all.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Arc;

use muse_wire::id::{CommitId, MpackKey, SnapshotId};
use muse_wire::mpack::{Mpack, Tables};

use super::ObjectStore;
use super::mpacks::OpenMpack;
use super::trees::TreeCache;
use crate::repository::durable;
use crate::repository::error::{RepositoryError, Result};

/// Mpacks that were received and are not part of the repository yet.
pub struct StagedMpacks<'a> {
    repository: &'a ObjectStore,
    /// The repository's mpacks and the staged ones.
    combined: ObjectStore,
    staged: Vec<Arc<OpenMpack>>,
    shallow: Arc<HashSet<CommitId>>,
}

impl ObjectStore {
    /// Prepares to take mpacks in, with which these commits will be here without their parents.
    ///
    /// # Errors
    /// If the repository's own mpacks cannot be opened.
    pub fn stage(&self, shallow: HashSet<CommitId>) -> Result<StagedMpacks<'_>> {
        let shallow = Arc::new(shallow);
        Ok(StagedMpacks {
            repository: self,
            combined: Self {
                mpacks: self.mpacks.with(&[], &shallow)?,
                trees: TreeCache::default(),
                temporary: self.temporary.clone(),
                withheld: self.withheld.clone(),
            },
            staged: Vec::new(),
            shallow,
        })
    }
}

impl StagedMpacks<'_> {
    /// Adds an mpack, whose file at `path` must be in [`crate::repository::Layout::temporary_dir`],
    /// and returns it.
    ///
    /// # Errors
    /// If the repository's own mpacks cannot be opened.
    pub fn add(&mut self, key: MpackKey, path: PathBuf, mpack: Mpack) -> Result<Arc<Mpack>> {
        let mpack = Arc::new(mpack);
        self.staged.push(Arc::new(OpenMpack {
            key,
            path,
            size_bytes: mpack.bytes().len() as u64,
            mpack: Arc::clone(&mpack),
            is_checked: true,
        }));
        self.combined.mpacks = self.repository.mpacks.with(&self.staged, &self.shallow)?;
        Ok(mpack)
    }

    /// What the repository will hold: its own mpacks and the staged ones.
    pub const fn combined(&self) -> &ObjectStore {
        &self.combined
    }

    /// The tables of the staged mpacks.
    pub fn tables(&self) -> impl Iterator<Item = &Tables> {
        self.staged.iter().map(|staged| staged.mpack.tables())
    }

    /// Whether a staged mpack holds the commit.
    pub fn has_commit(&self, id: &CommitId) -> bool {
        self.tables().any(|tables| tables.find_commit(id).is_some())
    }

    /// Whether a staged mpack holds the snapshot.
    pub fn has_snapshot(&self, id: &SnapshotId) -> bool {
        self.tables()
            .any(|tables| tables.find_snapshot(id).is_some())
    }

    /// Makes all of them part of the repository. A process that dies meanwhile leaves some in place
    /// and the others where they are.
    ///
    /// # Errors
    /// If one cannot be synced or renamed.
    pub fn adopt(self) -> Result<()> {
        let mpacks = &self.repository.mpacks;
        for staged in &self.staged {
            File::open(&staged.path)
                .and_then(|file| file.sync_all())
                .map_err(RepositoryError::writing(&staged.path))?;
        }
        let mut adopted = Vec::with_capacity(self.staged.len());
        for staged in &self.staged {
            let path = mpacks.path(&staged.key);
            fs::rename(&staged.path, &path).map_err(RepositoryError::writing(&path))?;
            adopted.push(Arc::new(OpenMpack {
                key: staged.key,
                path,
                size_bytes: staged.size_bytes,
                mpack: Arc::clone(&staged.mpack),
                is_checked: true,
            }));
        }
        if let Some(last) = adopted.last() {
            durable::sync_parent(&last.path)?;
            mpacks.refresh_with(&adopted)?;
        }
        Ok(())
    }
}
