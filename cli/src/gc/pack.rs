//! Writing all that is reached into as few mpacks as the format allows.

use muse_wire::id::{CommitId, MpackKey};
use muse_wire::mpack::WriteError;

use super::error::GcError;
use crate::report::{Reporter, Unit};
use crate::repository::LockedRepository;
use crate::walk::{CollectError, Form, PushSet, collect, heads, plan_mpack, write_mpack};

/// Writes `set`, which `tips` reach, and makes it part of the repository. Objects are grouped by
/// path. Where one mpack cannot hold it, it is cut along history.
pub(super) fn pack(
    locked: &mut LockedRepository<'_>,
    set: PushSet,
    tips: &[CommitId],
    reporter: &dyn Reporter,
) -> Result<Vec<MpackKey>, GcError> {
    pack_beyond(locked, set, tips, &[], reporter)
}

/// As [`pack`], of what `tips` reach and `have` does not.
fn pack_beyond(
    locked: &mut LockedRepository<'_>,
    set: PushSet,
    tips: &[CommitId],
    have: &[CommitId],
    reporter: &dyn Reporter,
) -> Result<Vec<MpackKey>, GcError> {
    if set.commits.is_empty() {
        return Ok(Vec::new());
    }
    let commits = set.commits.clone();
    match write(locked, set, reporter) {
        Err(GcError::Collect(CollectError::Write(WriteError::TooLarge { .. })))
            if commits.len() > 1 =>
        {
            let first_tips = heads(&locked.objects, &commits[..commits.len() / 2])?;
            let first = collect(&locked.objects, &first_tips, have)?;
            let mut keys = pack_beyond(locked, first, &first_tips, have, reporter)?;
            let have = [have, &first_tips].concat();
            let second = collect(&locked.objects, tips, &have)?;
            keys.extend(pack_beyond(locked, second, tips, &have, reporter)?);
            Ok(keys)
        }
        written => Ok(vec![written?]),
    }
}

fn write(
    locked: &mut LockedRepository<'_>,
    set: PushSet,
    reporter: &dyn Reporter,
) -> Result<MpackKey, GcError> {
    let plan = plan_mpack(locked, set)?;
    let phase = reporter.phase("packing", None, Unit::Bytes);
    let mpack = write_mpack(locked, &locked.layout, &plan, Form::Thick, &*phase)?;
    locked.install_mpack(mpack.file, &mpack.key)?;
    Ok(mpack.key)
}
