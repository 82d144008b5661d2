//! From a request to the mpacks that answer it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use muse_wire::api::fetch::{FetchRequest, WithheldObject};
use muse_wire::id::CommitId;

use super::answer::Answer;
use super::cover::cover;
use super::kept_plans::Question;
use super::missing::HistoryEnds;
use super::residual::{self, LocatedContents, Residual};
use super::source::{PlannedFile, RepoSource};
use super::withheld::Withholding;
use super::{kept_plans, missing};
use crate::consolidation;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::history::{LoadedCommits, VisibleObjects};
use crate::store::fetch_plans::{FORMER_PLAN_LIFETIME, PLAN_LIFETIME};
use crate::store::mpacks::StoredMpack;

/// A plan before what it needs is built.
pub(super) struct PreparedPlan {
    question: Option<Question>,
    commits: u64,
    loaded: Arc<LoadedCommits>,
    before: Vec<Prepared>,
    whole: Vec<PlannedFile>,
    after: Prepared,
    withheld: Vec<WithheldObject>,
    ends: HistoryEnds,
    /// How long it may be kept.
    lifetime: Duration,
}

/// Finds out what answers a fetch, and what of that is built already.
///
/// # Errors
/// [`Error`], a problem where what is wanted does not exist.
pub(super) async fn prepare(
    source: RepoSource<'_>,
    visible: &VisibleObjects,
    request: &FetchRequest,
) -> Result<PreparedPlan> {
    let withholding = Withholding::load(source, visible, &request.lacking).await?;
    if let Some(stored) = everything(source, request, &withholding).await? {
        return Ok(PreparedPlan {
            // It is worked out as fast as it is looked up.
            question: None,
            commits: stored.iter().map(|mpack| mpack.counts.commits).sum(),
            loaded: Arc::default(),
            before: Vec::new(),
            whole: source.forms(&stored, request.thin),
            after: Prepared::Nothing,
            withheld: Vec::new(),
            ends: HistoryEnds::default(),
            lifetime: PLAN_LIFETIME,
        });
    }
    let missing = missing::find(source.store, source.repo, request).await?;
    let cover = cover(source, &missing, &withholding, request.thin).await?;
    let mut before = Vec::with_capacity(cover.before.len());
    for residual in cover.before {
        before.push(Prepared::find(source, residual).await?);
    }
    let is_plain = cover.withheld.is_empty() && withholding.is_empty();
    Ok(PreparedPlan {
        question: Question::of(request, &missing.haves).filter(|_| is_plain),
        commits: missing.commits.len() as u64,
        loaded: missing.loaded,
        before,
        whole: cover.whole,
        after: Prepared::find(source, cover.after).await?,
        withheld: cover.withheld,
        ends: missing.ends,
        lifetime: match cover.has_former {
            true => FORMER_PLAN_LIFETIME,
            false => PLAN_LIFETIME,
        },
    })
}

/// The stored mpacks, where a reader who has nothing wants all that they hold: no commit is read
/// then. Where some hold what no ref reaches, they are taken apart for the next reader.
async fn everything(
    source: RepoSource<'_>,
    request: &FetchRequest,
    withholding: &Withholding,
) -> Result<Option<Vec<StoredMpack>>> {
    let RepoSource { store, repo, .. } = source;
    if !request.have.is_empty() || request.is_shallow() || !withholding.is_empty() {
        return Ok(None);
    }
    let wanted: HashSet<CommitId> = request.want.iter().copied().collect();
    let refs = store.refs(repo.id).await?;
    let tips: HashSet<CommitId> = refs.into_iter().map(|entry| entry.target).collect();
    if wanted != tips {
        return Ok(None);
    }
    let whole = whole(source).await?;
    if whole.is_none() {
        store.enqueue(&consolidation::job(repo.id)).await?;
    }
    Ok(whole)
}

/// The mpacks of all that refs reach; `None` where some hold other things, too.
async fn whole(source: RepoSource<'_>) -> Result<Option<Vec<StoredMpack>>> {
    let RepoSource { store, repo, .. } = source;
    if !store.is_settled(repo.id).await? {
        return Ok(None);
    }
    store
        .given_mpacks(repo.id)
        .await
        .map(Some)
        .map_err(Into::into)
}

