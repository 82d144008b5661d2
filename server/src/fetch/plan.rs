//! From a request to a plan that can be sent.

use std::time::{Duration, Instant};

use muse_wire::api::fetch::{FetchPlan, FetchRequest, PlannedMpack};
use muse_wire::limits::MAX_INLINE_FETCH_BYTES;

use super::cover::cover;
use super::missing;
use super::residual::{self, LocatedObjects, Residual};
use super::source::RepoSource;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::history::LoadedCommits;
use crate::store::mpacks::MpackFile;

/// Plans a fetch; `None` where that would build mpacks of more than `max_build_bytes` of objects,
/// uncompressed.
///
/// # Errors
/// [`Error`], a problem where what is wanted does not exist.
pub(super) async fn plan(
    source: RepoSource<'_>,
    request: &FetchRequest,
    max_build_bytes: u64,
    presign_lifetime: Duration,
) -> Result<Option<FetchPlan>> {
    let started = Instant::now();
    let missing = missing::find(source.store, source.repo, request).await?;
    let cover = cover(source, &missing).await?;
    let before = Prepared::find(source, cover.before).await?;
    let after = Prepared::find(source, cover.after).await?;
    if before.build_bytes() + after.build_bytes() > max_build_bytes {
        return Ok(None);
    }
    let cache = if before.needs_build() || after.needs_build() {
        "MISS"
    } else {
        "HIT"
    };
    let mut mpacks = Vec::new();
    mpacks.extend(before.build(source, &missing.loaded).await?);
    mpacks.extend(cover.whole);
    mpacks.extend(after.build(source, &missing.loaded).await?);
    let size_bytes: u64 = mpacks.iter().map(|mpack| mpack.size_bytes).sum();
    tracing::info!(
        repo = %source.repo.name,
        cache,
        commits = missing.commits.len(),
        mpacks = mpacks.len(),
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
        cache: cache.to_owned(),
    }))
}

/// A residual after the search for an mpack that was built for it earlier.
enum Prepared {
    Nothing,
    Built(MpackFile),
    ToBuild(Residual, LocatedObjects),
}

impl Prepared {
    async fn find(source: RepoSource<'_>, residual: Residual) -> Result<Self> {
        if residual.is_empty() {
            return Ok(Self::Nothing);
        }
        if let Some(built) = residual::find(source, &residual).await? {
            return Ok(Self::Built(built));
        }
        let objects = residual::locate(source, &residual).await?;
        Ok(Self::ToBuild(residual, objects))
    }

    const fn needs_build(&self) -> bool {
        matches!(self, Self::ToBuild(..))
    }

    /// Bytes of objects that have to be written, uncompressed.
    fn build_bytes(&self) -> u64 {
        match self {
            Self::ToBuild(_, objects) => objects.iter().map(|(_, at)| at.length).sum(),
            Self::Nothing | Self::Built(_) => 0,
        }
    }

    async fn build(
        self,
        source: RepoSource<'_>,
        loaded: &LoadedCommits,
    ) -> Result<Option<MpackFile>> {
        Ok(match self {
            Self::Nothing => None,
            Self::Built(built) => Some(built),
            Self::ToBuild(residual, objects) => {
                Some(residual::build(source, residual, objects, loaded).await?)
            }
        })
    }
}

async fn inline(source: RepoSource<'_>, mpack: MpackFile) -> Result<PlannedMpack> {
    let blob = source.blob(mpack.key);
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
    mpack: MpackFile,
    lifetime: Duration,
) -> Result<PlannedMpack> {
    let blob = source.blob(mpack.key);
    let download = source.blobs.presign_get(&blob, lifetime).await?;
    Ok(PlannedMpack {
        mpack_key: mpack.key,
        size_bytes: mpack.size_bytes,
        counts: mpack.counts,
        inline: None,
        download: Some(download),
    })
}
