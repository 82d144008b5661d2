//! Making downloaded mpacks part of the repository: none of them before all were checked, one by
//! one and together.

use muse_wire::history::OutsideObjects;
use muse_wire::id::CommitId;
use muse_wire::mpack::Mpack;

use super::downloaded::{Download, Downloaded};
use super::history_ends::HistoryEnds;
use super::thicken::thicken;
use super::verify::verify_file;
use super::withheld::WithheldObjects;
use super::{closure, large_objects};
use crate::fault;
use crate::report::{Phase, Reporter, Unit};
use crate::repository::{ObjectStore, Repository, StagedMpacks};
use crate::sync::FetchError;
use crate::worktree::{FileWriter, PreparedFiles};

/// What was received.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Received {
    /// Commits that were not here before.
    pub commits: u64,
    /// Objects that were not here before.
    pub objects: u64,
    /// Bytes of the mpacks that were downloaded.
    pub bytes: u64,
    /// Objects that the server withholds, and that no fetch before has met.
    pub withheld: u64,
    /// Objects that came with this fetch, and that were withheld before.
    pub released: u64,
}

/// Verifies downloaded mpacks, checks that the repository, which has all of `complete`, will have
/// all of `want` with them, and makes them part of it. What the server withholds of it is noted and
/// named. Objects that `files` wants go there on the way, so that they are decompressed once; large
/// ones that a checkout will need are `prepared` for it.
///
/// # Errors
/// [`FetchError`]; the repository has none of the mpacks, unless the file system failed.
pub(in crate::sync) fn install(
    repository: &Repository,
    reporter: &dyn Reporter,
    want: &[CommitId],
    complete: &[CommitId],
    download: &Download,
    files: Option<&FileWriter>,
    prepared: &mut PreparedFiles,
) -> Result<Received, FetchError> {
    let downloaded = &download.mpacks[..];
    let known = repository.objects.withheld()?;
    let mut withheld = WithheldObjects::new(known.clone(), &download.withheld);
    let ends = HistoryEnds::of(&repository.objects, complete, download)?;
    let mut staged = repository.objects.stage(ends.after())?;
    let delivery = Delivery {
        repository,
        reporter,
        want,
        complete,
        mpacks: downloaded,
        ends: &ends,
    };
    let Checked {
        mut received,
        thick: _thick,
        ..
    } = delivery.check(&mut staged, &mut withheld, files, prepared)?;
    received.withheld = withheld.warn(reporter);
    let to_remember = withheld.to_remember();
    if !to_remember.is_empty() {
        repository.lock()?.add_withheld(to_remember)?;
        fault::point("withheld_noted");
    }
    ends.adopt(repository, staged)?;
    if withheld.is_any_known() {
        let lacking = repository.objects.withheld()?;
        let released = known.keys().filter(|id| !lacking.contains_key(*id));
        received.released = released.count() as u64;
        // Otherwise they stay listed until a checkout has written their files.
        if repository.left_out.read()?.is_empty() {
            repository.lock()?.strike_off_released()?;
        }
    }
    reporter.step(format_args!(
        "step 3: verified mpacks={} commits={} objects={}",
        downloaded.len(),
        received.commits,
        received.objects
    ));
    Ok(received)
}

/// Verifies downloaded mpacks as [`install`] does, and leaves the repository as it is.
///
/// # Errors
/// [`FetchError`].
pub(in crate::sync) fn check(
    repository: &Repository,
    reporter: &dyn Reporter,
    want: &[CommitId],
    complete: &[CommitId],
    download: &Download,
) -> Result<Received, FetchError> {
    let known = repository.objects.withheld()?;
    let mut withheld = WithheldObjects::new(known, &download.withheld);
    let ends = HistoryEnds::of(&repository.objects, complete, download)?;
    let mut staged = repository.objects.stage(ends.after())?;
    let delivery = Delivery {
        repository,
        reporter,
        want,
        complete,
        mpacks: &download.mpacks,
        ends: &ends,
    };
    let prepared = &mut PreparedFiles::default();
    let checked = delivery.check(&mut staged, &mut withheld, None, prepared)?;
    Ok(checked.received)
}

