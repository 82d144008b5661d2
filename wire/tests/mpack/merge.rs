//! One mpack made of several holds what they hold, once.

use std::cell::RefCell;
use std::convert::Infallible;

use muse_wire::id::{ChunkId, CommitId, ObjectId, SnapshotId};
use muse_wire::mpack::{
    ChunkRow, CommitRow, FrameKind, Merge, MergeError, MergeSelection, Mpack, MpackWriter,
    ObjectRow, SnapshotRow,
};
use muse_wire::snapshot::SnapshotRecord;

use crate::frames::{counts_of, raw_bytes_of};
use crate::sample::{Sample, parse_tables, snapshot_id, verify_bytes};

/// Merges these files; gives the result, and the snapshots that had to be listed.
fn merged(files: &[Vec<u8>]) -> (Vec<u8>, Vec<SnapshotId>) {
    merged_part(files, |sources| Merge::plan(sources))
}

type Plan = for<'a> fn(&'a [&'a Mpack]) -> Result<Merge<'a>, MergeError<Infallible>>;

/// As [`merged`], of what `plan` takes.
fn merged_part(files: &[Vec<u8>], plan: Plan) -> (Vec<u8>, Vec<SnapshotId>) {
    let mpacks: Vec<Mpack> = files
        .iter()
        .map(|file| Mpack::from_bytes(file.clone()).expect("opens"))
        .collect();
    let sources: Vec<&Mpack> = mpacks.iter().collect();
    let merge = plan(&sources).expect("reads");
    let mut writer = MpackWriter::new(Vec::new(), merge.counts()).expect("memory takes all");
    let listed = RefCell::new(Vec::new());
    let listing = |id: &SnapshotId| {
        listed.borrow_mut().push(*id);
        Ok::<_, Infallible>(SnapshotRecord {
            id: *id,
            base: None,
            changes: Vec::new(),
        })
    };
    merge.write(&mut writer, listing).expect("writes");
    let written = writer.finish().expect("all was added");
    (written.out, listed.into_inner())
}

/// An mpack of these objects, one snapshot of the first, and a commit.
fn one(objects: &[&str], parents: &[CommitId], snapshot: u8, base: Option<u8>) -> Sample {
    let mut sample = Sample {
        objects: objects.iter().map(|text| text.as_bytes().into()).collect(),
        ..Sample::default()
    };
    sample.add_snapshot(snapshot, base, &[("file", 0)]);
    sample.add_commit(parents, snapshot, parents.len() as u32 + 1);
    sample
}

#[test]
fn everything_is_there_once() {
    let first = one(&["a", "both"], &[], 1, None);
    let root = first.commits[0].envelope.id();
    let second = one(&["b", "both"], &[root], 2, Some(1));
    // In either order: parents and bases come first all the same.
    for files in [
        [first.write(), second.write()],
        [second.write(), first.write()],
    ] {
        let (bytes, listed) = merged(&files);
        assert_eq!(listed, []);
        let received = verify_bytes(&bytes).expect("valid");
        let objects = received.objects.into_inner().expect("no thread panicked");
        let expected = ["a", "b", "both"].map(|text| ObjectId::of(text.as_bytes()));
        assert!(expected.iter().all(|id| objects.contains_key(id)) && objects.len() == 3);
        assert_eq!(received.commits.len() + received.snapshots.len(), 4);
        let tables = Mpack::from_bytes(bytes).expect("opens");
        assert!(tables.tables().external_commits().is_empty());
        assert!(tables.tables().external_snapshots().is_empty());
    }
}

#[test]
fn a_snapshot_with_two_bases_is_listed() {
    let first = one(&["a"], &[], 2, Some(1));
    let second = one(&["b"], &[], 2, None);
    let (bytes, listed) = merged(&[first.write(), second.write()]);
    verify_bytes(&bytes).expect("valid");
    assert_eq!(listed, [snapshot_id(2)]);
}

/// Takes all objects and snapshots but the first one. Readers of the result have the third.
struct WithoutFirstSnapshot;

impl MergeSelection for WithoutFirstSnapshot {
    fn takes_commit(&self, _source: usize, _row: &CommitRow) -> bool {
        false
    }

    fn takes_snapshot(&self, _source: usize, row: &SnapshotRow) -> bool {
        row.id != snapshot_id(1)
    }

    fn takes_object(&self, _source: usize, _row: &ObjectRow) -> bool {
        true
    }

    fn takes_large_object(&self, _source: usize, _id: &ObjectId) -> bool {
        true
    }

    fn takes_chunk(&self, _source: usize, _row: &ChunkRow) -> bool {
        true
    }

    fn has_base(&self, id: &SnapshotId) -> bool {
        *id == snapshot_id(3)
    }
}

#[test]
fn a_snapshot_whose_base_stays_behind_is_listed() {
    let mut sample = one(&["a"], &[], 1, None);
    sample.add_snapshot(2, Some(1), &[("other", 0)]);
    sample.add_snapshot(4, Some(3), &[("third", 0)]);
    sample.add_snapshot(5, Some(2), &[("fifth", 0)]);
    fn plan<'a>(sources: &'a [&'a Mpack]) -> Result<Merge<'a>, MergeError<Infallible>> {
        Merge::plan_part(sources, &WithoutFirstSnapshot)
    }
    let (bytes, listed) = merged_part(&[sample.write()], plan);
    assert_eq!(listed, [snapshot_id(2)]);
    let tables = parse_tables(&bytes).expect("valid");
    assert_eq!(tables.external_snapshots(), [snapshot_id(3)]);
    assert_eq!(tables.snapshot_count(), 3);
}

#[test]
fn records_against_each_other_do_not_go_round() {
    let first = one(&["a"], &[], 2, Some(1));
    let second = one(&["b"], &[], 1, Some(2));
    let (bytes, listed) = merged(&[first.write(), second.write()]);
    let received = verify_bytes(&bytes).expect("valid");
    assert_eq!(listed.len(), 1);
    assert_eq!(received.commits.len() + received.snapshots.len(), 4);
}

#[test]
fn a_damaged_source_is_named() {
    let good = one(&["a"], &[], 1, None).write();
    let mut bad = one(&[&"b".repeat(100)], &[], 2, None).write();
    // The object frame's payload, behind the header, the counts and its own header.
    bad[80] ^= 0xff;
    let mpacks = [good, bad].map(|file| Mpack::from_bytes(file).expect("opens"));
    let sources: Vec<&Mpack> = mpacks.iter().collect();
    let merge = Merge::plan::<Infallible>(&sources).expect("records are whole");
    let mut writer = MpackWriter::new(Vec::new(), merge.counts()).expect("memory takes all");
    let error = merge.write(&mut writer, |id| {
        Ok::<_, Infallible>(SnapshotRecord {
            id: *id,
            base: None,
            changes: Vec::new(),
        })
    });
    assert!(matches!(error, Err(MergeError::Source { index: 1, .. })));
}

/// A file with this large object in these chunks, of which it holds those that are not known.
fn chunked(chunks: &[Vec<u8>], is_known: impl Fn(usize) -> bool) -> Vec<u8> {
    let whole = chunks.concat();
    let mut writer = MpackWriter::new(Vec::new(), counts_of(&[&whole])).expect("memory takes all");
    for (index, chunk) in chunks.iter().enumerate() {
        if !is_known(index) {
            writer
                .add_chunk(ChunkId::of(chunk), chunk)
                .expect("announced");
        }
    }
    let list = chunks
        .iter()
        .map(|chunk| (ChunkId::of(chunk), chunk.len() as u32));
    let id = ObjectId::of(&whole);
    writer
        .add_chunk_list(id, list.collect())
        .expect("announced");
    writer.finish().expect("all was added").out
}

#[test]
fn chunks_are_merged_with_the_objects_that_have_them() {
    let chunk = |byte: u8| vec![byte; 3 << 20];
    let first = chunked(&[chunk(1), chunk(2)], |_| false);
    // One chunk is in the first, one in neither.
    let second = chunked(&[chunk(1), chunk(3), chunk(4)], |index| index != 1);
    for files in [[first.clone(), second.clone()], [second, first]] {
        let (bytes, _) = merged(&files);
        let tables = parse_tables(&bytes).expect("valid");
        assert_eq!(tables.chunks().count(), 3);
        assert_eq!(tables.external_chunks(), [ChunkId::of(&chunk(4))]);
        let received = verify_bytes(&bytes).expect("valid");
        assert_eq!(received.unchecked.len(), 1);
        assert_eq!(tables.counts().objects, 2);
    }
}

#[test]
fn frames_of_chunks_are_taken_apart_where_some_chunks_are_there_already() {
    let chunk = |byte: u8| vec![byte; 1 << 20];
    let [one, two, three] = [[1, 2, 3, 4, 5], [4, 6, 5, 7, 8], [1, 2, 3, 4, 5]]
        .map(|bytes| chunked(&bytes.map(chunk), |_| false));
    let (bytes, _) = merged(&[one, two, three]);
    let received = verify_bytes(&bytes).expect("valid");
    assert_eq!(parse_tables(&bytes).expect("valid").chunks().count(), 8);
    // The second object has chunks on both sides of those that it shares with the first.
    assert_eq!(received.unchecked.len(), 1);
    let mpack = Mpack::from_bytes(bytes).expect("opens");
    for byte in 1..=8 {
        let read = mpack.read_chunk(&ChunkId::of(&chunk(byte)));
        assert!(read.expect("reads").expect("it is here") == chunk(byte));
    }
}

/// An mpack of these objects, which no record names.
fn objects_of(objects: &[Vec<u8>]) -> Vec<u8> {
    let sample = Sample {
        objects: objects.to_vec(),
        ..Sample::default()
    };
    sample.write()
}

#[test]
fn long_frames_are_copied_unless_another_brought_their_objects() {
    let object = |byte: u8| vec![byte; 2 << 20];
    let [one, two, small] = [vec![1, 2], vec![2, 3, 4], vec![5]]
        .map(|bytes: Vec<u8>| bytes.into_iter().map(object).collect::<Vec<_>>());
    let (bytes, _) = merged(&[one, two, small].map(|objects| objects_of(&objects)));
    let received = verify_bytes(&bytes).expect("valid");
    let objects = received.objects.into_inner().expect("no thread panicked");
    assert_eq!(objects.len(), 5);
    // The first file's frame as it is; the other objects are grouped anew.
    let raw_bytes = raw_bytes_of(&bytes, FrameKind::Objects);
    assert_eq!(raw_bytes, [4 << 20, 6 << 20]);
}

#[test]
fn versions_of_a_path_stay_in_one_frame() {
    // Three versions of each of two files, each in an mpack of its own: 9 MiB for each file.
    let mut parents = Vec::new();
    let mut files = Vec::new();
    for version in 1..=3 {
        let mut sample = Sample {
            objects: [version, 10 + version]
                .map(|byte| vec![byte; 3 << 20])
                .into(),
            ..Sample::default()
        };
        let base = (version > 1).then(|| version - 1);
        sample.add_snapshot(version, base, &[("a", 0), ("b", 1)]);
        let commit = sample.add_commit(&parents, version, version.into());
        parents = vec![commit];
        for object in 0..2 {
            let mut half = sample.clone();
            half.objects = vec![sample.objects[object].clone()];
            files.push(half.write());
        }
    }
    let (bytes, _) = merged(&files);
    verify_bytes(&bytes).expect("valid");
    assert_eq!(raw_bytes_of(&bytes, FrameKind::Objects), [9 << 20; 2]);
}
