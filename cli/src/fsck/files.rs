//! Checking the small files of a repository.

use super::findings::Findings;
use crate::repository::{Refs, Repository, RepositoryError};

/// Checks the small files; returns the refs if they can be read.
pub(super) fn check_files(
    repository: &Repository,
    findings: &mut Findings,
) -> Result<Option<Refs>, RepositoryError> {
    let refs = findings.note_damage(repository.refs.read())?;
    findings.note_damage(repository.left_out.read())?;
    findings.note_damage(repository.config.read())?;
    findings.note_damage(repository.objects.withheld())?;
    findings.note_damage(repository.stat_cache.check())?;
    Ok(refs)
}
