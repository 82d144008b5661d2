//! What imported commits note of their LFS pointers.

use muse_wire::limits::MAX_METADATA_VALUE_BYTES;
use muse_wire::path::RepoPath;
use muse_wire::quote::quote;
use muse_wire::snapshot::{Change, EntryKind, Tree};

use super::planned::PlannedCommit;
use crate::git::{LfsNote, lfs_line};

/// The note does not fit into a commit's metadata.
pub(super) struct TooLong;

/// What the plan notes of a commit that makes these changes to `before`. Where git has a pointer
/// now instead of what it stands for, or the other way round, nothing changes here: such a file is
/// named.
pub(super) fn lfs_note(
    planned: &PlannedCommit,
    changes: &[Change],
    before: &Tree,
) -> Result<Option<String>, TooLong> {
    let mut lines = planned.lfs.as_deref().unwrap_or_default().to_owned();
    let note = LfsNote::parse(&lines).expect("the plan writes it");
    for change in changes {
        let Some(entry) = change
            .entry
            .filter(|entry| entry.kind != EntryKind::Symlink)
        else {
            continue;
        };
        // Another mode in git may be the same here, too.
        if before.get(&change.path) == Some(entry) && !notes_mode(planned, &change.path) {
            lines.push_str(&lfs_line(&change.path, note.is_pointer(&change.path)));
        }
    }
    match lines.len() {
        0 => Ok(None),
        1..=MAX_METADATA_VALUE_BYTES => Ok(Some(lines)),
        _ => Err(TooLong),
    }
}

/// Whether the mode of a file is noted.
fn notes_mode(planned: &PlannedCommit, path: &RepoPath) -> bool {
    let path = quote(path);
    let mut lines = planned.modes.as_deref().unwrap_or_default().lines();
    lines.any(|line| line.split_once(' ').is_some_and(|(_, named)| named == path))
}
