//! The quick form of a check: the keys and tables of all mpacks, and that all refs resolve.

use std::collections::HashSet;
use std::fs::File;
use std::io::ErrorKind;
use std::sync::Arc;

use muse_wire::id::{MpackKey, hash_object};
use rayon::prelude::*;

use super::contents::{CheckedMpack, Contents};
use super::files::check_files;
use super::findings::{Findings, Missing, Need};
use crate::report::{Phase, Reporter, Unit};
use crate::repository::{Refs, Repository, RepositoryError, StoredMpack, Withheld};

/// Hashes all mpacks, checks their tables, and that every ref names a commit that is here.
///
/// # Errors
/// [`RepositoryError`] where the file system fails. Damage is no error, but a finding.
pub fn verify(
    repository: &Repository,
    reporter: &dyn Reporter,
) -> Result<Findings, RepositoryError> {
    let mut findings = Findings::default();
    let files = check_files(repository, &mut findings)?;
    let stored = repository.objects.stored_mpacks()?;
    let total_bytes = stored.iter().map(|mpack| mpack.size_bytes).sum();
    let phase = reporter.phase("hashing mpacks", Some(total_bytes), Unit::Bytes);
    let checked: Result<Vec<Option<CheckedMpack>>, RepositoryError> = stored
        .into_par_iter()
        .map(|mpack| check_key(mpack, &*phase))
        .collect();
    drop(phase);
    findings.note_unreadable(repository.objects.damaged_mpacks());
    let checked = checked?.into_iter().flatten().collect();
    let contents = Contents::new(checked, Withheld::new(), Arc::default());
    for (name, commit) in files.refs.as_ref().map(Refs::roots).unwrap_or_default() {
        if contents.commit(&commit).is_none() {
            findings.missing.push(Missing {
                kind: "commit",
                id: commit.to_string(),
                need: Need::Ref(name),
                remotes: Vec::new(),
            });
        }
    }
    findings.note_mpacks(contents.into_mpacks());
    Ok(findings)
}

/// Checks the key of an mpack; `None` if another process has merged it away.
fn check_key(
    stored: StoredMpack,
    phase: &dyn Phase,
) -> Result<Option<CheckedMpack>, RepositoryError> {
    let hashed = File::open(&stored.path).and_then(|mut file| hash_object(&mut file));
    let actual = match hashed {
        Ok((hash, _)) => MpackKey::from_bytes(*hash.as_bytes()),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(RepositoryError::storage("read", &stored.path)(error)),
    };
    phase.advance(stored.size_bytes);
    let damage = (actual != stored.key)
        .then(|| format!("it hashes to {actual}, not to the key that is its name"));
    Ok(Some(CheckedMpack {
        stored,
        damage,
        bad_frames: HashSet::new(),
        bad_objects: HashSet::new(),
    }))
}
