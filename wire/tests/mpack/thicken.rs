//! A thin mpack is made thick by a receiver that has its bases, and refused by every other one.

use std::collections::HashMap;
use std::convert::Infallible;

use muse_wire::history::{Base as BaseTree, Boundary};
use muse_wire::id::{CommitId, ObjectId, SnapshotId};
use muse_wire::limits::{MAX_OBJECT_FRAME_RAW_BYTES, MAX_THIN_TABLE_BYTES};
use muse_wire::mpack::{
    Base, Counts, FrameKind, Mpack, MpackWriter, Receiver, ThickenError, ThinFrame, thicken,
};
use muse_wire::problem::ProblemCode;

use crate::allocations::peak_bytes_of;
use crate::forge::Forge;
use crate::frames::{counts_of, raw_bytes_of};
use crate::golden::files::{small_history, thin, thin_sample};
use crate::golden::history::Made;
use crate::round_trip::assert_holds;
use crate::sample::{Sample, key_of, parse_tables, verify_bytes};

/// A repository that holds the history on which the thin mpack builds.
pub(crate) struct Repository {
    merge: Made,
    objects: HashMap<ObjectId, Vec<u8>>,
}

impl Repository {
    pub(crate) fn new() -> Self {
        let (history, merge) = small_history();
        let objects = history.sample.objects.into_iter();
        Self {
            merge,
            objects: objects
                .map(|object| (ObjectId::of(&object), object))
                .collect(),
        }
    }
}

impl Boundary for &Repository {
    type Error = Infallible;

    fn generation(&mut self, id: &CommitId) -> Result<Option<u32>, Infallible> {
        Ok((*id == self.merge.id).then_some(self.merge.generation))
    }

    fn base(&mut self, id: &SnapshotId) -> Result<Option<BaseTree>, Infallible> {
        let tree = (*id == self.merge.tree.id()).then(|| self.merge.tree.clone());
        Ok(tree.map(|tree| BaseTree {
            tree,
            chain_bytes: 0,
        }))
    }

    fn has_snapshot(&mut self, id: &SnapshotId) -> Result<bool, Infallible> {
        Ok(*id == self.merge.tree.id())
    }
}

impl Receiver for &Repository {
    fn contents(&mut self, bases: &[Base]) -> Result<Vec<Option<Vec<u8>>>, Infallible> {
        let find = |base: &Base| {
            let tree = (base.snapshot == self.merge.tree.id()).then_some(&self.merge.tree)?;
            let entry = tree.get(base.path.as_str())?;
            self.objects.get(&entry.object).cloned()
        };
        Ok(bases.iter().map(find).collect())
    }
}

pub(crate) fn thickened(
    bytes: &[u8],
    repository: &Repository,
) -> Result<Vec<u8>, ThickenError<Infallible>> {
    let mpack = Mpack::from_bytes(bytes.to_vec())?;
    let written = thicken(&mpack, &key_of(bytes), repository, Vec::new())?;
    assert_eq!(written.key, key_of(&written.out));
    Ok(written.out)
}

#[track_caller]
fn refuse(bytes: &[u8], repository: &Repository, code: ProblemCode) {
    let error = thickened(bytes, repository).expect_err("it cannot be made thick");
    assert_eq!(error.problem_code(), Some(code), "{error:?}");
}

#[test]
fn the_thick_form_holds_the_same_and_needs_no_base() {
    let bytes = thin();
    let thick = thickened(&bytes, &Repository::new()).expect("all bases are there");
    let received = verify_bytes(&thick).expect("valid");
    assert_eq!(received.commits.len() + received.snapshots.len(), 2);
    let objects = received.objects.into_inner().expect("no thread panicked");
    let before = parse_tables(&bytes).expect("valid");
    let after = parse_tables(&thick).expect("valid");
    assert!(!after.is_thin() && before.is_thin());
    assert_eq!(after.counts().base_bytes, 0);
    assert_eq!((before.object_count(), before.objects().count()), (2, 0));
    assert!(after.objects().map(|row| row.id).eq(objects.into_keys()));
    assert_eq!(before.external_commits(), after.external_commits());
}

