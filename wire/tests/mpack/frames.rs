//! How contents are shared out over frames: cuts, reuse, records, and the same bytes whatever the
//! threads.

use muse_wire::id::{ChunkId, DeltaDigest, Hasher, ObjectId};
use muse_wire::limits::{
    MAX_CHUNK_BYTES, MAX_OBJECT_FRAME_RAW_BYTES, MAX_PREFIX_ID_BYTES, MAX_WHOLE_OBJECT_BYTES,
    RECORD_FRAME_RAW_BYTES,
};
use muse_wire::mpack::{Codec, Counts, FrameKind, Mpack, MpackWriter, WriteError};
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Change, SnapshotRecord};

use crate::allocations::peak_bytes_of;
use crate::round_trip::assert_holds;
use crate::sample::{Sample, parse_tables, snapshot_id};

/// Bytes that do not compress, the same for the same seed.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
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

pub(crate) fn counts_of(objects: &[&[u8]]) -> Counts {
    Counts {
        objects: objects.len() as u64,
        object_bytes: objects.iter().map(|object| object.len() as u64).sum(),
        ..Counts::default()
    }
}

/// Raw lengths of the frames of this kind.
pub(crate) fn raw_bytes_of(bytes: &[u8], kind: FrameKind) -> Vec<u64> {
    let tables = parse_tables(bytes).expect("valid");
    let frames = tables.frames_of(kind);
    frames.map(|frame| tables.frame(frame).raw_bytes).collect()
}

#[test]
fn a_frame_ends_where_the_next_object_would_make_it_too_long() {
    let limit = MAX_WHOLE_OBJECT_BYTES as usize;
    let sample = Sample {
        objects: (0..5).map(|byte| vec![byte; limit]).collect(),
        ..Sample::default()
    };
    let bytes = sample.write();
    assert_holds(&bytes, &sample);
    let raw_bytes = raw_bytes_of(&bytes, FrameKind::Objects);
    assert_eq!(
        raw_bytes,
        [MAX_OBJECT_FRAME_RAW_BYTES, MAX_WHOLE_OBJECT_BYTES]
    );
}

#[test]
fn a_group_starts_a_frame_where_it_would_be_cut_apart() {
    let limit = MAX_WHOLE_OBJECT_BYTES as usize;
    let objects: Vec<Vec<u8>> = (0..6).map(|byte| vec![byte; limit]).collect();
    let sample = Sample {
        objects,
        ..Sample::default()
    };
    let mut writer = MpackWriter::new(Vec::new(), sample.counts()).expect("memory takes all");
    for group in sample.objects.chunks(3) {
        let bytes = group.iter().map(|object| object.len() as u64).sum();
        writer.begin_group(bytes).expect("memory takes all");
        for object in group {
            let id = ObjectId::of(object);
            writer.add_object(id, object).expect("announced");
        }
    }
    let bytes = writer.finish().expect("all was added").out;
    assert_holds(&bytes, &sample);
    let raw_bytes = raw_bytes_of(&bytes, FrameKind::Objects);
    assert_eq!(raw_bytes, [3 * MAX_WHOLE_OBJECT_BYTES; 2]);
}

/// The raw lengths of the frames of objects of these lengths, each a group of its own.
fn frames_of_groups(lengths: &[u64]) -> Vec<u64> {
    let objects: Vec<Vec<u8>> = (0..)
        .zip(lengths)
        .map(|(byte, &length)| vec![byte; length as usize])
        .collect();
    let objects: Vec<&[u8]> = objects.iter().map(Vec::as_slice).collect();
    let mut writer = MpackWriter::new(Vec::new(), counts_of(&objects)).expect("memory takes all");
    for object in objects {
        let length = object.len() as u64;
        writer.begin_group(length).expect("memory takes all");
        let id = ObjectId::of(object);
        writer.add_object(id, object).expect("announced");
    }
    let bytes = writer.finish().expect("all was added").out;
    raw_bytes_of(&bytes, FrameKind::Objects)
}

