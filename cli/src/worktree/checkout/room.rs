//! Whether the disk has room for the files of a checkout, asked before any is written.
//!
//! A list of chunks can name the same one many times, so that a small download becomes a file that
//! no disk can hold.

use std::path::Path;

use muse_wire::path::RepoPath;

use crate::repository::free_bytes;
use crate::worktree::error::{Result, WorktreeError};

/// Checks that there is room below `root` for files of together `needed_bytes`. Those at `outgoing`
/// make room for them.
///
/// # Errors
/// [`WorktreeError::NoRoom`].
pub(super) fn check<'a>(
    root: &Path,
    needed_bytes: u64,
    outgoing: impl Iterator<Item = &'a RepoPath>,
) -> Result<()> {
    match free_bytes(root) {
        Some(free_bytes) if needed_bytes > free_bytes => {
            let lengths = outgoing.map(|path| length_of(&root.join(path.as_str())));
            let room_bytes = lengths.fold(free_bytes, u64::saturating_add);
            require(needed_bytes, room_bytes)
        }
        // Where the system does not say, writing shows it.
        _ => Ok(()),
    }
}

fn require(needed_bytes: u64, room_bytes: u64) -> Result<()> {
    if needed_bytes <= room_bytes {
        return Ok(());
    }
    Err(WorktreeError::NoRoom {
        needed_bytes,
        room_bytes,
    })
}

/// Bytes that are free once the file at `path` is gone.
fn length_of(path: &Path) -> u64 {
    let metadata = path.symlink_metadata().ok();
    metadata
        .filter(std::fs::Metadata::is_file)
        .map_or(0, |metadata| metadata.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_makes_room() {
        let root = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(root.path().join("old"), "12345").expect("writable");
        let old = RepoPath::new("old").expect("an allowed path");
        let missing = RepoPath::new("missing").expect("an allowed path");
        let free = free_bytes(root.path()).expect("the system says");
        check(root.path(), free / 2, std::iter::empty()).expect("there is room");
        let refused = check(root.path(), u64::MAX, [&old, &missing].into_iter());
        let Err(WorktreeError::NoRoom { room_bytes, .. }) = refused else {
            panic!("{refused:?}");
        };
        assert!(room_bytes > 5);
        require(10, 10).expect("just enough");
        assert!(require(10, 9).is_err());
        assert_eq!(length_of(&root.path().join("old")), 5);
        assert_eq!(length_of(root.path()), 0);
    }
}