#[test]
fn a_base_that_cannot_be_found_is_a_missing_dependency() {
    let bytes = thin();
    let mut repository = Repository::new();
    repository.objects.clear();
    refuse(&bytes, &repository, ProblemCode::MissingDependency);
    // A snapshot that nobody has.
    let mut forge = Forge::open(&bytes)
        .with_unlisted(
            thin_sample()
                .0
                .objects
                .iter()
                .map(|object| ObjectId::of(object)),
        )
        .without_prefixes();
    forge.external_snapshots[0][31] ^= 1;
    refuse(
        &forge.build(),
        &Repository::new(),
        ProblemCode::MissingDependency,
    );
    // Paths at which there is nothing, or a directory.
    for path in [&b"README2\0"[..], b"doc\0", b"README/x\0"] {
        let mut forge = Forge::open(&bytes);
        forge.base_paths = [path, b"doc/manual\0"].concat();
        refuse(
            &forge.build(),
            &Repository::new(),
            ProblemCode::MissingDependency,
        );
    }
    // Contents of another length.
    let mut forge = Forge::open(&bytes);
    forge.bases[0][1] += 1;
    forge.announced[4] += 1;
    refuse(
        &forge.build(),
        &Repository::new(),
        ProblemCode::MissingDependency,
    );
}

#[test]
fn a_frame_that_does_not_inflate_as_declared_is_refused() {
    let mut forge = Forge::open(&thin());
    forge.frames[0].raw_bytes -= 1;
    forge.announced[3] -= 1;
    refuse(
        &forge.build(),
        &Repository::new(),
        ProblemCode::MpackMalformed,
    );
    let mut forge = Forge::open(&thin());
    forge.frames[0].payload.pop();
    refuse(
        &forge.build(),
        &Repository::new(),
        ProblemCode::MpackMalformed,
    );
}

#[test]
fn bases_with_other_contents_are_noticed() {
    let mut repository = Repository::new();
    for object in repository.objects.values_mut() {
        object.fill(b'x');
    }
    // The ids that come out are others, and so is all that was compressed with them.
    refuse(&thin(), &repository, ProblemCode::SnapshotInvalid);
}

#[test]
fn an_object_that_comes_twice_is_refused() {
    let [(base, contents), _] = crate::thin::bases();
    let counts = Counts {
        objects: 2,
        object_bytes: 40_000,
        base_bytes: base.length.into(),
        ..Counts::default()
    };
    let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
    let objects = [b"one", b"two"].map(|name| (ObjectId::of(name), base.length));
    let frame = ThinFrame::compress(objects.into(), &contents.repeat(2), vec![base], &contents);
    let frame = frame.expect("memory takes all").expect("much is saved");
    writer.add_thin_frame(&frame).expect("announced");
    let bytes = writer.finish().expect("all was added").out;
    let thin = Mpack::from_bytes(bytes.clone()).expect("opens");
    let error = thicken(&thin, &key_of(&bytes), Bases, Vec::new()).expect_err("twice");
    assert_eq!(error.problem_code(), Some(ProblemCode::MpackMalformed));
}

/// Bytes of a thin mpack with `count` more objects than the sample's, all of them empty, that are
/// each in the tables alone.
fn with_empty_objects(count: usize) -> Vec<u8> {
    let mut forge = Forge::open(&crate::thin::sample());
    forge.objects.offsets.splice(0..0, vec![0; count]);
    forge.frames[1].words[0] += count as u32;
    forge.announced[0] += count as u64;
    forge.build()
}

#[test]
fn empty_objects_take_little_memory() {
    let bytes = with_empty_objects(6_000_000);
    let key = key_of(&bytes);
    let (refused, peak) = peak_bytes_of(|| {
        let thin = Mpack::from_bytes(bytes)?;
        thicken(&thin, &key, Bases, std::io::sink()).map(drop)
    });
    let error = refused.expect_err("two of them are one object");
    assert_eq!(error.problem_code(), Some(ProblemCode::MpackMalformed));
    assert!(peak < 1 << 20, "{peak} bytes");
}

#[test]
fn the_most_objects_take_memory_in_proportion_to_their_tables() {
    let [(base, contents), _] = crate::thin::bases();
    let mut edit = contents.clone();
    edit[10_000..10_010].fill(0);
    // Less what other sections take.
    let count = (MAX_THIN_TABLE_BYTES - 1000) as u32 / 40;
    let counts = Counts {
        objects: u64::from(count) + 1,
        object_bytes: u64::from(count) * 4 + u64::from(base.length),
        base_bytes: base.length.into(),
        ..Counts::default()
    };
    let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
    for number in 0..count {
        let object = number.to_le_bytes();
        writer
            .add_object(ObjectId::of(&object), &object)
            .expect("announced");
    }
    let list = vec![(ObjectId::of(&edit), base.length)];
    let frame = ThinFrame::compress(list, &edit, vec![base], &contents);
    let frame = frame.expect("memory takes all").expect("much is saved");
    writer.add_thin_frame(&frame).expect("announced");
    let bytes = writer.finish().expect("all was added").out;
    let key = key_of(&bytes);
    let (written, peak) = peak_bytes_of(|| {
        let thin = Mpack::from_bytes(bytes)?;
        thicken(&thin, &key, Bases, std::io::sink())
    });
    written.expect("valid");
    assert!(peak < 6 * MAX_THIN_TABLE_BYTES as usize, "{peak} bytes");
}

