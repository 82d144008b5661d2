//! The closure rule, against mpacks that keep it and mpacks that break it.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::io;

use muse_wire::commit::{Author, Commit, CommitEnvelope, Timestamp};
use muse_wire::history::{
    Base, Boundary, HistoryCheck, HistoryError, LinkTargets, OutsideObjects, TreeLimits,
};
use muse_wire::id::{CommitId, ObjectId, SnapshotId};
use muse_wire::limits::{MAX_LINK_TARGET_BYTES, MAX_WHOLE_OBJECT_BYTES};
use muse_wire::mpack::{
    Counts, Mpack, MpackWriter, NewCommit, ObjectRow, Record, SinkError, VerifyError, VerifySink,
    verify,
};
use muse_wire::path::RepoPath;
use muse_wire::problem::ProblemCode;
use muse_wire::snapshot::{Change, Entry, EntryKind, SnapshotRecord, Tree};

/// A repository that holds what a test puts into it.
#[derive(Default)]
struct Repository {
    generations: HashMap<CommitId, u32>,
    trees: HashMap<SnapshotId, Tree>,
    /// Of the chain of every tree.
    chain_bytes: u64,
    /// How often it was asked for a tree.
    asked: Cell<u32>,
    tree_limits: TreeLimits,
}

impl Boundary for &Repository {
    type Error = Infallible;

    fn generation(&mut self, id: &CommitId) -> Result<Option<u32>, Infallible> {
        Ok(self.generations.get(id).copied())
    }

    fn base(&mut self, id: &SnapshotId) -> Result<Option<Base>, Infallible> {
        self.asked.update(|count| count + 1);
        let tree = self.trees.get(id).cloned();
        Ok(tree.map(|tree| Base {
            tree,
            chain_bytes: self.chain_bytes,
        }))
    }

    fn has_snapshot(&mut self, id: &SnapshotId) -> Result<bool, Infallible> {
        Ok(self.trees.contains_key(id))
    }

    fn tree_limits(&self) -> TreeLimits {
        self.tree_limits
    }
}

fn tree(files: &[&str]) -> Tree {
    let entry = |name: &&str| Change {
        path: RepoPath::new(*name).expect("a valid path"),
        entry: Some(Entry {
            kind: EntryKind::File,
            object: ObjectId::of(name.as_bytes()),
        }),
    };
    Tree::empty()
        .apply(&files.iter().map(entry).collect::<Vec<_>>())
        .expect("applies")
}

fn commit(parents: &[CommitId], snapshot: &Tree) -> Commit {
    Commit {
        parents: parents.to_vec(),
        snapshot: snapshot.id(),
        author: Author {
            name: "Ada".into(),
            email: String::new(),
        },
        committed_at: Timestamp {
            seconds: 0,
            offset_minutes: 0,
        },
        message: "change".into(),
        metadata: BTreeMap::new(),
        delta_digest: None,
        signers: Vec::new(),
    }
}

fn id(commit: &Commit) -> CommitId {
    CommitEnvelope::plain(commit.encode().expect("a valid commit")).id()
}

/// What a check of one mpack ends with.
#[derive(Debug)]
struct Checked {
    /// The objects that must be in the repository.
    outside: Vec<ObjectId>,
    /// The records that the receiver must keep as listings.
    listings: Vec<SnapshotId>,
    /// The bytes of each record's chain.
    chain_bytes: Vec<u64>,
}

/// Packs commits (with generations) and records, without objects, and checks them.
fn check<B: Boundary>(
    repository: B,
    commits: &[(Commit, u32)],
    records: &[SnapshotRecord],
) -> Result<Checked, HistoryError<B::Error>> {
    let counts = Counts {
        commits: commits.len() as u64,
        snapshots: records.len() as u64,
        ..Counts::default()
    };
    let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
    for (commit, generation) in commits {
        let envelope = CommitEnvelope::plain(commit.encode().expect("a valid commit"));
        let new = NewCommit {
            envelope: &envelope,
            commit,
            generation: *generation,
        };
        writer.add_commit(&new).expect("in order");
    }
    for record in records {
        writer.add_snapshot(record).expect("in order");
    }
    let mpack = Mpack::from_bytes(writer.finish().expect("as announced").out).expect("opens");
    let links = LinkTargets::default();
    let mut check = HistoryCheck::new(mpack.tables(), repository, &links);
    for (commit, _) in commits {
        let row = mpack.tables().find_commit(&id(commit)).expect("was added");
        check.commit(&row, commit)?;
    }
    let (mut listings, mut chain_bytes) = (Vec::new(), Vec::new());
    for record in records {
        let checked = check.snapshot(record)?;
        assert_eq!(checked.tree.id(), record.id);
        if checked.needs_keyframe {
            listings.push(record.id);
        }
        chain_bytes.push(checked.chain_bytes);
    }
    Ok(Checked {
        outside: check.finish().all.into_iter().collect(),
        listings,
        chain_bytes,
    })
}

