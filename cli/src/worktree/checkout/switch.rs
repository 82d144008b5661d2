//! Bringing the files of the work tree from one snapshot to another.
//!
//! What the work tree cannot hold of a snapshot is left out of it ([`super::left_out`]), so the way
//! leads from what was written of the one to what can be written of the other.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use muse_wire::path::RepoPath;
use muse_wire::snapshot::Tree;

use super::left_out::{LeftOut, without};
use super::objects;
use super::plan::Plan;
use super::prepared::PreparedFiles;
use super::room;
use super::stats::CheckoutStats;
use super::writer::FileWriter;
use crate::fault;
use crate::report::{Reporter, Unit};
use crate::repository::{LockedRepository, StatCache};
use crate::worktree::error::Result;
use crate::worktree::name_probe::{DiskProbe, NameProbe};
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

/// Which local changes a switch may lose.
pub(super) enum Lose<'a> {
    Nothing,
    /// All, and what is in the way.
    Everything,
    /// Those in paths of which this is true.
    At(&'a dyn Fn(&RepoPath) -> bool),
}

impl Lose<'_> {
    pub(super) const fn of(local_changes: LocalChanges) -> Self {
        match local_changes {
            LocalChanges::Keep => Self::Nothing,
            LocalChanges::Discard => Self::Everything,
        }
    }
}

/// How the tree that a checkout starts from came to the work tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// A checkout has ended there, and what it left out is noted.
    Finished,
    /// A checkout was on its way there. What it left out is found out again.
    Interrupted,
}

/// Brings the files of the work tree from `from` to `to` and the stat cache up to date. Unless
/// local changes are discarded, files in which the two trees agree are left alone, whatever is in
/// them. It can be run again after it was interrupted: a file that already is as in `to`, or is
/// gone, is no local change. What cannot be written here, or must not, is named and left out.
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
    let switch = Switch::plan(locked, from, Start::Finished, to, local_changes)?;
    switch.run(locked, PreparedFiles::default(), reporter)
}

/// A switch that is known to lose no local change, and has not begun.
pub(super) struct Switch {
    plan: Plan,
    cache: StatCache,
    left_out: LeftOut,
    /// What was left out before.
    known: BTreeSet<RepoPath>,
    /// Those of them that stay so, since the switch does not touch them.
    kept: BTreeSet<RepoPath>,
}

impl Switch {
    /// Decides what has to be removed and written.
    pub(super) fn plan(
        locked: &LockedRepository<'_>,
        from: &Tree,
        start: Start,
        to: &Tree,
        local_changes: LocalChanges,
    ) -> Result<Self> {
        let probe = DiskProbe::new(locked.layout.temporary_dir());
        let lose = Lose::of(local_changes);
        Self::plan_with(locked, from, start, to, lose, &probe)
    }

    /// As [`Switch::plan`], where local changes are lost in the paths that are `wanted` and nothing
    /// else is touched. `from` and `to` differ in no other path.
    pub(super) fn restoring(
        locked: &LockedRepository<'_>,
        from: &Tree,
        to: &Tree,
        is_wanted: &dyn Fn(&RepoPath) -> bool,
    ) -> Result<Self> {
        let probe = DiskProbe::new(locked.layout.temporary_dir());
        let lose = Lose::At(is_wanted);
        Self::plan_with(locked, from, Start::Finished, to, lose, &probe)
    }

