//! Conflicts in the work tree, and which of them are settled.

use muse_wire::path::RepoPath;
use muse_wire::snapshot::EntryKind;

use super::error::IntegrateError;
use crate::merge::Merged;
use crate::repository::{Repository, Unfinished, UnsettledPath};
use crate::worktree::{ChangedFile, WorktreeError, read_file, scan};

/// Starts the line above our version of a conflict.
const OURS_MARKER: &[u8] = b"<<<<<<< ";
/// Starts the line below their version.
const THEIRS_MARKER: &[u8] = b">>>>>>> ";
/// Larger files are never given markers.
const MAX_MARKED_BYTES: u64 = 256 * 1024 * 1024;

/// The conflicts of a merge, for people to settle.
pub(super) fn to_unsettled(merged: &Merged) -> Vec<UnsettledPath> {
    let is_marked = |path: &RepoPath| {
        let shown = merged.tree.get(path);
        let made = shown.and_then(|entry| merged.new_objects.get(&entry.object));
        made.is_some_and(|bytes| has_markers(bytes))
    };
    // A file cannot go where another one has the place of its directory.
    let is_free = |place: &&RepoPath| {
        let mut ends = place.match_indices('/');
        !ends.any(|(end, _)| merged.tree.get(&place[..end]).is_some())
    };
    let conflicts = merged.conflicts.iter();
    conflicts
        .map(|conflict| UnsettledPath {
            path: conflict.path.clone(),
            conflict: conflict.kind.to_string(),
            has_markers: is_marked(&conflict.path),
            is_settled: false,
            ours: conflict.ours,
            theirs: conflict.theirs,
            belongs_at: conflict.belongs_at.as_ref().filter(is_free).cloned(),
        })
        .collect()
}

/// The conflicts of an unfinished operation that have not been settled, ascending by path: those
/// with markers left in the file, and of the others those where the work tree is as it was left.
///
/// # Errors
/// If the work tree cannot be read.
pub fn unsettled(
    repository: &Repository,
    unfinished: &Unfinished,
) -> Result<Vec<UnsettledPath>, IntegrateError> {
    if unfinished
        .conflicts
        .iter()
        .all(|conflict| conflict.is_settled)
    {
        return Ok(Vec::new());
    }
    let shown = repository.objects.commit_tree(Some(&unfinished.shown))?;
    let mut scan = scan(repository, &shown)?;
    scan.read_all(repository)?;
    let mut open = Vec::new();
    for conflict in unfinished.conflicts.iter().filter(|one| !one.is_settled) {
        let position = |file: &ChangedFile| file.path.cmp(&conflict.path);
        let changed = scan.changed.binary_search_by(position).ok();
        let is_open = match (changed, conflict.has_markers) {
            (None, _) => true,
            (Some(_), false) => false,
            (Some(index), true) => match scan.changed[index].after() {
                Some(entry) if entry.kind != EntryKind::Symlink => {
                    file_has_markers(repository, conflict, entry.kind)?
                }
                _ => false,
            },
        };
        if is_open {
            open.push(conflict.clone());
        }
    }
    Ok(open)
}

fn file_has_markers(
    repository: &Repository,
    conflict: &UnsettledPath,
    kind: EntryKind,
) -> Result<bool, WorktreeError> {
    let root = repository.layout.root();
    let bytes = read_file(root, &conflict.path, kind, MAX_MARKED_BYTES)?;
    Ok(bytes.is_some_and(|bytes| has_markers(&bytes)))
}

fn has_markers(bytes: &[u8]) -> bool {
    let has = |marker: &[u8]| {
        let mut lines = bytes.split(|&byte| byte == b'\n');
        lines.any(|line| line.starts_with(marker))
    };
    has(OURS_MARKER) && has(THEIRS_MARKER)
}
