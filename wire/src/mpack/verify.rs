//! Reads an mpack front to back and believes nothing: the key, every frame, every wanted object, every
//! record and every table row. Decompression and hashing run on all cores; memory is bounded by a few frames.

mod objects;
mod records;
mod source;

use std::io::Read;

use objects::verify_objects;
use records::verify_records;
use source::Source;

use super::layout::{
    FILE_HEADER_BYTES, OBJECTS_TAG, PREAMBLE_BYTES, RECORDS_TAG, TABLES_TAG, frame_header,
    parse_preamble,
};
use super::{CommitRow, FrameKind, FrameRow, MpackError, ObjectRow, Tables};
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

    /// The next piece of an object. One that comes in a single piece has been checked; the pieces of a larger one
    /// come before its id is confirmed, and a wrong id fails the whole verification afterwards.
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
/// Where the bytes are not those that `key` names, that is the error, whatever else is wrong with them.
///
/// # Errors
/// [`VerifyError`] naming what is wrong; what was handed out before is to be dropped.
pub fn verify(
    source: &mut dyn Read,
    tables: &Tables,
    key: &MpackKey,
    sink: &dyn VerifySink,
    on_record: &mut dyn FnMut(Record) -> Result<(), SinkError>,
) -> Result<(), VerifyError> {
    let progress = |file_bytes| sink.progress(file_bytes);
    let mut source = Source::new(source, &progress);
    let verified = verify_contents(&mut source, tables, sink, on_record);
    match &verified {
        Ok(()) => {}
        Err(VerifyError::Invalid(_) | VerifyError::ObjectMismatch { .. })
            if !source.ended_early() =>
        {
            source.skip_to(tables.trailer().file_bytes())?;
        }
        Err(_) => return verified,
    }
    let actual = source.key();
    if actual != *key {
        return Err(VerifyError::KeyMismatch {
            expected: *key,
            actual,
        });
    }
    verified
}

/// Everything but the key.
fn verify_contents(
    source: &mut Source<'_>,
    tables: &Tables,
    sink: &dyn VerifySink,
    on_record: &mut dyn FnMut(Record) -> Result<(), SinkError>,
) -> Result<(), VerifyError> {
    let mut preamble = [0; PREAMBLE_BYTES];
    source.read(&mut preamble)?;
    if parse_preamble(&preamble)? != tables.counts() {
        return Err(MpackError::malformed(
            "header",
            FILE_HEADER_BYTES as u64,
            "the announced counts are not those of the tables",
        )
        .into());
    }
    verify_objects(source, tables, sink)?;
    verify_records(source, tables, on_record)?;
    let trailer = tables.trailer();
    source.expect(
        &frame_header(TABLES_TAG, trailer.tables_bytes),
        "tables",
        "the frame's header is not that of the tables",
    )?;
    let reason = "these are not the tables that were read before";
    source.expect(tables.bytes(), "tables", reason)?;
    let reason = "this is not the trailer that was read before";
    source.expect(&trailer.encode(), "trailer", reason)?;
    source.expect_end()
}

/// Reads a frame's header, which must be the one that the tables tell of, and its payload.
fn read_frame(
    source: &mut Source<'_>,
    frame: &FrameRow,
    stored: &mut Vec<u8>,
) -> Result<(), VerifyError> {
    let tag = match frame.kind {
        FrameKind::Objects => OBJECTS_TAG,
        FrameKind::Commits | FrameKind::Snapshots => RECORDS_TAG,
    };
    let header = frame_header(tag, frame.stored_bytes);
    source.expect(&header, "frame", "its header is not what the tables say")?;
    // The tables were checked to declare no more than a frame's limit allows.
    stored.resize(frame.stored_bytes as usize, 0);
    source.read(stored)
}
