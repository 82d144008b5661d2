//! Conflicts in the work tree: which are settled, and settling them by taking one side.

use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Change, EntryKind};

use super::error::IntegrateError;
use crate::merge::Merged;
use crate::report::Reporter;
use crate::repository::{Repository, Unfinished, UnsettledPath};
use crate::worktree::{ChangedFile, WorktreeError, read_file, restore_files, scan};

/// Starts the line above our version of a conflict.
const OURS_MARKER: &[u8] = b"<<<<<<< ";
/// Starts the line below their version.
const THEIRS_MARKER: &[u8] = b">>>>>>> ";
/// Larger files are never given markers.
const MAX_MARKED_BYTES: u64 = 256 * 1024 * 1024;

/// What settles a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The version of the branch that the changes are brought onto.
    Ours,
    /// The version that is brought.
    Theirs,
    /// What is in the work tree.
    AsItIs,
}

/// The conflicts of a merge, for people to settle.
pub(super) fn to_unsettled(merged: &Merged) -> Vec<UnsettledPath> {
    let is_marked = |path: &RepoPath| {
        let shown = merged.tree.get(path);
        let made = shown.and_then(|entry| merged.new_objects.get(&entry.object));
        made.is_some_and(|bytes| has_markers(bytes))
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

/// Settles the conflicts at and below `paths`, and returns them.
///
/// # Errors
/// [`IntegrateError::NotInConflict`], before anything is touched.
pub fn settle(
    repository: &Repository,
    paths: &[String],
    side: Side,
    reporter: &dyn Reporter,
) -> Result<Vec<UnsettledPath>, IntegrateError> {
    let mut locked = repository.lock()?;
    let refs = locked.refs.read()?;
    let Some(mut unfinished) = refs.unfinished().cloned() else {
        let path = paths.first().cloned().unwrap_or_default();
        return Err(IntegrateError::NotInConflict(path));
    };
    if !unfinished.is_written {
        return Err(IntegrateError::NotWritten(unfinished.action));
    }
    let mut settled = Vec::new();
    for conflict in &mut unfinished.conflicts {
        if conflict.path.is_at_or_below(paths) {
            conflict.is_settled = true;
            settled.push(conflict.clone());
        }
    }
    for path in paths {
        let at_path = std::slice::from_ref(path);
        if !settled.iter().any(|one| one.path.is_at_or_below(at_path)) {
            return Err(IntegrateError::NotInConflict(path.clone()));
        }
    }
    if side != Side::AsItIs {
        let shown = locked.objects.commit_tree(Some(&unfinished.shown))?;
        let changes: Vec<Change> = settled
            .iter()
            .map(|conflict| Change {
                path: conflict.path.clone(),
                entry: match side {
                    Side::Ours => conflict.ours,
                    _ => conflict.theirs,
                },
            })
            .filter(|change| shown.get(&change.path) != change.entry)
            .collect();
        let wanted = shown.apply(&changes).map_err(WorktreeError::from)?;
        let is_settled = |path: &_| settled.iter().any(|conflict| conflict.path == *path);
        restore_files(&mut locked, &shown, &wanted, &is_settled, reporter)?;
    }
    locked.set_unfinished(Some(&unfinished))?;
    Ok(settled)
}
