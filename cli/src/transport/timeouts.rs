//! How long a request waits for what: every time-out, in one place.

use std::time::Duration;

/// Least rate of an answer to a control request.
pub(super) const MIN_BYTES_PER_SECOND: u64 = 4096;

/// How long a request waits for what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    /// For a connection, TLS included.
    pub(super) connect: Duration,
    /// For the head of an answer that takes a server no work.
    pub(super) answer: Duration,
    /// For the head of an answer that a server or a store works for: it unpacks a stream, plans a
    /// fetch, or completes an upload. The body of an answer may take as long, and what it takes
    /// longer at [`MIN_BYTES_PER_SECOND`].
    pub(super) work: Duration,
    /// For the next bytes of a body, in either direction.
    pub(super) idle: Duration,
    /// After this long it is said what is waited for.
    pub(super) notice: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(30),
            work: Duration::from_secs(120),
            idle: Duration::from_secs(60),
            notice: Duration::from_secs(2),
        }
    }
}
