//! What verification hands out: objects to a [`VerifySink`], commits and snapshots as [`Record`]s.

use crate::commit::{Commit, CommitEnvelope};
use crate::mpack::{CommitRow, ObjectRow};
use crate::snapshot::SnapshotRecord;

/// Why the receiver of verified objects stops.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Receives objects while they are verified. Calls come from several threads, in any order of
/// objects; the pieces of one object come in order, from one thread at a time.
pub trait VerifySink: Sync {
    /// Whether this object must be decompressed and checked; one that is already here need not be.
    fn wants(&self, row: &ObjectRow) -> bool {
        let _ = row;
        true
    }

    /// The next piece of an object. One that comes in a single piece has been checked; the pieces
    /// of a larger one come before its id is confirmed, and a wrong id fails the whole verification
    /// afterwards.
    ///
    /// # Errors
    /// Whatever stops the receiver; it ends the verification.
    fn object(&self, row: &ObjectRow, offset: u64, piece: &[u8]) -> Result<(), SinkError> {
        let _ = (row, offset, piece);
        Ok(())
    }

    /// How many bytes of the file have been read, for a progress bar.
    fn progress(&self, file_bytes: u64) {
        let _ = file_bytes;
    }
}

/// One verified record: its hash is its id, it decodes, and its table row agrees with it.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a record lives for one call, and boxing would cost every commit an allocation"
)]
pub enum Record {
    /// A commit, with its table row; parents in this mpack came before it.
    Commit {
        /// The table row. Its generation is the sender's claim; [`crate::history`] checks it.
        row: CommitRow,
        /// What to store.
        envelope: CommitEnvelope,
        /// The record, decoded.
        commit: Commit,
    },
    /// A snapshot record; its base, if in this mpack, came before it. Its changes are not yet
    /// applied.
    Snapshot(SnapshotRecord),
}
