//! The frames of commits and snapshot records.

use std::collections::HashSet;

use super::known::Known;
use super::outcomes::{FrameCheck, Outcomes};
use crate::history::{HistoryCheck, HistoryError, LinkTargets};
use crate::id::ObjectId;
use crate::mpack::record::{SnapshotReader, decode_commit, invalid_snapshot, open_commit};
use crate::mpack::thicken::Receiver;
use crate::mpack::{Codec, FrameKind, Mpack, MpackError, SnapshotRow};
use crate::problem::ProblemCode;
use crate::snapshot::Change;

/// Checks the commits, each on its own.
pub(super) fn check_commits(mpack: &Mpack, outcomes: &mut Outcomes) {
    let tables = mpack.tables();
    for index in tables.frames_of(FrameKind::Commits) {
        if lacks_prefix(mpack, index) {
            outcomes.note_unknown(index, FrameCheck::NeedsBases);
            continue;
        }
        let checked = tables.record_rows(index).try_for_each(|row| {
            let row = tables.commit(row);
            mpack.read_record(&row.place, |bytes, offset| {
                let envelope = decode_commit(&row, bytes, offset)?;
                open_commit(&row, &envelope, offset).map(drop)
            })
        });
        outcomes.note(index, checked);
    }
}

/// Checks the snapshot records: each decodes, and applied to its base gives its id. Returns the
/// objects of a thin mpack that sound records name.
pub(super) fn check_snapshots<R: Receiver>(
    mpack: &Mpack,
    known: Known<R>,
    links: &LinkTargets,
    outcomes: &mut Outcomes,
) -> HashSet<ObjectId> {
    let tables = mpack.tables();
    let mut history = HistoryCheck::new(tables, known, links);
    let mut named = HashSet::new();
    for row in tables.snapshots_in_file_order() {
        let frames = frames_of(mpack, &row);
        if !check_readable(mpack, &frames, outcomes) {
            continue;
        }
        let mut names = HashSet::new();
        let checked = mpack.read_record(&row.place, |record, offset| {
            let changes = SnapshotReader::new(&row, record, offset)?;
            let changes = changes.inspect(|change| note_object(mpack, change, &mut names));
            history.changes(row.id, row.base, changes).map(drop)
        });
        let checked = match checked {
            Ok(()) => {
                named.extend(names);
                Ok(())
            }
            Err(HistoryError::MissingBase { .. } | HistoryError::Boundary(_)) => {
                for &frame in &frames {
                    outcomes.note_unknown(frame, FrameCheck::NeedsBases);
                }
                decode(mpack, &row)
            }
            Err(error) => Err(to_damage(mpack, &row, error)),
        };
        for frame in frames {
            outcomes.note(frame, checked.clone());
        }
    }
    named
}

/// The frames that a record lies in.
fn frames_of(mpack: &Mpack, row: &SnapshotRow) -> Vec<u32> {
    let first = row.place.frame;
    let is_whole = u64::from(row.place.offset) + u64::from(row.place.length)
        <= mpack.tables().frame(first).raw_bytes;
    let mut frames = vec![first];
    if !is_whole {
        frames.extend(mpack.tables().continuations(first));
    }
    frames
}

/// Whether all frames of a record decompress. Where one does not, the others say nothing.
fn check_readable(mpack: &Mpack, frames: &[u32], outcomes: &mut Outcomes) -> bool {
    if frames.iter().any(|&frame| lacks_prefix(mpack, frame)) {
        for &frame in frames {
            outcomes.note_unknown(frame, FrameCheck::NeedsBases);
        }
        return false;
    }
    if frames.len() == 1 {
        // The record is read from there anyway.
        return true;
    }
    let mut is_readable = true;
    for &frame in frames {
        let read = mpack.read_frame(frame).map(drop);
        is_readable &= read.is_ok();
        outcomes.note(frame, read);
    }
    if !is_readable {
        for &frame in frames {
            outcomes.note_unknown(frame, FrameCheck::Unconfirmed);
        }
    }
    is_readable
}

/// Whether a frame is compressed against ids that are not known.
fn lacks_prefix(mpack: &Mpack, frame: u32) -> bool {
    mpack.tables().frame(frame).codec == Codec::ZstdIds && !mpack.tables().has_object_ids()
}

/// Takes note of an object of a thin mpack.
fn note_object(mpack: &Mpack, change: &Result<Change, MpackError>, names: &mut HashSet<ObjectId>) {
    let entry = change.as_ref().ok().and_then(|change| change.entry);
    if let Some(entry) = entry
        && mpack.tables().is_thin()
        && mpack.tables().find_object(&entry.object).is_some()
    {
        names.insert(entry.object);
    }
}

/// Checks all of a record but what its changes make of its base.
fn decode(mpack: &Mpack, row: &SnapshotRow) -> Result<(), MpackError> {
    mpack.read_record(&row.place, |record, offset| {
        let mut changes = SnapshotReader::new(row, record, offset)?;
        changes.try_for_each(|change| change.map(drop))
    })
}

fn to_damage<E: std::error::Error + 'static>(
    mpack: &Mpack,
    row: &SnapshotRow,
    error: HistoryError<E>,
) -> MpackError {
    let offset = mpack.tables().frame(row.place.frame).offset;
    match error {
        HistoryError::Record(error) => error,
        HistoryError::Snapshot { snapshot, source } => invalid_snapshot(&snapshot, offset, &source),
        error => MpackError::malformed("snapshot", offset, error.to_string())
            .with_code(error.problem_code().unwrap_or(ProblemCode::SnapshotInvalid)),
    }
}
