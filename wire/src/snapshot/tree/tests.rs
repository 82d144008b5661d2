//! Trees, their ids, and what may not become one.

use super::by_name::ByName;
use super::directory::{DIRECTORY_DOMAIN, Directory};
use super::*;
use crate::id::ObjectId;
use crate::limits::{MAX_PATH_BYTES, MAX_SNAPSHOT_DIRECTORIES};
use crate::snapshot::EntryKind;

fn change(path: &str, contents: Option<&str>) -> Change {
    let entry = contents.map(|contents| Entry {
        kind: EntryKind::File,
        object: ObjectId::of(contents.as_bytes()),
    });
    Change {
        path: RepoPath::new(path).expect("valid"),
        entry,
    }
}

fn tree(paths: &[&str]) -> Tree {
    let mut changes: Vec<_> = paths.iter().map(|path| change(path, Some(path))).collect();
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    Tree::empty().apply(&changes).expect("applies")
}

#[test]
fn a_tree_is_recorded_against_another_one_where_that_is_shorter() {
    let one = tree(&["a", "b", "c", "d", "e"]);
    let like = tree(&["a", "b", "c", "d", "f"]);
    let unlike = tree(&["a", "x", "y", "z"]);
    let base = |other: Option<&Tree>| {
        let record = one.record_beside(other);
        let start = other.filter(|_| record.base.is_some());
        let start = start.cloned().unwrap_or_else(Tree::empty);
        let rebuilt = start.apply(&record.changes).expect("applies");
        assert_eq!(rebuilt.id(), one.id());
        record.base
    };
    assert_eq!(base(Some(&like)), Some(like.id()));
    assert_eq!(base(Some(&unlike)), None);
    assert_eq!(base(None), None);
}

#[test]
fn id_is_the_documented_hash() {
    let object = ObjectId::of(b"hello");
    let mut inner = DIRECTORY_DOMAIN.to_vec();
    inner.extend_from_slice(&[0, 1, 0, b'f']);
    inner.extend_from_slice(object.as_bytes());
    let mut outer = DIRECTORY_DOMAIN.to_vec();
    outer.extend_from_slice(&[3, 1, 0, b'd']);
    outer.extend_from_slice(ObjectId::of(&inner).as_bytes());
    let tree = Tree::empty()
        .apply(&[change("d/f", Some("hello"))])
        .expect("applies");
    assert_eq!(tree.id().as_bytes(), ObjectId::of(&outer).as_bytes());
    assert_eq!(
        Tree::empty().id().as_bytes(),
        ObjectId::of(DIRECTORY_DOMAIN).as_bytes()
    );
}

#[test]
fn the_examples_in_the_specification_are_right() {
    let document = include_str!("../../../MPACK.md");
    let tree = Tree::empty()
        .apply(&[change("a/b", Some("hello"))])
        .expect("applies");
    for id in [Tree::empty().id(), tree.id()] {
        assert!(document.contains(&id.to_hex()), "{id}");
    }
}

#[test]
fn directories_are_found_by_their_paths() {
    let tree = tree(&["a", "d/y/z"]);
    for path in ["", "d", "d/y"] {
        assert!(tree.has_directory(path), "{path:?}");
    }
    for path in ["a", "d/y/z", "d/x", "x"] {
        assert!(!tree.has_directory(path), "{path:?}");
    }
}

#[test]
fn changes_lead_to_the_same_id_by_any_way() {
    let whole = tree(&["a", "a-b", "d/x", "d/y/z", "e"]);
    let step = tree(&["a", "d/x", "gone/deep/file"]);
    let after = step.apply(&step.diff(&whole)).expect("applies");
    assert_eq!(after.id(), whole.id());
    assert_eq!(after.entries(), whole.entries());
    assert_eq!(after.file_count(), 5);
    assert_eq!(
        after
            .get(&RepoPath::new("d/y/z").expect("valid"))
            .map(|entry| entry.object),
        Some(ObjectId::of(b"d/y/z"))
    );
    assert_eq!(after.get(&RepoPath::new("d/y").expect("valid")), None);
}

#[test]
fn a_file_can_become_a_directory_and_back() {
    let file = tree(&["a", "b"]);
    let directory = tree(&["a/x", "a/y", "b"]);
    assert_eq!(
        file.apply(&file.diff(&directory)).expect("applies").id(),
        directory.id()
    );
    assert_eq!(
        directory
            .apply(&directory.diff(&file))
            .expect("applies")
            .id(),
        file.id()
    );
}

