//! The last step: one transaction.

use muse_wire::api::push::RefUpdate;
use muse_wire::problem::ProblemCode;

use super::steps::Steps;
use super::updates::stale;
use crate::app::AppState;
use crate::failure::{Failure, Interruption};
use crate::fetch;
use crate::store::Repo;
use crate::store::accounts::UserId;
use crate::store::jobs::{JobReport, Lease};
use crate::store::publish::{NewMpack, Publication, PublishError};

/// Makes the push visible.
///
/// # Errors
/// [`Failure`]; then nothing of it is visible.
pub(super) async fn publish(
    state: &AppState,
    repo: &Repo,
    actor: Option<UserId>,
    mpack: Option<NewMpack>,
    updates: Vec<RefUpdate>,
    job: Option<Lease>,
    steps: &Steps,
) -> Result<JobReport, Failure> {
    let follow_up = match &mpack {
        Some(_) => fetch::follow_up(state, repo.id).await?,
        None => None,
    };
    let publication = Publication {
        repo: repo.id,
        actor,
        mpack,
        updates,
        job,
        timings: steps.timings(),
        follow_ups: follow_up.into_iter().collect(),
    };
    match state.store.publish(publication).await {
        Ok(report) => Ok(report),
        Err(error) => Err(refuse(error)),
    }
}

fn refuse(error: PublishError) -> Failure {
    let detail = error.to_string();
    match error {
        PublishError::Fenced => Interruption::LeaseLost.into(),
        PublishError::RepoGone => Failure::refused(ProblemCode::NotFound, detail),
        PublishError::Stale {
            name,
            expected,
            actual,
        } => stale(&name, expected, actual),
        PublishError::RefConflict(_) => Failure::refused(ProblemCode::InvalidName, detail),
        PublishError::UnknownTarget { .. } => {
            Failure::refused(ProblemCode::MissingDependency, detail)
        }
        PublishError::Store(error) => error.into(),
    }
}
