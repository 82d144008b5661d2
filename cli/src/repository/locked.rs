//! The repository while this process alone may change it: every change that needs the lock is a
//! method of the guard.

use std::collections::{BTreeSet, HashSet};
use std::ops::Deref;

use muse_wire::id::CommitId;
use muse_wire::path::RepoPath;

use super::lock::LockFile;
use super::{
    Bisection, Cause, Checkout, ConfigFile, Head, RefEdit, Repository, Result, StatCacheBuilder,
    Unfinished, Withheld, bisection, durable, left_out, refs, shallow, stash_list, stat_cache,
    withheld,
};

/// Holds the lock; dropping it, or the process's end, releases the lock. Reads go through it as
/// through the repository itself.
#[derive(Debug)]
pub struct LockedRepository<'a> {
    repository: &'a Repository,
    _lock: LockFile,
}

impl Repository {
    /// Takes the lock that changes need. While another process holds it, waits for up to a minute,
    /// and after two seconds says so: see [`Repository::on_lock_wait`].
    ///
    /// # Errors
    /// [`super::RepositoryError::Locked`] if another process keeps it.
    pub fn lock(&self) -> Result<LockedRepository<'_>> {
        self.locked_by(LockFile::acquire(&self.layout.lock, &self.lock_options)?)
    }

    /// Takes the lock if no other process holds it: for what can be left undone.
    ///
    /// # Errors
    /// If the file cannot be locked.
    pub fn try_lock(&self) -> Result<Option<LockedRepository<'_>>> {
        let lock = LockFile::try_acquire(&self.layout.lock, &self.lock_options)?;
        lock.map(|lock| self.locked_by(lock)).transpose()
    }

    fn locked_by(&self, lock: LockFile) -> Result<LockedRepository<'_>> {
        durable::sweep(&self.layout.temporary);
        // The configuration is written beside where it belongs.
        durable::sweep_strays(&self.layout.muse);
        // What another process did before it released the lock must be seen.
        self.objects.refresh()?;
        Ok(LockedRepository {
            repository: self,
            _lock: lock,
        })
    }
}

impl LockedRepository<'_> {
    /// Makes all edits or none, and notes them in the reflog.
    ///
    /// # Errors
    /// [`super::RepositoryError::RefChanged`] if a ref is not what an edit expects,
    /// [`super::RepositoryError::RefCollision`] if a new name cannot exist beside another.
    pub fn update_refs<'a>(
        &mut self,
        edits: &[RefEdit],
        cause: impl Into<Cause<'a>>,
    ) -> Result<()> {
        refs::update(&self.layout, edits, None, cause.into())
    }

    /// As [`LockedRepository::update_refs`], and points `HEAD` elsewhere in the same step: a crash
    /// leaves all as it was or all as it should be.
    ///
    /// # Errors
    /// As [`LockedRepository::update_refs`].
    pub fn update_refs_and_head<'a>(
        &mut self,
        edits: &[RefEdit],
        head: &Head,
        cause: impl Into<Cause<'a>>,
    ) -> Result<()> {
        refs::update(&self.layout, edits, Some(head), cause.into())
    }

    /// Notes an operation that stopped in the middle or goes on; with `None`, that it has ended.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn set_unfinished(&mut self, unfinished: Option<&Unfinished>) -> Result<()> {
        refs::set_unfinished(&self.layout, unfinished)
    }

    /// Marks that the files of the work tree are about to change as `checkout` says, and that
    /// `edits` will be made then. The mark stands until the checkout is finished or abandoned,
    /// whatever happens to this process.
    ///
    /// # Errors
    /// [`super::RepositoryError::UnfinishedCheckout`] if there is a mark already, and what would
    /// keep [`LockedRepository::finish_checkout`] from moving refs.
    pub fn begin_checkout(&mut self, checkout: &Checkout, edits: &[RefEdit]) -> Result<()> {
        refs::begin_checkout(&self.layout, checkout, edits)
    }

    /// Once the files are there: makes `edits`, moves `HEAD` and its branch as `checkout` says, and
    /// takes the mark away, in one step.
    ///
    /// # Errors
    /// As [`LockedRepository::update_refs`].
    pub fn finish_checkout<'a>(
        &mut self,
        checkout: &Checkout,
        edits: &[RefEdit],
        cause: impl Into<Cause<'a>>,
    ) -> Result<()> {
        refs::finish_checkout(&self.layout, checkout, edits, cause.into())
    }

    /// Once the files are as they were before the checkout: takes the mark away.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn abandon_checkout(&mut self) -> Result<()> {
        refs::abandon_checkout(&self.layout)
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

    /// Replaces the list of paths that the checkout left out.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_left_out(&mut self, paths: BTreeSet<RepoPath>) -> Result<()> {
        left_out::write(paths, &self.layout.left_out, &self.layout.temporary)
    }

    /// Notes what is known of a bisection; with `None`, that it has ended.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_bisection(&mut self, bisection: Option<&Bisection>) -> Result<()> {
        bisection::write(bisection, &self.layout.bisect, &self.layout.temporary)
    }

    /// Replaces the list of stashes, the newest first.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_stash(&mut self, stashes: Vec<CommitId>) -> Result<()> {
        stash_list::write(stashes, &self.layout.stash, &self.layout.temporary)
    }

    /// Adds to the list of objects that servers withheld; a newer reason replaces the one before.
    ///
    /// # Errors
    /// If the file cannot be read or written.
    pub fn add_withheld(&mut self, objects: Withheld) -> Result<()> {
        let listed = withheld::read(&self.layout.withheld)?;
        let mut both = listed.clone();
        both.extend(objects);
        if both == listed {
            return Ok(());
        }
        withheld::write(both, &self.layout.withheld, &self.layout.temporary)
    }

    /// Replaces the list of commits that are here without their parents.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_shallow(&mut self, commits: &HashSet<CommitId>) -> Result<()> {
        if *commits != *self.objects.shallow()? {
            shallow::write(commits, &self.layout.shallow, &self.layout.temporary)?;
            self.objects.refresh()?;
        }
        Ok(())
    }

    /// Strikes off the list of withheld objects what is here by now.
    ///
    /// # Errors
    /// If the file or an mpack cannot be read, or the file cannot be written.
    pub fn strike_off_released(&mut self) -> Result<()> {
        let listed = withheld::read(&self.layout.withheld)?;
        let lacking = self.objects.withheld()?;
        if lacking.len() < listed.len() {
            withheld::write(lacking, &self.layout.withheld, &self.layout.temporary)?;
        }
        Ok(())
    }
}

impl Deref for LockedRepository<'_> {
    type Target = Repository;

    fn deref(&self) -> &Repository {
        self.repository
    }
}
