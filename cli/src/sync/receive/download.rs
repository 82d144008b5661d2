//! The fetch plan, and the download of its mpacks, resumed where one was cut.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _};
use muse_wire::api::fetch::{FetchPlan, FetchRequest, PlannedMpack, WithheldObject};
use muse_wire::id::{CommitId, MpackKey};
use muse_wire::limits::{
    MAX_FETCH_DEPTH, MAX_NEGOTIATE_IDS, MAX_SHALLOW_COMMITS, MAX_WITHHELD_OBJECTS,
    MAX_WITHHELD_REASON_BYTES,
};

use crate::report::{Phase, Reporter, Unit, say_resuming};
use crate::repository::{PartialDownload, Repository, RepositoryError, Withheld, free_bytes};
use crate::sync::job::{check_job, wait_for_job};
use crate::sync::{Connection, Depth, FetchError};
use crate::transport::{FetchAnswer, Storage, TransportError};

/// How many files are downloaded at the same time.
const PARALLEL_DOWNLOADS: usize = 4;
/// How often a plan is asked for again because its URLs have expired.
const MAX_RENEWALS: u32 = 3;
/// How long a server may take to put a plan together.
const PLAN_TIMEOUT: Duration = Duration::from_secs(600);

/// Everything that a plan gives.
#[derive(Default)]
pub(in crate::sync) struct Download {
    /// Its mpacks, in its order.
    pub(in crate::sync) mpacks: Vec<Downloaded>,
    /// What it says is not in them.
    pub(in crate::sync) withheld: Withheld,
    /// Commits that it says come without some of their parents.
    pub(in crate::sync) shallow: Vec<CommitId>,
    /// Commits that it says have all their parents now.
    pub(in crate::sync) unshallow: Vec<CommitId>,
}

/// An mpack of the plan, and where it is.
pub(in crate::sync) struct Downloaded {
    pub(in crate::sync) key: MpackKey,
    pub(in crate::sync) size_bytes: u64,
    place: Place,
}

enum Place {
    /// The repository has it already.
    Installed(PathBuf),
    /// A file that is not verified yet, which no other process writes to.
    Partial(PartialDownload),
}

impl Downloaded {
    /// A file that was written here.
    pub(in crate::sync) const fn written(
        key: MpackKey,
        size_bytes: u64,
        file: PartialDownload,
    ) -> Self {
        Self {
            key,
            size_bytes,
            place: Place::Partial(file),
        }
    }

    /// The file.
    pub(in crate::sync) fn path(&self) -> &Path {
        match &self.place {
            Place::Installed(path) => path,
            Place::Partial(partial) => partial.path(),
        }
    }

    /// How much of it is still to be downloaded.
    fn missing_bytes(&self) -> u64 {
        match &self.place {
            Place::Installed(_) => 0,
            Place::Partial(partial) => {
                let length = partial.file().metadata().map(|metadata| metadata.len());
                self.size_bytes.saturating_sub(length.unwrap_or_default())
            }
        }
    }

    /// Whether the repository has it already, so that it needs no verification of its own.
    pub(in crate::sync) const fn is_installed(&self) -> bool {
        matches!(self.place, Place::Installed(_))
    }
}

