//! Bundles: one mpack in place of many small ones.
//!
//! Every push leaves an mpack. So that a clone need not fetch thousands of them, every sixteen
//! mpacks that were published in a row are merged into a bundle, and every sixteen bundles into a
//! larger one. A bundle holds what its parts hold and builds on nothing else, so it replaces them
//! in every plan that has all of them. The parts stay, for pulls that need only some of them.

use std::collections::HashSet;
use std::time::Duration;

use muse_wire::id::Hasher;
use muse_wire::mpack::{Merge, MergeError, Mpack};
use tempfile::TempPath;
use tokio::runtime::Handle;

use super::built_mpacks;
use super::source::{PlannedFile, RepoSource};
use crate::blocking::run_blocking;
use crate::error::{Error, Result};
use crate::history::load_tree;
use crate::mpacks::LocalMpack;
use crate::store::Store;
use crate::store::built_mpacks::{BuildKind, NewBuild};
use crate::store::jobs::{JobKind, NewJob};
use crate::store::mpacks::{MpackFile, MpackId, StoredMpack};
use crate::store::repos::RepoId;

/// How many mpacks go into a bundle, and how many bundles into one of the next level.
const WIDTH: usize = 16;

/// How many mpacks a bundle of each level replaces, the largest level first.
const LEVELS: [usize; 3] = [WIDTH * WIDTH * WIDTH, WIDTH * WIDTH, WIDTH];

/// Mpacks that are larger than this together are not bundled: their number costs little then.
const MAX_BUNDLE_BYTES: u64 = 64 * 1024 * 1024;

/// The job that one more mpack in a repository makes necessary, if any.
///
/// # Errors
/// [`Error`] where the database fails.
pub(super) async fn job_after_publication(store: &Store, repo: RepoId) -> Result<Option<NewJob>> {
    let count = store.mpack_count(repo).await? + 1;
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
        // There is at most one, so it never fills the queue.
        queue_limit: u64::MAX,
    }
}

/// Builds all bundles of the repository that are missing.
///
/// # Errors
/// [`Error`] where the database, the blob store or a local file fails.
pub(super) async fn build_missing(source: RepoSource<'_>) -> Result<()> {
    let stored = source.store.mpacks(source.repo.id).await?;
    for width in LEVELS.into_iter().rev() {
        for parts in stored.chunks_exact(width) {
            if is_worthwhile(parts) && find(source, parts).await?.is_none() {
                build(source, parts).await?;
            }
        }
    }
    Ok(())
}

/// Replaces runs of mpacks in `whole` by their bundles, unless the client takes `thin` mpacks and
/// those in the run are smaller together. `whole` are some of the mpacks in `stored`;
/// both are in the order of publication. Queues the job that builds bundles if one is missing.
///
/// # Errors
/// [`Error`] where the database or the blob store fails.
pub(super) async fn substitute(
    source: RepoSource<'_>,
    stored: &[StoredMpack],
    whole: &[StoredMpack],
    thin: bool,
) -> Result<Vec<PlannedFile>> {
    let form = |mpack: &StoredMpack| match thin {
        true => source.smallest_form(mpack),
        false => source.pushed(mpack),
    };
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
                if let Some(bundle) = find(source, parts).await? {
                    let forms: Vec<PlannedFile> = parts.iter().map(form).collect();
                    let form_bytes: u64 = forms.iter().map(|form| form.file.size_bytes).sum();
                    if form_bytes < bundle.file.size_bytes {
                        list.extend(forms);
                    } else {
                        list.push(bundle);
                    }
                    at += width;
                    continue 'next;
                }
                some_missing = true;
            }
        }
        if chosen.contains(&stored[at].id) {
            list.push(form(&stored[at]));
        }
        at += 1;
    }
    if some_missing {
        source.store.enqueue(&job(source.repo.id)).await?;
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

async fn find(source: RepoSource<'_>, parts: &[StoredMpack]) -> Result<Option<PlannedFile>> {
    built_mpacks::find(source, &digest(parts)).await
}

/// Builds the bundle of `parts`, unless somebody else is building it.
async fn build(source: RepoSource<'_>, parts: &[StoredMpack]) -> Result<()> {
    let new = NewBuild {
        repo: source.repo.id,
        digest: digest(parts),
        kind: BuildKind::Bundle,
    };
    let merged = merge(source, parts);
    let Some(bundle) = built_mpacks::obtain(source, &new, Duration::ZERO, merged).await? else {
        return Ok(());
    };
    tracing::info!(
        repo = %source.repo.name,
        mpacks = parts.len(),
        size_bytes = bundle.file.size_bytes,
        "bundled"
    );
    Ok(())
}

/// Merges `parts`, using bundles of the level below where they exist.
async fn merge(source: RepoSource<'_>, parts: &[StoredMpack]) -> Result<(TempPath, MpackFile)> {
    let RepoSource { store, blobs, repo } = source;
    let mut opened = Vec::with_capacity(WIDTH);
    for part in parts.chunks(parts.len() / WIDTH) {
        let bundle = match part {
            [_] => None,
            several => find(source, several).await?,
        };
        let keys = match bundle {
            Some(bundle) => vec![bundle.blob],
            None => part.iter().map(|mpack| source.blob(mpack.key)).collect(),
        };
        for key in &keys {
            opened.push(LocalMpack::open_stored(blobs, key).await?);
        }
    }
    let directory = blobs.staging_dir().to_owned();
    let (store, id, runtime) = (store.clone(), repo.id, Handle::current());
    run_blocking(move || {
        let listing = |snapshot: &_| {
            let tree = runtime.block_on(load_tree(&store, id, *snapshot))?;
            let tree = tree.map(|base| base.tree).ok_or_else(|| {
                let reason = format!("snapshot {snapshot} has no record");
                Error::internal("bundling mpacks", reason)
            })?;
            Ok(tree.record_against(None))
        };
        let mpacks: Vec<&Mpack> = opened.iter().map(LocalMpack::mpack).collect();
        let failed = |error: MergeError<Error>| Error::internal("bundling mpacks", error);
        let merge = Merge::plan(&mpacks).map_err(failed)?;
        built_mpacks::write(&directory, merge.counts(), |writer| {
            merge.write(writer, listing).map_err(failed)
        })
    })
    .await
}