#[test]
fn a_history_that_fits_names_only_the_objects_outside() {
    let (first, second) = (tree(&["a", "b"]), tree(&["a", "b", "c"]));
    let root = commit(&[], &first);
    let child = commit(&[id(&root)], &second);
    let records = [
        first.record_against(None),
        second.record_against(Some(&first)),
    ];
    let whole = check(
        &Repository::default(),
        &[(root.clone(), 1), (child.clone(), 2)],
        &records,
    );
    let mut objects = ["a", "b", "c"].map(|name| ObjectId::of(name.as_bytes()));
    objects.sort_unstable();
    assert_eq!(whole.expect("fits").outside, objects);

    let repository = Repository {
        generations: HashMap::from([(id(&root), 1)]),
        trees: HashMap::from([(first.id(), first.clone())]),
        ..Repository::default()
    };
    let increment = check(&repository, &[(child, 2)], &records[1..]);
    assert_eq!(increment.expect("fits").outside, [ObjectId::of(b"c")]);
}

#[test]
fn a_base_in_the_repository_is_read_once() {
    let first = tree(&["a"]);
    let records = [["a", "b"], ["a", "c"]].map(|files| tree(&files).record_against(Some(&first)));
    let repository = Repository {
        trees: HashMap::from([(first.id(), first)]),
        ..Repository::default()
    };
    check(&repository, &[], &records).expect("fits");
    assert_eq!(repository.asked.get(), 1);
}

/// An empty repository with these limits of trees.
fn limited(base_bytes: u64, hashed_bytes: u64) -> Repository {
    let tree_limits = TreeLimits {
        base_bytes,
        hashed_bytes,
    };
    Repository {
        tree_limits,
        ..Repository::default()
    }
}

#[test]
fn trees_that_others_build_on_are_bounded_beside_the_largest() {
    let root = tree(&["a"]);
    let line: Vec<Tree> = (0..4_u8)
        .scan(root.clone(), |last, number| {
            let path = RepoPath::new(format!("b{number}")).expect("a valid path");
            let object = ObjectId::of(&[number]);
            let kind = EntryKind::File;
            let entry = Some(Entry { kind, object });
            *last = last.apply(&[Change { path, entry }]).expect("applies");
            Some(last.clone())
        })
        .collect();
    let against = |tree: &Tree, base: &Tree| tree.record_against(Some(base));
    // One tree waits at a time.
    let straight = [
        root.record_against(None),
        against(&line[0], &root),
        against(&line[1], &line[0]),
        against(&line[2], &line[1]),
    ];
    check(&limited(0, u64::MAX), &[], &straight).expect("one line");
    // After the second record, two trees wait.
    let forked = [
        root.record_against(None),
        against(&line[0], &root),
        against(&line[1], &line[0]),
        against(&line[2], &root),
    ];
    check(&limited(1000, u64::MAX), &[], &forked).expect("small trees");
    let error = check(&limited(10, u64::MAX), &[], &forked).expect_err("too much");
    assert!(matches!(error, HistoryError::TooManyTrees { limit: 10 }));
    assert_eq!(error.problem_code(), Some(ProblemCode::PushTooLarge));
    // What the repository has is asked for again instead.
    let repository = Repository {
        trees: HashMap::from([(root.id(), root.clone())]),
        ..limited(10, u64::MAX)
    };
    check(&repository, &[], &forked[1..]).expect("the repository has the root");
    assert_eq!(repository.asked.get(), 2);
}

