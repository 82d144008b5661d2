//! What a residual's objects can be compressed against: files of the commits that its own build on,
//! which the client has by the time it applies it.

use std::collections::{BTreeMap, HashSet};

use muse_wire::id::ObjectId;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{EntryKind, Tree};

use super::records::Records;
use super::residual::{NewVersions, Residual};
use super::withheld::Withholding;
use crate::error::Result;
use crate::history::for_each_addition;

/// Most of the trees in which a file's earlier version is looked for.
const MAX_TREES: usize = 8;

/// The objects of a residual of which the client has an earlier version, by path.
///
/// # Errors
/// [`Error`](crate::error::Error) where the database fails or is damaged.
pub(super) async fn find(
    records: &Records<'_>,
    withholding: &Withholding,
    residual: &Residual,
) -> Result<Vec<NewVersions>> {
    let boundary = records.boundary_of(&residual.commits)?;
    if boundary.is_empty() || residual.objects.is_empty() {
        return Ok(Vec::new());
    }
    let mut by_path = objects_by_path(records, residual)?;
    let mut found = Vec::new();
    for snapshot in boundary.into_iter().take(MAX_TREES) {
        if by_path.is_empty() {
            break;
        }
        let tree = records.tree(snapshot).await?;
        by_path.retain(|path, objects| {
            let base = base_at(&tree, path).filter(|base| !withholding.may_be_lacking(base));
            found.extend(base.map(|base| NewVersions {
                objects: std::mem::take(objects),
                snapshot,
                path: path.clone(),
                base,
            }));
            base.is_none()
        });
    }
    found.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

/// The objects of a residual by a path at which its commits have them, newest first.
fn objects_by_path(
    records: &Records<'_>,
    residual: &Residual,
) -> Result<BTreeMap<RepoPath, Vec<ObjectId>>> {
    let mut left: HashSet<ObjectId> = residual.objects.iter().copied().collect();
    let mut by_path: BTreeMap<RepoPath, Vec<ObjectId>> = BTreeMap::new();
    for commit in residual.commits.iter().rev() {
        for_each_addition(records.record_of(commit)?, |path, entry| {
            if left.remove(&entry.object) {
                by_path.entry(path).or_default().push(entry.object);
            }
        })?;
    }
    Ok(by_path)
}

/// The contents of the file at `path`, if they can be a base.
fn base_at(tree: &Tree, path: &RepoPath) -> Option<ObjectId> {
    let entry = tree.get(path)?;
    let is_file = entry.kind != EntryKind::Symlink && entry.object != ObjectId::of(b"");
    is_file.then_some(entry.object)
}
