//! How long a path is from the root of the file system, which is how files are opened.

use std::path::Path;

/// Most bytes of an absolute path: what Linux takes, without the NUL behind it.
pub(super) const MAX_ABSOLUTE_PATH_BYTES: usize = 4095;

/// Bytes of the absolute path of `path` below `root`.
pub(super) fn absolute_bytes(root: &Path, path: &str) -> usize {
    root.as_os_str().len() + "/".len() + path.len()
}

/// Why a path that has `absolute_bytes` with that of the work tree before it cannot be used.
pub(super) fn too_long_here(absolute_bytes: usize) -> String {
    format!(
        "too long below this directory: {absolute_bytes} bytes; the system opens at most \
         {MAX_ABSOLUTE_PATH_BYTES}"
    )
}