#[test]
fn groups_share_a_frame_as_long_as_they_fit() {
    let limit = MAX_WHOLE_OBJECT_BYTES;
    assert_eq!(frames_of_groups(&[1, 2, 3]), [6]);
    assert_eq!(frames_of_groups(&[limit; 4]), [MAX_OBJECT_FRAME_RAW_BYTES]);
    assert_eq!(
        frames_of_groups(&[1, limit, limit, limit, limit]),
        [3 * limit + 1, limit]
    );
    // A group that no frame holds may start anywhere.
    let mut writer = MpackWriter::new(Vec::new(), counts_of(&[b"a", b"b"])).expect("takes all");
    for object in [b"a", b"b"] {
        writer
            .begin_group(MAX_OBJECT_FRAME_RAW_BYTES + 1)
            .expect("takes all");
        let id = ObjectId::of(object);
        writer.add_object(id, object).expect("announced");
    }
    let bytes = writer.finish().expect("all was added").out;
    assert_eq!(raw_bytes_of(&bytes, FrameKind::Objects), [2]);
}

/// Commits that take together so many bytes, of 1 MiB each but for the last.
fn commits_of(bytes: usize) -> Sample {
    let mut sample = Sample::default();
    let mut left = bytes;
    while left > 0 {
        sample.add_commit(&[], 1, 1);
        let commit = sample.commits.last_mut().expect("just added");
        let length = left.min(1 << 20);
        // What stands around a message is longer for a longer one.
        commit.commit.message = "x".repeat(length.saturating_sub(200));
        for _ in 0..2 {
            commit.envelope.record = commit.commit.encode().expect("within the limits");
            let missing = length - commit.envelope.encode().len();
            commit.commit.message += &"x".repeat(missing);
        }
        assert_eq!(commit.envelope.encode().len(), length);
        left -= length;
    }
    sample
}

#[test]
fn records_fill_a_frame_to_its_limit() {
    let full = commits_of(2 << 20).write();
    assert_eq!(
        raw_bytes_of(&full, FrameKind::Commits),
        [RECORD_FRAME_RAW_BYTES]
    );
    let more = commits_of((2 << 20) + 500).write();
    assert_eq!(
        raw_bytes_of(&more, FrameKind::Commits),
        [RECORD_FRAME_RAW_BYTES, 500]
    );
}

#[test]
fn records_of_more_than_8_mebibytes_do_not_wait_for_the_ids() {
    for (bytes, codec) in [(8 << 20, Codec::ZstdIds), ((8 << 20) + 500, Codec::Zstd)] {
        let tables = parse_tables(&commits_of(bytes).write()).expect("valid");
        for frame in 0..tables.frame_count() {
            assert_eq!(
                tables.frame(frame).codec,
                codec,
                "frame {frame} of {bytes} bytes"
            );
        }
    }
}

#[test]
fn at_most_a_mebibyte_of_ids_is_a_prefix() {
    // With the commit and its snapshot, which is outside, there is one id more than fits.
    let most = MAX_PREFIX_ID_BYTES as u32 / 32;
    for (objects, codec) in [(most - 2, Codec::ZstdIds), (most - 1, Codec::Zstd)] {
        let mut sample = Sample {
            objects: (0..objects)
                .map(|number| number.to_le_bytes().into())
                .collect(),
            ..Sample::default()
        };
        sample.add_commit(&[], 1, 1);
        let tables = parse_tables(&sample.write()).expect("valid");
        assert_eq!(tables.frame(1).kind, FrameKind::Commits);
        assert_eq!(tables.frame(1).codec, codec, "{objects} objects");
    }
}

