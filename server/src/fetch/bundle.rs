//! Bundles: one mpack in place of many small ones.
//!
//! Every push leaves an mpack. So that a clone does not have to fetch thousands of them, each sixteen that
//! were published one after the other are merged into a bundle, and each sixteen bundles into a larger one.
//! A bundle holds what its parts hold and builds on nothing else than they, so it stands in for them in
//! every plan that has all of them; the parts stay, for pulls that need but a few.

use std::collections::HashSet;

use muse_wire::id::Hasher;
use muse_wire::mpack::{Merge, MergeError, Mpack};
use tokio::runtime::Handle;

use super::built::{self, Built};
use super::job::complete;
use super::sources::{Source, open};
use crate::app::AppState;
use crate::failure::{Failure, blocking};
use crate::history::load_tree;
use crate::store::Repo;
use crate::store::jobs::{ClaimedJob, JobKind, NewJob};
use crate::store::mpacks::{MpackId, StoredMpack};
use crate::store::repos::RepoId;

/// How many mpacks go into a bundle, and how many bundles into one of the next level.
const WIDTH: usize = 16;

/// How many mpacks a bundle of each level stands for, the largest first.
const LEVELS: [usize; 3] = [WIDTH * WIDTH * WIDTH, WIDTH * WIDTH, WIDTH];

/// Mpacks that are larger than this together are left as they are: what they hold outweighs their number.
const MAX_BUNDLE_BYTES: u64 = 64 * 1024 * 1024;

/// The job that the publication of one more mpack makes necessary, if any.
///
/// # Errors
/// [`Failure`] where the database fails.
pub(crate) async fn follow_up(state: &AppState, repo: RepoId) -> Result<Option<NewJob>, Failure> {
    let count = state.store.mpack_count(repo).await? + 1;
    Ok(count.is_multiple_of(WIDTH as u64).then(|| job(repo)))
}

fn job(repo: RepoId) -> NewJob {
    NewJob {
        repo,
        kind: JobKind::Bundle,
        request_digest: [0; 32],
        payload: Vec::new(),
        owner: None,
        updates: Vec::new(),
        // It is one at most, and never what fills a queue.
        queue_limit: u64::MAX,
    }
}

/// Runs a claimed [`JobKind::Bundle`]: makes all bundles of the repository that are missing.
///
/// # Errors
/// [`Failure`] where the job is not done.
pub(crate) async fn run_bundle(state: &AppState, claimed: ClaimedJob) -> Result<(), Failure> {
    if let Some(repo) = state.store.repo_by_id(claimed.job.repo).await? {
        let stored = state.store.mpacks(repo.id).await?;
        for width in LEVELS.into_iter().rev() {
            for parts in stored.chunks_exact(width) {
                if is_worthwhile(parts) && find(state, &repo, parts).await?.is_none() {
                    build(state, &repo, parts).await?;
                }
            }
        }
    }
    complete(state, &claimed.lease).await
}

/// `whole`, which are some of the mpacks in `stored`, with bundles in place of their parts. Both are in the order
/// of publication.
///
/// # Errors
/// [`Failure`] where the database or the blob store fails.
pub(super) async fn substitute(
    state: &AppState,
    repo: &Repo,
    stored: &[StoredMpack],
    whole: &[StoredMpack],
) -> Result<Vec<Built>, Failure> {
    let chosen: HashSet<MpackId> = whole.iter().map(|mpack| mpack.id).collect();
    let mut list = Vec::new();
    let mut some_missing = false;
    let mut at = 0;
    'next: while at < stored.len() {
        for width in LEVELS.into_iter().filter(|width| at % width == 0) {
            let Some(parts) = stored.get(at..at + width) else {
                continue;
            };
            if parts.iter().all(|part| chosen.contains(&part.id)) && is_worthwhile(parts) {
                if let Some(bundle) = find(state, repo, parts).await? {
                    list.push(bundle);
                    at += width;
                    continue 'next;
                }
                some_missing = true;
            }
        }
        if chosen.contains(&stored[at].id) {
            list.push(Built::from(&stored[at]));
        }
        at += 1;
    }
    if some_missing {
        state.store.enqueue(&job(repo.id)).await?;
    }
    Ok(list)
}

fn is_worthwhile(parts: &[StoredMpack]) -> bool {
    parts.iter().map(|part| part.size_bytes).sum::<u64>() <= MAX_BUNDLE_BYTES
}

/// The digest by which a bundle is found again.
fn digest(parts: &[StoredMpack]) -> [u8; 32] {
    let mut hasher = Hasher::new();
    hasher.update(b"muse/bundle/1\0");
    for part in parts {
        hasher.update(part.key.as_bytes());
    }
    hasher.finish()
}

async fn find(
    state: &AppState,
    repo: &Repo,
    parts: &[StoredMpack],
) -> Result<Option<Built>, Failure> {
    built::find(state, repo, &digest(parts)).await
}

/// Merges `parts`, from bundles of the level below where there are such.
async fn build(state: &AppState, repo: &Repo, parts: &[StoredMpack]) -> Result<(), Failure> {
    let mut sources = Vec::with_capacity(WIDTH);
    for part in parts.chunks(parts.len() / WIDTH) {
        let bundle = match part {
            [_] => None,
            several => find(state, repo, several).await?,
        };
        match bundle {
            Some(bundle) => sources.push(open(state, repo, bundle.key).await?),
            None => {
                for mpack in part {
                    sources.push(open(state, repo, mpack.key).await?);
                }
            }
        }
    }
    let directory = state.blobs.staging_dir().to_owned();
    let (store, id, runtime) = (state.store.clone(), repo.id, Handle::current());
    let (file, built) = blocking(move || {
        let listing = |snapshot: &_| {
            let tree = runtime.block_on(load_tree(&store, id, *snapshot))?;
            let tree = tree.map(|base| base.tree).ok_or_else(|| {
                let what = format!("snapshot {snapshot} has no record");
                Failure::internal("bundling mpacks", what)
            })?;
            Ok(tree.record_against(None))
        };
        let mpacks: Vec<&Mpack> = sources.iter().map(Source::mpack).collect();
        let failed = |error: MergeError<Failure>| Failure::internal("bundling mpacks", error);
        let merge = Merge::plan(&mpacks).map_err(failed)?;
        built::write(&directory, merge.counts(), |writer| {
            merge.write(writer, listing).map_err(failed)
        })
    })
    .await?;
    built::keep(state, repo, &digest(parts), &file, &built).await?;
    tracing::info!(
        repo = %repo.name,
        mpacks = parts.len(),
        size_bytes = built.size_bytes,
        "bundled"
    );
    Ok(())
}
