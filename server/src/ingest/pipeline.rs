//! The steps that every push goes through; `ingest.rs` lists them.

use muse_wire::id::MpackKey;
use muse_wire::limits::PushLimits;
use muse_wire::problem::ProblemCode;

use super::publish::{FollowUps, publish};
use super::push::{Push, PushedMpack};
use super::steps::Steps;
use super::{content, updates};
use crate::blobs::{BlobError, BlobKey, Blobs};
use crate::error::{Error, Result, with_causes};
use crate::fault;
use crate::store::jobs::JobReport;
use crate::store::publish::{NewMpack, Publication};
use crate::store::{Repo, Store};

/// What the steps work with.
pub(super) struct Pipeline {
    pub(super) store: Store,
    pub(super) blobs: Blobs,
    pub(super) limits: PushLimits,
    pub(super) follow_ups: FollowUps,
}

impl Pipeline {
    /// Runs all steps and writes one log line about them.
    ///
    /// # Errors
    /// [`Error`]; then nothing of the push is visible.
    pub(super) async fn run(&self, push: Push, mut steps: Steps) -> Result<JobReport> {
        let result = self.run_steps(push, &mut steps).await;
        steps.log(match &result {
            Ok(_) => "done",
            Err(Error::Problem(problem)) => &problem.code,
            Err(Error::LeaseLost | Error::ShuttingDown) => "interrupted",
            Err(_) => "failed",
        });
        result
    }

    async fn run_steps(&self, push: Push, steps: &mut Steps) -> Result<JobReport> {
        let Push {
            repo,
            actor,
            updates,
            mpack,
            job,
        } = push;
        let mpack = match mpack {
            Some(mpack) => self.check_mpack(&repo, mpack, steps).await?,
            None => None,
        };
        steps.enter("verdict")?;
        let new_commits = mpack.as_ref().map_or(&[][..], |mpack| &mpack.commits);
        updates::check_moves(&self.store, &repo, &updates, new_commits).await?;
        steps.enter_visibly("publish").await?;
        fault::point("before_publish");
        let publication = Publication {
            repo: repo.id,
            actor,
            mpack,
            updates,
            job,
            timings: steps.timings(),
            follow_ups: Vec::new(),
        };
        let report = publish(&self.store, &self.follow_ups, publication).await?;
        fault::point("after_publish");
        Ok(report)
    }

    /// Promotes and checks an mpack; `None` for one that was published before: it is known to be
    /// good, and so is everything that it holds.
    async fn check_mpack(
        &self,
        repo: &Repo,
        mpack: PushedMpack,
        steps: &mut Steps,
    ) -> Result<Option<NewMpack>> {
        let Self {
            store,
            blobs,
            limits,
            ..
        } = self;
        let key = mpack.key();
        steps.enter("promote")?;
        fault::point("before_promote");
        self.promote(repo, mpack).await?;
        fault::point("after_promote");
        if store.mpack(repo.id, &key).await?.is_some() {
            return Ok(None);
        }
        match content::check(store, blobs, limits, repo, key, steps).await {
            Ok(checked) => Ok(Some(checked)),
            Err(error) => {
                if matches!(error, Error::Problem(_)) {
                    self.quarantine(repo, key).await;
                }
                Err(error)
            }
        }
    }

    /// Puts the mpack under its final key. Doing it again is fine.
    async fn promote(&self, repo: &Repo, mpack: PushedMpack) -> Result<()> {
        let key = mpack.key();
        let target = BlobKey::mpack(repo.uuid, key);
        match mpack {
            PushedMpack::Uploaded(_) => {
                let upload = BlobKey::upload(repo.uuid, key);
                match self.blobs.promote(&upload, &target).await {
                    Err(BlobError::NotFound(_)) => Err(Error::problem(
                        ProblemCode::MpackNotUploaded,
                        format!("{key} was never uploaded"),
                    )),
                    result => Ok(result?),
                }
            }
            PushedMpack::Received(file) => Ok(self.blobs.put_file(&target, &file.path).await?),
        }
    }

    /// Moves a refused mpack out of the way, so that a good one can come under the same key. Where
    /// that fails, the push stays refused: nothing refers to the file.
    async fn quarantine(&self, repo: &Repo, key: MpackKey) {
        let target = BlobKey::mpack(repo.uuid, key);
        let moved = async {
            // Another push may have published the same bytes while this one was refused because of
            // what the repository lacked at the time.
            if self.store.mpack(repo.id, &key).await?.is_none() {
                self.blobs.quarantine(&target).await?;
            }
            Ok::<_, Error>(())
        };
        if let Err(error) = moved.await {
            let error = with_causes(&error);
            tracing::error!(mpack = %key, error, "cannot quarantine a refused mpack");
        }
    }
}
