//! The lock that every change needs.

use std::fs::File;

/// Held while the repository is changed; dropping it, or the process's end, releases it.
#[derive(Debug)]
pub struct RepositoryLock {
    _file: File,
}
