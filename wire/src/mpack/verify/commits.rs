//! The frames of commits: decompressed one by one, their records decoded and checked in parallel,
//! handed out in order.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::error::VerifyError;
use super::sink::{Record, SinkError};
use super::source::Source;
use crate::mpack::record::{decode_commit, open_commit};
use crate::mpack::{FrameKind, MpackError, Tables};

/// Reads and verifies all frames of commits.
pub(super) fn verify_commits(
    source: &mut Source<'_>,
    tables: &Tables,
    on_record: &mut dyn FnMut(Record<'_>) -> Result<(), SinkError>,
) -> Result<(), VerifyError> {
    let mut raw = Vec::new();
    for index in tables.frames_of(FrameKind::Commits) {
        let frame = tables.frame(index);
        source.read_raw(&frame, tables, &mut raw)?;
        let rows: Vec<usize> = tables.record_rows(index).collect();
        let commits: Vec<Result<_, MpackError>> = rows
            .par_iter()
            .map(|&row| {
                let row = tables.commit(row);
                let start = row.place.offset as usize;
                let bytes = &raw[start..start + row.place.length as usize];
                let envelope = decode_commit(&row, bytes, frame.offset)?;
                let commit = open_commit(&row, &envelope, frame.offset)?;
                Ok((row, envelope, commit))
            })
            .collect();
        // In file order, so that of several faults it is always the first that is told.
        for commit in commits {
            let (row, envelope, commit) = commit?;
            let record = Record::Commit {
                row,
                envelope,
                commit,
            };
            on_record(record).map_err(VerifyError::Sink)?;
        }
    }
    Ok(())
}
