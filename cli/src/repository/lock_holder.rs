//! Who holds the lock, as its file says.

use std::path::Path;
use std::{fmt, fs};

/// Longest description of an activity that is read from a lock file.
const MAX_ACTIVITY_CHARS: usize = 100;

/// The process that holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockHolder {
    /// Its process id.
    pub pid: u32,
    /// What it does, such as `muse commit`.
    pub activity: String,
}

impl LockHolder {
    /// Who holds the lock, if its file says so.
    pub(super) fn read(path: &Path) -> Option<Self> {
        let text = fs::read_to_string(path).ok()?;
        let (pid, activity) = text.trim_end().split_once(' ')?;
        Some(Self {
            pid: pid.parse().ok()?,
            activity: activity.chars().take(MAX_ACTIVITY_CHARS).collect(),
        })
    }
}

/// `muse commit`, process 42.
impl fmt::Display for LockHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`, process {}", self.activity, self.pid)
    }
}
