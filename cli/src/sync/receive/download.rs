//! The fetch plan, and the download of its mpacks, resumed where one was cut.

use std::path::PathBuf;
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _};
use muse_wire::api::fetch::{FetchPlan, FetchRequest, PlannedMpack};
use muse_wire::id::{CommitId, MpackKey};
use muse_wire::limits::MAX_NEGOTIATE_IDS;
use muse_wire::problem::ProblemCode;

use crate::report::{Phase, Unit};
use crate::repository::Repository;
use crate::sync::job::{check_job, wait_for_job};
use crate::sync::{Connection, FetchError};
use crate::transport::{FetchAnswer, Storage, TransportError};

/// How many files are downloaded at the same time.
const PARALLEL_DOWNLOADS: usize = 4;
/// How often a plan is asked for again because its URLs have expired.
const MAX_RENEWALS: u32 = 3;
/// How long a server may take to put a plan together.
const PLAN_TIMEOUT: Duration = Duration::from_secs(600);

/// A file that was downloaded and is not verified yet.
pub(in crate::sync) struct Downloaded {
    pub(in crate::sync) key: MpackKey,
    pub(in crate::sync) size_bytes: u64,
    /// The file; the repository's own where it has the mpack already.
    pub(in crate::sync) path: PathBuf,
    /// Whether the repository has it already, so that it needs no verification.
    pub(in crate::sync) is_installed: bool,
}

/// Downloads all mpacks of the plan for `want` and `have`, in its order.
pub(in crate::sync) fn download(
    repository: &Repository,
    connection: &Connection<'_>,
    want: &[CommitId],
    have: &[CommitId],
) -> Result<Vec<Downloaded>, FetchError> {
    if want.len() > MAX_NEGOTIATE_IDS {
        return Err(FetchError::TooManyRefs { count: want.len() });
    }
    let request = FetchRequest {
        want: want.to_vec(),
        have: have.to_vec(),
    };
    let reporter = connection.reporter();
    let mut plan = ask_for_plan(connection, &request)?;
    let total_bytes = plan.mpacks.iter().map(|mpack| mpack.size_bytes).sum();
    reporter.step(format_args!(
        "step 2: mpacks={} bytes={total_bytes} cache={}",
        plan.mpacks.len(),
        plan.cache
    ));
    let mut downloads = destinations(repository, &plan);
    let phase = reporter.phase("downloading", Some(total_bytes), Unit::Bytes);
    for renewals in 0.. {
        match download_all(connection, &plan, &downloads, &*phase) {
            Ok(()) => break,
            Err(error) if renewals < MAX_RENEWALS && is_expired(&error) => {
                reporter.step(format_args!("{error}; asking for new URLs"));
                plan = ask_for_plan(connection, &request)?;
                downloads = destinations(repository, &plan);
                phase.set_position(0);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(downloads)
}

fn ask_for_plan(
    connection: &Connection<'_>,
    request: &FetchRequest,
) -> Result<FetchPlan, FetchError> {
    let job = match connection.wait(connection.client().fetch(request))? {
        FetchAnswer::Plan(plan) => return Ok(plan),
        FetchAnswer::Job(job) => *job,
    };
    let job = wait_for_job(connection, job, PLAN_TIMEOUT, "waiting for the server")?;
    check_job(&job)?;
    job.fetch.ok_or(FetchError::NoPlan)
}

/// Where each mpack is, or is downloaded to.
fn destinations(repository: &Repository, plan: &FetchPlan) -> Vec<Downloaded> {
    let destination = |mpack: &PlannedMpack| {
        let key = mpack.mpack_key;
        let installed = repository.objects.mpack_file(&key);
        Downloaded {
            key,
            size_bytes: mpack.size_bytes,
            is_installed: installed.is_some(),
            path: installed.unwrap_or_else(|| repository.layout.partial_download(&key)),
        }
    };
    plan.mpacks.iter().map(destination).collect()
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
    if destination.is_installed {
        phase.advance(mpack.size_bytes);
        return Ok(());
    }
    let path = &destination.path;
    match (&mpack.inline, &mpack.download) {
        (Some(bytes), _) => {
            phase.advance(mpack.size_bytes);
            let written = tokio::fs::write(path, bytes).await;
            written.map_err(|source| TransportError::LocalFile {
                path: path.clone(),
                source,
            })
        }
        (None, Some(download)) => {
            storage
                .download(download, path, mpack.size_bytes, phase)
                .await
        }
        (None, None) => Err(TransportError::BadAnswer {
            host: connection.url().server().host(),
            reason: "a plan names an mpack without a way to get it".to_owned(),
        }),
    }
}

/// Whether a presigned URL has expired.
fn is_expired(error: &TransportError) -> bool {
    matches!(error, TransportError::StorageRefused { status, .. } if status.as_u16() == 403)
        || error.code() == Some(ProblemCode::InvalidSignature)
}
