//! Snapshot records applied to trees, beside a map from paths to entries that does the same.

use std::collections::{BTreeMap, BTreeSet};

use muse_wire::id::{ObjectId, SnapshotId};
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Change, Entry, EntryKind, SnapshotRecord, Tree, TreeError};

use crate::choices::Choices;
use crate::history::changes;
use crate::memory::within;

/// Applying records takes this much, and so many times the bytes of their paths.
const APPLY_BYTES: u64 = 256 << 10;
const BYTES_PER_PATH_BYTE: u64 = 2048;

/// What a tree is to hold.
type Listing = BTreeMap<RepoPath, Entry>;

/// Applies record after record. A tree holds what its changes say, whichever way it is reached.
pub fn snapshots(input: &[u8]) {
    let mut choices = Choices::new(input);
    let mut steps = Vec::new();
    let objects = [ObjectId::of(b"one"), ObjectId::of(b"other")];
    let (mut tree, mut listing) = (Tree::empty(), Listing::new());
    let mut chain: Vec<SnapshotRecord> = Vec::new();
    for _ in 0..1 + choices.below(12) {
        let mut step = changes(&tree, &mut choices, &objects);
        if choices.once_in(12) {
            step.push(deep(&mut choices, objects[0]));
            step.sort_by(|one, other| one.path.cmp(&other.path));
            step.dedup_by(|one, other| one.path == other.path);
        }
        let path_bytes: usize = step.iter().map(|change| change.path.len()).sum();
        let limit = APPLY_BYTES + BYTES_PER_PATH_BYTE * path_bytes as u64;
        let Ok(next) = within(limit, || tree.apply(&step)) else {
            assert!(
                applied(&listing, &step).is_none(),
                "the tree refuses what fits"
            );
            continue;
        };
        listing = applied(&listing, &step).expect("the tree takes what does not fit");
        let record = next.record_against((!chain.is_empty()).then_some(&tree));
        check(&tree, &next, &listing, &record);
        if record.base != Some(record.id) {
            chain.push(record);
        }
        steps.push(step);
        tree = next;
    }
    let end = Tree::empty().apply_chain(&chain);
    assert_eq!(end.expect("each of them fits").id(), tree.id());
}

/// Checks `tree`, which `record` makes of `base`.
fn check(base: &Tree, tree: &Tree, listing: &Listing, record: &SnapshotRecord) {
    assert_eq!(tree.file_count(), listing.len() as u64);
    assert!(tree.entries().into_iter().eq(listing.clone()));
    for (path, entry) in listing {
        assert_eq!(tree.get(path), Some(*entry));
    }
    let from = record.base.map(|_| base.clone()).unwrap_or_default();
    let again = from.apply_record(record).expect("it was just made");
    assert_eq!(again.id(), tree.id());
    if record.base != Some(record.id) {
        let decoded = SnapshotRecord::decode(&record.encode());
        assert_eq!(&decoded.expect("it was just made"), record);
    }
    let keyframe = tree.record_against(None);
    let listed = Tree::empty().apply_record(&keyframe).expect("a listing");
    assert_eq!(listed.id(), tree.id());
    assert!(listed.diff(tree).is_empty());
    let mut wrong = keyframe;
    wrong.id = SnapshotId::from_bytes([0; 32]);
    assert!(matches!(
        Tree::empty().apply_record(&wrong),
        Err(TreeError::WrongId { .. })
    ));
}

/// What the changes make of a listing; `None` where they do not fit it.
fn applied(listing: &Listing, changes: &[Change]) -> Option<Listing> {
    let mut listing = listing.clone();
    for change in changes.iter().filter(|change| change.entry.is_none()) {
        listing.remove(&change.path)?;
    }
    for change in changes {
        if let Some(entry) = change.entry {
            listing.insert(change.path.clone(), entry);
        }
    }
    let paths: BTreeSet<&str> = listing.keys().map(RepoPath::as_str).collect();
    let is_below_file = |path: &&str| {
        let mut slashes = path.match_indices('/');
        slashes.any(|(at, _)| paths.contains(&path[..at]))
    };
    (!paths.iter().any(is_below_file)).then(|| listing.clone())
}

/// A file as deep as a path can be.
fn deep(choices: &mut Choices<'_>, object: ObjectId) -> Change {
    let depth = 2 + choices.below(2000);
    let path = vec!["a"; depth].join("/");
    Change {
        path: RepoPath::new(path).expect("no longer than a path may be"),
        entry: Some(Entry {
            kind: EntryKind::File,
            object,
        }),
    }
}