#[test]
fn impossible_changes_are_refused() {
    let base = tree(&["a", "d/x"]);
    assert_eq!(
        base.apply(&[change("b", None)]).err(),
        Some(TreeError::NotThere("b".into()))
    );
    assert_eq!(
        base.apply(&[change("d/y", None)]).err(),
        Some(TreeError::NotThere("d/y".into()))
    );
    assert_eq!(
        base.apply(&[change("d", None)]).err(),
        Some(TreeError::NotThere("d".into()))
    );
    assert_eq!(
        base.apply(&[change("e/x", None)]).err(),
        Some(TreeError::NotThere("e/x".into()))
    );
    assert_eq!(
        base.apply(&[change("a/x", Some("x"))]).err(),
        Some(TreeError::FileAndDirectory("a".into()))
    );
    assert_eq!(
        base.apply(&[change("d", Some("x"))]).err(),
        Some(TreeError::FileAndDirectory("d".into()))
    );
    let record = SnapshotRecord {
        id: base.id(),
        base: None,
        changes: vec![change("a", Some("other"))],
    };
    assert!(matches!(
        Tree::empty().apply_record(&record),
        Err(TreeError::WrongId { .. })
    ));
}

#[test]
fn twins_are_files_of_their_own() {
    let paths = [
        "d/README",
        "d/readme",
        "stra\u{df}e",
        "strasse",
        "\u{e9}",
        "e\u{301}",
    ];
    let whole = tree(&paths);
    assert_eq!(whole.file_count(), 6);
    let base = tree(&paths[..1]);
    let both = base
        .apply(&[change("d/readme", Some("x"))])
        .expect("applies");
    assert_eq!(both.file_count(), 2);
    assert_eq!(both.get("d/README"), base.get("d/README"));
    assert_ne!(both.get("d/readme"), base.get("d/README"));
    let renamed = base
        .apply(&[change("d/README", None), change("d/readme", Some("x"))])
        .expect("applies");
    assert_eq!(renamed.file_count(), 1);
}

/// As deep as a path can be.
fn deepest(first: &str) -> String {
    let above = (MAX_PATH_BYTES - first.len() - 1) / 2;
    format!("{first}{}/f", "/d".repeat(above - 1))
}

#[test]
fn the_deepest_paths_fit_into_the_stack_of_a_thread() {
    let paths: Vec<String> = (0..3).map(|n| deepest(&n.to_string())).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let deep = tree(&paths);
    let (one, all) = (tree(&paths[..1]), deep.entries());
    assert_eq!(all.len(), 3);
    let again = one.apply(&one.diff(&deep)).expect("applies");
    assert_eq!(again.id(), deep.id());
    let emptied = again.apply(&again.diff(&Tree::empty())).expect("applies");
    assert_eq!(emptied.id(), Tree::empty().id());
}

#[test]
fn a_tree_has_a_limit_of_directories() {
    let below = 2045;
    let paths: Vec<String> = (0..MAX_SNAPSHOT_DIRECTORIES / below + 1)
        .map(|number| format!("{number:03}{}/f", "/d".repeat(below - 1)))
        .collect();
    let mut changes: Vec<_> = paths.iter().map(|path| change(path, Some("x"))).collect();
    // Told before the tree is complete.
    let mut builder = Tree::empty().edit();
    let refused = changes.iter().try_for_each(|change| builder.change(change));
    assert_eq!(refused, Err(TreeError::TooManyDirectories));
    let last = changes.pop().expect("one too many");
    let most = Tree::empty().apply(&changes).expect("below the limit");
    let count = (changes.len() * below) as u64;
    assert_eq!(most.root.directory_count, count);
    // Below the limit, one by one, and exactly there.
    assert_eq!(
        most.apply(&[last]).err(),
        Some(TreeError::TooManyDirectories)
    );
    let left = MAX_SNAPSHOT_DIRECTORIES - changes.len() * below;
    let exact = change(&format!("999{}/f", "/d".repeat(left - 1)), Some("x"));
    let full = most.apply(&[exact]).expect("at the limit");
    assert_eq!(full.root.directory_count, MAX_SNAPSHOT_DIRECTORIES as u64);
    let more = full.apply(&[change("one-more/f", Some("x"))]);
    assert_eq!(more.err(), Some(TreeError::TooManyDirectories));
}

/// Directories of five-byte names, each with the same files, whose names have `name_bytes`. One
/// directory in memory stands for all of them.
fn wide(directories: usize, files: usize, name_bytes: usize) -> Tree {
    let entry = Entry {
        kind: EntryKind::File,
        object: ObjectId::of(b"x"),
    };
    let mut below = ByName::default();
    for number in 0..files {
        below.push(&format!("{number:0name_bytes$}"), entry);
    }
    let below = Arc::new(Directory::new(below, ByName::default()));
    let mut all = ByName::default();
    for number in 0..directories {
        all.push(&format!("{number:05}"), Arc::clone(&below));
    }
    let root = Arc::new(Directory::new(ByName::default(), all));
    Tree { root }
}