#[test]
fn a_short_frame_is_written_behind_the_long_one_before_it() {
    let sample = Sample {
        objects: vec![noise(1, 4 << 20), b"short".to_vec()],
        ..Sample::default()
    };
    let mut writer = MpackWriter::new(Vec::new(), sample.counts()).expect("memory takes all");
    for object in &sample.objects {
        writer
            .begin_group(MAX_OBJECT_FRAME_RAW_BYTES)
            .expect("memory takes all");
        let id = ObjectId::of(object);
        writer.add_object(id, object).expect("announced");
    }
    let bytes = writer.finish().expect("all was added").out;
    assert_holds(&bytes, &sample);
    assert_eq!(raw_bytes_of(&bytes, FrameKind::Objects), [4 << 20, 5]);
}

#[test]
fn few_frames_are_in_memory_at_a_time() {
    let length = MAX_WHOLE_OBJECT_BYTES as usize;
    let counts = Counts {
        objects: 16,
        object_bytes: 16 * MAX_WHOLE_OBJECT_BYTES,
        ..Counts::default()
    };
    let mut object = vec![0; length];
    let (written, peak_bytes) = peak_bytes_of(|| {
        let mut writer = MpackWriter::new(std::io::sink(), counts).expect("takes all");
        for number in 0..16 {
            writer
                .begin_group(MAX_OBJECT_FRAME_RAW_BYTES)
                .expect("takes all");
            object.fill(number);
            let id = ObjectId::of(&object);
            writer.add_object(id, &object).expect("announced");
        }
        writer.finish().map(drop)
    });
    written.expect("all was added");
    assert!(peak_bytes < 8 * length, "{peak_bytes} bytes");
}

#[test]
fn only_chunks_are_probed_before_they_are_compressed() {
    let mut contents = noise(1, 64 << 10);
    contents.resize(5 << 20, 0);
    let sample = Sample {
        objects: vec![contents[..1 << 20].to_vec()],
        large_objects: vec![contents],
        ..Sample::default()
    };
    let tables = parse_tables(&sample.write()).expect("valid");
    assert_eq!(tables.frame(0).codec, Codec::Zstd);
    let chunks = tables.frames_of(FrameKind::Chunks);
    assert_eq!(tables.frame(chunks.start).codec, Codec::Stored);
}

#[test]
fn chunks_fill_a_frame_to_its_limit() {
    let half = MAX_CHUNK_BYTES as usize / 2;
    for (lengths, frames) in [
        ([half, half, half], vec![2 * half, half]),
        ([half, half + 1, half], vec![half, half + 1, half]),
    ] {
        let chunks: Vec<Vec<u8>> = (0..)
            .zip(lengths)
            .map(|(byte, length)| vec![byte; length])
            .collect();
        let whole = chunks.concat();
        let mut writer =
            MpackWriter::new(Vec::new(), counts_of(&[&whole])).expect("memory takes all");
        let mut list = Vec::new();
        for chunk in &chunks {
            let id = ChunkId::of(chunk);
            writer.add_chunk(id, chunk).expect("announced");
            list.push((id, chunk.len() as u32));
        }
        let id = ObjectId::of(&whole);
        writer.add_chunk_list(id, list).expect("announced");
        let bytes = writer.finish().expect("all was added").out;
        let frames: Vec<u64> = frames.into_iter().map(|length| length as u64).collect();
        assert_eq!(raw_bytes_of(&bytes, FrameKind::Chunks), frames);
    }
}

#[test]
fn a_frame_of_contents_is_decompressed_without_its_mpack() {
    let bytes = Sample::small().write();
    let mpack = Mpack::from_bytes(bytes.clone()).expect("opens");
    let frame = mpack.tables().frame(0);
    let start = frame.offset as usize;
    let stored = &bytes[start..start + frame.stored_bytes as usize];
    let raw = frame.decompress(stored).expect("whole");
    assert_eq!(raw, mpack.read_frame(0).expect("reads"));
    assert_eq!(raw, Sample::small().objects.concat());
    assert!(frame.decompress(&stored[1..]).is_err());
}

