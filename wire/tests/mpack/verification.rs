//! Verification from the outside: what it hands out, and who is to blame where it ends early.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};

use muse_wire::history::{HistoryCheck, LinkTargets};
use muse_wire::id::ObjectId;
use muse_wire::mpack::{
    FrameKind, LargeObjectRow, Mpack, ObjectRow, Record, SinkError, VerifyError, VerifySink,
    thicken, verify,
};
use muse_wire::path::RepoPath;
use muse_wire::problem::ProblemCode;
use muse_wire::snapshot::{Change, Entry, EntryKind, Tree};

use crate::allocations::peak_bytes_of;
use crate::forge::Forge;
use crate::frames::many_frames;
use crate::large_objects::with_large_object;
use crate::sample::{Received, Sample, key_of, parse_tables, verify_as};
use crate::thicken::Bases;

/// Counts the bytes that come.
#[derive(Default)]
struct Counter {
    object_bytes: AtomicU64,
    large_bytes: AtomicU64,
    file_bytes: AtomicU64,
}

impl VerifySink for Counter {
    fn object(&self, row: &ObjectRow, contents: &[u8]) -> Result<(), SinkError> {
        assert_eq!(row.length as usize, contents.len());
        let length = contents.len() as u64;
        self.object_bytes.fetch_add(length, Ordering::Relaxed);
        Ok(())
    }

    fn large_object(&self, _: &LargeObjectRow, offset: u64, piece: &[u8]) -> Result<(), SinkError> {
        let before = self
            .large_bytes
            .fetch_add(piece.len() as u64, Ordering::Relaxed);
        assert_eq!(before, offset);
        Ok(())
    }

    fn progress(&self, file_bytes: u64) {
        let before = self.file_bytes.swap(file_bytes, Ordering::Relaxed);
        assert!(before <= file_bytes);
    }
}

#[test]
fn every_byte_is_handed_out_once_and_counted() {
    let large = vec![7; 20 << 20];
    let bytes = with_large_object(&large);
    let tables = parse_tables(&bytes).expect("valid");
    let sink = Counter::default();
    let mut source = bytes.as_slice();
    let unchecked = verify(
        &mut source,
        &tables,
        &key_of(&bytes),
        &sink,
        &mut |_| Ok(()),
    );
    assert!(unchecked.expect("valid").is_empty());
    assert_eq!(sink.object_bytes.into_inner(), 11);
    assert_eq!(sink.large_bytes.into_inner(), large.len() as u64);
    assert_eq!(sink.file_bytes.into_inner(), bytes.len() as u64);
}

/// Refuses the piece of a large object at this offset, or every whole object.
struct Refusing(Option<u64>);

impl VerifySink for Refusing {
    fn object(&self, _: &ObjectRow, _: &[u8]) -> Result<(), SinkError> {
        match self.0 {
            None => Err("the disk is full".into()),
            Some(_) => Ok(()),
        }
    }

    fn large_object(&self, _: &LargeObjectRow, offset: u64, _: &[u8]) -> Result<(), SinkError> {
        if self.0.is_some_and(|at| at <= offset) {
            return Err("the disk is full".into());
        }
        Ok(())
    }
}

