//! Takes in pushed mpacks: verifies them, indexes them, and moves refs. All or nothing.
//!
//! There is one way in, `run`. A job takes it for uploaded mpacks ([`enqueue_unpack`]), the request
//! itself for streamed ones ([`accept_stream`]). The steps, in order:
//!
//! 1. *promote*: the upload moves to its final key, which no presigned URL reaches, so that nobody
//!    can change the bytes after they were checked;
//! 2. *scan*: trailer and tables are read by range;
//! 3. *check*: counts, sizes and declared totals against the limits, ids against the block list;
//! 4. *verify*: one streaming pass over every byte, and the closure rule over every record;
//! 5. *closure*: objects that are not in the mpack are in the repository;
//! 6. *verdict*: the ref updates are allowed;
//! 7. *publish*: one transaction.
//!
//! Every object is verified, also one that the repository has already: the mpack will be served
//! whole, so all of it must be true. A refusal up to step 5 is the mpack's fault and puts it into quarantine.

mod check;
mod content;
mod entry;
mod publish;
mod scan;
mod steps;
#[cfg(test)]
mod tests;
mod updates;
mod verify;

use muse_wire::api::push::RefUpdate;
use muse_wire::id::MpackKey;
use muse_wire::problem::ProblemCode;

pub(crate) use entry::STREAMS_AT_ONCE;
pub(crate) use entry::run_unpack;
pub use entry::{accept_stream, enqueue_unpack, status};
pub(crate) use scan::read_tables;
pub use updates::check_updates;

use self::steps::Steps;
use crate::app::AppState;
use crate::blobs::{BlobError, BlobKey, StagedFile};
use crate::failure::Failure;
use crate::fault;
use crate::store::Repo;
use crate::store::accounts::UserId;
use crate::store::jobs::{JobReport, Lease};

/// A push, however it came.
struct Push {
    repo: Repo,
    actor: Option<UserId>,
    updates: Vec<RefUpdate>,
    mpack: Option<Arrival>,
    /// The job that this push is, to be ended by its publication.
    job: Option<Lease>,
}

/// How a push's mpack came.
enum Arrival {
    /// It lies under its upload key.
    Uploaded(MpackKey),
    /// It was received by this process.
    Staged(StagedFile),
}

impl Arrival {
    const fn key(&self) -> MpackKey {
        match self {
            Self::Uploaded(key) => *key,
            Self::Staged(file) => file.key,
        }
    }
}

/// Takes a push in.
///
/// # Errors
/// [`Failure`]; then nothing of the push is visible.
async fn run(state: &AppState, push: Push, steps: &mut Steps) -> Result<JobReport, Failure> {
    let repo = &push.repo;
    let mut content = None;
    if let Some(arrival) = push.mpack {
        let key = arrival.key();
        steps.enter("promote")?;
        fault::point("before_promote");
        promote(state, repo, arrival).await?;
        fault::point("after_promote");
        // An mpack that was published before is known to be good, and so is all that it holds.
        if state.store.mpack(repo.id, &key).await?.is_none() {
            match content::check(state, repo, key, steps).await {
                Ok(checked) => content = Some(checked),
                Err(failure) => {
                    if matches!(failure, Failure::Refused(_)) {
                        quarantine(state, repo, key).await;
                    }
                    return Err(failure);
                }
            }
        }
    }
    steps.enter("verdict")?;
    let new_commits = content.as_ref().map_or(&[][..], |mpack| &mpack.commits);
    updates::check_moves(state, repo, &push.updates, new_commits).await?;
    steps.announce("publish").await?;
    fault::point("before_publish");
    let report = publish::publish(
        state,
        repo,
        push.actor,
        content,
        push.updates,
        push.job,
        steps,
    )
    .await?;
    fault::point("after_publish");
    Ok(report)
}

/// Puts the mpack where it stays. Doing it again is fine.
async fn promote(state: &AppState, repo: &Repo, arrival: Arrival) -> Result<(), Failure> {
    let key = arrival.key();
    let target = BlobKey::mpack(repo.uuid, key);
    match arrival {
        Arrival::Uploaded(_) => {
            let upload = BlobKey::upload(repo.uuid, key);
            match state.blobs.promote(&upload, &target).await {
                Err(BlobError::NotFound(_)) => Err(Failure::refused(
                    ProblemCode::MpackNotUploaded,
                    format!("{key} was never uploaded"),
                )),
                result => Ok(result?),
            }
        }
        Arrival::Staged(file) => Ok(state.blobs.put_file(&target, &file.path).await?),
    }
}

/// Takes a refused mpack out of the way, so that a good one can come under the same key. Where that fails
/// the refusal stands: nothing refers to the file.
async fn quarantine(state: &AppState, repo: &Repo, key: MpackKey) {
    let target = BlobKey::mpack(repo.uuid, key);
    let moved = async {
        // Another push may have published the same bytes while this one was refused for what the
        // repository lacked at that time.
        if state.store.mpack(repo.id, &key).await?.is_none() {
            state.blobs.quarantine(&target).await?;
        }
        Ok::<_, Failure>(())
    };
    if let Err(error) = moved.await {
        let error = crate::failure::with_causes(&error);
        tracing::error!(mpack = %key, error, "cannot quarantine a refused mpack");
    }
}
