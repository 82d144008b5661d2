//! A snapshot record as the database keeps it: a long one is compressed.

use std::io::{self, Read, Write};

use muse_wire::msgpack::DecodeError;
use muse_wire::snapshot::{RecordReader, SnapshotError};
use zstd::stream::{read, write};

/// Records of at least this many bytes are compressed.
const COMPRESSED_BYTES: u64 = 64 * 1024;
/// In a keyframe half of the bytes are hashes: more effort saves nothing.
const COMPRESSION_LEVEL: i32 = 1;

/// First byte of a compressed record: one that no MessagePack begins with. The record's length in
/// bytes (u32, little-endian) follows, then the record as a zstd frame.
const COMPRESSED_MARK: u8 = 0xc1;
const HEAD_BYTES: usize = 5;

/// The bytes of an encoded [`muse_wire::snapshot::SnapshotRecord`], perhaps compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord(Vec<u8>);

impl StoredRecord {
    /// What its column holds.
    pub(in crate::store) const fn from_column(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// What its column holds.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads the record.
    ///
    /// # Errors
    /// Where it does not begin like a record.
    pub fn read(&self) -> Result<RecordReader<Box<dyn Read + '_>>, SnapshotError> {
        let plain = || RecordReader::new(Box::new(&*self.0) as Box<dyn Read>, self.0.len() as u64);
        let Some((head, compressed)) = self.0.split_first_chunk::<HEAD_BYTES>() else {
            return plain();
        };
        let [COMPRESSED_MARK, length @ ..] = *head else {
            return plain();
        };
        let decoder = read::Decoder::with_buffer(compressed).map_err(DecodeError::Source)?;
        // The record is read in small pieces.
        let source = Box::new(io::BufReader::new(decoder));
        RecordReader::new(source, u32::from_le_bytes(length).into())
    }
}

/// Takes the bytes of an encoded record.
pub struct StoredRecordWriter {
    out: Output,
    raw_bytes: u64,
}

enum Output {
    Plain(Vec<u8>),
    Compressed(write::Encoder<'static, Vec<u8>>),
}

impl StoredRecordWriter {
    /// Begins a record of about this many bytes.
    ///
    /// # Errors
    /// Where memory is short.
    pub fn new(about_bytes: u64) -> io::Result<Self> {
        let out = match about_bytes < COMPRESSED_BYTES {
            true => Output::Plain(Vec::new()),
            false => {
                let head = vec![COMPRESSED_MARK, 0, 0, 0, 0];
                Output::Compressed(write::Encoder::new(head, COMPRESSION_LEVEL)?)
            }
        };
        Ok(Self { out, raw_bytes: 0 })
    }

    /// The record, of which all bytes were written.
    ///
    /// # Errors
    /// Where memory is short, or the record is longer than any may be.
    pub fn finish(self) -> io::Result<StoredRecord> {
        Ok(StoredRecord(match self.out {
            Output::Plain(bytes) => bytes,
            Output::Compressed(encoder) => {
                let mut bytes = encoder.finish()?;
                let length = u32::try_from(self.raw_bytes).map_err(io::Error::other)?;
                bytes[1..HEAD_BYTES].copy_from_slice(&length.to_le_bytes());
                bytes.shrink_to_fit();
                bytes
            }
        }))
    }
}

impl Write for StoredRecordWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = match &mut self.out {
            Output::Plain(plain) => plain.write(bytes),
            Output::Compressed(encoder) => encoder.write(bytes),
        }?;
        self.raw_bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use muse_wire::id::{ObjectId, SnapshotId};
    use muse_wire::path::RepoPath;
    use muse_wire::snapshot::{Change, Entry, EntryKind, SnapshotRecord};

    use super::*;

    #[test]
    fn short_and_long_records_are_read_as_they_were_written() {
        for count in [0, 1, 5_000] {
            let change = |number: u32| Change {
                path: RepoPath::new(format!("a/long/directory/{number:05}")).expect("valid"),
                entry: Some(Entry {
                    kind: EntryKind::File,
                    object: ObjectId::of(b"the same"),
                }),
            };
            let record = SnapshotRecord {
                id: SnapshotId::from_bytes([1; 32]),
                base: None,
                changes: (0..count).map(change).collect(),
            };
            let encoded = record.encode();
            let mut writer = StoredRecordWriter::new(encoded.len() as u64).expect("begins");
            writer.write_all(&encoded).expect("memory takes all");
            let stored = writer.finish().expect("memory takes all");
            let is_compressed = stored.as_bytes().len() < encoded.len();
            assert_eq!(is_compressed, encoded.len() as u64 >= COMPRESSED_BYTES);
            let mut reader = stored.read().expect("begins like a record");
            let changes: Result<Vec<_>, _> = reader.by_ref().collect();
            assert_eq!(changes.expect("decodes"), record.changes);
            // Damage is an error, not a panic.
            for length in 0..stored.as_bytes().len().min(300) {
                let cut = StoredRecord(stored.as_bytes()[..length].to_vec());
                let changes = cut
                    .read()
                    .and_then(|reader| reader.collect::<Result<Vec<_>, _>>());
                assert!(changes.is_err(), "cut at {length}");
            }
        }
    }
}
