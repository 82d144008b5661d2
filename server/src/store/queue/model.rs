//! What is said of the queue.

use crate::store::jobs::JobKind;

/// The unfinished jobs of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueStatus {
    /// Their kind.
    pub kind: JobKind,
    /// How many wait for a worker, or for the end of a pause.
    pub pending: u64,
    /// How many a worker holds.
    pub running: u64,
    /// For how long the one that is due longest could have been claimed.
    pub wait_ms: u64,
}
