//! The download of the mpacks of a plan, resumed where one was cut. What they hold is taken while
//! they come.

use std::collections::HashMap;
use std::panic;
use std::thread;

use muse_wire::api::fetch::{FetchPlan, FetchRequest, PlannedMpack};
use muse_wire::id::{CommitId, MpackKey};
use tokio_util::sync::CancellationToken;

use super::arrival::Arrival;
use super::downloaded::{Arriving, Download, Downloaded, Place};
use super::plan;
use super::transfer::{is_worth_streaming, transfer_all};
use crate::report::{Phase, Reporter, Unit, say_resuming};
use crate::repository::{Repository, RepositoryError, free_bytes};
use crate::sync::{Connection, Depth, FetchError};

/// How often a plan is asked for again because its URLs have expired.
const MAX_RENEWALS: u32 = 3;

/// Downloads all mpacks of the plan for `want` and `have`, as far down as `depth` says; thin ones
/// if they may be `thin`. Gives them to `take`, in the plan's order, which reads the large ones
/// while they come. It is called again where a download has begun anew.
///
/// # Errors
/// [`FetchError`]; what has arrived is there for the next attempt.
pub(in crate::sync) fn download<T>(
    repository: &Repository,
    connection: &Connection<'_>,
    want: &[CommitId],
    have: &[CommitId],
    depth: Depth,
    thin: bool,
    mut take: impl FnMut(&Download) -> Result<T, FetchError>,
) -> Result<T, FetchError> {
    let request = plan::request(repository, want, have, depth, thin)?;
    let reporter = connection.reporter();
    let plan = plan::ask(connection, &request)?;
    let total_bytes = plan.mpacks.iter().map(|mpack| mpack.size_bytes).sum();
    reporter.step(format_args!(
        "step 2: mpacks={} bytes={total_bytes} cache={}",
        plan.mpacks.len(),
        plan.cache
    ));
    let mut download = place_all(repository, reporter, &plan, Vec::new(), Streaming::OfLarge)?;
    check_room(repository, &download)?;
    say_resumed(reporter, &download.mpacks);
    let mut transfer = Transfer {
        connection,
        request: &request,
        plan,
        renewals: 0,
    };
    let phase = || reporter.phase("downloading", Some(total_bytes), Unit::Bytes);
    if download.mpacks.iter().any(Downloaded::is_streamed) {
        match transfer.give_while_it_comes(&download, phase(), &mut take) {
            Err(FetchError::DownloadEnded) => {}
            taken => return taken,
        }
        reporter.step(format_args!("the download begins anew"));
        // Others may have what this process held.
        drop(download);
        let plan = &transfer.plan;
        download = place_all(repository, reporter, plan, Vec::new(), Streaming::No)?;
    }
    let phase = phase();
    let download = transfer.complete(repository, download, &*phase)?;
    drop(phase);
    take(&download)
}

/// Which mpacks are read while they come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Streaming {
    OfLarge,
    No,
}

/// The download of a plan.
struct Transfer<'a> {
    connection: &'a Connection<'a>,
    request: &'a FetchRequest,
    plan: FetchPlan,
    renewals: u32,
}

