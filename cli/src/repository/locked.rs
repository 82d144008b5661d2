//! The repository while this process alone may change it: every change that needs the lock is a
//! method of the guard.

use std::ops::Deref;

use super::lock::LockFile;
use super::{
    ConfigFile, Head, RefEdit, Repository, Result, StatCacheBuilder, durable, refs, stat_cache,
};

/// Holds the lock; dropping it, or the process's end, releases the lock. Reads go through it as
/// through the repository itself.
#[derive(Debug)]
pub struct LockedRepository<'a> {
    repository: &'a Repository,
    _lock: LockFile,
}

impl Repository {
    /// Takes the lock that changes need; waits up to two seconds for another process.
    ///
    /// # Errors
    /// [`super::RepositoryError::Locked`] if another process keeps it.
    pub fn lock(&self) -> Result<LockedRepository<'_>> {
        let lock = LockFile::acquire(&self.layout.lock)?;
        durable::sweep(&self.layout.temporary);
        // What another process did before it released the lock must be seen.
        self.objects.refresh()?;
        Ok(LockedRepository {
            repository: self,
            _lock: lock,
        })
    }
}

impl LockedRepository<'_> {
    /// Makes all edits or none, and notes them in the reflog with `reason` (one line).
    ///
    /// # Errors
    /// [`super::RepositoryError::RefChanged`] if a ref is not what an edit expects,
    /// [`super::RepositoryError::RefConflict`] if a new name cannot exist beside another.
    pub fn update_refs(&mut self, edits: &[RefEdit], reason: &str) -> Result<()> {
        refs::update(&self.layout, edits, None, reason)
    }

    /// As [`LockedRepository::update_refs`], and points `HEAD` elsewhere in the same step: a crash
    /// leaves all as it was or all as it should be.
    ///
    /// # Errors
    /// As [`LockedRepository::update_refs`].
    pub fn update_refs_and_head(
        &mut self,
        edits: &[RefEdit],
        head: &Head,
        reason: &str,
    ) -> Result<()> {
        refs::update(&self.layout, edits, Some(head), reason)
    }

    /// Changes the repository's own configuration; comments and order stay as they are.
    ///
    /// # Errors
    /// What `edit` gives, after which nothing is written, and if the file cannot be written.
    pub fn edit_config<T>(&mut self, edit: impl FnOnce(&mut ConfigFile) -> Result<T>) -> Result<T> {
        let mut file = ConfigFile::read(&self.layout.config)?;
        let done = edit(&mut file)?;
        file.write()?;
        Ok(done)
    }

    /// Replaces the stat cache.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_stat_cache(&mut self, cache: StatCacheBuilder) -> Result<()> {
        stat_cache::write(cache, &self.layout.index, &self.layout.temporary)
    }
}

impl Deref for LockedRepository<'_> {
    type Target = Repository;

    fn deref(&self) -> &Repository {
        self.repository
    }
}
