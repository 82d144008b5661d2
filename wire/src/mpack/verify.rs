//! Reads an mpack front to back and believes nothing: the key, every frame, every wanted object, every
//! record and every table row. Decompression and hashing run on all cores; memory is bounded by a few frames.
use std::io::Read;

use super::{CommitRow, MpackError, ObjectRow, Tables};
use crate::commit::{Commit, CommitEnvelope};
use crate::id::{MpackKey, ObjectId};
use crate::problem::ProblemCode;
use crate::snapshot::SnapshotRecord;

/// Why the receiver of verified objects gives up.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Receives objects while they are verified. Calls come from several threads, in any order of
/// objects; the pieces of one object come in order, from one thread at a time.
pub trait VerifySink: Sync {
    /// Whether this object must be decompressed and checked; one that is already here need not be.
    fn wants(&self, row: &ObjectRow) -> bool {
        let _ = row;
        true
    }

    /// The next piece of an object. All pieces but the first of a large one come before its id is confirmed:
    /// a wrong id fails the whole verification afterwards.
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
    /// A snapshot record; its base, if in this mpack, came before it. Its changes are not yet applied.
    Snapshot(SnapshotRecord),
}

/// Why an mpack is not what it says.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The bytes break the format, or an id lies.
    #[error("the mpack is invalid")]
    Invalid(#[from] MpackError),
    /// The file is not the one that the key names.
    #[error("the mpack hashes to {actual}, not to its key {expected}")]
    KeyMismatch {
        /// The key.
        expected: MpackKey,
        /// What the bytes hash to.
        actual: MpackKey,
    },
    /// An object's bytes are not the ones that its id names.
    #[error("the contents stored as object {expected} hash to {actual}")]
    ObjectMismatch {
        /// The id in the tables.
        expected: ObjectId,
        /// What the bytes hash to.
        actual: ObjectId,
    },
    /// The source failed.
    #[error("reading the mpack failed")]
    Io(#[from] std::io::Error),
    /// The receiver of the objects or records gave up.
    #[error("receiving the mpack's contents failed")]
    Sink(#[source] SinkError),
}

impl VerifyError {
    /// The stable code where the mpack is to blame; `None` where reading or receiving failed.
    pub fn problem_code(&self) -> Option<ProblemCode> {
        match self {
            Self::Invalid(error) => Some(error.code),
            Self::KeyMismatch { .. } => Some(ProblemCode::MpackKeyMismatch),
            Self::ObjectMismatch { .. } => Some(ProblemCode::ObjectIdMismatch),
            Self::Io(_) | Self::Sink(_) => None,
        }
    }
}

/// Reads all of `source`, the file that `tables` belong to, and checks everything that can be checked without
/// the rest of the repository. Records are given to `on_record` in file order, after the objects.
///
/// # Errors
/// [`VerifyError`] naming the first thing that is wrong; what was handed out before is to be dropped.
pub fn verify(
    source: &mut dyn Read,
    tables: &Tables,
    key: &MpackKey,
    sink: &dyn VerifySink,
    on_record: &mut dyn FnMut(Record) -> Result<(), SinkError>,
) -> Result<(), VerifyError> {
    let _ = (source, tables, key, sink, on_record);
    unimplemented!()
}
