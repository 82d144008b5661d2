//! The steps that every push goes through; `ingest.rs` lists them.

use std::collections::HashSet;

use muse_wire::api::push::RefUpdate;
use muse_wire::id::{CommitId, MpackKey};
use muse_wire::limits::PushLimits;

use super::content::Checked;
use super::limits::MpackLimits;
use super::parts::Parts;
use super::publish::{AfterPublication, publish};
use super::push::{Push, PushedMpack};
use super::steps::Steps;
use super::thicken::thicken;
use super::unverified::{UnverifiedMpack, never_uploaded};
use super::{content, protection, updates};
use crate::blobs::{BlobError, BlobKey, Blobs};
use crate::error::{Error, Result, with_causes};
use crate::fault;
use crate::memory::MemoryBudget;
use crate::store::jobs::JobReport;
use crate::store::publish::{FollowUps, Publication};
use crate::store::{Repo, Store};

/// A push's mpack that passed every check.
struct Received {
    content: Checked,
    /// Its bytes, where it came in the thin form.
    thick: Option<UnverifiedMpack>,
}

/// What the steps work with.
pub(super) struct Pipeline {
    pub(super) store: Store,
    pub(super) blobs: Blobs,
    pub(super) limits: PushLimits,
    pub(super) memory: MemoryBudget,
    pub(super) after_publication: AfterPublication,
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
            Err(Error::LeaseLost | Error::ShuttingDown | Error::ClientGone) => "interrupted",
            Err(_) => "failed",
        });
        result
    }

    async fn run_steps(&self, mut push: Push, steps: &mut Steps) -> Result<JobReport> {
        let unverified = match push.mpack.take() {
            Some(mpack) => self.pin(&push.repo, &push.updates, mpack, steps).await?,
            None => None,
        };
        let (repo, actor) = (push.repo.id, push.actor);
        let result = self.check_and_publish(push, unverified.as_ref(), steps);
        let result = result.await;
        if let Some(unverified) = unverified {
            let size_bytes = unverified.size_bytes();
            let is_kept = unverified.settle(&result).await;
            if let (true, Some(actor)) = (is_kept, actor)
                && let Err(error) = self.store.count_pushed(actor, repo, size_bytes).await
            {
                let error = with_causes(&error);
                tracing::warn!(error, "cannot count the bytes of a refused push");
            }
        }
        result
    }

    /// Whether the repository has the mpack that is pushed under this key, in whatever form: its
    /// row, and its blob. Where only the row is left, a push of the mpack brings the blob back.
    ///
    /// # Errors
    /// [`Error`] where the database or the blob store fails.
    pub(super) async fn is_published(&self, repo: &Repo, key: MpackKey) -> Result<bool> {
        let Some(mpack) = self.store.mpack(repo.id, &key).await? else {
            return Ok(false);
        };
        let own = BlobKey::mpack(repo.uuid, mpack.key);
        Ok(self.blobs.size(&own).await?.is_some())
    }

    /// Whether a push needs no bytes of its mpack: it was published, and refs reach what the push
    /// moves refs to. What none reaches may be collected at any time, so it is taken anew.
    ///
    /// # Errors
    /// [`Error`] where the database or the blob store fails.
    pub(super) async fn needs_no_bytes(
        &self,
        repo: &Repo,
        key: MpackKey,
        updates: &[RefUpdate],
    ) -> Result<bool> {
        if !self.is_published(repo, key).await? {
            return Ok(false);
        }
        let targets: HashSet<CommitId> = updates.iter().filter_map(|update| update.new).collect();
        let ids: Vec<CommitId> = targets.iter().copied().collect();
        Ok(self.store.reachable_among(repo.id, &ids).await? == targets)
    }

    /// Pins an mpack; `None` for one that was published before: it is known to be good, and so is
    /// everything that it holds.
    async fn pin(
        &self,
        repo: &Repo,
        updates: &[RefUpdate],
        mpack: PushedMpack,
        steps: &mut Steps,
    ) -> Result<Option<UnverifiedMpack>> {
        let (key, uploads) = (mpack.key(), mpack.uploads(repo.uuid));
        steps.enter("pin")?;
        fault::point("before_pin");
        if self.needs_no_bytes(repo, key, updates).await? {
            for upload in &uploads {
                self.blobs.delete(upload).await?;
            }
            return Ok(None);
        }
        let unverified = match mpack {
            PushedMpack::Received(file) => UnverifiedMpack::local(&self.blobs, repo.uuid, file),
            PushedMpack::Uploaded { parts, .. } if !parts.is_empty() => {
                steps.enter_visibly("assemble").await?;
                let parts = Parts::new(&self.blobs, repo.uuid, &parts)?;
                let limit = self.limits.mpack_bytes;
                let file = match parts.assemble(limit, &steps.cancellation()).await {
                    Err(Error::Blobs(BlobError::NotFound(_))) => return Err(never_uploaded(key)),
                    result => result?,
                };
                UnverifiedMpack::assembled(&self.blobs, repo.uuid, key, file, uploads)
            }
            PushedMpack::Uploaded { .. } => {
                UnverifiedMpack::pin(&self.blobs, repo.uuid, key).await?
            }
        };
        fault::point("after_pin");
        Ok(Some(unverified))
    }

    /// Checks everything that does not depend on refs. A thin mpack is made thick first.
    async fn check(
        &self,
        repo: &Repo,
        unverified: &UnverifiedMpack,
        steps: &mut Steps,
    ) -> Result<Received> {
        let (store, blobs, memory) = (&self.store, &self.blobs, &self.memory);
        let limits = if unverified.is_streamed() {
            MpackLimits::streamed(&self.limits)
        } else {
            MpackLimits::uploaded(self.limits.clone())
        };
        let Some(thickened) = thicken(store, blobs, &limits, repo, unverified, steps).await? else {
            let content =
                content::check(store, blobs, &limits, memory, repo, unverified, steps).await?;
            return Ok(Received {
                content,
                thick: None,
            });
        };
        let (limits, thick) = (limits.of_thick_form(), thickened.mpack);
        let mut content =
            content::check(store, blobs, &limits, memory, repo, &thick, steps).await?;
        content.mpack.thin = Some(thickened.thin);
        Ok(Received {
            content,
            thick: Some(thick),
        })
    }

    async fn check_and_publish(
        &self,
        push: Push,
        unverified: Option<&UnverifiedMpack>,
        steps: &mut Steps,
    ) -> Result<JobReport> {
        let Push {
            repo,
            actor,
            updates,
            job,
            ..
        } = push;
        let received = match unverified {
            Some(unverified) => Some(self.check(&repo, unverified, steps).await?),
            None => None,
        };
        let mpack = received.as_ref().map(|received| &received.content.mpack);
        steps.enter("verdict")?;
        let new_commits = mpack.map_or(&[][..], |mpack| &mpack.commits);
        updates::check_moves(&self.store, &repo, &updates, new_commits).await?;
        let signed = protection::check(&self.store, &repo, &updates, new_commits).await?;
        if let (Some(received), Some(unverified)) = (&received, unverified) {
            steps.enter("promote")?;
            let key = &received.content.mpack.key;
            self.store.keep_condemned(repo.id, key).await?;
            fault::point("before_promote");
            match &received.thick {
                Some(thick) => {
                    thick.promote().await?;
                    unverified.keep_as_thin_form_of(thick.key()).await?;
                }
                None => unverified.promote().await?,
            }
            fault::point("after_promote");
        }
        steps.enter_visibly("publish").await?;
        fault::point("before_publish");
        let content = received.map(|received| received.content);
        let (mpack, _memory) = content
            .map(|content| (content.mpack, content.memory))
            .unzip();
        let publication = Publication {
            repo: repo.id,
            actor,
            mpack,
            received_bytes: unverified.map_or(0, UnverifiedMpack::size_bytes),
            collections: repo.collections,
            updates,
            signed,
            job,
            timings: steps.timings(),
            follow_ups: FollowUps::default(),
        };
        let report = publish(&self.store, self.after_publication, &repo, publication).await?;
        fault::point("after_publish");
        Ok(report)
    }
}
