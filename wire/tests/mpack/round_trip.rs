//! What goes in comes out: through the tables, the random-access reader, and verification.

use std::collections::BTreeMap;
use std::sync::Mutex;

use muse_wire::id::ObjectId;
use muse_wire::mpack::{
    ChunkReference, FrameKind, Mpack, MpackError, ObjectRow, VerifyError, check_large_object,
};

use crate::sample::{Sample, snapshot_id, verify_bytes};

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
}

#[test]
fn empty_mpack_is_legal() {
    let sample = Sample::default();
    assert_holds(&sample.write(), &sample);
}
