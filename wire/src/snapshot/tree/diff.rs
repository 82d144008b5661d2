//! What differs between two trees.

use std::sync::Arc;

use super::by_name::join;
use super::directory::Directory;
use crate::path::RepoPath;
use crate::snapshot::Change;

/// Appends what differs between two directories with the path `prefix`, either of which may be
/// missing. Directories that both have are skipped.
pub(super) fn diff_directories(
    from: Option<&Arc<Directory>>,
    to: Option<&Arc<Directory>>,
    prefix: &mut String,
    changes: &mut Vec<Change>,
) {
    if let (Some(from), Some(to)) = (from, to)
        && (Arc::ptr_eq(from, to) || from.hash() == to.hash())
    {
        return;
    }
    let nothing = Arc::default();
    let (from, to) = (from.unwrap_or(&nothing), to.unwrap_or(&nothing));
    let length = prefix.len();
    for (name, before, after) in join(from.files.iter(), to.files.iter()) {
        if before != after {
            prefix.push_str(name);
            let path = RepoPath::new(prefix.as_str());
            changes.push(Change {
                path: path.expect("every path in a tree was checked when it came in"),
                entry: after.copied(),
            });
            prefix.truncate(length);
        }
    }
    for (name, before, after) in join(from.directories.iter(), to.directories.iter()) {
        prefix.extend([name, "/"]);
        diff_directories(before, after, prefix, changes);
        prefix.truncate(length);
    }
}
