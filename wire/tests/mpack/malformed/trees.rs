//! The rules of what snapshot records give on top of their bases: told on verification by whoever
//! knows the repository, and in the same words while an mpack is made thick.

use std::io;

use muse_wire::history::{Base as BaseTree, Boundary, HistoryCheck, HistoryError, LinkTargets};
use muse_wire::id::{CommitId, ObjectId, SnapshotId};
use muse_wire::limits::{
    MAX_LINK_TARGET_BYTES, MAX_PATH_BYTES, MAX_SNAPSHOT_DIRECTORIES, MAX_SNAPSHOT_LISTING_BYTES,
    MAX_WHOLE_OBJECT_BYTES,
};
use muse_wire::mpack::{
    Base, Mpack, ObjectRow, Receiver, Record, SinkError, ThickenError, VerifyError, VerifySink,
    thicken, verify,
};
use muse_wire::path::RepoPath;
use muse_wire::problem::ProblemCode::{self, MissingDependency, SnapshotInvalid};
use muse_wire::snapshot::{Change, Entry, EntryKind, SnapshotRecord, Tree};

use crate::sample::{Sample, key_of, parse_tables, snapshot_id};

/// A repository with one snapshot, or one that is out of reach.
#[derive(Clone)]
struct Repository(Option<Tree>);

impl Repository {
    fn tree(&self) -> io::Result<&Tree> {
        self.0.as_ref().ok_or(io::ErrorKind::TimedOut.into())
    }
}

impl Boundary for Repository {
    type Error = io::Error;

    fn generation(&mut self, _: &CommitId) -> io::Result<Option<u32>> {
        self.tree().map(|_| None)
    }

    fn base(&mut self, id: &SnapshotId) -> io::Result<Option<BaseTree>> {
        let tree = self.tree()?;
        Ok((tree.id() == *id).then(|| BaseTree {
            tree: tree.clone(),
            chain_bytes: 0,
        }))
    }

    fn has_snapshot(&mut self, id: &SnapshotId) -> io::Result<bool> {
        Ok(self.tree()?.id() == *id)
    }
}

impl Receiver for Repository {
    fn contents(&mut self, bases: &[Base]) -> io::Result<Vec<Option<Vec<u8>>>> {
        self.tree().map(|_| vec![None; bases.len()])
    }
}

#[derive(Default)]
struct LinkSink(LinkTargets);

impl VerifySink for LinkSink {
    fn object(&self, row: &ObjectRow, contents: &[u8]) -> Result<(), SinkError> {
        self.0.note(row.id, contents);
        Ok(())
    }
}

type Verdict = Result<(), HistoryError<io::Error>>;

/// Verifies an mpack of records, each of which is checked against the repository.
fn verified(bytes: &[u8], repository: &Repository) -> Verdict {
    let tables = parse_tables(bytes).expect("the tables are valid");
    let sink = LinkSink::default();
    let mut check = HistoryCheck::new(&tables, repository.clone(), &sink.0);
    let mut source = bytes;
    let key = key_of(bytes);
    let result = verify(&mut source, &tables, &key, &sink, &mut |record| {
        match record {
            Record::Snapshot { row, changes, .. } => {
                drop(check.changes(row.id, row.base, changes)?);
            }
            Record::Commit { .. } => unreachable!("there is none"),
        }
        Ok(())
    });
    match result {
        Ok(_) => Ok(()),
        Err(VerifyError::Sink(error)) => Err(*error.downcast().expect("the check's own")),
        Err(other) => panic!("{other:?}"),
    }
}

/// Makes the same mpack thick.
fn thickened(bytes: &[u8], repository: &Repository) -> Verdict {
    let mpack = Mpack::from_bytes(bytes.to_vec()).expect("opens");
    match thicken(&mpack, &key_of(bytes), repository.clone(), Vec::new()) {
        Ok(_) => Ok(()),
        Err(ThickenError::History(error)) => Err(error),
        Err(other) => panic!("{other:?}"),
    }
}

/// One record and these objects, checked in both ways, which agree.
fn check(repository: &Repository, record: SnapshotRecord, objects: &[&[u8]]) -> Verdict {
    let is_large = |object: &&[u8]| object.len() as u64 > MAX_WHOLE_OBJECT_BYTES;
    let (large_objects, objects) = objects
        .iter()
        .map(|object| object.to_vec())
        .partition(|object| is_large(&object.as_slice()));
    let sample = Sample {
        objects,
        large_objects,
        snapshots: vec![record],
        ..Sample::default()
    };
    let bytes = sample.write();
    let verdicts = [verified, thickened].map(|check| check(&bytes, repository));
    let [one, other] = verdicts.each_ref().map(|verdict| match verdict {
        Ok(()) => String::new(),
        Err(error) => format!("{error:?}"),
    });
    assert_eq!(one, other);
    let [verdict, _] = verdicts;
    verdict
}

#[track_caller]
fn assert_refused(verdict: Verdict, code: ProblemCode, reason: &str) {
    let error = verdict.expect_err("a broken rule");
    assert_eq!(error.problem_code(), Some(code), "{error:?}");
    let text = match &error {
        HistoryError::Snapshot { source, .. } => source.to_string(),
        other => other.to_string(),
    };
    assert!(text.contains(reason), "{text}");
}

fn entry(kind: EntryKind, contents: &[u8]) -> Option<Entry> {
    let object = ObjectId::of(contents);
    Some(Entry { kind, object })
}

