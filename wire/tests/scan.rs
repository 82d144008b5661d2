//! What a scan by id costs: bytes read of the file, and bytes allocated.

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicUsize, Ordering};

use muse_wire::commit::{Author, Commit, CommitEnvelope, Timestamp};
use muse_wire::id::{ObjectId, SnapshotId};
use muse_wire::mpack::{Counts, MpackWriter, NewCommit, TRAILER_BYTES, Tables, Trailer};
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Change, Entry, EntryKind, SnapshotRecord};

/// The system's allocator, with the bytes that were asked of it counted.
struct Counting;

static ALLOCATED_BYTES: AtomicUsize = AtomicUsize::new(0);

#[expect(unsafe_code, reason = "an allocator has no safe form")]
// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED_BYTES.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `alloc`, so from the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const OBJECT_COUNT: usize = 25_000;
const COMMIT_COUNT: usize = 5_000;

/// Counts the bytes read.
struct CountingFile<R> {
    file: R,
    read_bytes: usize,
}

impl<R: Read> Read for CountingFile<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.read_bytes += read;
        Ok(read)
    }
}

/// A history in which every commit adds five files of about 4 KiB.
fn write_history() -> Vec<u8> {
    let contents = |number: usize| format!("file {number}\n").repeat(350).into_bytes();
    let objects = || (0..OBJECT_COUNT).map(contents);
    let counts = Counts {
        objects: OBJECT_COUNT as u64,
        commits: COMMIT_COUNT as u64,
        snapshots: COMMIT_COUNT as u64,
        object_bytes: objects().map(|object| object.len() as u64).sum(),
        base_bytes: 0,
    };
    let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
    let mut ids = Vec::new();
    for object in objects() {
        let id = ObjectId::of(&object);
        ids.push(id);
        writer.add_object(id, &object).expect("announced");
    }
    let snapshot_id = |number: usize| {
        let digest = ObjectId::of(format!("snapshot {number}").as_bytes());
        SnapshotId::from_bytes(*digest.as_bytes())
    };
    let mut parents = Vec::new();
    for number in 0..COMMIT_COUNT {
        let commit = Commit {
            parents,
            snapshot: snapshot_id(number),
            author: Author {
                name: "Ada".into(),
                email: String::new(),
            },
            committed_at: Timestamp {
                seconds: number as i64,
                offset_minutes: 0,
            },
            message: format!("commit {number}\n"),
            metadata: BTreeMap::new(),
            delta_digest: None,
            signers: Vec::new(),
        };
        let envelope = CommitEnvelope::plain(commit.encode().expect("valid"));
        let generation = number as u32 + 1;
        writer
            .add_commit(&NewCommit {
                envelope: &envelope,
                commit: &commit,
                generation,
            })
            .expect("announced");
        parents = vec![envelope.id()];
    }
    for (number, ids) in ids.chunks(OBJECT_COUNT / COMMIT_COUNT).enumerate() {
        let changes = ids.iter().zip(0..).map(|(&object, at)| Change {
            path: RepoPath::new(format!("dir-{number}/file-{at}")).expect("valid"),
            entry: Some(Entry {
                kind: EntryKind::File,
                object,
            }),
        });
        writer
            .add_snapshot(&SnapshotRecord {
                id: snapshot_id(number),
                base: number.checked_sub(1).map(snapshot_id),
                changes: changes.collect(),
            })
            .expect("announced");
    }
    writer.finish().expect("all was added").out
}

#[test]
fn scan_reads_under_two_megabytes_and_allocates_under_64_bytes_an_object() {
    let bytes = write_history();
    let file_bytes = bytes.len() as u64;
    let mut file = CountingFile {
        file: std::io::Cursor::new(&bytes),
        read_bytes: 0,
    };
    let before = ALLOCATED_BYTES.load(Ordering::Relaxed);

    let mut trailer = [0; TRAILER_BYTES as usize];
    file.file
        .seek(SeekFrom::Start(file_bytes - TRAILER_BYTES))
        .expect("inside the file");
    file.read_exact(&mut trailer).expect("inside the file");
    let trailer = Trailer::parse(&trailer, file_bytes).expect("valid");
    let mut tables = vec![0; trailer.tables_bytes as usize];
    file.file
        .seek(SeekFrom::Start(trailer.tables_offset))
        .expect("inside the file");
    file.read_exact(&mut tables).expect("inside the file");
    let tables = Tables::parse(tables, &trailer).expect("valid");
    let known = tables
        .objects()
        .filter(|row| tables.find_object(&row.id) == Some(*row))
        .count();

    let allocated_bytes = ALLOCATED_BYTES.load(Ordering::Relaxed) - before;
    assert_eq!(known, OBJECT_COUNT);
    assert_eq!(tables.commit_count(), COMMIT_COUNT);
    assert!(file.read_bytes < 2_000_000, "read {}", file.read_bytes);
    assert!(
        allocated_bytes < 64 * OBJECT_COUNT,
        "allocated {allocated_bytes}"
    );
}
