//! Checking the small files of a repository.

use muse_wire::id::CommitId;

use super::findings::Findings;
use crate::repository::{Refs, Repository, RepositoryError};

/// What the small files say, as far as they can be read.
pub(super) struct SmallFiles {
    pub(super) refs: Option<Refs>,
    pub(super) stashes: Vec<CommitId>,
}

/// Checks the small files.
pub(super) fn check_files(
    repository: &Repository,
    findings: &mut Findings,
) -> Result<SmallFiles, RepositoryError> {
    let refs = findings.note_damage(repository.refs.read())?;
    let reflog = repository.refs.reflog();
    findings.note_damage(reflog.and_then(|reflog| reflog.check()))?;
    let stashes = findings.note_damage(repository.stash.read())?;
    findings.note_damage(repository.bisection.read())?;
    findings.note_damage(repository.left_out.read())?;
    findings.note_damage(repository.config.read())?;
    findings.note_damage(repository.objects.withheld())?;
    findings.note_damage(repository.objects.shallow())?;
    findings.note_damage(repository.stat_cache.check())?;
    let stashes = stashes.unwrap_or_default();
    Ok(SmallFiles { refs, stashes })
}
