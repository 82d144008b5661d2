//! Why bytes are not what a record should hold.

use std::io;

/// Why a value could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The bytes break the encoding or a limit.
    #[error("the {what} at byte {offset} {reason}")]
    Invalid {
        /// What should stand there.
        what: &'static str,
        /// Offset of its first byte in the record.
        offset: u64,
        /// The rule that it breaks.
        reason: String,
    },
    /// The source of the bytes failed.
    #[error("the record cannot be read")]
    Source(#[source] io::Error),
}
