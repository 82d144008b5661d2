//! Making downloaded mpacks part of the repository: none of them before all were checked, one by
//! one and together.

use std::fs;

use muse_wire::history::OutsideObjects;
use muse_wire::id::CommitId;

use super::download::Downloaded;
use super::thicken::thicken;
use super::verify::verify_file;
use super::{closure, large_objects};
use crate::report::{Phase, Reporter, Unit};
use crate::repository::{Repository, StagedMpacks};
use crate::sync::FetchError;
use crate::worktree::FileWriter;

/// What was received.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Received {
    /// Commits that were not here before.
    pub commits: u64,
    /// Objects that were not here before.
    pub objects: u64,
    /// Bytes of the mpacks that were downloaded.
    pub bytes: u64,
}

/// Verifies downloaded mpacks, checks that the repository will have all of `want` with them, and
/// makes them part of it. Objects that `files` wants go there on the way, so that they are
/// decompressed once.
///
/// # Errors
/// [`FetchError`]; the repository has none of the mpacks, unless the file system failed.
pub(in crate::sync) fn install(
    repository: &Repository,
    reporter: &dyn Reporter,
    want: &[CommitId],
    downloaded: &[Downloaded],
    files: Option<&FileWriter>,
) -> Result<Received, FetchError> {
    let label = if files.is_some() {
        "verifying, writing"
    } else {
        "verifying"
    };
    let total_bytes = downloaded.iter().map(|mpack| mpack.size_bytes).sum();
    let phase = reporter.phase(label, Some(total_bytes), Unit::Bytes);
    let mut staged = repository.objects.stage()?;
    let Checked {
        received,
        outside,
        thick: _thick,
    } = stage(repository, &mut staged, downloaded, files, &*phase)?;
    drop(phase);
    if let Err(error) = closure::check(repository, reporter, &staged, want, &outside) {
        if matches!(error, FetchError::Invalid(_)) {
            downloaded.iter().for_each(discard);
        }
        return Err(error);
    }
    staged.adopt()?;
    reporter.step(format_args!(
        "step 3: verified mpacks={} commits={} objects={}",
        downloaded.len(),
        received.commits,
        received.objects
    ));
    Ok(received)
}

/// What was found out about each mpack on its own.
#[derive(Default)]
struct Checked {
    received: Received,
    /// Objects that records name and that lie elsewhere.
    outside: OutsideObjects,
    /// The files that were written in place of thin ones. They go with this value, unless they have
    /// become part of the repository.
    thick: Vec<Downloaded>,
}

/// Verifies each of the files.
fn stage(
    repository: &Repository,
    staged: &mut StagedMpacks<'_>,
    downloaded: &[Downloaded],
    files: Option<&FileWriter>,
    phase: &dyn Phase,
) -> Result<Checked, FetchError> {
    let mut checked = Checked::default();
    let mut bytes_before = 0;
    for mpack in downloaded {
        if !mpack.is_installed() {
            let discard_invalid = |error: &FetchError| {
                if matches!(error, FetchError::Invalid(_) | FetchError::MissingBase(_)) {
                    discard(mpack);
                }
            };
            let thick = thicken(repository, staged.combined(), mpack);
            let thick = thick.inspect_err(discard_invalid)?;
            let whole = thick.as_ref().unwrap_or(mpack);
            let verified = verify_file(staged.combined(), whole, files, phase, bytes_before);
            let verified = verified.inspect_err(discard_invalid)?;
            checked.outside.all.extend(verified.outside.all);
            checked.outside.links.extend(verified.outside.links);
            let counts = verified.mpack.tables().counts();
            checked.received.commits += counts.commits;
            checked.received.objects += counts.objects;
            checked.received.bytes += mpack.size_bytes;
            let added = staged.add(whole.key, whole.path().to_owned(), verified.mpack)?;
            let objects = staged.combined();
            large_objects::check(objects, added.tables(), &verified.unchecked, files)
                .inspect_err(discard_invalid)?;
            if let Some(thick) = thick {
                discard(mpack);
                checked.thick.push(thick);
            }
        }
        bytes_before += mpack.size_bytes;
    }
    Ok(checked)
}

/// Removes what must not be resumed from.
fn discard(mpack: &Downloaded) {
    if !mpack.is_installed() {
        let _ = fs::remove_file(mpack.path());
    }
}
