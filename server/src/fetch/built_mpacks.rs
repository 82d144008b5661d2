//! Mpacks that the server builds: written to a local file, stored, and found again by a digest.
//!
//! However many ask for the same at once, in whatever processes, one builds and the others wait:
//! the database says who. What has expired is deleted once nobody can download it any more, rows
//! before blobs.

use std::path::Path;
use std::time::Duration;

use muse_wire::problem::ProblemCode;
use tempfile::TempPath;
use tokio::time::{Instant, sleep};
use tokio_util::task::AbortOnDropHandle;

use super::source::{PlannedFile, RepoSource};
use crate::blobs::{BlobKey, Blobs};
use crate::error::{Error, Result, with_causes};
use crate::store::Store;
use crate::store::built_mpacks::{BuildClaim, BuildId, BuiltMpack, NewBuild};
use crate::store::mpacks::MpackFile;

/// How long a built mpack is given out again.
const LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How many bytes of built mpacks are kept for the readers of a small repository. A larger one may
/// have as many as it holds itself.
const MAX_KEPT_BYTES: u64 = 2 << 30;

/// How long a build stays with a builder that shows no sign of life.
const LEASE: Duration = Duration::from_secs(15);

/// How often a builder extends its lease.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// How often those who wait for another's build look for it.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// How many expired mpacks are deleted at a time.
const EXPIRED_BATCH: u16 = 100;

/// The mpack that was built for this digest, if it still exists.
///
/// # Errors
/// [`Error`] where the database or the blob store fails.
pub(super) async fn find(source: RepoSource<'_>, digest: &[u8; 32]) -> Result<Option<PlannedFile>> {
    match source.store.built_mpack(source.repo.id, digest).await? {
        Some(built) => stored(source, built).await,
        None => Ok(None),
    }
}

/// A built mpack, if its blob is there.
async fn stored(source: RepoSource<'_>, built: BuiltMpack) -> Result<Option<PlannedFile>> {
    let planned = source.built(built);
    let size_bytes = source.blobs.size(&planned.blob).await?;
    Ok((size_bytes == Some(planned.file.size_bytes)).then_some(planned))
}

/// Has one caller build what all who ask need. `build` gives the mpack in a local file. Waits up to
/// `wait` where somebody else builds; `None` where that takes longer.
///
/// # Errors
/// [`Error::Problem`] where too much is kept for the repository's readers already; whatever `build`
/// gives; and where the blob store or the database fails.
pub(super) async fn obtain(
    source: RepoSource<'_>,
    new: &NewBuild,
    wait: Duration,
    build: impl Future<Output = Result<(TempPath, MpackFile)>>,
) -> Result<Option<PlannedFile>> {
    let RepoSource { store, .. } = source;
    let started = Instant::now();
    let id = loop {
        match store.claim_build(new, LEASE, MAX_KEPT_BYTES).await? {
            BuildClaim::Granted(id) => break id,
            BuildClaim::Ready(built) => {
                let id = built.id;
                if let Some(planned) = stored(source, built).await? {
                    return Ok(Some(planned));
                }
                store.expire_build(id).await?;
            }
            BuildClaim::Taken if started.elapsed() >= wait => return Ok(None),
            BuildClaim::Taken => sleep(POLL_INTERVAL).await,
            BuildClaim::Full => {
                let detail = "too much was built for readers of this repository; try again later";
                return Err(Error::problem(ProblemCode::TooManyRequests, detail));
            }
        }
    };
    let keep_alive = keep_alive(store.clone(), id);
    let built = async {
        let (path, file) = build.await?;
        save(source, id, &path, file).await
    }
    .await;
    drop(keep_alive);
    if built.is_err()
        && let Err(error) = store.expire_build(id).await
    {
        // Its lease runs out instead.
        tracing::warn!(error = with_causes(&error), "cannot give up a build");
    }
    built.map(Some)
}

/// Extends the lease of a build until the handle is dropped or the lease is lost.
fn keep_alive(store: Store, id: BuildId) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(async move {
        loop {
            sleep(HEARTBEAT).await;
            match store.extend_build(id, LEASE).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(error = with_causes(&error), "cannot extend a build's lease");
                }
            }
        }
    }))
}

/// Stores what was built. The row names the blob before it is there, and says that it is ready only
/// afterwards.
async fn save(
    source: RepoSource<'_>,
    id: BuildId,
    path: &Path,
    file: MpackFile,
) -> Result<PlannedFile> {
    let RepoSource { store, blobs, .. } = source;
    let lost = || Error::internal("building an mpack", "the build was taken for dead");
    if !store.record_build(id, &file).await? {
        return Err(lost());
    }
    let planned = source.built(BuiltMpack { id, file });
    blobs.put_file(&planned.blob, path).await?;
    if store.finish_build(id, LIFETIME, MAX_KEPT_BYTES).await? {
        return Ok(planned);
    }
    blobs.delete(&planned.blob).await?;
    Err(lost())
}

/// Deletes what expired at least `grace` ago, rows before blobs: a blob that stays because the
/// process dies in between is named by nothing.
///
/// # Errors
/// [`Error`] where the database or the blob store fails.
pub(super) async fn delete_expired(store: &Store, blobs: &Blobs, grace: Duration) -> Result<()> {
    loop {
        let expired = store.take_expired_builds(grace, EXPIRED_BATCH).await?;
        for build in &expired {
            if let Some(key) = build.key {
                let blob = BlobKey::built(build.repo_uuid, key, build.id.0);
                blobs.delete(&blob).await?;
            }
        }
        if expired.len() < usize::from(EXPIRED_BATCH) {
            return Ok(());
        }
    }
}
