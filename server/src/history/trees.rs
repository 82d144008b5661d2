//! Trees, put together from the snapshot records in the database.

use std::collections::HashSet;

use muse_wire::history::Base;
use muse_wire::id::{ObjectId, SnapshotId};
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Change, Entry, SnapshotError, SnapshotRecord, Tree};

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

/// The tree of a snapshot that the repository has.
///
/// # Errors
/// As [`load_tree`], and where the repository has no such snapshot.
pub(crate) async fn load_known_tree(store: &Store, repo: RepoId, id: SnapshotId) -> Result<Tree> {
    let base = load_tree(store, repo, id).await?;
    base.map(|base| base.tree).ok_or_else(|| {
        let reason = format!("snapshot {id} has no record");
        Error::internal("building a tree", reason)
    })
}

fn apply_chain(chain: &[StoredSnapshot]) -> Result<Tree> {
    let Some((keyframe, deltas)) = chain.split_first() else {
        return Ok(Tree::empty());
    };
    let invalid = |error| Error::internal("building a tree", error);
    // By far the longest, so it is not decoded as a whole.
    let mut tree = Tree::empty().edit();
    for change in keyframe.record.read().map_err(damaged)? {
        tree.change(&change.map_err(damaged)?).map_err(invalid)?;
    }
    let tree = tree.finish().map_err(invalid)?;
    let records: Vec<_> = deltas.iter().map(decode_record).collect::<Result<_, _>>()?;
    tree.apply_chain(&records).map_err(invalid)
}

/// Decodes a record that was checked when it was stored.
///
/// # Errors
/// [`Error::Internal`] where the database is damaged.
pub(crate) fn decode_record(stored: &StoredSnapshot) -> Result<SnapshotRecord> {
    let changes = stored.record.read().and_then(Iterator::collect);
    Ok(SnapshotRecord {
        id: stored.id,
        base: stored.base,
        changes: changes.map_err(damaged)?,
    })
}

/// Calls `visit` with each file that a stored record adds or replaces, one by one.
///
/// # Errors
/// [`Error::Internal`] where the database is damaged.
pub(crate) fn for_each_addition(
    stored: &StoredSnapshot,
    mut visit: impl FnMut(RepoPath, Entry),
) -> Result<()> {
    for change in stored.record.read().map_err(damaged)? {
        let Change { path, entry } = change.map_err(damaged)?;
        if let Some(entry) = entry {
            visit(path, entry);
        }
    }
    Ok(())
}

/// Calls `visit` with each object that a stored snapshot has and its base has not; with each object
/// of the tree, where the base is not `among` those that are looked at, too.
///
/// # Errors
/// [`Error::Internal`] where the database is damaged.
pub(crate) async fn for_each_object_of(
    store: &Store,
    repo: RepoId,
    stored: &StoredSnapshot,
    among: &HashSet<SnapshotId>,
    mut visit: impl FnMut(ObjectId),
) -> Result<()> {
    if stored.base.is_none_or(|base| among.contains(&base)) {
        return for_each_addition(stored, |_, entry| visit(entry.object));
    }
    let tree = load_known_tree(store, repo, stored.id).await?;
    tree.for_each_object(visit);
    Ok(())
}

fn damaged(error: SnapshotError) -> Error {
    Error::internal("decoding a stored snapshot record", error)
}