    pub(super) fn plan_with(
        locked: &LockedRepository<'_>,
        from: &Tree,
        start: Start,
        to: &Tree,
        lose: Lose<'_>,
        probe: &dyn NameProbe,
    ) -> Result<Self> {
        let root = locked.layout.work_tree()?;
        let cache = locked.stat_cache.read()?;
        let known = locked.left_out.read()?;
        let withheld = locked.objects.withheld()?;
        let left_out = |tree| -> Result<LeftOut> {
            let mut left_out = LeftOut::of(tree, root, probe)?;
            left_out.add_withheld(tree, &withheld);
            Ok(left_out)
        };
        let written = match start {
            Start::Finished => {
                let never = LeftOut::never_written(from, root);
                without(from, known.iter().chain(never.paths()))
            }
            Start::Interrupted => without(from, left_out(from)?.paths()),
        };
        let left_out = left_out(to)?;
        let wanted = without(to, left_out.paths());
        let kept = known.iter().filter(|path| {
            let entry = wanted.get(path);
            entry.is_some() && entry == written.get(path)
        });
        let kept = kept.cloned().collect();
        let plan = match lose {
            Lose::Nothing => Plan::keeping(locked, &cache, from, &written, &wanted)?,
            Lose::At(is_wanted) => Plan::discarding(locked, &written, &wanted, is_wanted)?,
            Lose::Everything => Plan {
                clears_way: true,
                ..Plan::discarding(locked, &written, &wanted, &|_| true)?
            },
        };
        plan.refuse_in_place_of(locked.kept_directory())?;
        let mut files = plan.write.iter();
        let needed_bytes = files.try_fold(0_u64, |sum, (_, entry)| -> Result<u64> {
            // One that is missing is named when it is to be written.
            let length = locked.objects.object_length(&entry.object)?;
            Ok(sum.saturating_add(length.unwrap_or_default()))
        })?;
        room::check(root, needed_bytes, plan.outgoing())?;
        Ok(Self {
            plan,
            cache,
            left_out,
            known,
            kept,
        })
    }

    /// Whether nothing will be touched.
    pub(super) fn is_empty(&self) -> bool {
        self.plan.is_empty() && self.left_out_paths() == self.known
    }

    /// Removes and writes the files, those that are `prepared` first, and notes what was left out.
    pub(super) fn run(
        mut self,
        locked: &mut LockedRepository<'_>,
        prepared: PreparedFiles,
        reporter: &dyn Reporter,
    ) -> Result<CheckoutStats> {
        let plan = std::mem::take(&mut self.plan);
        let mut stats = CheckoutStats::default();
        if !plan.is_empty() {
            stats = self.run_plan(plan, locked, prepared, reporter)?;
        }
        let left_out = self.left_out_paths();
        if left_out != self.known {
            locked.write_left_out(left_out)?;
            locked.strike_off_released()?;
        }
        fault::point("checkout_written");
        self.left_out.warn(&self.known, reporter);
        Ok(CheckoutStats {
            left_out: self.left_out.count(),
            ..stats
        })
    }

    fn run_plan(
        &mut self,
        plan: Plan,
        locked: &mut LockedRepository<'_>,
        prepared: PreparedFiles,
        reporter: &dyn Reporter,
    ) -> Result<CheckoutStats> {
        let phase = reporter.phase("checking out", Some(plan.write.len() as u64), Unit::Files);
        let removed = plan.remove(locked.layout.root(), locked.kept_directory())?;
        fault::point("checkout_removed");
        let gone = plan.remove;
        let mut writer = FileWriter::replacing(
            locked.layout.root(),
            locked.layout.temporary_dir(),
            plan.write,
        )?;
        for (id, file) in prepared.into_files() {
            if writer.place(&id, file)? {
                phase.advance(1);
                fault::point("checkout_writing");
            }
        }
        let ids: Vec<_> = writer.wanted().collect();
        objects::deliver(locked, ids.into_iter(), &|piece| {
            writer.object(&piece.object, piece.length, piece.offset, piece.bytes)?;
            if piece.offset == 0 {
                phase.advance(writer.file_count(&piece.object));
            }
            fault::point("checkout_writing");
            Ok(())
        })?;
        let written = writer.finish(&locked.layout)?;
        stat_cache::refresh(locked, &self.cache, &written.settled, gone.iter())?;
        self.left_out.add_refused(written.refused);
        Ok(CheckoutStats {
            written: written.count,
            written_bytes: written.bytes,
            removed,
            left_out: 0,
        })
    }

    /// All paths that the work tree does without.
    fn left_out_paths(&self) -> BTreeSet<RepoPath> {
        self.left_out.paths().chain(&self.kept).cloned().collect()
    }
}