#[test]
fn what_is_hashed_is_bounded() {
    let first = tree(&["a", "dir/b"]);
    let second = tree(&["a", "dir/b", "dir/c"]);
    let keyframe = first.record_against(None);
    let records = [keyframe.clone(), second.record_against(Some(&first))];
    // Kind, length, name and id of each entry: of all directories, then of those that change.
    let of_first = (36 + 38) + 36;
    let of_second = (36 + 38) + 2 * 36;
    for (records, bytes) in [(&records[..1], of_first), (&records, of_first + of_second)] {
        check(&limited(u64::MAX, bytes), &[], records).expect("as much as allowed");
        let error = check(&limited(u64::MAX, bytes - 1), &[], records).expect_err("too much");
        assert!(matches!(error, HistoryError::TooMuchToHash { .. }));
        assert_eq!(error.problem_code(), Some(ProblemCode::PushTooLarge));
    }
    // Of a tree that is loaded, its listing counts.
    let listing_bytes = first.listing_bytes();
    let with_first = |hashed_bytes| Repository {
        trees: HashMap::from([(first.id(), first.clone())]),
        ..limited(u64::MAX, hashed_bytes)
    };
    let bytes = listing_bytes + of_second;
    check(&with_first(bytes), &[], &records[1..]).expect("as much as allowed");
    let error = check(&with_first(bytes - 1), &[], &records[1..]).expect_err("too much");
    assert!(matches!(error, HistoryError::TooMuchToHash { .. }));
}

#[test]
fn what_is_missing_is_named() {
    let (first, second) = (tree(&["a"]), tree(&["a", "b"]));
    let root = commit(&[], &first);
    let child = commit(&[id(&root)], &second);
    let delta = second.record_against(Some(&first));
    let nothing = Repository::default();

    let parent = check(
        &nothing,
        &[(child.clone(), 2)],
        std::slice::from_ref(&delta),
    );
    assert!(
        matches!(parent, Err(HistoryError::MissingParent { parent, .. }) if parent == id(&root))
    );
    let snapshot = check(&nothing, &[(root.clone(), 1)], &[]);
    assert!(matches!(
        snapshot,
        Err(HistoryError::MissingSnapshot { snapshot, .. }) if snapshot == first.id()
    ));
    let base = check(&nothing, &[], &[delta]);
    assert!(matches!(base, Err(HistoryError::MissingBase { base, .. }) if base == first.id()));
}

/// A repository that is out of reach.
struct OutOfReach;

impl Boundary for OutOfReach {
    type Error = io::Error;

    fn generation(&mut self, _: &CommitId) -> io::Result<Option<u32>> {
        Err(io::ErrorKind::TimedOut.into())
    }

    fn base(&mut self, _: &SnapshotId) -> io::Result<Option<Base>> {
        Err(io::ErrorKind::TimedOut.into())
    }

    fn has_snapshot(&mut self, _: &SnapshotId) -> io::Result<bool> {
        Err(io::ErrorKind::TimedOut.into())
    }
}

#[test]
fn a_repository_that_cannot_be_asked_is_not_the_mpacks_fault() {
    let (first, second) = (tree(&["a"]), tree(&["a", "b"]));
    let root = commit(&[], &first);
    let child = commit(&[id(&root)], &second);
    let delta = second.record_against(Some(&first));
    let unanswered = [
        check(OutOfReach, &[(child, 2)], std::slice::from_ref(&delta)),
        check(OutOfReach, &[(root, 1)], &[]),
        check(OutOfReach, &[], &[delta]),
    ];
    for verdict in unanswered {
        let error = verdict.expect_err("nobody answers");
        assert!(matches!(error, HistoryError::Boundary(_)), "{error:?}");
        assert_eq!(error.problem_code(), None);
    }
}

#[test]
fn a_generation_is_what_the_parents_give() {
    let only = tree(&["a"]);
    let root = commit(&[], &only);
    let records = [only.record_against(None)];
    // Generation 0 is refused by the tables themselves.
    for claimed in [2, u32::MAX] {
        let verdict = check(&Repository::default(), &[(root.clone(), claimed)], &records);
        assert!(
            matches!(
                verdict,
                Err(HistoryError::WrongGeneration { actual: 1, .. })
            ),
            "{claimed}"
        );
    }
    // The child of a commit of the highest generation there is cannot have a higher one.
    let repository = Repository {
        generations: HashMap::from([(id(&root), u32::MAX)]),
        ..Repository::default()
    };
    let verdict = check(&repository, &[(commit(&[id(&root)], &only), 1)], &records);
    assert!(matches!(verdict, Err(HistoryError::WrongGeneration { .. })));
}

