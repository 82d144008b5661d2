//! Takes in pushed mpacks: verifies them, indexes them, and moves refs. All or nothing.
//!
//! There is one way in. A job runs it for uploaded mpacks ([`enqueue_unpack`]), the request itself for
//! streamed ones ([`accept_stream`]).

use std::time::Duration;

use muse_wire::api::job::JobStatus;
use muse_wire::api::push::{RefUpdate, StreamControl, UnpackRequest};

use crate::app::AppState;
use crate::blobs::StagedFile;
use crate::failure::Failure;
use crate::store::jobs::JobId;
use crate::store::{Identity, Repo};

/// Checks ref updates against all rules that need no mpack: their number, their names, and where the refs
/// are now. What this refuses, ingest would refuse too.
///
/// # Errors
/// [`Failure::Refused`] naming the first update that cannot succeed.
pub async fn check_updates(
    state: &AppState,
    repo: &Repo,
    updates: &[RefUpdate],
) -> Result<(), Failure> {
    unimplemented!("{state:?} {repo:?} {updates:?}")
}

/// Queues the verification of an uploaded mpack. The same request again gives the same job.
///
/// # Errors
/// [`Failure::Refused`] where the updates break a rule or the mpack was never uploaded.
pub async fn enqueue_unpack(
    state: &AppState,
    repo: &Repo,
    identity: &Identity,
    request: UnpackRequest,
) -> Result<JobStatus, Failure> {
    unimplemented!("{state:?} {repo:?} {identity:?} {request:?}")
}

/// Takes in a streamed push; when this returns, it is done. `upload` is the mpack that `control` announces,
/// of exactly the announced size and key, received whole.
///
/// # Errors
/// [`Failure::Refused`] where the push breaks a rule; then nothing of it is visible.
pub async fn accept_stream(
    state: &AppState,
    repo: &Repo,
    identity: &Identity,
    control: StreamControl,
    upload: Option<StagedFile>,
) -> Result<JobStatus, Failure> {
    unimplemented!("{state:?} {repo:?} {identity:?} {control:?} {upload:?}")
}

/// Where a job of this repository stands, after waiting up to `wait` for it to end; `None` where the
/// repository has no such job.
///
/// # Errors
/// [`Failure`] where it cannot be looked up.
pub async fn status(
    state: &AppState,
    repo: &Repo,
    id: JobId,
    wait: Duration,
) -> Result<Option<JobStatus>, Failure> {
    unimplemented!("{state:?} {repo:?} {id} {wait:?}")
}
