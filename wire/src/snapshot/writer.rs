//! Writes snapshot records: as a whole, or change by change.

use std::io::{self, Write};

use super::{Change, Entry, SnapshotRecord};
use crate::id::SnapshotId;
use crate::msgpack::Writer;

/// Writes one record to `out`, so that a long one is never in memory as a whole.
pub struct RecordWriter<W> {
    out: W,
    writer: Writer,
}

impl<W: Write> RecordWriter<W> {
    /// Begins the record of `id` with this number of changes to `base`.
    ///
    /// # Errors
    /// Where the output fails.
    pub fn new(
        out: W,
        id: SnapshotId,
        base: Option<SnapshotId>,
        change_count: usize,
    ) -> io::Result<Self> {
        let writer = Writer::new();
        let mut this = Self { out, writer };
        write_head(&mut this.writer, id, base, change_count);
        this.writer.write_to(&mut this.out)?;
        Ok(this)
    }

    /// Writes the next change. They ascend by path, and are as many as was said.
    ///
    /// # Errors
    /// Where the output fails.
    pub fn change(&mut self, change: &Change) -> io::Result<()> {
        self.entry(&change.path, change.entry)
    }

    /// As [`Self::change`], of a path that was checked before.
    pub(super) fn entry(&mut self, path: &str, entry: Option<Entry>) -> io::Result<()> {
        write_change(&mut self.writer, path, entry);
        self.writer.write_to(&mut self.out)
    }

    /// The output, with the whole record.
    pub fn finish(self) -> W {
        self.out
    }
}

impl SnapshotRecord {
    /// Encodes the record.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        write_head(&mut writer, self.id, self.base, self.changes.len());
        for change in &self.changes {
            write_change(&mut writer, &change.path, change.entry);
        }
        writer.finish()
    }
}

fn write_head(writer: &mut Writer, id: SnapshotId, base: Option<SnapshotId>, change_count: usize) {
    writer.array(3);
    writer.bin(id.as_bytes());
    match base {
        Some(base) => writer.bin(base.as_bytes()),
        None => writer.nil(),
    }
    writer.array(change_count);
}

fn write_change(writer: &mut Writer, path: &str, entry: Option<Entry>) {
    writer.array(2);
    writer.str(path);
    match entry {
        Some(entry) => {
            writer.array(2);
            writer.integer(entry.kind as i64);
            writer.bin(entry.object.as_bytes());
        }
        None => writer.nil(),
    }
}
