//! Taking what is sound out of damaged mpacks.

use muse_wire::id::ObjectId;
use muse_wire::mpack::{ChunkRow, CommitRow, MergeSelection, ObjectRow, SnapshotRow};

use super::contents::CheckedMpack;
use super::findings::Findings;
use crate::repository::{LockedRepository, Refs, RepositoryError};

/// Writes what damaged mpacks hold that is sound and that no other has into new ones, and sets the
/// damaged ones aside. Of one whose tables are damaged, nothing is saved: only they say where in a
/// frame an object begins, and generations and signatures of commits. A stat cache that is damaged
/// goes, and so does a damaged list of what a checkout left out, what servers withheld or what a
/// bisection found out. Damaged refs are made anew of the reflog, and returned.
///
/// # Errors
/// If something cannot be written. Killed at any moment, nothing sound is lost.
pub fn salvage(
    locked: &mut LockedRepository<'_>,
    findings: &Findings,
) -> Result<Option<Refs>, RepositoryError> {
    let (sound, damaged): (Vec<_>, Vec<_>) = findings
        .mpacks
        .iter()
        .partition(|mpack| mpack.damage.is_none());
    // Another process may have merged one away: what it took of it is in a new one.
    for mpack in damaged
        .into_iter()
        .filter(|mpack| mpack.stored.path.exists())
    {
        let part = SoundPart {
            mpack,
            others: &sound,
        };
        let sources = std::slice::from_ref(&mpack.stored);
        locked.write_part(sources, &part, None)?;
        locked.set_aside(&mpack.stored.path)?;
    }
    for damage in &findings.damaged {
        let path = &damage.path;
        let may_go = locked.objects.is_mpack(path) || locked.is_expendable(path);
        if may_go && path.exists() {
            locked.set_aside(&damage.path)?;
        }
    }
    locked.drop_damaged_stat_cache()?;
    locked.drop_damaged_reflog_lines()?;
    locked.rebuild_damaged_refs()
}

/// What an mpack holds that is sound, and that no other has.
struct SoundPart<'a> {
    mpack: &'a CheckedMpack,
    others: &'a [&'a CheckedMpack],
}

impl SoundPart<'_> {
    fn takes(&self, frame: u32, other_has: impl Fn(&CheckedMpack) -> bool) -> bool {
        self.mpack.has_sound_frame(frame) && !self.others.iter().any(|other| other_has(other))
    }
}

impl MergeSelection for SoundPart<'_> {
    fn takes_commit(&self, _source: usize, row: &CommitRow) -> bool {
        self.takes(row.place.frame, |other| other.has_commit(&row.id))
    }

    fn takes_snapshot(&self, _source: usize, row: &SnapshotRow) -> bool {
        self.takes(row.place.frame, |other| other.has_snapshot(&row.id))
    }

    fn takes_object(&self, _source: usize, row: &ObjectRow) -> bool {
        self.takes(row.frame, |other| other.has_whole_object(&row.id))
    }

    fn takes_large_object(&self, _source: usize, id: &ObjectId) -> bool {
        self.mpack.has_list(id) && !self.others.iter().any(|other| other.has_list(id))
    }

    fn takes_chunk(&self, _source: usize, row: &ChunkRow) -> bool {
        self.takes(row.frame, |other| other.has_chunk(&row.id))
    }
}