#[test]
fn changes_must_give_the_id() {
    let (first, second) = (tree(&["a"]), tree(&["a", "b"]));
    let mut lie = second.record_against(None);
    lie.changes.pop();
    let verdict = check(&Repository::default(), &[], &[lie]);
    assert!(
        matches!(verdict, Err(HistoryError::Snapshot { snapshot, .. }) if snapshot == second.id())
    );
    let mut other_base = second.record_against(Some(&first));
    other_base.base = Some(tree(&["x"]).id());
    let repository = Repository {
        trees: HashMap::from([(tree(&["x"]).id(), tree(&["x"]))]),
        ..Repository::default()
    };
    assert!(matches!(
        check(&repository, &[], &[other_base]),
        Err(HistoryError::Snapshot { .. })
    ));
}

/// A file and a link to an object with these contents, which is in the mpack unless `is_outside`.
fn check_link(target: &[u8], is_outside: bool) -> Result<OutsideObjects, VerifyError> {
    check_entries(&[EntryKind::File, EntryKind::Symlink], target, is_outside)
}

/// A record with an entry of each of these kinds, all of them the object with these contents, which
/// is in the mpack unless `is_outside`; all that verification hands out goes through the check.
fn check_entries(
    kinds: &[EntryKind],
    contents: &[u8],
    is_outside: bool,
) -> Result<OutsideObjects, VerifyError> {
    let object = ObjectId::of(contents);
    let change = |&kind: &EntryKind| Change {
        path: RepoPath::new(format!("{kind:?}")).expect("a valid path"),
        entry: Some(Entry { kind, object }),
    };
    let changes: Vec<Change> = kinds.iter().map(change).collect();
    let tree = Tree::empty().apply(&changes).expect("applies");
    let length = contents.len() as u64;
    let counts = Counts {
        objects: u64::from(!is_outside),
        object_bytes: if is_outside { 0 } else { length },
        snapshots: 1,
        ..Counts::default()
    };
    let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
    match (is_outside, length <= MAX_WHOLE_OBJECT_BYTES) {
        (true, _) => Ok(()),
        (false, true) => writer.add_object(object, contents),
        (false, false) => writer.add_large_object(object, length, &mut &*contents, |_| false),
    }
    .expect("announced");
    let record = tree.record_against(None);
    writer.add_snapshot(&record).expect("announced");
    let written = writer.finish().expect("as announced");
    let mpack = Mpack::from_bytes(written.out.clone()).expect("opens");
    let sink = LinkSink::default();
    let repository = Repository::default();
    let mut check = HistoryCheck::new(mpack.tables(), &repository, &sink.0);
    let mut source = written.out.as_slice();
    verify(
        &mut source,
        mpack.tables(),
        &written.key,
        &sink,
        &mut |record| {
            match record {
                Record::Snapshot { row, changes, .. } => {
                    drop(check.changes(row.id, row.base, changes)?);
                }
                Record::Commit { .. } => unreachable!("there is none"),
            }
            Ok(())
        },
    )?;
    Ok(check.finish())
}

#[derive(Default)]
struct LinkSink(LinkTargets);

impl VerifySink for LinkSink {
    fn object(&self, row: &ObjectRow, contents: &[u8]) -> Result<(), SinkError> {
        self.0.note(row.id, contents);
        Ok(())
    }
}

