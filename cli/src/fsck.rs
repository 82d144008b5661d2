//! Whether a repository is whole, and what can be saved of it if it is not.
//!
//! * [`check`] reads every byte of every mpack and looks for everything that refs reach.
//! * [`verify`] is the quick form: the keys and tables of all mpacks, and that all refs resolve.
//! * [`salvage()`] takes what is sound out of damaged mpacks, and these out of the repository; then
//!   what is missing can be fetched again ([`crate::sync::refetch`]).
//!
//! Memory is bounded by a few frames, the commits, and what is found to be damaged.

mod closure;
mod contents;
mod files;
mod findings;
mod mpack;
mod quick;
mod salvage;

use std::collections::HashSet;

pub use self::findings::{Damage, Findings, Missing, Need};
pub use self::quick::verify;
pub use self::salvage::salvage;

use self::contents::Contents;
use self::files::check_files;
use self::mpack::check_mpack;
use crate::report::{Reporter, Unit};
use crate::repository::{Repository, RepositoryError};

/// Checks everything.
///
/// # Errors
/// [`RepositoryError`] where the file system fails. Damage is no error, but a finding.
pub fn check(
    repository: &Repository,
    reporter: &dyn Reporter,
) -> Result<Findings, RepositoryError> {
    let mut findings = Findings::default();
    let files = check_files(repository, &mut findings)?;
    let contents = check_mpacks(repository, reporter, &mut findings)?;
    closure::check(repository, &contents, &files, reporter, &mut findings)?;
    findings.note_mpacks(contents.into_mpacks());
    Ok(findings)
}

/// Checks every mpack, those included that other processes add meanwhile.
fn check_mpacks(
    repository: &Repository,
    reporter: &dyn Reporter,
    findings: &mut Findings,
) -> Result<Contents, RepositoryError> {
    let mut checked = Vec::new();
    let mut known = HashSet::new();
    loop {
        let mut stored = repository.objects.stored_mpacks()?;
        stored.retain(|mpack| known.insert(mpack.key));
        if stored.is_empty() {
            break;
        }
        let total_bytes = stored.iter().map(|mpack| mpack.size_bytes).sum();
        let phase = reporter.phase("checking mpacks", Some(total_bytes), Unit::Bytes);
        let mut bytes_before = 0;
        for mpack in stored {
            let size_bytes = mpack.size_bytes;
            checked.extend(check_mpack(repository, mpack, &*phase, bytes_before)?);
            bytes_before += size_bytes;
        }
    }
    findings.note_unreadable(repository.objects.damaged_mpacks());
    let withheld = findings.note_damage(repository.objects.withheld())?;
    let shallow = repository.objects.shallow()?;
    Ok(Contents::new(
        checked,
        withheld.unwrap_or_default(),
        shallow,
    ))
}

#[cfg(test)]
mod tests;