#[test]
fn a_receiver_that_gives_up_ends_the_verification() {
    let bytes = with_large_object(&vec![7; 40 << 20]);
    let tables = parse_tables(&bytes).expect("valid");
    for at in [None, Some(0), Some(20 << 20)] {
        let (mut source, key) = (bytes.as_slice(), key_of(&bytes));
        let verified = verify(&mut source, &tables, &key, &Refusing(at), &mut |_| Ok(()));
        assert!(matches!(verified, Err(VerifyError::Sink(_))), "{at:?}");
    }
    let bytes = Sample::small().write();
    let tables = parse_tables(&bytes).expect("valid");
    let mut source = bytes.as_slice();
    let verified = verify(
        &mut source,
        &tables,
        &key_of(&bytes),
        &Received::default(),
        &mut |_| Err("no room for records".into()),
    );
    assert!(matches!(verified, Err(VerifyError::Sink(_))));
    assert!(!source.is_empty(), "the rest is not read");
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
        let sink = Received::default();
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

/// A snapshot record that goes on in a second frame.
fn long_record() -> Forge {
    let mut sample = Sample::default();
    let paths: Vec<String> = (0..8000).map(|n| format!("{n:04}/{:0250}", 0)).collect();
    sample.objects.push(b"a".to_vec());
    let files: Vec<(&str, usize)> = paths.iter().map(|path| (path.as_str(), 0)).collect();
    sample.add_snapshot(1, None, &files);
    Forge::open(&sample.write()).without_prefixes()
}

/// Verifies the mpack for a receiver of records that takes all changes of each, or none.
fn verify_records(
    source: &mut dyn Read,
    forge: &Forge,
    takes_changes: bool,
) -> Result<Vec<LargeObjectRow>, VerifyError> {
    let bytes = forge.build();
    let tables = parse_tables(&bytes).expect("valid");
    let (sink, key) = (Received::default(), key_of(&bytes));
    verify(source, &tables, &key, &sink, &mut |record| {
        if let Record::Snapshot { changes, .. } = record
            && takes_changes
        {
            changes.for_each(drop);
        }
        Ok(())
    })
}

#[test]
fn a_record_that_goes_on_in_a_bad_frame_is_refused_whatever_its_receiver_makes_of_it() {
    let valid = long_record();
    let [_, first, second] = &valid.frames[..] else {
        panic!("an object, and a record in two frames");
    };
    let mut damaged = valid.clone();
    damaged.frames[2].payload.pop();
    let mut cut_off = valid.clone();
    cut_off.frames[2].hold(&second.raw(&[])[1..]);
    let mut unsorted = first.raw(&[]);
    let at = unsorted.windows(5).rposition(|window| window == b"0001/");
    unsorted[at.expect("a path")] = b'9';
    let mut bent = valid.clone();
    bent.frames[1].hold(&unsorted);
    for takes_changes in [true, false] {
        let verify = |forge: &Forge| {
            let bytes = forge.build();
            verify_records(&mut bytes.as_slice(), forge, takes_changes)
        };
        verify(&valid).expect("valid");
        for (forge, code) in [
            (&damaged, ProblemCode::MpackMalformed),
            (&cut_off, ProblemCode::SnapshotInvalid),
            (&bent, ProblemCode::SnapshotInvalid),
        ] {
            let error = verify(forge).expect_err("a broken rule");
            assert_eq!(error.problem_code(), Some(code), "{error:?}");
        }
        // The source fails in the second frame.
        let bytes = valid.build();
        let tables = parse_tables(&bytes).expect("valid");
        let in_second = tables.frame(2).offset as usize + 1;
        let mut source = Failing(&bytes[..in_second]);
        let error = verify_records(&mut source, &valid, takes_changes).expect_err("it fails");
        assert!(matches!(error, VerifyError::Io(_)), "{error:?}");
    }
}

#[test]
fn tables_and_trailer_are_those_that_were_read_before() {
    let bytes = Sample::small().write();
    let tables = parse_tables(&bytes).expect("valid");
    let start = tables.trailer().tables_offset as usize;
    let end = bytes.len();
    for (at, reason) in [
        (start, "not the tables"),
        (start + 9, "not the tables"),
        (start + 10, "not the tables"),
        (end - 55, "not the tables"),
        (end - 54, "not the trailer"),
        (end - 1, "not the trailer"),
    ] {
        let mut other = bytes.clone();
        other[at] ^= 1;
        let (mut source, key) = (other.as_slice(), key_of(&other));
        let sink = Received::default();
        let verified = verify(&mut source, &tables, &key, &sink, &mut |_| Ok(()));
        let Err(VerifyError::Invalid(error)) = verified else {
            panic!("byte {at}: {verified:?}");
        };
        assert!(error.reason.contains(reason), "byte {at}: {error}");
    }
}

#[test]
fn a_wrong_key_outranks_every_other_fault() {
    let mut forge = Forge::open(&Sample::small().write()).without_prefixes();
    forge.commits.ids[0][31] ^= 1;
    let bytes = forge.build();
    let error = verify_as(&bytes, key_of(&bytes)).expect_err("a wrong id");
    assert_eq!(error.problem_code(), Some(ProblemCode::CommitInvalid));
    let error = verify_as(&bytes, key_of(b"")).expect_err("a wrong key");
    assert!(
        matches!(error, VerifyError::KeyMismatch { .. }),
        "{error:?}"
    );
}

/// How many files [`many_files`] has.
const FILES: usize = 100_000;

/// What a tree of [`many_files`] takes: an entry, a name of twelve bytes and where it ends.
const TREE_BYTES: usize = FILES * (33 + 12 + 4);

/// An mpack with the record of a tree with many files.
fn many_files() -> Vec<u8> {
    let entry = Some(Entry {
        kind: EntryKind::File,
        object: ObjectId::of(b"a"),
    });
    let changes: Vec<Change> = (0..FILES)
        .map(|number| Change {
            path: RepoPath::new(format!("a/directory/of/many/{number:08}.txt")).expect("valid"),
            entry,
        })
        .collect();
    let tree = Tree::empty().apply(&changes).expect("applies");
    let mut sample = Sample::default();
    sample.objects.push(b"a".to_vec());
    sample.snapshots.push(tree.record_against(None));
    sample.write()
}

#[test]
fn a_tree_of_many_files_is_checked_in_the_memory_of_the_tree() {
    let bytes = many_files();
    let tables = parse_tables(&bytes).expect("valid");
    let (links, received) = (LinkTargets::default(), Counter::default());
    let (checked, peak) = peak_bytes_of(|| {
        let mut check = HistoryCheck::new(&tables, Bases, &links);
        let mut checked = None;
        let mut source = bytes.as_slice();
        let key = key_of(&bytes);
        verify(&mut source, &tables, &key, &received, &mut |record| {
            if let Record::Snapshot { row, changes, .. } = record {
                checked = Some(check.changes(row.id, row.base, changes)?);
            }
            Ok(())
        })
        .expect("valid");
        checked.expect("there is one record").tree
    });
    assert_eq!(checked.file_count(), FILES as u64);
    // A frame, and what decompresses it.
    let most = TREE_BYTES + (6 << 20);
    assert!(peak < most, "{peak} bytes, more than {most}");
}

#[test]
fn a_tree_of_many_files_is_made_thick_in_the_memory_of_tree_and_record() {
    let bytes = many_files();
    let (mpack, key) = (
        Mpack::from_bytes(bytes.clone()).expect("valid"),
        key_of(&bytes),
    );
    let records = mpack.tables().raw_bytes_of(&[FrameKind::Snapshots]) as usize;
    let (written, peak) = peak_bytes_of(|| thicken(&mpack, &key, Bases, io::sink()));
    assert_eq!(written.expect("valid").size_bytes, bytes.len() as u64);
    // The record as it is read and as it waits to be compressed; frames, and what they go through.
    let most = TREE_BYTES + 2 * records + (4 << 20);
    assert!(peak < most, "{peak} bytes, more than {most}");
}

/// Is interrupted before every read, as by a signal.
struct Interrupted<'a> {
    bytes: &'a [u8],
    is_next: bool,
}

impl Read for Interrupted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.is_next = !self.is_next;
        match self.is_next {
            true => Err(io::ErrorKind::Interrupted.into()),
            false => self.bytes.read(buffer),
        }
    }
}

#[test]
fn reading_goes_on_after_an_interrupt() {
    let bytes = Sample::small().write();
    let tables = parse_tables(&bytes).expect("valid");
    let mut source = Interrupted {
        bytes: &bytes,
        is_next: false,
    };
    let (sink, key) = (Received::default(), key_of(&bytes));
    verify(&mut source, &tables, &key, &sink, &mut |_| Ok(())).expect("valid");
}
