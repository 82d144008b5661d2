//! The last step: one transaction.

use muse_wire::problem::ProblemCode;

use super::protection::protected;
use super::updates::{default_branch, stale};
use crate::error::{Error, Result};
use crate::store::jobs::JobReport;
use crate::store::publish::{FollowUps, Publication, PublishError};
use crate::store::{Repo, Store};

/// What a publication makes necessary or known besides. It is written by the same transaction, and
/// what it means is no business of the ingest.
pub(crate) type AfterPublication = fn(&Repo, &Publication) -> Result<FollowUps>;

/// Makes a push visible, with what follows from it.
///
/// # Errors
/// [`Error`]; then nothing of it is visible.
pub(super) async fn publish(
    store: &Store,
    after_publication: AfterPublication,
    repo: &Repo,
    mut publication: Publication,
) -> Result<JobReport> {
    publication.follow_ups = after_publication(repo, &publication)?;
    match store.publish(publication).await {
        Ok(report) => Ok(report),
        Err(error) => Err(publish_error(store, repo, error).await),
    }
}

async fn publish_error(store: &Store, repo: &Repo, error: PublishError) -> Error {
    let detail = error.to_string();
    match error {
        PublishError::Fenced => Error::LeaseLost,
        PublishError::RepoGone => Error::problem(ProblemCode::NotFound, detail),
        PublishError::Stale {
            name,
            expected,
            actual,
        } => stale(store, repo, &name, expected, actual).await,
        PublishError::DefaultBranch { name } => default_branch(&name),
        PublishError::Protected { name, rule } => protected(&name, rule),
        PublishError::RefCollision(_) => Error::problem(ProblemCode::InvalidName, detail),
        PublishError::UnknownTarget { .. } => {
            Error::problem(ProblemCode::MissingDependency, detail)
        }
        PublishError::Store(error) => error.into(),
    }
}
