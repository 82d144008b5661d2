//! What goes in comes out: through the tables, the random-access reader, and verification.

use std::collections::BTreeMap;
use std::sync::Mutex;

use muse_wire::id::{CommitId, ObjectId};
use muse_wire::mpack::{
    ChunkReference, Codec, FrameKind, Mpack, MpackError, ObjectRow, VerifyError, check_large_object,
};

use crate::forge::Forge;
use crate::sample::{Sample, parse_tables, snapshot_id, verify_bytes};
use crate::section::Section;

/// Checks every way to read `bytes` against what they were written from.
pub(crate) fn assert_holds(bytes: &[u8], sample: &Sample) {
    let mpack = Mpack::from_bytes(bytes.to_vec()).expect("opens");
    let tables = mpack.tables();
    assert_eq!(tables.counts(), sample.counts());

    let objects: BTreeMap<ObjectId, &Vec<u8>> = sample
        .objects
        .iter()
        .map(|object| (ObjectId::of(object), object))
        .collect();
    for (&id, &object) in &objects {
        let row = tables.find_object(&id).expect("present");
        assert_eq!((row.id, row.length), (id, object.len() as u32));
        assert!(tables.has_object(&id));
        assert_eq!(
            mpack.read_object(&id).expect("reads").as_ref(),
            Some(object)
        );
    }
    for object in &sample.large_objects {
        let id = ObjectId::of(object);
        assert!(tables.has_object(&id) && tables.find_object(&id).is_none());
        let row = tables.find_large_object(&id).expect("present");
        assert_eq!((row.id, row.length), (id, object.len() as u64));
        let mut copy = Vec::new();
        let read_chunk = |chunk: &ChunkReference| {
            assert!(chunk.is_here);
            let contents = mpack.read_chunk(&chunk.id)?;
            Ok::<_, VerifyError>(contents.expect("the mpack holds the chunk"))
        };
        check_large_object(tables, &row, read_chunk, |offset, piece| {
            assert_eq!(offset, copy.len() as u64);
            copy.extend_from_slice(piece);
            Ok(())
        })
        .expect("reads");
        assert!(copy == *object);
    }
    let mut rows: Vec<ObjectRow> = tables.objects().collect();
    assert!(rows.is_sorted_by(|a, b| a.id < b.id));
    let read = Mutex::new(0);
    mpack
        .read_objects(&mut rows, |row, contents| {
            let object = objects.get(&row.id).expect("only what was asked for");
            assert_eq!(object.as_slice(), contents);
            *read.lock().expect("no thread panicked") += contents.len();
            Ok::<_, MpackError>(())
        })
        .expect("reads");
    assert_eq!(
        *read.lock().expect("no thread panicked"),
        sample.objects.iter().map(Vec::len).sum::<usize>()
    );
    let in_frames: Vec<ObjectId> = tables
        .frames_of(FrameKind::Objects)
        .flat_map(|frame| tables.frame_objects(frame))
        .map(|row| row.id)
        .collect();
    let in_frames = in_frames.iter().map(|id| objects[id]);
    assert!(
        in_frames.eq(&sample.objects),
        "file order is the order of writing"
    );

    for (row, written) in tables.commits_in_file_order().zip(&sample.commits) {
        assert_eq!(row.id, written.envelope.id());
        assert_eq!(row.generation, written.generation);
        assert_eq!(row.committed_at, written.commit.committed_at.seconds);
        assert_eq!(row.parents[..], written.commit.parents[..]);
        assert_eq!(row.snapshot, written.commit.snapshot);
        assert_eq!(tables.find_commit(&row.id).as_ref(), Some(&row));
        let node = tables.commit_node(&row.id).expect("present");
        assert_eq!(
            (node.parents, node.generation, node.committed_at),
            (row.parents, row.generation, row.committed_at)
        );
        assert_eq!(
            mpack.read_commit(&row.id).expect("reads").as_ref(),
            Some(&written.envelope)
        );
    }
    for (row, written) in tables.snapshots_in_file_order().zip(&sample.snapshots) {
        assert_eq!((row.id, row.base), (written.id, written.base));
        assert_eq!(tables.find_snapshot(&row.id).as_ref(), Some(&row));
        assert_eq!(
            mpack.read_snapshot(&row.id).expect("reads").as_ref(),
            Some(written)
        );
    }

    let received = verify_bytes(bytes).expect("verifies");
    let verified = received.objects.into_inner().expect("no thread panicked");
    let written = sample.objects.iter().chain(&sample.large_objects);
    let written: BTreeMap<ObjectId, Vec<u8>> = written
        .map(|object| (ObjectId::of(object), object.clone()))
        .filter(|(id, _)| received.unchecked.iter().all(|row| row.id != *id))
        .collect();
    assert!(verified == written);
    let written = sample.commits.iter();
    let written = written.map(|written| (&written.envelope, &written.commit, written.generation));
    let commits = received.commits.iter();
    assert!(
        commits
            .map(|(row, envelope, commit)| (envelope, commit, row.generation))
            .eq(written)
    );
    assert_eq!(received.snapshots, sample.snapshots);
}

