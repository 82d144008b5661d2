//! How contents are shared out over frames: large objects, cuts, reuse, and the same bytes whatever
//! the threads.

use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};

use muse_wire::id::{Hasher, ObjectId};
use muse_wire::limits::MAX_OBJECT_FRAME_RAW_BYTES;
use muse_wire::mpack::{
    Counts, FrameKind, Mpack, MpackWriter, ObjectRow, SinkError, VerifyError, VerifySink,
    WriteError, verify,
};

use crate::forge::Forge;
use crate::round_trip::assert_holds;
use crate::sample::{Sample, key_of, parse_tables, verify_bytes};

/// Bytes that do not compress, the same for the same seed.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = vec![0; length];
    for chunk in bytes.chunks_mut(8) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        chunk.copy_from_slice(&state.to_le_bytes()[..chunk.len()]);
    }
    bytes
}

fn counts_of(objects: &[&[u8]]) -> Counts {
    Counts {
        objects: objects.len() as u64,
        object_bytes: objects.iter().map(|object| object.len() as u64).sum(),
        ..Counts::default()
    }
}

const LARGE_BYTES: usize = 40 << 20;

/// A small object, one of 40 MiB from a reader, and another small one.
fn with_large_object(large: &[u8]) -> Vec<u8> {
    let counts = counts_of(&[b"before", large, b"after"]);
    let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
    let id = ObjectId::of(large);
    writer
        .add_object(ObjectId::of(b"before"), b"before")
        .expect("announced");
    writer
        .add_large_object(id, large.len() as u64, &mut &*large)
        .expect("announced");
    writer
        .add_object(ObjectId::of(b"after"), b"after")
        .expect("announced");
    writer.finish().expect("all was added").out
}

#[test]
fn a_large_object_fills_frames_of_its_own_and_is_copied_as_it_is() {
    let large = noise(1, LARGE_BYTES);
    let bytes = with_large_object(&large);
    let sample = Sample {
        objects: vec![b"before".to_vec(), large.clone(), b"after".to_vec()],
        ..Sample::default()
    };
    assert_holds(&bytes, &sample);
    let source = Mpack::from_bytes(bytes.clone()).expect("opens");
    let raw_bytes: Vec<u64> = (0..source.tables().frame_count())
        .map(|frame| source.tables().frame(frame).raw_bytes)
        .collect();
    let full = MAX_OBJECT_FRAME_RAW_BYTES;
    assert_eq!(raw_bytes, [6, full, full, LARGE_BYTES as u64 - 2 * full, 5]);

    // From memory it goes the same way.
    assert_eq!(sample.write(), bytes);

    let counts = counts_of(&[b"new", b"before", &large, b"after"]);
    let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
    writer
        .add_object(ObjectId::of(b"new"), b"new")
        .expect("announced");
    for frame in [4, 1, 0] {
        writer
            .copy_object_frame(&source, frame)
            .expect("a first frame");
    }
    let copy = writer.finish().expect("all was added").out;
    let sample = Sample {
        objects: vec![
            b"new".to_vec(),
            b"after".to_vec(),
            large,
            b"before".to_vec(),
        ],
        ..Sample::default()
    };
    assert_holds(&copy, &sample);
}

#[test]
fn only_a_first_object_frame_can_be_copied() {
    let large = vec![7; LARGE_BYTES];
    let source = Mpack::from_bytes(with_large_object(&large)).expect("opens");
    let counts = counts_of(&[&large]);
    let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
    for frame in [2, 3] {
        assert!(matches!(
            writer.copy_object_frame(&source, frame),
            Err(WriteError::Inconsistent(_))
        ));
    }
    let records = Mpack::from_bytes(Sample::small().write()).expect("opens");
    assert!(writer.copy_object_frame(&records, 1).is_err());
    writer.copy_object_frame(&source, 1).expect("a first frame");
    writer.finish().expect("the refusals changed nothing");
}

#[test]
fn a_large_object_that_lies_is_refused() {
    let large = noise(2, LARGE_BYTES);
    let mut forge = Forge::open(&with_large_object(&large));
    let row = forge.objects.row_at(1);
    forge.objects.ids[row][31] ^= 1;
    let error = verify_bytes(&forge.build()).expect_err("a wrong id");
    assert!(
        matches!(
            error,
            VerifyError::ObjectMismatch { actual, .. } if actual == ObjectId::of(&large)
        ),
        "{error:?}"
    );

    // A piece in the middle that does not decompress: the tasks behind it must not wait for it.
    let mut forge = Forge::open(&with_large_object(&large));
    forge.frames[2].payload.truncate(1000);
    assert!(matches!(
        verify_bytes(&forge.build()),
        Err(VerifyError::Invalid(_))
    ));

    // A run whose middle is not full.
    let mut forge = Forge::open(&with_large_object(&large));
    forge.frames[2].hold(&large[..1000]);
    let error = verify_bytes(&forge.build()).expect_err("a gap in the run");
    assert!(matches!(error, VerifyError::Invalid(_)), "{error:?}");
}