#[test]
fn contents_that_do_not_compress_are_stored_as_they_are() {
    let sample = Sample {
        objects: vec![noise(1, 100_000)],
        ..Sample::default()
    };
    let bytes = sample.write();
    assert_holds(&bytes, &sample);
    let frame = parse_tables(&bytes).expect("valid").frame(0);
    assert_eq!(frame.codec, Codec::Stored);
    assert_eq!(frame.stored_bytes, 100_000);
}

#[test]
fn only_frames_of_contents_are_copied() {
    let source = Mpack::from_bytes(Sample::small().write()).expect("opens");
    let sample = Sample {
        objects: Sample::small().objects,
        ..Sample::default()
    };
    let mut writer = MpackWriter::new(Vec::new(), sample.counts()).expect("memory takes all");
    for frame in [1, 2] {
        assert!(matches!(
            writer.copy_frame(&source, frame),
            Err(WriteError::Inconsistent(_))
        ));
    }
    writer.copy_frame(&source, 0).expect("a frame of objects");
    let bytes = writer.finish().expect("the refusals changed nothing").out;
    assert_holds(&bytes, &sample);
}

#[test]
fn records_are_compressed_with_the_ids_of_the_tables() {
    let bytes = Sample::small().write();
    let tables = parse_tables(&bytes).expect("valid");
    for frame in 1..tables.frame_count() {
        assert_eq!(tables.frame(frame).codec, Codec::ZstdIds, "frame {frame}");
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
        sample.write_rest(&mut writer);
        assert!(matches!(writer.finish(), Err(WriteError::Inconsistent(_))));
    }
}

/// Many frames of a few hundred KiB, compressible and not.
pub(crate) fn many_frames() -> (Vec<u8>, Sample) {
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
            writer
                .begin_group(MAX_OBJECT_FRAME_RAW_BYTES)
                .expect("memory takes all");
        }
    }
    sample.write_rest(&mut writer);
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

/// A snapshot record of about 250 bytes for each of `changes` changes.
fn long_record(sample: &Sample, id: u8, changes: usize) -> SnapshotRecord {
    let mut record = sample.snapshots[0].clone();
    let entry = record.changes[0].entry;
    record.id = snapshot_id(id);
    let directory = "d".repeat(190);
    let changes = (0..changes).map(|number| Change {
        path: RepoPath::new(format!("{directory}/{number:06}")).expect("valid"),
        entry,
    });
    record.changes = changes.collect();
    record
}

