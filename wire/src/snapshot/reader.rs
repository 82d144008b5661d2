//! Reads a snapshot record change by change, so that a long one is never in memory as a whole.

use std::io::Read;

use super::{Change, Entry, EntryKind, SnapshotError, SnapshotRecord};
use crate::id::{ObjectId, SnapshotId};
use crate::limits::{MAX_PATH_BYTES, MAX_SNAPSHOT_CHANGES, MAX_SNAPSHOT_RECORD_BYTES};
use crate::msgpack::Reader;
use crate::path::RepoPath;

/// Fewest bytes that a change takes in a record: two headers, a path of one byte, and nil.
const LEAST_CHANGE_BYTES: u64 = 4;

/// The changes of a record, strictly ascending by path. After the first error it ends.
pub struct RecordReader<R> {
    reader: Reader<R>,
    id: SnapshotId,
    base: Option<SnapshotId>,
    change_count: usize,
    left: usize,
    ended: bool,
    last_path: String,
}

impl<R: Read> RecordReader<R> {
    /// Reads what comes before the changes of the record in the next `length` bytes of `source`,
    /// which is in memory or buffered.
    ///
    /// # Errors
    /// [`SnapshotError`] naming the rule that the bytes break.
    pub fn new(source: R, length: u64) -> Result<Self, SnapshotError> {
        if length > MAX_SNAPSHOT_RECORD_BYTES as u64 {
            return Err(SnapshotError::TooLarge);
        }
        let mut reader = Reader::new(source, length);
        reader.array_of("snapshot record", 3)?;
        let id = SnapshotId::from_bytes(reader.bin_of("snapshot id")?);
        let base = match reader.nil("base")? {
            true => None,
            false => Some(SnapshotId::from_bytes(reader.bin_of("base")?)),
        };
        if base == Some(id) {
            return Err(SnapshotError::Inconsistent("is its own base"));
        }
        let change_count = reader.array("list of changes", MAX_SNAPSHOT_CHANGES)?;
        if change_count as u64 * LEAST_CHANGE_BYTES > length {
            let reason = "is cut off by the end of the record";
            return Err(reader.invalid("list of changes", reason))?;
        }
        Ok(Self {
            reader,
            id,
            base,
            change_count,
            left: change_count,
            ended: false,
            last_path: String::new(),
        })
    }

    /// The snapshot.
    pub const fn id(&self) -> SnapshotId {
        self.id
    }

    /// What the changes are against; none for a keyframe.
    pub const fn base(&self) -> Option<SnapshotId> {
        self.base
    }

    /// How many changes it has in all.
    pub const fn change_count(&self) -> usize {
        self.change_count
    }

    /// Reads the next change, or checks that the record ends behind the last one.
    fn read(&mut self) -> Result<Option<Change>, SnapshotError> {
        if self.left == 0 {
            self.reader.finish("snapshot record")?;
            return Ok(None);
        }
        self.left -= 1;
        let change = self.read_change()?;
        // No path is empty, so the first one is behind this.
        if *self.last_path >= *change.path {
            return Err(SnapshotError::Unsorted(change.path));
        }
        self.last_path.clear();
        self.last_path.push_str(&change.path);
        if self.base.is_none() && change.entry.is_none() {
            let reason = "has no base, yet takes a path away";
            return Err(SnapshotError::Inconsistent(reason));
        }
        Ok(Some(change))
    }

    fn read_change(&mut self) -> Result<Change, SnapshotError> {
        let reader = &mut self.reader;
        reader.array_of("change", 2)?;
        let path = RepoPath::new(reader.str("path", MAX_PATH_BYTES)?)?;
        if reader.nil("entry")? {
            return Ok(Change { path, entry: None });
        }
        reader.array_of("entry", 2)?;
        let kind = EntryKind::from_number(reader.integer("entry's kind")?)
            .ok_or_else(|| reader.invalid("entry's kind", "is neither 0 nor 1 nor 2"))?;
        let object = ObjectId::from_bytes(reader.bin_of("entry's object")?);
        let entry = Some(Entry { kind, object });
        Ok(Change { path, entry })
    }
}

impl SnapshotRecord {
    /// Decodes and checks a record; whether the changes give the id is for [`crate::history`] to
    /// say.
    ///
    /// # Errors
    /// [`SnapshotError`] naming the rule that the bytes break.
    pub fn decode(record: &[u8]) -> Result<Self, SnapshotError> {
        let mut reader = RecordReader::new(record, record.len() as u64)?;
        Ok(Self {
            id: reader.id(),
            base: reader.base(),
            changes: reader.by_ref().collect::<Result<_, _>>()?,
        })
    }
}

impl<R: Read> Iterator for RecordReader<R> {
    type Item = Result<Change, SnapshotError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let change = self.read().transpose();
        self.ended = !matches!(change, Some(Ok(_)));
        change
    }
}