#[test]
fn a_writer_that_was_lied_to_does_not_finish() {
    let contents = b"contents";
    let id = ObjectId::of(contents);
    for (length, source) in [
        (8, &b"Contents"[..]),
        (8, &b"conten"[..]),
        (8, &b"contents!"[..]),
    ] {
        let counts = counts_of(&[contents]);
        let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
        let result = writer.add_large_object(id, length, &mut &*source);
        assert!(matches!(result, Err(WriteError::Inconsistent(_))));
        assert!(matches!(writer.finish(), Err(WriteError::Inconsistent(_))));
    }
}

#[test]
fn a_writer_holds_its_caller_to_what_was_announced() {
    let sample = Sample::small();
    let start = |counts| MpackWriter::new(Vec::new(), counts).expect("memory takes all");
    let object = (ObjectId::of(b"x"), b"x");

    // Too few, and too many, of each.
    let mut writer = start(counts_of(&[b"x"]));
    assert!(matches!(
        start(counts_of(&[b"x"])).finish(),
        Err(WriteError::Inconsistent(_))
    ));
    writer.add_object(object.0, object.1).expect("announced");
    assert!(writer.add_object(ObjectId::of(b""), b"").is_err());
    assert!(writer.add_commit(&sample.commits[0].as_new()).is_err());
    assert!(writer.add_snapshot(&sample.snapshots[0]).is_err());

    // Out of order.
    let mut writer = start(sample.counts());
    writer
        .add_snapshot(&sample.snapshots[0])
        .expect("announced");
    assert!(writer.add_commit(&sample.commits[0].as_new()).is_err());
    assert!(writer.add_object(object.0, object.1).is_err());

    // Twice.
    let mut writer = start(counts_of(&[b"x", b"x"]));
    writer.add_object(object.0, object.1).expect("announced");
    writer.add_object(object.0, object.1).expect("found later");
    assert!(matches!(writer.finish(), Err(WriteError::Inconsistent(_))));

    // A child before its parent, a delta before its base.
    for bend in [
        |sample: &mut Sample| sample.commits.swap(0, 1),
        |sample: &mut Sample| sample.snapshots.swap(0, 1),
    ] {
        let mut sample = Sample::small();
        bend(&mut sample);
        let mut writer = start(sample.counts());
        for object in &sample.objects {
            writer
                .add_object(ObjectId::of(object), object)
                .expect("announced");
        }
        sample.write_records(&mut writer);
        assert!(matches!(writer.finish(), Err(WriteError::Inconsistent(_))));
    }
}

/// Many frames of a few hundred KiB, compressible and not.
fn many_frames() -> (Vec<u8>, Sample) {
    let objects: Vec<Vec<u8>> = (0..60)
        .map(|number: u64| {
            let mut object = noise(number, 150_000);
            object.extend_from_slice(&vec![number as u8; 100_000]);
            object
        })
        .collect();
    let sample = Sample {
        objects,
        ..Sample::small()
    };
    let mut writer = MpackWriter::new(Vec::new(), sample.counts()).expect("memory takes all");
    for (number, object) in sample.objects.iter().enumerate() {
        writer
            .add_object(ObjectId::of(object), object)
            .expect("announced");
        if number % 2 == 1 {
            writer.cut_frame().expect("memory takes all");
        }
    }
    sample.write_records(&mut writer);
    (writer.finish().expect("all was added").out, sample)
}

#[test]
fn threads_change_nothing() {
    let (bytes, sample) = many_frames();
    assert_eq!(
        parse_tables(&bytes)
            .expect("valid")
            .frames_of(FrameKind::Objects)
            .len(),
        30
    );
    for threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads can be started");
        // Inside the pool, so that the writing and verifying thread is itself one of those that
        // work.
        pool.install(|| {
            assert!(many_frames().0 == bytes, "with {threads} threads");
            assert_holds(&bytes, &sample);
        });
    }
}

#[test]
fn records_are_cut_into_frames_and_a_long_one_has_its_own() {
    let mut sample = Sample::small();
    let long = "x".repeat(900_000);
    for number in 0..8 {
        let mut commit = sample.commits[0].clone();
        commit.commit.message = format!("{number} {long}");
        commit.envelope.record = commit.commit.encode().expect("within the limit");
        sample.commits.push(commit);
    }
    let mut snapshot = sample.snapshots[0].clone();
    let change = snapshot.changes[0].clone();
    snapshot.id = crate::sample::snapshot_id(0x55);
    // Long enough to be larger than the largest window.
    let directory = ["d".repeat(250).as_str(); 14].join("/");
    snapshot.changes = (0..5_000)
        .map(|number| muse_wire::snapshot::Change {
            path: muse_wire::path::RepoPath::new(format!("{directory}/{number:06}"))
                .expect("valid"),
            entry: change.entry,
        })
        .collect();
    sample.snapshots.insert(1, snapshot);
    let bytes = sample.write();
    assert_holds(&bytes, &sample);
    let tables = parse_tables(&bytes).expect("valid");
    // Two long commits to a frame, the first with the small ones.
    assert_eq!(tables.frames_of(FrameKind::Commits).len(), 4);
    let raw_bytes: Vec<u64> = tables
        .frames_of(FrameKind::Snapshots)
        .map(|frame| tables.frame(frame).raw_bytes)
        .collect();
    assert_eq!(raw_bytes.len(), 3);
    assert!(raw_bytes[1] > 16 << 20, "{raw_bytes:?}");
}

