//! Local files: opened, looked up, and read at random.

use muse_wire::limits::MAX_COMPRESSED_TABLE_BYTES;
use muse_wire::mpack::{FrameKind, Mpack, MpackError};

use crate::files::file;
use crate::memory::within;

/// Opening a file takes this much, beside the tables where they are compressed, and four times the
/// file.
const OPEN_BYTES: u64 = 64 << 10;
/// Reading takes this much, and so many times the longest record.
const READ_BYTES: u64 = 80 << 20;
const BYTES_PER_RECORD_BYTE: u64 = 32;

/// Opens a whole file and reads all that its tables list.
pub fn reader(input: &[u8]) {
    let Some(file) = file(input) else {
        return;
    };
    let Ok(mpack) = open(file) else {
        return;
    };
    let tables = mpack.tables();
    let records = [FrameKind::Commits, FrameKind::Snapshots];
    let record_bytes = tables.raw_bytes_of(&records);
    within(READ_BYTES + BYTES_PER_RECORD_BYTE * record_bytes, || {
        read_objects(&mpack);
        read_records(&mpack);
    });
}

fn open(file: Vec<u8>) -> Result<Mpack, MpackError> {
    // A frame of tables that are stored as they are is parsed where it lies.
    let limit = OPEN_BYTES + 4 * file.len() as u64 + MAX_COMPRESSED_TABLE_BYTES;
    within(limit, || Mpack::from_bytes(file))
}

fn read_objects(mpack: &Mpack) {
    let tables = mpack.tables();
    let mut length = 0;
    for row in tables.objects() {
        assert_eq!(tables.find_object(&row.id), Some(row));
        assert!(tables.has_object(&row.id));
        if let Ok(contents) = mpack.read_object(&row.id) {
            let contents = contents.expect("its row is here");
            assert_eq!(contents.len() as u64, u64::from(row.length));
        }
        length += u64::from(row.length);
    }
    for row in tables.large_objects() {
        assert_eq!(tables.find_large_object(&row.id).as_ref(), Some(&row));
        assert!(tables.find_object(&row.id).is_none());
        let chunks = tables.chunks_of(&row).map(|chunk| u64::from(chunk.length));
        assert_eq!(chunks.sum::<u64>(), row.length);
        for chunk in tables.chunks_of(&row) {
            let _ = mpack.read_chunk(&chunk.id);
        }
        length += row.length;
    }
    let of_frames = tables.frames_of(FrameKind::Objects).map(|frame| {
        let _ = tables.bases_of(frame);
        tables.frame_objects(frame).count()
    });
    let listed = of_frames.sum::<usize>();
    if tables.is_thin() {
        assert_eq!(listed, 0);
    } else {
        assert_eq!(length, tables.counts().object_bytes);
        assert_eq!(listed, tables.object_count());
    }
    let mut rows: Vec<_> = tables.objects().collect();
    let _ = mpack.read_objects(&mut rows, |row, contents| {
        assert_eq!(contents.len() as u64, u64::from(row.length));
        Ok::<(), MpackError>(())
    });
}

fn read_records(mpack: &Mpack) {
    let tables = mpack.tables();
    for row in tables.commits_in_file_order() {
        assert!(tables.commit_node(&row.id).is_some());
        assert!(tables.commits_with_prefix(&row.id.to_hex(), 2) == [row.id]);
        if let Ok(envelope) = mpack.read_commit(&row.id) {
            let envelope = envelope.expect("its row is here");
            assert_eq!(envelope.id(), row.id);
            let _ = envelope.open();
        }
        assert_eq!(tables.find_commit(&row.id), Some(row));
    }
    for row in tables.snapshots_in_file_order() {
        if let Ok(record) = mpack.read_snapshot(&row.id) {
            let record = record.expect("its row is here");
            assert_eq!((record.id, record.base), (row.id, row.base));
        }
        assert_eq!(tables.find_snapshot(&row.id), Some(row));
    }
}