/// Downloads all mpacks of the plan for `want` and `have`, as far down as `depth` says, in its
/// order; thin ones if they may be `thin`.
pub(in crate::sync) fn download(
    repository: &Repository,
    connection: &Connection<'_>,
    want: &[CommitId],
    have: &[CommitId],
    depth: Depth,
    thin: bool,
) -> Result<Download, FetchError> {
    // More than a request can name: then everything is wanted, which has all of that.
    let want_all = want.len() > MAX_NEGOTIATE_IDS;
    let lacking = repository.objects.withheld()?.into_keys();
    let shallow = repository.objects.shallow_here()?;
    if shallow.len() > MAX_SHALLOW_COMMITS {
        return Err(FetchError::TooShallow(shallow.len()));
    }
    let request = FetchRequest {
        want: if want_all { Vec::new() } else { want.to_vec() },
        want_refs: Vec::new(),
        want_all,
        have: have.to_vec(),
        lacking: lacking.take(MAX_WITHHELD_OBJECTS).collect(),
        thin,
        depth: depth.depth(),
        deepen: depth.deepen(),
        shallow: shallow.into_iter().collect(),
    };
    let reporter = connection.reporter();
    let mut plan = ask_for_plan(connection, &request)?;
    check_ends(&plan, &request)?;
    let keys: HashSet<MpackKey> = plan.mpacks.iter().map(|mpack| mpack.mpack_key).collect();
    if keys.len() < plan.mpacks.len() {
        return Err(FetchError::invalid("the plan lists an mpack twice"));
    }
    let total_bytes = plan.mpacks.iter().map(|mpack| mpack.size_bytes).sum();
    reporter.step(format_args!(
        "step 2: mpacks={} bytes={total_bytes} cache={}",
        plan.mpacks.len(),
        plan.cache
    ));
    let mut downloads = destinations(repository, reporter, &plan, Vec::new())?;
    check_room(repository, &downloads)?;
    say_resumed(reporter, &downloads);
    let phase = reporter.phase("downloading", Some(total_bytes), Unit::Bytes);
    for renewals in 0.. {
        match download_all(connection, &plan, &downloads, &*phase) {
            Ok(()) => break,
            Err(error) if renewals < MAX_RENEWALS && error.is_expired_url() => {
                reporter.step(format_args!("{error}; asking for new URLs"));
                plan = ask_for_plan(connection, &request)?;
                check_ends(&plan, &request)?;
                downloads = destinations(repository, reporter, &plan, downloads)?;
                phase.set_position(0);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Download {
        mpacks: downloads,
        withheld: check_withheld(plan.withheld)?,
        shallow: plan.shallow,
        unshallow: plan.unshallow,
    })
}

/// Says how much of the files is here already, of those that are not part of the repository yet.
fn say_resumed(reporter: &dyn Reporter, downloads: &[Downloaded]) {
    let partial = downloads.iter().filter(|mpack| !mpack.is_installed());
    let (mut present_bytes, mut missing_bytes) = (0, 0);
    for mpack in partial {
        let missing = mpack.missing_bytes();
        missing_bytes += missing;
        present_bytes += mpack.size_bytes - missing;
    }
    if present_bytes > 0 && missing_bytes > 0 {
        say_resuming(reporter, present_bytes);
    }
}

/// Checks that the disk has room for what is still to come.
fn check_room(repository: &Repository, downloads: &[Downloaded]) -> Result<(), FetchError> {
    let needed_bytes = downloads.iter().map(Downloaded::missing_bytes).sum();
    match free_bytes(repository.layout.temporary_dir()) {
        Some(room_bytes) if needed_bytes > room_bytes => Err(FetchError::NoRoom {
            needed_bytes,
            room_bytes,
        }),
        // Where the system does not say, writing shows it.
        _ => Ok(()),
    }
}

/// What the plan withholds, if it keeps the limits.
fn check_withheld(withheld: Vec<WithheldObject>) -> Result<Withheld, FetchError> {
    if withheld.len() > MAX_WITHHELD_OBJECTS {
        let reason = format!("it withholds more than {MAX_WITHHELD_OBJECTS} objects");
        return Err(FetchError::invalid(reason));
    }
    let is_too_long = |one: &WithheldObject| one.reason.len() > MAX_WITHHELD_REASON_BYTES;
    if let Some(WithheldObject { object, .. }) = withheld.iter().find(|one| is_too_long(one)) {
        let reason = format!(
            "the reason for withholding {object} is longer than {MAX_WITHHELD_REASON_BYTES} bytes"
        );
        return Err(FetchError::invalid(reason));
    }
    let withheld = withheld.into_iter();
    Ok(withheld.map(|one| (one.object, one.reason)).collect())
}

fn ask_for_plan(
    connection: &Connection<'_>,
    request: &FetchRequest,
) -> Result<FetchPlan, FetchError> {
    let job = match connection.wait(connection.client().fetch(request))? {
        FetchAnswer::Plan(plan) => return check_plan(plan),
        FetchAnswer::Job(job) => *job,
    };
    let job = wait_for_job(connection, job, PLAN_TIMEOUT, "waiting for the server")?;
    check_job(&job)?;
    check_plan(job.fetch.ok_or(FetchError::NoPlan)?)
}

/// The plan, if its sizes can be added up, and are those of the mpacks in it.
fn check_plan(plan: FetchPlan) -> Result<FetchPlan, FetchError> {
    let mut sizes = plan.mpacks.iter().map(|mpack| mpack.size_bytes);
    match sizes.try_fold(0, u64::checked_add) {
        Some(_) => {}
        None => return Err(FetchError::invalid("its mpacks have impossible sizes")),
    }
    if plan.shallow.len() > MAX_SHALLOW_COMMITS {
        let reason = format!("history would end at more than {MAX_SHALLOW_COMMITS} commits");
        return Err(FetchError::invalid(reason));
    }
    for mpack in &plan.mpacks {
        let (key, announced) = (mpack.mpack_key, mpack.size_bytes);
        if let Some(bytes) = &mpack.inline
            && bytes.len() as u64 != announced
        {
            let actual = bytes.len();
            return Err(FetchError::invalid(format!(
                "the mpack {key} in the plan has {actual} bytes, and the plan says {announced}"
            )));
        }
    }
    Ok(plan)
}

/// Checks that history ends nowhere but where it was asked to.
fn check_ends(plan: &FetchPlan, request: &FetchRequest) -> Result<(), FetchError> {
    let is_cut = request.depth.or(request.deepen).unwrap_or(MAX_FETCH_DEPTH) < MAX_FETCH_DEPTH;
    let known: HashSet<&CommitId> = request.shallow.iter().collect();
    match plan
        .shallow
        .iter()
        .find(|id| !is_cut && !known.contains(id))
    {
        None => Ok(()),
        Some(id) => Err(FetchError::invalid(format!(
            "the history below commit {id} is wanted, and the plan leaves it out"
        ))),
    }
}

/// Where each mpack is, or is downloaded to. Files that are open already are used on.
fn destinations(
    repository: &Repository,
    reporter: &dyn Reporter,
    plan: &FetchPlan,
    earlier: Vec<Downloaded>,
) -> Result<Vec<Downloaded>, RepositoryError> {
    let mut earlier: HashMap<MpackKey, Place> = earlier
        .into_iter()
        .map(|mpack| (mpack.key, mpack.place))
        .collect();
    let destination = |mpack: &PlannedMpack| {
        let key = mpack.mpack_key;
        let place = match earlier.remove(&key) {
            Some(place) => place,
            None => place(repository, reporter, mpack)?,
        };
        Ok(Downloaded {
            key,
            size_bytes: mpack.size_bytes,
            place,
        })
    };
    plan.mpacks.iter().map(destination).collect()
}

fn place(
    repository: &Repository,
    reporter: &dyn Reporter,
    mpack: &PlannedMpack,
) -> Result<Place, RepositoryError> {
    let key = mpack.mpack_key;
    let installed = || repository.objects.mpack_file(&key).map(Place::Installed);
    if let Some(installed) = installed() {
        return Ok(installed);
    }
    if mpack.inline.is_some() {
        return repository.layout.private_download().map(Place::Partial);
    }
    let partial = repository.layout.partial_download(&key)?;
    // The process that had the file may just have made it part of the repository.
    if let Some(installed) = installed() {
        return Ok(installed);
    }
    if !partial.is_resumable() {
        reporter.note(format_args!(
            "another process is downloading the same; not waiting for it"
        ));
    }
    Ok(Place::Partial(partial))
}

fn download_all(
    connection: &Connection<'_>,
    plan: &FetchPlan,
    destinations: &[Downloaded],
    phase: &dyn Phase,
) -> Result<(), TransportError> {
    let storage = connection.server().storage();
    let downloads = plan
        .mpacks
        .iter()
        .zip(destinations)
        .map(|(mpack, destination)| download_one(connection, &storage, mpack, destination, phase));
    connection.wait(
        futures::stream::iter(downloads)
            .buffer_unordered(PARALLEL_DOWNLOADS)
            .try_collect(),
    )
}

async fn download_one(
    connection: &Connection<'_>,
    storage: &Storage<'_>,
    mpack: &PlannedMpack,
    destination: &Downloaded,
    phase: &dyn Phase,
) -> Result<(), TransportError> {
    let Place::Partial(partial) = &destination.place else {
        phase.advance(mpack.size_bytes);
        return Ok(());
    };
    let path = partial.path();
    let local = |source| TransportError::LocalFile {
        path: path.to_owned(),
        source,
    };
    match (&mpack.inline, &mpack.download) {
        (Some(bytes), _) => {
            phase.advance(mpack.size_bytes);
            // A whole plan's inline bytes are within one control body.
            partial.overwrite(bytes).map_err(local)
        }
        (None, Some(download)) => {
            let file = partial.file().try_clone().map_err(local)?;
            storage
                .download(download, file, path, mpack.size_bytes, phase)
                .await
        }
        (None, None) => Err(TransportError::BadAnswer {
            host: connection.url().server().host(),
            reason: "a plan names an mpack without a way to get it".to_owned(),
        }),
    }
}