fn change(path: &str, entry: Option<Entry>) -> Change {
    let path = RepoPath::new(path).expect("a valid path");
    Change { path, entry }
}

/// A tree of `dir/old` and `file`.
fn base() -> Tree {
    let entry = entry(EntryKind::File, b"contents");
    Tree::empty()
        .apply(&[change("dir/old", entry), change("file", entry)])
        .expect("applies")
}

/// A record of these changes to this tree under an id that they need not give.
fn record_on(base: &Tree, changes: Vec<Change>) -> SnapshotRecord {
    SnapshotRecord {
        id: snapshot_id(1),
        base: Some(base.id()),
        changes,
    }
}

#[test]
fn a_record_that_gives_its_id_passes_both_ways() {
    let base = base();
    let changes = [
        change("dir/old", None),
        change("file", entry(EntryKind::Symlink, b"target")),
    ];
    let tree = base.apply(&changes).expect("applies");
    let record = tree.record_against(Some(&base));
    check(&Repository(Some(base)), record, &[b"target"]).expect("nothing is wrong with it");
}

#[test]
fn changes_fit_the_base_and_give_the_id() {
    let base = base();
    let file = entry(EntryKind::File, b"contents");
    let repository = Repository(Some(base.clone()));
    for (path, entry, reason) in [
        ("absent", None, "absent is removed"),
        ("dir/absent", None, "dir/absent is removed"),
        ("absent/file", None, "absent/file is removed"),
        ("dir", None, "dir is removed"),
        ("dir", file, "dir would be both a file and a directory"),
        ("file/x", file, "file would be both a file and a directory"),
        ("new", file, "the changes give snapshot"),
        ("file", file, "the changes give snapshot"),
    ] {
        let record = record_on(&base, vec![change(path, entry)]);
        assert_refused(check(&repository, record, &[]), SnapshotInvalid, reason);
    }
    let nothing = record_on(&base, Vec::new());
    assert_refused(
        check(&repository, nothing, &[]),
        SnapshotInvalid,
        "the changes give snapshot",
    );
}

#[test]
fn a_base_that_nobody_has_is_a_missing_dependency() {
    let record = record_on(&base(), Vec::new());
    assert_refused(
        check(&Repository(Some(Tree::empty())), record, &[]),
        MissingDependency,
        "neither in the mpack nor in the repository",
    );
}

#[test]
fn a_link_has_a_target() {
    let long = vec![b'x'; MAX_LINK_TARGET_BYTES + 1];
    let large = vec![b'x'; MAX_WHOLE_OBJECT_BYTES as usize + 1];
    for target in [b"".as_slice(), b"a\0b", &long, &large] {
        let changes = [change("link", entry(EntryKind::Symlink, target))];
        let tree = Tree::empty().apply(&changes).expect("applies");
        assert_refused(
            check(
                &Repository(Some(Tree::empty())),
                tree.record_against(None),
                &[target],
            ),
            SnapshotInvalid,
            "no link can lead to",
        );
    }
}

#[test]
fn few_bytes_cannot_name_more_directories_than_a_tree_may_have() {
    let below = MAX_PATH_BYTES / 2 - 2;
    let file = entry(EntryKind::File, b"contents");
    let changes = (0..=MAX_SNAPSHOT_DIRECTORIES / below)
        .map(|number| change(&format!("{number:03}{}/f", "/d".repeat(below - 1)), file))
        .collect();
    let base = Tree::empty();
    assert_refused(
        check(
            &Repository(Some(base.clone())),
            record_on(&base, changes),
            &[],
        ),
        SnapshotInvalid,
        "more than 1000000 directories",
    );
}

#[test]
fn a_tree_that_cannot_be_listed_in_one_record_is_refused() {
    // As many files with the longest paths as fit: 4,135 bytes each in the listing.
    let directory = ["d".repeat(255).as_str(); 15].join("/");
    let file = entry(EntryKind::File, b"contents");
    let path = |number: u64| format!("{directory}/{number:0255}");
    assert_eq!(path(0).len(), MAX_PATH_BYTES);
    let count = MAX_SNAPSHOT_LISTING_BYTES / (MAX_PATH_BYTES as u64 + 40);
    let mut builder = Tree::empty().edit();
    for number in 0..count {
        builder.change(&change(&path(number), file)).expect("fits");
    }
    let base = builder.finish().expect("fits");
    let record = record_on(&base, vec![change(&path(count), file)]);
    assert_refused(
        check(&Repository(Some(base)), record, &[]),
        SnapshotInvalid,
        "too many files or too long paths",
    );
}

#[test]
fn a_repository_out_of_reach_is_not_the_mpacks_fault() {
    let out_of_reach = Repository(None);
    let record = record_on(&base(), Vec::new());
    let error = check(&out_of_reach, record, &[]).expect_err("nobody answers");
    assert!(matches!(error, HistoryError::Boundary(_)), "{error:?}");
    assert_eq!(error.problem_code(), None);
    // Nor is it where a thin frame's bases are asked for.
    let bytes = crate::thin::sample();
    let mpack = Mpack::from_bytes(bytes.clone()).expect("opens");
    let error = thicken(&mpack, &key_of(&bytes), out_of_reach, Vec::new());
    let error = error.map(drop).expect_err("nobody answers");
    assert!(matches!(error, ThickenError::Receiver(_)), "{error:?}");
    assert_eq!(error.problem_code(), None);
}
