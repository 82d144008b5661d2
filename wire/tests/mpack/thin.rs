//! Thin mpacks: written and opened, but neither read nor verified without their bases.

use muse_wire::id::ObjectId;
use muse_wire::mpack::{Base, Codec, Counts, Mpack, MpackWriter, ThinFrame, WriteError};
use muse_wire::path::RepoPath;
use muse_wire::problem::ProblemCode;

use crate::frames::noise;
use crate::sample::{Sample, parse_tables, snapshot_id, verify_bytes};

/// What a thin sample is compressed against: a file of snapshot `0x88`, and one of `0x99`.
pub(crate) fn bases() -> [(Base, Vec<u8>); 2] {
    [(0x88, "dir/old", 1), (0x99, "other", 2)].map(|(snapshot, path, seed)| {
        let contents = noise(seed, 20_000);
        let base = Base {
            snapshot: snapshot_id(snapshot),
            path: RepoPath::new(path).expect("valid"),
            length: contents.len() as u32,
        };
        (base, contents)
    })
}

/// Edits of the bases, which alone do not compress.
fn edits() -> Vec<Vec<u8>> {
    let edited = bases().map(|(_, mut contents)| {
        contents[10_000..10_010].fill(0);
        contents
    });
    edited.into()
}

/// An object that has nothing in common with the bases.
fn whole() -> Vec<u8> {
    b"whole ".repeat(10)
}

/// A frame of the edits, thin, and one without bases.
pub(crate) fn sample() -> Vec<u8> {
    let edits = edits();
    let whole = whole();
    let counts = Counts {
        objects: 3,
        object_bytes: 40_060,
        base_bytes: 40_000,
        ..Counts::default()
    };
    let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
    writer
        .add_object(ObjectId::of(&whole), &whole)
        .expect("announced");
    let (list, contents): (Vec<Base>, Vec<Vec<u8>>) = bases().into_iter().unzip();
    let objects = edits
        .iter()
        .map(|edit| (ObjectId::of(edit), edit.len() as u32));
    let frame = ThinFrame::compress(objects.collect(), &edits.concat(), list, &contents.concat())
        .expect("memory takes all");
    let frame = frame.expect("the bases save much");
    assert!(frame.stored_bytes() < 200, "{}", frame.stored_bytes());
    assert_eq!(frame.base_bytes(), 40_000);
    assert!(
        frame
            .objects()
            .eq(edits.iter().map(|edit| ObjectId::of(edit)))
    );
    writer.add_thin_frame(&frame).expect("announced");
    writer.finish().expect("all was added").out
}

#[test]
fn a_thin_mpack_names_its_bases() {
    let bytes = sample();
    let tables = parse_tables(&bytes).expect("valid");
    assert!(tables.is_thin());
    assert_eq!(tables.counts().base_bytes, 40_000);
    assert_eq!(tables.external_snapshots(), [0x88, 0x99].map(snapshot_id));
    let codecs: Vec<Codec> = (0..2).map(|frame| tables.frame(frame).codec).collect();
    assert_eq!(codecs, [Codec::Zstd, Codec::ZstdBases]);
    assert_eq!(tables.bases_of(0), []);
    assert_eq!(tables.bases_of(1), bases().map(|(base, _)| base));
    let small = parse_tables(&Sample::small().write()).expect("valid");
    assert!(!small.is_thin());
}

#[test]
fn thin_frames_have_their_own_bases() {
    let counts = Counts {
        objects: 2,
        object_bytes: 40_000,
        base_bytes: 40_000,
        ..Counts::default()
    };
    let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
    for (edit, (base, contents)) in edits().iter().zip(bases()) {
        let object = (ObjectId::of(edit), edit.len() as u32);
        let frame = ThinFrame::compress(vec![object], edit, vec![base], &contents);
        let frame = frame.expect("memory takes all").expect("much is saved");
        writer.add_thin_frame(&frame).expect("announced");
    }
    let tables = parse_tables(&writer.finish().expect("all was added").out).expect("valid");
    for (frame, (base, _)) in (0..).zip(bases()) {
        assert_eq!(tables.bases_of(frame), [base]);
    }
}

#[test]
fn a_thin_mpack_is_neither_read_nor_verified_as_it_is() {
    let bytes = sample();
    let error = verify_bytes(&bytes).expect_err("thin");
    assert_eq!(error.problem_code(), Some(ProblemCode::MpackMalformed));
    let mpack = Mpack::from_bytes(bytes).expect("opens");
    // Its receiver computes the ids.
    assert_eq!(mpack.tables().object_count(), 3);
    assert_eq!(mpack.tables().objects().count(), 0);
    for object in edits().into_iter().chain([whole()]) {
        let read = mpack.read_object(&ObjectId::of(&object)).expect("reads");
        assert_eq!(read, None);
    }
    assert!(mpack.read_frame(0).is_ok() && mpack.read_frame(1).is_err());
    let counts = Counts {
        objects: 2,
        object_bytes: 40_000,
        ..Counts::default()
    };
    let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
    for frame in 0..2 {
        let copied = writer.copy_frame(&mpack, frame);
        assert!(matches!(copied, Err(WriteError::Inconsistent(_))));
    }
}
