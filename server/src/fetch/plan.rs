//! From a request to a plan that can be sent.

use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use muse_wire::api::fetch::{FetchPlan, FetchRequest, PlannedMpack, WithheldObject};
use muse_wire::limits::MAX_INLINE_FETCH_BYTES;

use super::cover::cover;
use super::missing::{self, MissingCommits};
use super::residual::{self, LocatedContents, Residual};
use super::source::{PlannedFile, RepoSource};
use super::withheld::Withholding;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::history::VisibleObjects;

/// How many thin mpacks are looked for at once: a client that is far behind gets many.
const CONCURRENT_LOOK_UPS: usize = 16;

/// A plan before what it needs is built.
pub(super) struct PreparedPlan {
    started: Instant,
    missing: MissingCommits,
    before: Vec<Prepared>,
    whole: Vec<PlannedFile>,
    after: Prepared,
    withheld: Vec<WithheldObject>,
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
    let started = Instant::now();
    let missing = missing::find(source.store, source.repo, request).await?;
    let withholding = Withholding::load(source, visible, &request.lacking).await?;
    let cover = cover(source, &missing, &withholding, request.thin).await?;
    let mut before = Vec::with_capacity(cover.before.len());
    for residual in cover.before {
        before.push(Prepared::find(source, residual).await?);
    }
    Ok(PreparedPlan {
        started,
        missing,
        before,
        whole: cover.whole,
        after: Prepared::find(source, cover.after).await?,
        withheld: cover.withheld,
    })
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

    /// Builds what is missing; `None` where somebody else has been building that for longer than
    /// `wait`.
    ///
    /// # Errors
    /// [`Error`], a problem where the repository's readers had too much built.
    pub(super) async fn complete(
        mut self,
        source: RepoSource<'_>,
        wait: Duration,
        presign_lifetime: Duration,
    ) -> Result<Option<FetchPlan>> {
        let cache = if self.needs_build() { "MISS" } else { "HIT" };
        let (started, commits) = (self.started, self.missing.commits.len());
        let withheld = std::mem::take(&mut self.withheld);
        let Some(mpacks) = self.build(source, wait).await? else {
            return Ok(None);
        };
        let mpacks: Vec<PlannedFile> = stream::iter(mpacks)
            .map(|mpack| source.existing_form(mpack))
            .buffered(CONCURRENT_LOOK_UPS)
            .try_collect()
            .await?;
        let size_bytes: u64 = mpacks.iter().map(|mpack| mpack.file.size_bytes).sum();
        tracing::info!(
            repo = %source.repo.name,
            cache,
            commits,
            mpacks = mpacks.len(),
            withheld = withheld.len(),
            size_bytes,
            ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "fetch"
        );
        let is_small = size_bytes <= MAX_INLINE_FETCH_BYTES;
        let mut planned = Vec::with_capacity(mpacks.len());
        for mpack in mpacks {
            planned.push(if is_small {
                inline(source, mpack).await?
            } else {
                presign(source, mpack, presign_lifetime).await?
            });
        }
        Ok(Some(FetchPlan {
            mpacks: planned,
            withheld,
            cache: cache.to_owned(),
        }))
    }

    /// The mpacks of the plan, in order.
    async fn build(
        self,
        source: RepoSource<'_>,
        wait: Duration,
    ) -> Result<Option<Vec<PlannedFile>>> {
        let loaded = &self.missing.loaded;
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

async fn inline(source: RepoSource<'_>, planned: PlannedFile) -> Result<PlannedMpack> {
    let PlannedFile {
        blob, file: mpack, ..
    } = planned;
    let bytes = source.blobs.read_range(&blob, 0..mpack.size_bytes).await?;
    Ok(PlannedMpack {
        mpack_key: mpack.key,
        size_bytes: mpack.size_bytes,
        counts: mpack.counts,
        inline: Some(bytes.into()),
        download: None,
    })
}

async fn presign(
    source: RepoSource<'_>,
    planned: PlannedFile,
    lifetime: Duration,
) -> Result<PlannedMpack> {
    let PlannedFile {
        blob, file: mpack, ..
    } = planned;
    let download = source.blobs.presign_get(&blob, lifetime).await?;
    Ok(PlannedMpack {
        mpack_key: mpack.key,
        size_bytes: mpack.size_bytes,
        counts: mpack.counts,
        inline: None,
        download: Some(download),
    })
}