/// Wants only objects of a certain length, and counts the bytes that come.
struct Choosy {
    length: u64,
    seen_bytes: AtomicU64,
    file_bytes: AtomicU64,
}

impl VerifySink for Choosy {
    fn wants(&self, row: &ObjectRow) -> bool {
        row.length == self.length
    }

    fn object(&self, row: &ObjectRow, _: u64, piece: &[u8]) -> Result<(), SinkError> {
        assert_eq!(row.length, self.length);
        self.seen_bytes
            .fetch_add(piece.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    fn progress(&self, file_bytes: u64) {
        let before = self.file_bytes.swap(file_bytes, Ordering::Relaxed);
        assert!(before <= file_bytes);
    }
}

#[test]
fn only_wanted_objects_are_handed_out() {
    let large = noise(3, LARGE_BYTES);
    let bytes = with_large_object(&large);
    let tables = parse_tables(&bytes).expect("valid");
    for length in [5, LARGE_BYTES as u64, 1] {
        let sink = Choosy {
            length,
            seen_bytes: AtomicU64::new(0),
            file_bytes: AtomicU64::new(0),
        };
        verify(
            &mut bytes.as_slice(),
            &tables,
            &key_of(&bytes),
            &sink,
            &mut |_| Ok(()),
        )
        .expect("valid");
        let expected = if length == 1 { 0 } else { length };
        assert_eq!(sink.seen_bytes.into_inner(), expected);
        assert_eq!(sink.file_bytes.into_inner(), bytes.len() as u64);
    }
}

/// Refuses the piece at this offset.
struct Refusing(u64);

impl VerifySink for Refusing {
    fn object(&self, _: &ObjectRow, offset: u64, _: &[u8]) -> Result<(), SinkError> {
        if offset == self.0 {
            return Err("the disk is full".into());
        }
        Ok(())
    }
}

#[test]
fn a_receiver_that_gives_up_ends_the_verification() {
    let large = noise(4, 2 * LARGE_BYTES);
    let bytes = with_large_object(&large);
    let tables = parse_tables(&bytes).expect("valid");
    for offset in [0, MAX_OBJECT_FRAME_RAW_BYTES] {
        let verified = verify(
            &mut bytes.as_slice(),
            &tables,
            &key_of(&bytes),
            &Refusing(offset),
            &mut |_| Ok(()),
        );
        assert!(matches!(verified, Err(VerifyError::Sink(_))));
    }
    let bytes = Sample::small().write();
    let verified = verify(
        &mut bytes.as_slice(),
        &parse_tables(&bytes).expect("valid"),
        &key_of(&bytes),
        &Choosy {
            length: 1,
            seen_bytes: AtomicU64::new(0),
            file_bytes: AtomicU64::new(0),
        },
        &mut |_| Err("no room for records".into()),
    );
    assert!(matches!(verified, Err(VerifyError::Sink(_))));
}

/// Fails after some bytes, as a network does.
struct Failing<'a>(&'a [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(std::io::Error::other("the connection was cut")),
            read => Ok(read),
        }
    }
}

#[test]
fn a_source_that_fails_is_not_the_mpacks_fault() {
    let (bytes, _) = many_frames();
    let tables = parse_tables(&bytes).expect("valid");
    for end in [5, 1000, bytes.len() / 2, bytes.len()] {
        let sink = crate::sample::Received::default();
        let error = verify(
            &mut Failing(&bytes[..end]),
            &tables,
            &key_of(&bytes),
            &sink,
            &mut |_| Ok(()),
        )
        .expect_err("the source fails");
        assert!(matches!(error, VerifyError::Io(_)), "{error:?}");
        assert_eq!(error.problem_code(), None);
    }
}

#[test]
fn a_mapped_file_reads_like_memory() {
    let (bytes, _) = many_frames();
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("a.mpack");
    std::fs::write(&path, &bytes).expect("writes");
    let mpack = Mpack::open(&path).expect("opens");
    assert!(mpack.bytes() == bytes);
    let mut hasher = Hasher::new();
    for frame in mpack.tables().frames_of(FrameKind::Objects) {
        hasher.update(&mpack.read_frame(frame).expect("reads"));
    }
    assert!(Mpack::open(&directory.path().join("missing")).is_err());
    std::fs::write(&path, b"").expect("writes");
    assert!(Mpack::open(&path).is_err());
}
