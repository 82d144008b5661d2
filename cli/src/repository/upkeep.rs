//! Replacing mpacks by others, as a collection of garbage and a repair do. New ones are in place
//! before old ones go.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::Path;
use std::time::SystemTime;

use muse_wire::id::MpackKey;
use muse_wire::mpack::{Merge, MergeError, MergeSelection, Mpack};
use tempfile::NamedTempFile;

use super::{Layout, LockedRepository, Refs, RepositoryError, Result, StoredMpack};
use super::{durable, reflog_writer, refs, unreached};
use crate::fault;

impl LockedRepository<'_> {
    /// Writes what `selection` takes of `sources` into a new mpack, and returns its key; `None` if
    /// that is nothing. It is as old as `modified` says.
    ///
    /// # Errors
    /// If a source is damaged, or the mpack cannot be written.
    pub fn write_part(
        &mut self,
        sources: &[StoredMpack],
        selection: &dyn MergeSelection,
        modified: Option<SystemTime>,
    ) -> Result<Option<MpackKey>> {
        let failed = |error| match error {
            MergeError::Source { index, error } => {
                let path = sources[index].path.clone();
                RepositoryError::DamagedMpack {
                    path,
                    source: error,
                }
            }
            MergeError::Listing(error) => error,
            MergeError::Write(error) => error.into(),
            error => RepositoryError::damaged(&sources[0].path, error.to_string()),
        };
        let mpacks: Vec<&Mpack> = sources.iter().map(|source| &*source.mpack).collect();
        let merge = Merge::plan_part(&mpacks, selection).map_err(failed)?;
        if merge.is_empty() {
            return Ok(None);
        }
        let mut pending = self.objects.new_mpack(merge.counts())?;
        let listing = |id: &_| Ok(self.objects.tree(id)?.record_against(None));
        merge.write(pending.writer(), listing).map_err(failed)?;
        let key = pending.install()?;
        if let Some(modified) = modified {
            let path = self.objects.mpacks.path(&key);
            File::options()
                .append(true)
                .open(&path)
                .and_then(|file| file.set_modified(modified))
                .map_err(RepositoryError::writing(&path))?;
        }
        Ok(Some(key))
    }

    /// Makes the mpack in a temporary file of this repository, which hashes to `key`, part of it.
    ///
    /// # Errors
    /// If it cannot be synced or renamed.
    pub fn install_mpack(&mut self, file: NamedTempFile, key: &MpackKey) -> Result<()> {
        durable::install(file, &self.objects.mpacks.path(key))?;
        self.objects.refresh()
    }

    /// Notes that nothing is reached of these mpacks, and of no others: they are not merged, so
    /// that they keep their age.
    ///
    /// # Errors
    /// If the list cannot be written.
    pub fn write_unreached(&mut self, keys: BTreeSet<MpackKey>) -> Result<()> {
        unreached::write(keys, &self.layout.unreached, &self.layout.temporary)
    }

    /// Takes mpacks out of the repository, whose contents others have or nothing needs.
    ///
    /// # Errors
    /// If one cannot be removed.
    pub fn remove_mpacks(&mut self, keys: &[MpackKey]) -> Result<()> {
        let Some(first) = keys.first() else {
            return Ok(());
        };
        for key in keys {
            let path = self.objects.mpacks.path(key);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(RepositoryError::writing(&path)(error));
                }
                _ => {}
            }
            fault::point("mpack_removed");
        }
        durable::sync_parent(&self.objects.mpacks.path(first))?;
        self.objects.refresh()
    }

    /// Whether nothing that was recorded is lost with this file: it lists what a checkout left out,
    /// what servers withheld, or what a bisection found out.
    pub fn is_expendable(&self, path: &Path) -> bool {
        let Layout {
            left_out,
            withheld,
            bisect,
            ..
        } = &self.layout;
        [left_out, withheld, bisect].iter().any(|one| *one == path)
    }

    /// Moves a damaged file out of the repository, to where it stays until everything is whole.
    ///
    /// # Errors
    /// If it cannot be moved.
    pub fn set_aside(&mut self, path: &Path) -> Result<()> {
        let directory = &self.layout.damaged;
        fs::create_dir_all(directory).map_err(RepositoryError::writing(directory))?;
        let target = directory.join(path.file_name().unwrap_or_default());
        fs::rename(path, &target).map_err(RepositoryError::writing(path))?;
        durable::sync_parent(path)?;
        durable::sync_parent(&target)?;
        self.objects.refresh()
    }

    /// Where the file of the refs is damaged: sets it aside and makes it anew of the reflog.
    /// Returns what is in it then; `None` if it was sound, or if the reflog says nothing. A merge
    /// or checkout that was under way is forgotten.
    ///
    /// # Errors
    /// If something cannot be read or written. Killed at any moment, it can be run again.
    pub fn rebuild_damaged_refs(&mut self) -> Result<Option<Refs>> {
        match self.refs.read() {
            Err(RepositoryError::Damaged { path, .. }) => {
                if path.exists() {
                    self.set_aside(&path)?;
                }
                refs::rebuild(&self.layout)
            }
            read => read.map(|_| None),
        }
    }

    /// Removes the lines of the reflog that are damaged.
    ///
    /// # Errors
    /// If it cannot be read or written.
    pub fn drop_damaged_reflog_lines(&mut self) -> Result<()> {
        match self.refs.reflog()?.check() {
            Err(RepositoryError::Damaged { path, .. }) => {
                reflog_writer::drop_damaged_lines(&path, &self.layout.temporary)
            }
            checked => checked,
        }
    }

    /// Removes the damaged files that were set aside.
    ///
    /// # Errors
    /// If one cannot be removed.
    pub fn remove_set_aside(&mut self) -> Result<()> {
        match fs::remove_dir_all(&self.layout.damaged) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(RepositoryError::writing(&self.layout.damaged)(error))
            }
            _ => Ok(()),
        }
    }

    /// Removes the stat cache if it is damaged: everything is read again then.
    ///
    /// # Errors
    /// If it cannot be read or removed.
    pub fn drop_damaged_stat_cache(&mut self) -> Result<()> {
        match self.stat_cache.check() {
            Err(RepositoryError::Damaged { path, .. }) => {
                fs::remove_file(&path).map_err(RepositoryError::writing(&path))
            }
            checked => checked,
        }
    }
}
