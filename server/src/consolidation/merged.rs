//! Writes merged mpacks and stores them.

use muse_wire::mpack::{Merge, MergeError, MergeSelection, Mpack, MpackError};
use tempfile::TempPath;
use tokio::runtime::Handle;

use super::split::{Part, Split};
use crate::blobs::{BlobKey, Blobs};
use crate::error::{Error, Result};
use crate::history::load_known_tree;
use crate::mpacks::{LocalMpack, stored_frames, write_mpack};
use crate::store::consolidation::MergedMpack;
use crate::store::mpacks::{Lane, MpackFile, StoredMpack};
use crate::store::{Repo, Store};

/// Merges all that the sources hold, or the part of it that goes to `lane`; `None` where that is
/// nothing. Blocks.
///
/// # Errors
/// [`Error`] where a source is damaged, or a database, a file or a thread fails.
pub(super) fn merge(
    store: &Store,
    blobs: &Blobs,
    repo: &Repo,
    sources: &[&Mpack],
    split: Option<&Split>,
    lane: Lane,
) -> Result<Option<(TempPath, MergedMpack)>> {
    let failed = |error: MergeError<Error>| Error::internal("merging mpacks", error);
    let part = split.map(|split| Part { split, lane });
    let merge = match &part {
        Some(part) => Merge::plan_part(sources, part as &dyn MergeSelection),
        None => Merge::plan(sources),
    };
    let merge = merge.map_err(failed)?;
    if merge.is_empty() {
        return Ok(None);
    }
    let runtime = Handle::current();
    let listing = |snapshot: &_| {
        let tree = runtime.block_on(load_known_tree(store, repo.id, *snapshot))?;
        Ok(tree.record_against(None))
    };
    let (path, file) = write_mpack(blobs.staging_dir(), merge.counts(), |writer| {
        merge.write(writer, listing).map_err(failed)
    })?;
    let merged = describe(&path, file, lane)
        .map_err(|error| Error::internal("reading a merged mpack", error))?;
    Ok(Some((path, merged)))
}

fn describe(path: &TempPath, file: MpackFile, lane: Lane) -> Result<MergedMpack, MpackError> {
    let open = Mpack::open(path)?;
    let tables = open.tables();
    Ok(MergedMpack {
        file,
        lane: match lane {
            // What is lost is found out once readers no longer get it from where it was.
            Lane::Lost => Lane::Side,
            other => other,
        },
        frames: stored_frames(tables),
        objects: tables.objects().collect(),
        chunks: tables.chunks().collect(),
        large_objects: tables.large_objects().map(|row| row.id).collect(),
    })
}

/// Opens mpacks of the blob store, copying them to this machine if need be.
///
/// # Errors
/// [`Error`] where one cannot be read.
pub(super) async fn open(
    blobs: &Blobs,
    repo: &Repo,
    sources: &[StoredMpack],
) -> Result<Vec<LocalMpack>> {
    let mut opened = Vec::with_capacity(sources.len());
    for source in sources {
        let blob = BlobKey::mpack(repo.uuid, source.key);
        opened.push(LocalMpack::open_stored(blobs, &blob).await?);
    }
    Ok(opened)
}
