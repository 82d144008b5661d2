//! Trees, put together from the snapshot records in the database.

use muse_wire::history::Base;
use muse_wire::id::SnapshotId;
use muse_wire::snapshot::{SnapshotRecord, Tree};

use crate::blocking::run_blocking;
use crate::error::{Error, Result};
use crate::store::Store;
use crate::store::repos::RepoId;
use crate::store::snapshots::StoredSnapshot;

/// The tree of a snapshot; `None` where the repository has no such snapshot.
///
/// # Errors
/// [`Error`] where the database fails or its records do not give the tree.
pub(crate) async fn load_tree(store: &Store, repo: RepoId, id: SnapshotId) -> Result<Option<Base>> {
    let chain = store.snapshot_chain(repo, id).await?;
    let Some(last) = chain.last() else {
        return Ok(None);
    };
    let chain_bytes = last.chain_bytes;
    let tree = run_blocking(move || apply_chain(&chain)).await?;
    Ok(Some(Base { tree, chain_bytes }))
}

fn apply_chain(chain: &[StoredSnapshot]) -> Result<Tree> {
    let records: Vec<_> = chain.iter().map(decode_record).collect::<Result<_, _>>()?;
    Tree::empty()
        .apply_chain(&records)
        .map_err(|error| Error::internal("building a tree", error))
}

/// Decodes a record that was checked when it was stored.
///
/// # Errors
/// [`Error::Internal`] where the database is damaged.
pub(crate) fn decode_record(stored: &StoredSnapshot) -> Result<SnapshotRecord> {
    SnapshotRecord::decode(&stored.record)
        .map_err(|error| Error::internal("decoding a stored snapshot record", error))
}
