//! Brings the work tree from one snapshot to another, and never loses local changes.

mod objects;
mod plan;
mod writer;

use muse_wire::snapshot::Tree;

pub use writer::Writer;

use super::error::Result;
use super::scan::refresh_cache;
use crate::progress::{Progress, Unit};
use crate::repository::{Repository, RepositoryLock};
use plan::Plan;

/// What a checkout did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CheckoutStats {
    /// Files and links written.
    pub written: u64,
    /// Their bytes.
    pub written_bytes: u64,
    /// Files and links removed.
    pub removed: u64,
}

/// What happens to files that differ from the tree that the checkout starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalChanges {
    /// They stay; where one is in the way, the checkout refuses before it touches anything.
    Keep,
    /// Every file of the target tree is made as it is there, and what is in the way is overwritten. Other
    /// files that no snapshot holds stay.
    Discard,
}

/// Brings the files of the work tree from `from` to `to` and the stat cache up to date. Unless local
/// changes are discarded, files in which the two trees agree are left alone, whatever they hold. May be run again after
/// it was interrupted: a file that already is as in `to`, or is gone, is no local change.
///
/// # Errors
/// [`super::WorktreeError`]; nothing was touched where it is
/// [`super::WorktreeError::WouldOverwrite`].
pub fn switch_tree(
    repository: &Repository,
    lock: &RepositoryLock,
    from: &Tree,
    to: &Tree,
    local_changes: LocalChanges,
    progress: &dyn Progress,
) -> Result<CheckoutStats> {
    let cache = repository.stat_cache()?;
    let plan = match local_changes {
        LocalChanges::Keep => Plan::keeping(repository, &cache, from, to)?,
        LocalChanges::Discard => Plan::discarding(repository, from, to)?,
    };
    if plan.is_empty() {
        return Ok(CheckoutStats::default());
    }
    let phase = progress.phase("checking out", Some(plan.write.len() as u64), Unit::Files);
    let removed = plan.remove(repository.root())?;
    let gone = plan.remove;
    let writer = Writer::replacing(repository.root(), repository.temporary_dir(), plan.write)?;
    let ids: Vec<_> = writer.wanted().collect();
    objects::deliver(repository, ids.into_iter(), &|row, offset, piece| {
        writer.object(&row.id, row.length, offset, piece)?;
        if offset == 0 {
            phase.advance(writer.file_count(&row.id));
        }
        Ok(())
    })?;
    let (stats, written) = writer.finish_list()?;
    refresh_cache(repository, lock, &cache, &written, gone.iter())?;
    Ok(CheckoutStats { removed, ..stats })
}
