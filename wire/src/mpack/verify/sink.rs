//! What verification hands out: objects to a [`VerifySink`], commits and snapshots as [`Record`]s.

use crate::commit::{Commit, CommitEnvelope};
use crate::mpack::{CommitRow, LargeObjectRow, MpackError, ObjectRow, SnapshotRow};
use crate::snapshot::Change;

/// Why the receiver of verified objects stops.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Receives objects while they are verified. Calls come from several threads, in any order of
/// objects; the pieces of one large object come in order, from one thread at a time.
pub trait VerifySink: Sync {
    /// An object that is stored whole. It has been checked.
    ///
    /// # Errors
    /// Whatever stops the receiver; it ends the verification.
    fn object(&self, row: &ObjectRow, contents: &[u8]) -> Result<(), SinkError> {
        let _ = (row, contents);
        Ok(())
    }

    /// The next piece of a large object whose chunks lie in the mpack in its order. Its chunks have
    /// been checked; a wrong id of the whole object fails the verification after the last piece.
    ///
    /// # Errors
    /// Whatever stops the receiver; it ends the verification.
    fn large_object(
        &self,
        row: &LargeObjectRow,
        offset: u64,
        piece: &[u8],
    ) -> Result<(), SinkError> {
        let _ = (row, offset, piece);
        Ok(())
    }

    /// How many bytes of the file have been read, for a progress bar.
    fn progress(&self, file_bytes: u64) {
        let _ = file_bytes;
    }
}

/// One record.
#[expect(
    clippy::large_enum_variant,
    reason = "a record lives for one call, and boxing would cost every commit an allocation"
)]
pub enum Record<'a> {
    /// A commit, with its table row; parents in this mpack came before it. It is verified: its hash
    /// is its id, it decodes, and its row agrees with it.
    Commit {
        /// The table row. Its generation is the sender's claim; [`crate::history`] checks it.
        row: CommitRow,
        /// What to store.
        envelope: CommitEnvelope,
        /// The record, decoded.
        commit: Commit,
    },
    /// A snapshot record; its base, if in this mpack, came before it. Its row agrees with it.
    Snapshot {
        /// The table row.
        row: SnapshotRow,
        /// How many changes there are.
        change_count: usize,
        /// The changes, strictly ascending by path, read on demand; they are not yet applied. Those
        /// that the receiver leaves are checked behind it. An error in them fails the verification,
        /// whatever the receiver makes of it.
        changes: &'a mut dyn Iterator<Item = Result<Change, MpackError>>,
    },
}