impl Transfer<'_> {
    /// Downloads in another thread while `take` reads what has come.
    ///
    /// # Errors
    /// [`FetchError::DownloadEnded`] where something has to be downloaded from its start, or the
    /// server gives something else by now.
    fn give_while_it_comes<T>(
        &mut self,
        download: &Download,
        phase: Box<dyn Phase>,
        take: &mut impl FnMut(&Download) -> Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        let stopping = CancellationToken::new();
        let (taken, transferred) = thread::scope(|scope| {
            let transfer = scope.spawn(|| {
                let transferred = self.stream(download, &*phase, &stopping);
                drop(phase);
                arrivals(download).for_each(Arrival::set_ended);
                transferred
            });
            let guard = stopping.clone().drop_guard();
            let taken = take(download);
            drop(guard);
            let joined = transfer.join();
            (
                taken,
                joined.unwrap_or_else(|cause| panic::resume_unwind(cause)),
            )
        });
        match (taken, transferred) {
            (Err(FetchError::DownloadEnded), Err(error)) => Err(error),
            (taken, _) => taken,
        }
    }

    /// Downloads everything, unless it is told to stop.
    fn stream(
        &mut self,
        download: &Download,
        phase: &dyn Phase,
        stopping: &CancellationToken,
    ) -> Result<(), FetchError> {
        loop {
            let all = transfer_all(self.connection, &self.plan, &download.mpacks, phase);
            let transferred = stopping.run_until_cancelled(all);
            match self.connection.wait(transferred) {
                None => return Err(FetchError::DownloadEnded),
                Some(Ok(())) => return Ok(()),
                Some(Err(error)) if self.can_renew(&error) => {}
                Some(Err(error)) => return Err(error),
            }
            let renewed = self.renew()?;
            let former = std::mem::replace(&mut self.plan, renewed);
            if !plan::is_same(&former, &self.plan) {
                return Err(FetchError::DownloadEnded);
            }
            phase.set_position(0);
        }
    }

    /// Downloads everything, whatever the server gives in the end.
    fn complete(
        &mut self,
        repository: &Repository,
        mut download: Download,
        phase: &dyn Phase,
    ) -> Result<Download, FetchError> {
        loop {
            let all = transfer_all(self.connection, &self.plan, &download.mpacks, phase);
            match self.connection.wait(all) {
                Ok(()) => return Ok(download),
                Err(error) if self.can_renew(&error) => {}
                Err(error) => return Err(error),
            }
            self.plan = self.renew()?;
            let reporter = self.connection.reporter();
            let earlier = download.mpacks;
            download = place_all(repository, reporter, &self.plan, earlier, Streaming::No)?;
            phase.set_position(0);
        }
    }

    fn can_renew(&mut self, error: &FetchError) -> bool {
        let is_expired = matches!(error, FetchError::Transport(error) if error.is_expired_url());
        if !is_expired || self.renewals == MAX_RENEWALS {
            return false;
        }
        let reporter = self.connection.reporter();
        reporter.step(format_args!("{error}; asking for new URLs"));
        self.renewals += 1;
        true
    }

    fn renew(&self) -> Result<FetchPlan, FetchError> {
        plan::ask(self.connection, self.request)
    }
}

fn arrivals(download: &Download) -> impl Iterator<Item = &Arrival> {
    download
        .mpacks
        .iter()
        .filter_map(|mpack| match &mpack.place {
            Place::Installed(_) => None,
            Place::Partial(arriving) => Some(&arriving.arrival),
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
fn check_room(repository: &Repository, download: &Download) -> Result<(), FetchError> {
    let needed_bytes = download.missing_bytes();
    match free_bytes(repository.layout.temporary_dir()) {
        Some(room_bytes) if needed_bytes > room_bytes => Err(FetchError::NoRoom {
            needed_bytes,
            room_bytes,
        }),
        // Where the system does not say, writing shows it.
        _ => Ok(()),
    }
}

/// Where each mpack is, or is downloaded to. Files that are open already are used on.
fn place_all(
    repository: &Repository,
    reporter: &dyn Reporter,
    plan: &FetchPlan,
    earlier: Vec<Downloaded>,
    streaming: Streaming,
) -> Result<Download, FetchError> {
    let mut earlier: HashMap<MpackKey, Place> = earlier
        .into_iter()
        .map(|mpack| (mpack.key, mpack.place))
        .collect();
    let destination = |mpack: &PlannedMpack| {
        let place = match earlier.remove(&mpack.mpack_key) {
            Some(place) => place,
            None => place(repository, reporter, mpack)?,
        };
        let mut downloaded = Downloaded {
            key: mpack.mpack_key,
            size_bytes: mpack.size_bytes,
            place,
        };
        let missing_bytes = downloaded.missing_bytes();
        if streaming == Streaming::OfLarge
            && let Place::Partial(arriving) = &mut downloaded.place
            && is_worth_streaming(mpack, missing_bytes)
        {
            arriving.end = Some(repository.layout.private_download()?);
        }
        Ok(downloaded)
    };
    let mpacks = plan.mpacks.iter().map(destination);
    Ok(Download {
        mpacks: mpacks.collect::<Result<_, RepositoryError>>()?,
        withheld: plan::withheld(&plan.withheld)?,
        shallow: plan.shallow.clone(),
        unshallow: plan.unshallow.clone(),
    })
}

fn place(
    repository: &Repository,
    reporter: &dyn Reporter,
    mpack: &PlannedMpack,
) -> Result<Place, RepositoryError> {
    let arriving = |file| {
        Place::Partial(Arriving {
            file,
            end: None,
            arrival: Arrival::default(),
        })
    };
    let key = mpack.mpack_key;
    let installed = || repository.objects.mpack_file(&key).map(Place::Installed);
    if let Some(installed) = installed() {
        return Ok(installed);
    }
    if mpack.inline.is_some() {
        return repository.layout.private_download().map(arriving);
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
    Ok(arriving(partial))
}