/// Mpacks for a repository that has all of `complete`, and is to have all of `want` with them.
struct Delivery<'a> {
    repository: &'a Repository,
    reporter: &'a dyn Reporter,
    want: &'a [CommitId],
    complete: &'a [CommitId],
    mpacks: &'a [Downloaded],
    ends: &'a HistoryEnds,
}

impl Delivery<'_> {
    /// Verifies each of the mpacks, then all of them together.
    fn check(
        &self,
        staged: &mut StagedMpacks<'_>,
        withheld: &mut WithheldObjects,
        files: Option<&FileWriter>,
        prepared: &mut PreparedFiles,
    ) -> Result<Checked, FetchError> {
        let Self {
            repository,
            reporter,
            want,
            complete,
            mpacks,
            ends,
        } = *self;
        let label = if files.is_some() {
            "verifying, writing"
        } else {
            "verifying"
        };
        // What is still coming says itself how long that takes.
        let is_here = !mpacks.iter().any(Downloaded::is_streamed);
        let total_bytes = is_here.then(|| mpacks.iter().map(|mpack| mpack.size_bytes).sum());
        let phase = reporter.phase(label, total_bytes, Unit::Bytes);
        let checked = stage(
            repository, staged, mpacks, withheld, files, prepared, &*phase,
        )?;
        drop(phase);
        let outside = &checked.outside;
        let parts = closure::Parts {
            complete,
            want,
            outside,
            opened: &ends.opened,
        };
        let whole = closure::check(&parts, reporter, staged, withheld);
        if let Err(error) = whole {
            if matches!(error, FetchError::Invalid(_)) {
                mpacks.iter().for_each(Downloaded::discard);
            }
            return Err(error);
        }
        Ok(checked)
    }
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
    withheld: &mut WithheldObjects,
    files: Option<&FileWriter>,
    prepared: &mut PreparedFiles,
    phase: &dyn Phase,
) -> Result<Checked, FetchError> {
    let mut checked = Checked::default();
    let mut bytes_before = 0;
    for mpack in downloaded {
        if !mpack.is_installed() {
            let discard_invalid = |error: &FetchError| {
                if matches!(error, FetchError::Invalid(_) | FetchError::MissingBase(_)) {
                    mpack.discard();
                }
            };
            let objects = staged.combined();
            let opened = open(repository, objects, mpack).inspect_err(discard_invalid)?;
            let (opened, thick) = opened;
            let whole = thick.as_ref().unwrap_or(mpack);
            let verified =
                verify_file(objects, whole, opened, withheld, files, phase, bytes_before);
            let verified = verified.inspect_err(discard_invalid)?;
            checked.outside.all.extend(verified.outside.all);
            checked.outside.links.extend(verified.outside.links);
            let counts = verified.mpack.tables().counts();
            checked.received.commits += counts.commits;
            checked.received.objects += counts.objects;
            checked.received.bytes += mpack.size_bytes;
            let added = staged.add(whole.key, whole.path().to_owned(), verified.mpack)?;
            let objects = staged.combined();
            let (layout, tables) = (&repository.layout, added.tables());
            let large = &verified.unchecked;
            large_objects::check(layout, objects, tables, large, files, prepared)
                .inspect_err(discard_invalid)?;
            if let Some(thick) = thick {
                mpack.discard();
                checked.thick.push(thick);
            }
        }
        bytes_before += mpack.size_bytes;
    }
    Ok(checked)
}

/// Opens an mpack, and its thick form in place of a thin one.
fn open(
    repository: &Repository,
    objects: &ObjectStore,
    mpack: &Downloaded,
) -> Result<(Mpack, Option<Downloaded>), FetchError> {
    let opened = mpack.open()?;
    if !opened.tables().is_thin() {
        return Ok((opened, None));
    }
    let thin = mpack.complete(opened)?;
    let thick = thicken(repository, objects, mpack, &thin)?;
    Ok((thick.open()?, Some(thick)))
}