#[test]
fn records_are_cut_into_frames_and_a_long_snapshot_record_goes_on_in_the_next() {
    let mut sample = Sample::small();
    let long = "x".repeat(900_000);
    for number in 0..8 {
        let mut commit = sample.commits[0].clone();
        commit.commit.message = format!("{number} {long}");
        commit.envelope.record = commit.commit.encode().expect("within the limit");
        sample.commits.push(commit);
    }
    let record = long_record(&sample, 0x55, 20_000);
    sample.snapshots.insert(1, record);
    let bytes = sample.write();
    assert_holds(&bytes, &sample);
    // Two long commits to a frame, the first with the small ones.
    assert_eq!(raw_bytes_of(&bytes, FrameKind::Commits).len(), 4);
    let raw_bytes = raw_bytes_of(&bytes, FrameKind::Snapshots);
    // The short one before, the long one alone, the short ones behind.
    assert_eq!(raw_bytes.len(), 5);
    assert_eq!(raw_bytes[1..3], [2 << 20; 2]);
    assert!(raw_bytes[3] < 2 << 20 && raw_bytes[4] < 1000);
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

#[test]
fn of_a_file_whose_start_is_missing_the_records_are_read() {
    let only_objects = Sample {
        objects: vec![b"one".to_vec()],
        ..Sample::default()
    };
    for sample in [Sample::small(), only_objects] {
        let bytes = sample.write();
        let start = parse_tables(&bytes).expect("valid").contents_end();
        let start = usize::try_from(start).expect("small");
        let mut end = vec![0; start];
        end.extend_from_slice(&bytes[start..]);
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("a.mpack");
        std::fs::write(&path, &end).expect("writes");
        let mpack = Mpack::open_end(&path).expect("opens");
        for commit in &sample.commits {
            let read = mpack.read_commit(&commit.envelope.id()).expect("reads");
            assert_eq!(read.as_ref(), Some(&commit.envelope));
        }
        for snapshot in &sample.snapshots {
            let read = mpack.read_snapshot(&snapshot.id).expect("reads");
            assert_eq!(read.as_ref(), Some(snapshot));
        }
        let object = ObjectId::of(&sample.objects[0]);
        assert!(mpack.read_object(&object).is_err());
        end.pop();
        std::fs::write(&path, &end).expect("writes");
        assert!(Mpack::open_end(&path).is_err());
    }
}

/// Kilobytes of this file that are resident through a mapping.
#[cfg(target_os = "linux")]
fn resident_kilobytes(path: &std::path::Path) -> u64 {
    let maps = std::fs::read_to_string("/proc/self/smaps").expect("Linux has it");
    let name = path.to_str().expect("UTF-8");
    let lines = maps.lines().skip_while(|line| !line.ends_with(name));
    let mut fields = lines.filter_map(|line| line.strip_prefix("Rss:"));
    let resident = fields.next().expect("the file is mapped");
    let digits = resident.trim().trim_end_matches(" kB");
    digits.parse().expect("a number")
}

#[cfg(target_os = "linux")]
#[test]
fn long_frames_are_given_back_to_the_system_once_they_are_read() {
    let objects: Vec<Vec<u8>> = (0..4).map(|seed| noise(seed, 4 << 20)).collect();
    let objects: Vec<&[u8]> = objects.iter().map(Vec::as_slice).collect();
    let mut writer = MpackWriter::new(Vec::new(), counts_of(&objects)).expect("memory takes all");
    for object in objects {
        let id = ObjectId::of(object);
        writer.add_object(id, object).expect("announced");
        writer
            .begin_group(MAX_OBJECT_FRAME_RAW_BYTES)
            .expect("memory takes all");
    }
    let bytes = writer.finish().expect("all was added").out;
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("a.mpack");
    std::fs::write(&path, &bytes).expect("writes");
    let mpack = Mpack::open(&path).expect("opens");
    for frame in 0..4 {
        mpack.read_frame(frame).expect("reads");
    }
    let resident = resident_kilobytes(&path);
    assert!(resident < 2 << 10, "{resident} kB are resident");
    // What was given back is still there for the next who reads.
    assert!(mpack.bytes() == bytes);
    assert!(resident_kilobytes(&path) > 15 << 10);
}

#[test]
fn a_commit_longer_than_2_mebibytes_has_a_frame_to_itself() {
    let mut sample = Sample::small();
    for (number, (text, delta)) in [(1_000_000, 1 << 20), (10, 900_000)]
        .into_iter()
        .enumerate()
    {
        let mut commit = sample.commits[0].clone();
        commit.commit.message = format!("{number} {}", "x".repeat(text));
        let metadata = (0..16).map(|key| (format!("{key:02}"), "y".repeat(60_000)));
        commit.commit.metadata = metadata.collect();
        let contents = noise(number as u64, delta);
        commit.commit.delta_digest = Some(DeltaDigest::of(&contents));
        commit.envelope.record = commit.commit.encode().expect("within the limit");
        commit.envelope.delta = Some(contents);
        sample.commits.push(commit);
    }
    let bytes = sample.write();
    assert_holds(&bytes, &sample);
    let raw_bytes = raw_bytes_of(&bytes, FrameKind::Commits);
    assert_eq!(raw_bytes.len(), 3);
    assert!(
        raw_bytes[1] > 3_000_000 && raw_bytes[2] < 2 << 20,
        "{raw_bytes:?}"
    );
}
