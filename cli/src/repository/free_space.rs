//! How much room a disk has.

use std::path::Path;

/// What the file system of this directory has for its users, in bytes; `None` where it does not
/// say.
pub fn free_bytes(directory: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(directory).ok()?;
    let is_known = stat.f_blocks > 0;
    is_known.then(|| stat.f_bavail.saturating_mul(stat.f_frsize))
}
