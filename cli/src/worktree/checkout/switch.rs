//! Bringing the files of the work tree from one snapshot to another.

use muse_wire::snapshot::Tree;

use super::objects;
use super::plan::Plan;
use super::writer::{CheckoutStats, FileWriter};
use crate::fault;
use crate::report::{Reporter, Unit};
use crate::repository::{LockedRepository, StatCache};
use crate::worktree::error::Result;
use crate::worktree::stat_cache;

/// What happens to files that differ from the tree that the checkout starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalChanges {
    /// They stay; where one is in the way, the checkout refuses before it touches anything.
    Keep,
    /// Every file of the target tree is made as it is there, and what is in the way is overwritten.
    /// Other files that no snapshot holds stay.
    Discard,
}

/// Brings the files of the work tree from `from` to `to` and the stat cache up to date. Unless
/// local changes are discarded, files in which the two trees agree are left alone, whatever is in
/// them. It can be run again after it was interrupted: a file that already is as in `to`, or is
/// gone, is no local change.
///
/// `HEAD` stays, and nothing marks that the files are about to change: see [`super::check_out`].
///
/// # Errors
/// [`crate::worktree::WorktreeError`]; nothing was touched where it is
/// [`crate::worktree::WorktreeError::WouldOverwrite`].
pub fn switch_tree(
    locked: &mut LockedRepository<'_>,
    from: &Tree,
    to: &Tree,
    local_changes: LocalChanges,
    reporter: &dyn Reporter,
) -> Result<CheckoutStats> {
    Switch::plan(locked, from, to, local_changes)?.run(locked, reporter)
}

/// A switch that is known to lose no local change, and has not begun.
pub(super) struct Switch {
    plan: Plan,
    cache: StatCache,
}

impl Switch {
    /// Decides what has to be removed and written.
    pub(super) fn plan(
        locked: &LockedRepository<'_>,
        from: &Tree,
        to: &Tree,
        local_changes: LocalChanges,
    ) -> Result<Self> {
        let cache = locked.stat_cache.read()?;
        let plan = match local_changes {
            LocalChanges::Keep => Plan::keeping(locked, &cache, from, to)?,
            LocalChanges::Discard => Plan::discarding(locked, from, to)?,
        };
        Ok(Self { plan, cache })
    }

    /// Whether no file will be touched.
    pub(super) fn is_empty(&self) -> bool {
        self.plan.is_empty()
    }

    /// Removes and writes the files.
    pub(super) fn run(
        self,
        locked: &mut LockedRepository<'_>,
        reporter: &dyn Reporter,
    ) -> Result<CheckoutStats> {
        let Self { plan, cache } = self;
        if plan.is_empty() {
            return Ok(CheckoutStats::default());
        }
        let phase = reporter.phase("checking out", Some(plan.write.len() as u64), Unit::Files);
        let removed = plan.remove(locked.layout.root())?;
        fault::point("checkout_removed");
        let gone = plan.remove;
        let writer = FileWriter::replacing(
            locked.layout.root(),
            locked.layout.temporary_dir(),
            plan.write,
        )?;
        let ids: Vec<_> = writer.wanted().collect();
        objects::deliver(locked, ids.into_iter(), &|piece| {
            writer.object(&piece.object, piece.length, piece.offset, piece.bytes)?;
            if piece.offset == 0 {
                phase.advance(writer.file_count(&piece.object));
            }
            fault::point("checkout_writing");
            Ok(())
        })?;
        let (stats, written) = writer.finish_list(&locked.layout)?;
        stat_cache::refresh(locked, &cache, &written, gone.iter())?;
        fault::point("checkout_written");
        Ok(CheckoutStats { removed, ..stats })
    }
}
