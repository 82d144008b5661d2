//! The record frames: decompressed one by one, their records decoded and checked in parallel,
//! handed out in order.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::error::VerifyError;
use super::sink::{Record, SinkError};
use super::source::Source;
use crate::mpack::compress::FrameDecompressor;
use crate::mpack::record::{decode_commit, decode_snapshot, open_commit};
use crate::mpack::{Codec, FrameKind, MpackError, RecordPlace, Tables};

/// Reads and verifies all frames of commits, then of snapshots.
pub(super) fn verify_records(
    source: &mut Source<'_>,
    tables: &Tables,
    on_record: &mut dyn FnMut(Record) -> Result<(), SinkError>,
) -> Result<(), VerifyError> {
    let (mut stored, mut raw) = (Vec::new(), Vec::new());
    let mut decompressor = FrameDecompressor::new();
    let mut frames = tables.frames_of(FrameKind::Commits).start..tables.frame_count();
    while let Some(index) = frames.next() {
        let frame = tables.frame(index);
        let mut read = |index, raw: &mut Vec<u8>| {
            let frame = tables.frame(index);
            source.read_frame(&frame, &mut stored)?;
            let prefix = match frame.codec {
                Codec::ZstdIds => tables.ids_prefix(),
                _ => &[],
            };
            decompressor.decompress(&frame.payload(&stored, prefix), raw)?;
            Ok::<_, VerifyError>(())
        };
        read(index, &mut raw)?;
        let mut rest = Vec::new();
        for next in tables.continuations(index) {
            read(next, &mut rest)?;
            raw.extend_from_slice(&rest);
            frames.start = next + 1;
        }
        let bytes_at = |place: &RecordPlace| {
            let start = place.offset as usize;
            &raw[start..start + place.length as usize]
        };
        let rows: Vec<usize> = tables.record_rows(index).collect();
        let records: Vec<Result<Record, MpackError>> = rows
            .par_iter()
            .map(|&row| {
                Ok(if frame.kind == FrameKind::Commits {
                    let row = tables.commit(row);
                    let envelope = decode_commit(&row, bytes_at(&row.place), frame.offset)?;
                    let commit = open_commit(&row, &envelope, frame.offset)?;
                    Record::Commit {
                        row,
                        envelope,
                        commit,
                    }
                } else {
                    let row = tables.snapshot(row);
                    let bytes = bytes_at(&row.place);
                    Record::Snapshot(decode_snapshot(&row, bytes, frame.offset)?)
                })
            })
            .collect();
        // In file order, so that of several faults it is always the first that is told.
        for record in records {
            on_record(record?).map_err(VerifyError::Sink)?;
        }
    }
    Ok(())
}
