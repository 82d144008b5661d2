//! The last step: one transaction.

use std::sync::Arc;

use futures::future::BoxFuture;
use muse_wire::problem::ProblemCode;

use super::protection::protected;
use super::updates::{default_branch, stale};
use crate::error::{Error, Result};
use crate::store::Store;
use crate::store::jobs::{JobReport, NewJob};
use crate::store::publish::{Publication, PublishError};
use crate::store::repos::RepoId;

/// Which jobs one more mpack in a repository makes necessary. They are queued by the transaction
/// that publishes the mpack, and what they do is no business of the ingest.
pub(crate) type FollowUps =
    Arc<dyn Fn(RepoId) -> BoxFuture<'static, Result<Vec<NewJob>>> + Send + Sync>;

/// Makes a push visible, and queues the jobs that follow.
///
/// # Errors
/// [`Error`]; then nothing of it is visible.
pub(super) async fn publish(
    store: &Store,
    follow_ups: &FollowUps,
    mut publication: Publication,
) -> Result<JobReport> {
    if publication.mpack.is_some() {
        publication.follow_ups = follow_ups(publication.repo).await?;
    }
    store.publish(publication).await.map_err(publish_error)
}

fn publish_error(error: PublishError) -> Error {
    let detail = error.to_string();
    match error {
        PublishError::Fenced => Error::LeaseLost,
        PublishError::RepoGone => Error::problem(ProblemCode::NotFound, detail),
        PublishError::Stale {
            name,
            expected,
            actual,
        } => stale(&name, expected, actual),
        PublishError::DefaultBranch { name } => default_branch(&name),
        PublishError::Protected { name, rule } => protected(&name, rule),
        PublishError::RefCollision(_) => Error::problem(ProblemCode::InvalidName, detail),
        PublishError::UnknownTarget { .. } => {
            Error::problem(ProblemCode::MissingDependency, detail)
        }
        PublishError::Store(error) => error.into(),
    }
}
