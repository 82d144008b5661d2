//! The two pairs of database and blob store that every story runs on.

use super::postgres;

/// Where a server keeps its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// SQLite and a directory: what a server is without any settings.
    Embedded,
    /// PostgreSQL and S3.
    Distributed,
}

impl Backend {
    /// Whether this machine has what the pair needs. Without PostgreSQL the answer is a visible
    /// skip on a laptop, and a failure where `CI` is set.
    pub fn is_available(self) -> bool {
        match self {
            Self::Embedded => true,
            Self::Distributed => match postgres::find_binaries() {
                Ok(_) => true,
                Err(reason) => skip(&reason),
            },
        }
    }
}

/// Says that a test is skipped, and why; returns `false` for the caller to return with.
///
/// # Panics
/// Where `CI` is set: nothing may be skipped there.
#[expect(
    clippy::print_stderr,
    reason = "a skipped test must be visible, and tests have no printer"
)]
pub fn skip(reason: &str) -> bool {
    assert!(
        std::env::var_os("CI").is_none(),
        "cannot be skipped where CI is set: {reason}"
    );
    eprintln!("SKIPPED: {reason}");
    false
}