#[test]
fn a_link_names_an_object_that_can_be_its_target() {
    let longest = vec![b'x'; MAX_LINK_TARGET_BYTES];
    for target in [b"a".as_slice(), b"../\xff", &longest] {
        let outside = check_link(target, false).expect("a target");
        assert!(outside.all.is_empty());
    }
    let large = vec![b'x'; 17 << 20];
    for target in [
        b"".as_slice(),
        b"a\0b",
        &large[..MAX_LINK_TARGET_BYTES + 1],
        &large,
    ] {
        match check_link(target, false) {
            Err(VerifyError::Sink(error)) => {
                let error: Box<HistoryError<Infallible>> = error.downcast().expect("its own");
                assert!(matches!(*error, HistoryError::LinkTarget { .. }));
                assert_eq!(error.problem_code(), Some(ProblemCode::SnapshotInvalid));
            }
            other => panic!("{}: {other:?}", target.len()),
        }
        // What lies outside is for the repository to say.
        let outside = check_link(target, true).expect("unknown here");
        assert_eq!(outside.all, outside.links);
        assert_eq!(outside.links.len(), 1);
    }
}

#[test]
fn a_file_may_hold_what_no_link_can_lead_to() {
    let files = [EntryKind::Executable, EntryKind::File];
    for contents in [b"".as_slice(), b"a\0b"] {
        check_entries(&files, contents, false).expect("a file");
        let outside = check_entries(&files, contents, true).expect("unknown here");
        assert_eq!(outside.all.len(), 1);
        assert!(outside.links.is_empty());
    }
}

#[test]
fn a_change_that_changes_nothing_is_legal() {
    let (first, second) = (tree(&["a"]), tree(&["a", "b"]));
    let mut record = second.record_against(Some(&first));
    let repeated = Change {
        path: RepoPath::new("a").expect("valid"),
        entry: first.get("a"),
    };
    record.changes.insert(0, repeated);
    let repository = Repository {
        trees: HashMap::from([(first.id(), first.clone())]),
        ..Repository::default()
    };
    check(&repository, &[], &[record.clone()]).expect("fits");
    // But nothing goes that is not there.
    record.changes[0].path = RepoPath::new("a-b").expect("valid");
    record.changes[0].entry = None;
    let verdict = check(&repository, &[], &[record]);
    assert!(matches!(verdict, Err(HistoryError::Snapshot { .. })));
}

#[test]
fn a_chain_that_outgrows_the_listing_is_to_be_kept_as_one() {
    // One file, changed again and again: the second record already outweighs a listing of one file.
    let version = |n: u32| {
        let object = ObjectId::of(&n.to_le_bytes());
        let path = RepoPath::new("f").expect("a valid path");
        let change = Change {
            path,
            entry: Some(Entry {
                kind: EntryKind::File,
                object,
            }),
        };
        Tree::empty().apply(&[change]).expect("applies")
    };
    let trees: Vec<Tree> = (0..4).map(version).collect();
    let mut records = vec![trees[0].record_against(None)];
    records.extend(
        trees
            .windows(2)
            .map(|pair| pair[1].record_against(Some(&pair[0]))),
    );
    let checked = check(&Repository::default(), &[], &records).expect("fits");
    assert_eq!(
        checked.listings,
        trees[1..].iter().map(Tree::id).collect::<Vec<_>>()
    );
    assert_eq!(checked.chain_bytes, [0; 4]);
}

#[test]
fn a_chain_counts_the_bytes_of_its_records() {
    let names: Vec<String> = (0..100).map(|n| format!("f{n:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let [first, second, third] = [98, 99, 100].map(|count| tree(&names[..count]));
    let records = [
        first.record_against(None),
        second.record_against(Some(&first)),
        third.record_against(Some(&second)),
    ];
    let [_, one, two] = [0, 1, 2].map(|at: usize| records[at].encode().len() as u64);
    let checked = check(&Repository::default(), &[], &records).expect("fits");
    assert_eq!(checked.chain_bytes, [0, one, one + two]);
    assert_eq!(checked.listings, []);

    // A chain goes on where it begins in the repository, up to the length of the listing.
    let listing_bytes = second.listing_bytes();
    for (chain_bytes, fits) in [
        (7, true),
        (listing_bytes - one, true),
        (listing_bytes - one + 1, false),
    ] {
        let repository = Repository {
            trees: HashMap::from([(first.id(), first.clone())]),
            chain_bytes,
            ..Repository::default()
        };
        let checked = check(&repository, &[], &records[1..2]).expect("fits");
        assert_eq!(
            checked.chain_bytes,
            [if fits { chain_bytes + one } else { 0 }]
        );
        assert_eq!(checked.listings.is_empty(), fits, "{chain_bytes}");
    }
}