#[test]
fn records_that_break_a_rule_are_refused() {
    // A commit of another version, and one that its id does not name.
    let mut sample = Sample::default();
    sample.add_commit(&[], 1, 1);
    let mut forge = Forge::open(&sample.write()).without_prefixes();
    forge.commits.ids[0][31] ^= 1;
    sample.commits[0].envelope.record[1] = 2;
    for bytes in [sample.write(), forge.build()] {
        refuse(&bytes, &Repository::new(), ProblemCode::CommitInvalid);
    }
    // A snapshot that is its own base.
    let mut sample = Sample::default();
    sample.add_snapshot(1, Some(2), &[]);
    let mut forge = Forge::open(&sample.write()).without_prefixes();
    sample.snapshots[0].base = Some(sample.snapshots[0].id);
    forge.frame(b'S').hold(&sample.snapshots[0].encode());
    refuse(
        &forge.build(),
        &Repository::new(),
        ProblemCode::SnapshotInvalid,
    );
}

#[test]
fn another_file_than_the_key_names_is_refused() {
    let bytes = thin();
    let mpack = Mpack::from_bytes(bytes).expect("opens");
    let repository = Repository::new();
    let error = thicken(&mpack, &key_of(b""), &repository, Vec::new()).expect_err("another");
    assert!(
        matches!(error, ThickenError::KeyMismatch { .. }),
        "{error:?}"
    );
}

/// A repository without a history that has the bases of the thin sample.
pub(crate) struct Bases;

impl Boundary for Bases {
    type Error = Infallible;

    fn generation(&mut self, _: &CommitId) -> Result<Option<u32>, Infallible> {
        Ok(None)
    }

    fn base(&mut self, _: &SnapshotId) -> Result<Option<BaseTree>, Infallible> {
        Ok(None)
    }

    fn has_snapshot(&mut self, _: &SnapshotId) -> Result<bool, Infallible> {
        Ok(false)
    }
}

impl Receiver for Bases {
    fn contents(&mut self, wanted: &[Base]) -> Result<Vec<Option<Vec<u8>>>, Infallible> {
        let find = |wanted: &Base| {
            let mut bases = crate::thin::bases().into_iter();
            let found = bases.find(|(base, _)| base == wanted);
            found.map(|(_, contents)| contents)
        };
        Ok(wanted.iter().map(find).collect())
    }
}

#[test]
fn long_frames_are_copied_and_short_ones_put_together() {
    // A long frame, a short one, a thin one, and a large object.
    let whole = vec![1; 4 << 20];
    let short = b"short".to_vec();
    let [(base, contents), _] = crate::thin::bases();
    let mut edit = contents.clone();
    edit[10_000..10_010].fill(0);
    let large = vec![2; 5 << 20];
    let objects = [&whole, &short, &edit, &large];
    let counts = Counts {
        base_bytes: base.length.into(),
        ..counts_of(&objects.map(Vec::as_slice))
    };
    let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
    for object in [&whole, &short] {
        writer
            .begin_group(MAX_OBJECT_FRAME_RAW_BYTES)
            .expect("memory takes all");
        let id = ObjectId::of(object);
        writer.add_object(id, object).expect("announced");
    }
    let list = vec![(ObjectId::of(&edit), edit.len() as u32)];
    let frame = ThinFrame::compress(list, &edit, vec![base], &contents);
    let frame = frame.expect("memory takes all").expect("much is saved");
    writer.add_thin_frame(&frame).expect("announced");
    let (id, length) = (ObjectId::of(&large), large.len() as u64);
    writer
        .add_large_object(id, length, &mut large.as_slice(), |_| false)
        .expect("announced");
    let bytes = writer.finish().expect("all was added").out;

    // The list of chunks claims to be of an object that is stored whole, which is seen once the
    // ids of those are known.
    let mut forge = Forge::open(&bytes);
    forge.large_ids[0] = *ObjectId::of(&short).as_bytes();
    let lie = forge.build();
    let thin = Mpack::from_bytes(lie.clone()).expect("opens");
    let error = thicken(&thin, &key_of(&lie), Bases, Vec::new()).expect_err("twice");
    assert_eq!(error.problem_code(), Some(ProblemCode::MpackMalformed));

    let thin = Mpack::from_bytes(bytes.clone()).expect("opens");
    let written = thicken(&thin, &key_of(&bytes), Bases, Vec::new()).expect("all is there");
    let sample = Sample {
        objects: vec![whole, short, edit],
        large_objects: vec![large],
        ..Sample::default()
    };
    assert_holds(&written.out, &sample);
    assert_eq!(
        raw_bytes_of(&written.out, FrameKind::Objects),
        [4 << 20, 20_005]
    );
}