#[test]
fn a_tree_has_a_limit_of_files() {
    let full = wide(MAX_SNAPSHOT_CHANGES / 1000, 1000, 3);
    assert_eq!(full.file_count(), MAX_SNAPSHOT_CHANGES as u64);
    let edited = full.apply(&[change("00000/000", Some("new"))]);
    let edited = edited.expect("at the limit");
    assert_eq!(edited.file_count(), MAX_SNAPSHOT_CHANGES as u64);
    let more = full.apply(&[change("one-more", Some("x"))]);
    assert_eq!(more.err(), Some(TreeError::TooLarge));
}

#[test]
fn a_tree_has_a_limit_of_bytes_in_its_listing() {
    let most = wide(90_029, 10, 251);
    let left = MAX_SNAPSHOT_LISTING_BYTES - most.listing_bytes() - LISTING_ENTRY_BYTES;
    let path_of = |bytes: usize| "d/".repeat((bytes - 1) / 2) + &"f".repeat(2 - bytes % 2);
    let with = |bytes: u64| most.apply(&[change(&path_of(bytes as usize), Some("x"))]);
    let full = with(left).expect("at the limit");
    assert_eq!(full.listing_bytes(), MAX_SNAPSHOT_LISTING_BYTES);
    assert_eq!(with(left + 1).err(), Some(TreeError::TooLarge));
}

#[test]
fn directories_are_visited_from_the_top_with_their_names_in_order() {
    let mut visited = Vec::new();
    tree(&["b", "a/y", "a/x/z", "a-b"]).for_each_directory(|path, names| {
        visited.push(format!("{path}: {}", names.join(" ")));
    });
    assert_eq!(visited, [": a a-b b", "a/: x y", "a/x/: z"]);
}

#[test]
fn listing_size_follows_the_paths() {
    let tree = tree(&["a", "d/xy", "d/e/z"]);
    assert_eq!(tree.listing_bytes(), 1 + 4 + 5 + 3 * LISTING_ENTRY_BYTES);
}

#[test]
fn a_listing_is_the_keyframe_in_order_of_paths() {
    // By bytes, a directory's name goes on with a slash, which is behind `-` and `.`.
    let tree = tree(&["a-b/x", "a.c", "a/x", "a0", "b/c/d", "b/c-d"]);
    let keyframe = tree.record_against(None);
    assert!(keyframe.changes.is_sorted_by_key(|change| &change.path));
    let listed = tree.write_listing(Vec::new()).expect("memory takes all");
    assert_eq!(listed, keyframe.encode());
    for room in [0, 40, listed.len() - 1] {
        let mut out = vec![0; room];
        assert!(tree.write_listing(out.as_mut_slice()).is_err(), "{room}");
    }
}

#[test]
fn records_rebuild_a_tree_from_its_base() {
    let base = tree(&["a", "b/c"]);
    let next = base
        .apply(&[change("b/c", Some("new")), change("b/d", Some("d"))])
        .expect("applies");
    let delta = next.record_against(Some(&base));
    assert_eq!(delta.changes.len(), 2);
    assert_eq!(base.apply_record(&delta).expect("applies").id(), next.id());
    assert_eq!(
        Tree::empty()
            .apply_record(&next.record_against(None))
            .expect("applies")
            .id(),
        next.id()
    );
}

#[test]
fn a_chain_gives_what_its_records_give_one_by_one() {
    let steps = [
        tree(&["a", "b/c", "d"]),
        tree(&["a/x", "b/c", "e"]),
        tree(&["a/x", "b"]),
        tree(&["a", "f/g"]),
    ];
    let mut records = vec![steps[0].record_against(None)];
    records.extend(
        steps
            .windows(2)
            .map(|pair| pair[1].record_against(Some(&pair[0]))),
    );
    let whole = Tree::empty().apply_chain(&records).expect("applies");
    assert_eq!(whole.id(), steps[3].id());
    assert_eq!(whole.entries(), steps[3].entries());
    let rest = steps[1].apply_chain(&records[2..]).expect("applies");
    assert_eq!(rest.id(), steps[3].id());
    let nothing = steps[1].apply_chain([]).expect("applies");
    assert_eq!(nothing.id(), steps[1].id());
    records[2].changes.pop();
    assert!(matches!(
        Tree::empty().apply_chain(&records),
        Err(TreeError::WrongId { .. } | TreeError::FileAndDirectory(_))
    ));
}

#[test]
fn a_directory_is_there_as_long_as_a_file_is_below_it() {
    assert!(Tree::empty().has_directory(""));
    let tree = tree(&["a/b/c"]);
    for (path, is_directory) in [("a", true), ("a/b", true), ("a/b/c", false), ("b", false)] {
        assert_eq!(tree.has_directory(path), is_directory, "{path}");
    }
    let tree = tree.apply(&[change("a/b/c", None)]).expect("applies");
    assert!(!tree.has_directory("a"));
}