/// All that readers may have, which is more than they ask for, and takes no building; `None` where
/// that cannot be had so.
///
/// # Errors
/// [`Error`], a problem where what is wanted does not exist.
pub(super) async fn in_excess(
    source: RepoSource<'_>,
    visible: &VisibleObjects,
    request: &FetchRequest,
) -> Result<Option<Answer>> {
    missing::check_wants(source.store, source.repo.id, &request.want).await?;
    if request.is_shallow() {
        return Ok(None);
    }
    let withholding = Withholding::load(source, visible, &request.lacking).await?;
    if !withholding.is_empty() {
        return Ok(None);
    }
    let answer = |stored: Vec<StoredMpack>| Answer {
        files: source.forms(&stored, false),
        commits: stored.iter().map(|mpack| mpack.counts.commits).sum(),
        withheld: Vec::new(),
        ends: HistoryEnds::default(),
        is_built: false,
    };
    Ok(whole(source).await?.map(answer))
}

impl PreparedPlan {
    /// Whether anything has to be built.
    pub(super) fn needs_build(&self) -> bool {
        self.residuals().any(Prepared::needs_build)
    }

    /// Bytes of objects that have to be written for that, uncompressed.
    pub(super) fn build_bytes(&self) -> u64 {
        self.residuals().map(Prepared::build_bytes).sum()
    }

    fn residuals(&self) -> impl Iterator<Item = &Prepared> {
        self.before.iter().chain([&self.after])
    }

    /// Builds what is missing, and keeps the plan for whoever asks the same; `None` where somebody
    /// else has been building that for longer than `wait`.
    ///
    /// # Errors
    /// [`Error`], a problem where the repository's readers had too much built.
    pub(super) async fn complete(
        mut self,
        source: RepoSource<'_>,
        wait: Duration,
    ) -> Result<Option<Answer>> {
        let is_built = !self.needs_build();
        let (question, commits, lifetime) = (self.question.take(), self.commits, self.lifetime);
        let withheld = std::mem::take(&mut self.withheld);
        let ends = std::mem::take(&mut self.ends);
        let Some(files) = self.build(source, wait).await? else {
            return Ok(None);
        };
        if let Some(question) = question {
            kept_plans::keep(source, &question, commits, &files, lifetime).await?;
        }
        Ok(Some(Answer {
            files,
            commits,
            withheld,
            ends,
            is_built,
        }))
    }

    /// The mpacks of the plan, in order.
    async fn build(
        self,
        source: RepoSource<'_>,
        wait: Duration,
    ) -> Result<Option<Vec<PlannedFile>>> {
        let loaded = &self.loaded;
        let mut mpacks = Vec::new();
        let count_before = self.before.len();
        let residuals = self.before.into_iter().chain([self.after]);
        for (index, residual) in residuals.enumerate() {
            if index == count_before {
                mpacks.extend_from_slice(&self.whole);
            }
            match residual {
                Prepared::Nothing => {}
                Prepared::Built(built) => mpacks.push(built),
                Prepared::ToBuild(residual, contents) => {
                    let built = residual::build(source, residual, contents, loaded, wait).await?;
                    let Some(built) = built else {
                        return Ok(None);
                    };
                    mpacks.push(built);
                }
            }
        }
        Ok(Some(mpacks))
    }
}

/// A residual after the search for an mpack that was built for it earlier.
enum Prepared {
    Nothing,
    Built(PlannedFile),
    ToBuild(Residual, LocatedContents),
}

impl Prepared {
    async fn find(source: RepoSource<'_>, residual: Residual) -> Result<Self> {
        if residual.is_empty() {
            return Ok(Self::Nothing);
        }
        if let Some(built) = residual::find(source, &residual).await? {
            return Ok(Self::Built(built));
        }
        let contents = residual::locate(source, &residual).await?;
        Ok(Self::ToBuild(residual, contents))
    }

    const fn needs_build(&self) -> bool {
        matches!(self, Self::ToBuild(..))
    }

    /// Bytes of contents that have to be written, uncompressed.
    fn build_bytes(&self) -> u64 {
        match self {
            Self::ToBuild(_, contents) => contents.bytes(),
            Self::Nothing | Self::Built(_) => 0,
        }
    }
}