#[test]
fn small_mpack_holds_what_was_added() {
    let sample = Sample::small();
    let bytes = sample.write();
    assert_holds(&bytes, &sample);
    let mpack = Mpack::from_bytes(bytes).expect("opens");
    let tables = mpack.tables();
    assert_eq!(tables.external_commits().len(), 1);
    assert_eq!(
        tables.external_snapshots(),
        [snapshot_id(0x66), snapshot_id(0x77)]
    );
    let absent = ObjectId::of(b"absent");
    assert_eq!(tables.find_object(&absent), None);
    assert_eq!(mpack.read_object(&absent).expect("reads"), None);
    let id = sample.commits[0].envelope.id();
    assert_eq!(tables.commits_with_prefix(&id.to_hex()[..9], 2), [id]);
    assert_eq!(tables.commit_node(&CommitId::from_bytes([9; 32])), None);
}

#[test]
fn a_look_inside_tells_frames_and_sections() {
    let bytes = Sample::small().write();
    let mpack = Mpack::from_bytes(bytes.clone()).expect("opens");
    let tables = mpack.tables();
    assert_eq!([0, 1, 2].map(|frame| tables.entry_count(frame)), [3, 5, 3]);
    let frames = [0, 1, 2].map(|frame| tables.frame(frame));
    assert_eq!(
        frames.clone().map(|frame| frame.kind.as_str()),
        ["objects", "commits", "snapshots"]
    );
    assert_eq!(FrameKind::Chunks.as_str(), "chunks");
    assert_eq!(
        [Codec::Stored, Codec::Zstd, Codec::ZstdBases, Codec::ZstdIds].map(Codec::as_str),
        ["stored", "zstd", "zstd with bases", "zstd with ids"]
    );
    let [_, commits, snapshots] = frames.map(|frame| frame.raw_bytes);
    let records = [FrameKind::Commits, FrameKind::Snapshots];
    assert_eq!(tables.raw_bytes_of(&records), commits + snapshots);
    assert_eq!(tables.raw_bytes_of(&[FrameKind::Chunks]), 0);

    let forge = Forge::open(&bytes).without_prefixes();
    let mut sections = forge.sections();
    sections.push(Section::new(99, vec![0; 7]));
    let listed: Vec<_> = parse_tables(&forge.build_sections(&sections))
        .expect("valid")
        .sections()
        .map(|section| (section.number, section.name, section.bytes))
        .collect();
    assert_eq!(listed.len(), sections.len());
    assert_eq!(listed[0], (1, Some("frames"), 120));
    assert_eq!(listed[1], (2, Some("object ids"), 96));
    assert_eq!(listed[listed.len() - 1], (99, None, 7));

    assert!(!tables.are_compressed());
    let payload = Section::join(&forge.sections());
    let payload = zstd::bulk::compress(&payload, 3).expect("compresses");
    let compressed = parse_tables(&forge.build_tables(1, &payload)).expect("valid");
    assert!(compressed.are_compressed());
    // What was announced, and not the bytes.
    for shown in [format!("{mpack:?}"), format!("{tables:?}")] {
        assert!(
            shown.contains("Tables") && shown.contains("objects: 3"),
            "{shown}"
        );
        assert!(shown.len() < 1000, "{shown}");
    }
}

#[test]
fn times_of_commits_have_64_bits() {
    let mut sample = Sample::default();
    for seconds in [i64::MIN, -1, 0, u32::MAX.into(), 1 << 32, i64::MAX] {
        let id = sample.add_commit(&[], 1, 1);
        let commit = sample.commits.last_mut().expect("just added");
        assert_eq!(commit.envelope.id(), id);
        commit.commit.committed_at.seconds = seconds;
        commit.envelope.record = commit.commit.encode().expect("any time is valid");
    }
    assert_holds(&sample.write(), &sample);
}

#[test]
fn empty_mpack_is_legal() {
    let sample = Sample::default();
    assert_holds(&sample.write(), &sample);
}
