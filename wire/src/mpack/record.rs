//! One commit or snapshot record in a frame: decoded, and held against its row in the tables.

use std::error::Error;
use std::io::Read;

use super::{CommitRow, MpackError, SnapshotRow};
use crate::commit::{Commit, CommitEnvelope};
use crate::id::SnapshotId;
use crate::problem::ProblemCode;
use crate::snapshot::{Change, RecordReader, SnapshotRecord};

/// Decodes an envelope; its record must hash to the row's id. `frame_offset` is for the error.
pub(super) fn decode_commit(
    row: &CommitRow,
    bytes: &[u8],
    frame_offset: u64,
) -> Result<CommitEnvelope, MpackError> {
    let id = row.id;
    let damaged = |reason: String| {
        MpackError::malformed("commit", frame_offset, format!("commit {id} {reason}"))
            .with_code(ProblemCode::CommitInvalid)
    };
    let envelope = CommitEnvelope::decode(bytes)
        .map_err(|error| damaged(format!("is invalid: {}", with_causes(&error))))?;
    let actual = envelope.id();
    if actual != id {
        return Err(damaged(format!("hashes to {actual}")));
    }
    Ok(envelope)
}

/// Decodes the record in an envelope and checks what stands beside it; the row must say the same.
pub(super) fn open_commit(
    row: &CommitRow,
    envelope: &CommitEnvelope,
    frame_offset: u64,
) -> Result<Commit, MpackError> {
    let id = row.id;
    let commit = envelope.open().map_err(|error| {
        let reason = format!("commit {id} is invalid: {}", with_causes(&error));
        MpackError::malformed("commit", frame_offset, reason).with_code(error.problem_code())
    })?;
    if row.parents[..] != commit.parents[..]
        || row.snapshot != commit.snapshot
        || row.committed_at != commit.committed_at.seconds
    {
        return Err(MpackError::malformed(
            "commit",
            frame_offset,
            format!("commit {id} is not what the tables say"),
        ));
    }
    Ok(commit)
}

/// Decodes a snapshot record; the row must say the same.
pub(super) fn decode_snapshot(
    row: &SnapshotRow,
    bytes: &[u8],
    frame_offset: u64,
) -> Result<SnapshotRecord, MpackError> {
    let reader = SnapshotReader::new(row, bytes, frame_offset)?;
    Ok(SnapshotRecord {
        id: row.id,
        base: row.base,
        changes: reader.collect::<Result<_, _>>()?,
    })
}

/// Reads a snapshot record change by change; the row must say the same.
pub(super) struct SnapshotReader<R> {
    id: SnapshotId,
    record: RecordReader<R>,
    frame_offset: u64,
}

impl<R: Read> SnapshotReader<R> {
    /// Reads what comes before the changes. `source` is in memory or buffered.
    pub(super) fn new(row: &SnapshotRow, source: R, frame_offset: u64) -> Result<Self, MpackError> {
        let record = RecordReader::new(source, row.place.length.into())
            .map_err(|error| invalid_snapshot(&row.id, frame_offset, &error))?;
        if record.id() != row.id || record.base() != row.base {
            let reason = "is not what the tables say";
            return Err(damaged_snapshot(&row.id, frame_offset, reason));
        }
        Ok(Self {
            id: row.id,
            record,
            frame_offset,
        })
    }

    pub(super) const fn change_count(&self) -> usize {
        self.record.change_count()
    }
}

impl<R: Read> Iterator for SnapshotReader<R> {
    type Item = Result<Change, MpackError>;

    fn next(&mut self) -> Option<Self::Item> {
        let change = self.record.next()?;
        Some(change.map_err(|error| invalid_snapshot(&self.id, self.frame_offset, &error)))
    }
}

/// The record says what it must not.
pub(super) fn invalid_snapshot(
    id: &SnapshotId,
    frame_offset: u64,
    error: &dyn Error,
) -> MpackError {
    let reason = format!("is invalid: {}", with_causes(error));
    damaged_snapshot(id, frame_offset, &reason)
}

fn damaged_snapshot(id: &SnapshotId, frame_offset: u64, reason: &str) -> MpackError {
    MpackError::malformed("snapshot", frame_offset, format!("snapshot {id} {reason}"))
        .with_code(ProblemCode::SnapshotInvalid)
}

/// The error's message and those of its causes.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
