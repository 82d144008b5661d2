//! The frames of snapshot records: decompressed one by one, their records handed out in order while
//! they are decoded.

use std::io::{self, Read};
use std::ops::Range;

use super::error::VerifyError;
use super::sink::{Record, SinkError};
use super::source::Source;
use crate::mpack::record::SnapshotReader;
use crate::mpack::{FrameKind, MpackError, SnapshotRow, Tables};
use crate::snapshot::Change;

/// Reads and verifies all frames of snapshot records.
pub(super) fn verify_snapshots(
    source: &mut Source<'_>,
    tables: &Tables,
    on_record: &mut dyn FnMut(Record<'_>) -> Result<(), SinkError>,
) -> Result<(), VerifyError> {
    let mut frames = Frames {
        source,
        tables,
        unread: tables.frames_of(FrameKind::Snapshots),
        raw: Vec::new(),
        failure: None,
    };
    while let Some(index) = frames.next()? {
        for row in tables.record_rows(index) {
            verify_snapshot(&mut frames, tables.snapshot(row), on_record)?;
        }
    }
    Ok(())
}

/// Reads and verifies a record that begins in the frame that was read last.
fn verify_snapshot(
    frames: &mut Frames<'_, '_>,
    row: SnapshotRow,
    on_record: &mut dyn FnMut(Record<'_>) -> Result<(), SinkError>,
) -> Result<(), VerifyError> {
    let frame_offset = frames.tables.frame(row.place.frame).offset;
    let bytes = RecordBytes {
        at: row.place.offset as usize,
        frames,
    };
    let mut changes = Changes {
        record: SnapshotReader::new(&row, bytes, frame_offset)?,
        failure: None,
    };
    let taken = on_record(Record::Snapshot {
        row,
        change_count: changes.record.change_count(),
        changes: &mut changes,
    });
    if taken.is_ok() {
        changes.by_ref().for_each(drop);
    }
    let failure = changes.failure;
    if let Some(error) = frames.failure.take() {
        return Err(error);
    }
    if let Some(error) = failure {
        return Err(error.into());
    }
    taken.map_err(VerifyError::Sink)
}

/// The frames, read one by one.
struct Frames<'a, 's> {
    source: &'a mut Source<'s>,
    tables: &'a Tables,
    unread: Range<u32>,
    /// What is in the frame that was read last.
    raw: Vec<u8>,
    /// Why a frame could not be read in the middle of a record.
    failure: Option<VerifyError>,
}

impl Frames<'_, '_> {
    /// Reads the next frame; returns its index.
    fn next(&mut self) -> Result<Option<u32>, VerifyError> {
        let Some(index) = self.unread.next() else {
            return Ok(None);
        };
        let frame = self.tables.frame(index);
        self.source.read_raw(&frame, self.tables, &mut self.raw)?;
        Ok(Some(index))
    }
}

/// The bytes of a record, which may go on in the next frames.
struct RecordBytes<'f, 'a, 's> {
    frames: &'f mut Frames<'a, 's>,
    /// How much of the frame has been read.
    at: usize,
}

impl Read for RecordBytes<'_, '_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.frames.raw.len() {
            self.at = 0;
            match self.frames.next() {
                Ok(Some(_)) => {}
                Ok(None) => return Ok(0),
                Err(error) => {
                    self.frames.raw.clear();
                    self.frames.failure = Some(error);
                    return Err(io::Error::other("a frame cannot be read"));
                }
            }
        }
        let count = (&self.frames.raw[self.at..]).read(buffer)?;
        self.at += count;
        Ok(count)
    }
}

/// The changes of a record, and the first error among them.
struct Changes<R> {
    record: SnapshotReader<R>,
    failure: Option<MpackError>,
}

impl<R: Read> Iterator for Changes<R> {
    type Item = Result<Change, MpackError>;

    fn next(&mut self) -> Option<Self::Item> {
        let change = self.record.next()?;
        if let Err(error) = &change {
            self.failure = Some(error.clone());
        }
        Some(change)
    }
}
