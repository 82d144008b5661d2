//! From a request to a plan that can be sent.

use std::time::Instant;

use muse_wire::api::fetch::{FetchPlan, FetchRequest, PlannedMpack};
use muse_wire::limits::MAX_INLINE_FETCH_BYTES;

use super::built::Built;
use super::cover::{Part, cover};
use super::reach::needed;
use super::residual;
use crate::app::AppState;
use crate::blobs::BlobKey;
use crate::failure::Failure;
use crate::history::Loaded;
use crate::store::Repo;

/// Most bytes of objects, uncompressed, that a request waits for to be put together.
const MAX_WAITED_FOR_BYTES: u64 = 32 * 1024 * 1024;

/// How much may be put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Building {
    /// What a request can wait for.
    Small,
    /// Anything.
    Any,
}

/// Plans a fetch; `None` where that needs more building than allowed.
///
/// # Errors
/// [`Failure`]; refused where what is wanted is not there.
pub(super) async fn plan(
    state: &AppState,
    repo: &Repo,
    request: &FetchRequest,
    building: Building,
) -> Result<Option<FetchPlan>, Failure> {
    let started = Instant::now();
    let needed = needed(state, repo, request).await?;
    let cover = cover(state, repo, &needed).await?;
    let mut waited_for_bytes = 0;
    let before = prepare(state, repo, cover.before, &mut waited_for_bytes).await?;
    let after = prepare(state, repo, cover.after, &mut waited_for_bytes).await?;
    if building == Building::Small && waited_for_bytes > MAX_WAITED_FOR_BYTES {
        return Ok(None);
    }
    let hit =
        !matches!(before, Residual::Missing { .. }) && !matches!(after, Residual::Missing { .. });
    let mut mpacks = Vec::new();
    mpacks.extend(before.complete(state, repo, &needed.loaded).await?);
    mpacks.extend(cover.whole);
    mpacks.extend(after.complete(state, repo, &needed.loaded).await?);
    let cache = if hit { "HIT" } else { "MISS" };
    let size_bytes: u64 = mpacks.iter().map(|mpack| mpack.size_bytes).sum();
    tracing::info!(
        repo = %repo.name,
        cache,
        commits = needed.commits.len(),
        mpacks = mpacks.len(),
        size_bytes,
        ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "fetch"
    );
    let inline = size_bytes <= MAX_INLINE_FETCH_BYTES;
    let mut planned = Vec::with_capacity(mpacks.len());
    for mpack in mpacks {
        planned.push(offer(state, repo, mpack, inline).await?);
    }
    Ok(Some(FetchPlan {
        mpacks: planned,
        cache: cache.to_owned(),
    }))
}

/// What is to be put together, or already was.
enum Residual {
    Nothing,
    Found(Built),
    Missing {
        part: Part,
        places: residual::Places,
    },
}

/// Looks a part up, and adds to `waited_for_bytes` what it would cost to build.
async fn prepare(
    state: &AppState,
    repo: &Repo,
    part: Part,
    waited_for_bytes: &mut u64,
) -> Result<Residual, Failure> {
    if part.is_empty() {
        return Ok(Residual::Nothing);
    }
    if let Some(built) = residual::find(state, repo, &part).await? {
        return Ok(Residual::Found(built));
    }
    let places = residual::places(state, repo, &part).await?;
    *waited_for_bytes += places.iter().map(|(_, place)| place.length).sum::<u64>();
    Ok(Residual::Missing { part, places })
}

impl Residual {
    async fn complete(
        self,
        state: &AppState,
        repo: &Repo,
        loaded: &Loaded,
    ) -> Result<Option<Built>, Failure> {
        match self {
            Self::Nothing => Ok(None),
            Self::Found(built) => Ok(Some(built)),
            Self::Missing { part, places } => {
                let built = residual::build(state, repo, part, places, loaded).await?;
                Ok(Some(built))
            }
        }
    }
}

/// Adds the bytes, or the way to them.
async fn offer(
    state: &AppState,
    repo: &Repo,
    mpack: Built,
    inline: bool,
) -> Result<PlannedMpack, Failure> {
    let blob = BlobKey::mpack(repo.uuid, mpack.key);
    let (inline, download) = if inline {
        let bytes = state.blobs.read_range(&blob, 0..mpack.size_bytes).await?;
        (Some(bytes.into()), None)
    } else {
        let lifetime = state.config.presign_lifetime;
        (None, Some(state.blobs.presign_get(&blob, lifetime).await?))
    };
    Ok(PlannedMpack {
        mpack_key: mpack.key,
        size_bytes: mpack.size_bytes,
        counts: mpack.counts,
        inline,
        download,
    })
}
