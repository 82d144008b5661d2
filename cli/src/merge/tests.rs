//! What merges make of each kind of difference. That they do it as git does is for the test
//! `merge_git`.

use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Entry, EntryKind};

use muse_wire::id::ObjectId;
use muse_wire::snapshot::{Change, Tree};

use super::*;
use crate::repository::RepositoryError;
use crate::testing::Sandbox;

const LABELS: Labels<'static> = Labels {
    ours: "ours",
    base: "base",
    theirs: "topic/theirs",
};

/// A file, an executable (`*`) or a link (`@`) with this text.
type Files<'a> = &'a [(&'a str, &'a str)];

struct Fixture {
    sandbox: Sandbox,
}

impl Fixture {
    fn new() -> Self {
        Self {
            sandbox: Sandbox::new(),
        }
    }

    /// The tree of these files, whose contents are stored. A name that begins with `*` is an
    /// executable's, one with `@` a link's.
    fn tree(&self, files: Files<'_>) -> Tree {
        let mut changes: Vec<Change> = files
            .iter()
            .map(|(name, text)| {
                let kind = match name.as_bytes()[0] {
                    b'*' => EntryKind::Executable,
                    b'@' => EntryKind::Symlink,
                    _ => EntryKind::File,
                };
                let object = ObjectId::of(text.as_bytes());
                Change {
                    path: RepoPath::new(name.trim_start_matches(['*', '@'])).expect("allowed"),
                    entry: Some(Entry { kind, object }),
                }
            })
            .collect();
        changes.sort_by(|one, other| one.path.cmp(&other.path));
        let texts: Vec<(String, &str)> = files
            .iter()
            .enumerate()
            .map(|(number, (_, text))| (number.to_string(), *text))
            .collect();
        let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (&**name, *text)).collect();
        self.sandbox.add_commit(&[], &texts);
        Tree::empty().apply(&changes).expect("a tree")
    }

    fn merge(&self, base: Files<'_>, ours: Files<'_>, theirs: Files<'_>) -> Merged {
        let [base, ours, theirs] = [base, ours, theirs].map(|files| self.tree(files));
        let objects = &self.sandbox.repository.objects;
        merge_trees(objects, &base, &ours, &theirs, LABELS).expect("merges")
    }

    /// The conflicts as `path: kind (versions)`, and the files with their texts.
    fn show(&self, merged: &Merged) -> String {
        let conflicts = merged.conflicts.iter().map(|conflict| {
            let versions = [
                ("base", conflict.base),
                ("ours", conflict.ours),
                ("theirs", conflict.theirs),
            ];
            let versions = versions.iter().filter(|(_, version)| version.is_some());
            let versions: Vec<&str> = versions.map(|(name, _)| *name).collect();
            format!(
                "{}: {} ({})",
                conflict.path,
                conflict.kind,
                versions.join(", ")
            )
        });
        let files = merged.tree.entries().into_iter().map(|(path, entry)| {
            let text = match merged.new_objects.get(&entry.object) {
                Some(text) => text.clone(),
                None => {
                    let text = self.sandbox.repository.objects.read_object(&entry.object);
                    text.expect("stored or made")
                }
            };
            let kind = match entry.kind {
                EntryKind::File => "",
                EntryKind::Executable => "*",
                EntryKind::Symlink => "@",
            };
            let text = String::from_utf8(text).expect("a text");
            format!("{kind}{path}: {}", text.trim_end().replace('\n', " / "))
        });
        conflicts.chain(files).collect::<Vec<String>>().join("\n")
    }
}

fn shown(base: Files<'_>, ours: Files<'_>, theirs: Files<'_>) -> String {
    let fixture = Fixture::new();
    fixture.show(&fixture.merge(base, ours, theirs))
}

const TEXT: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";

fn edited(from: &str, to: &str) -> String {
    TEXT.replace(from, to)
}

#[test]
fn what_one_side_did_is_taken() {
    insta::assert_snapshot!(
        shown(
            &[("changed", "a"), ("gone", "b"), ("kept", "c"), ("both", "d")],
            &[("changed", "a"), ("gone", "b"), ("kept", "C"), ("both", "D"), ("*new", "e")],
            &[("changed", "A"), ("kept", "c"), ("both", "D")],
        ),
        @"
    both: D
    changed: A
    kept: C
    *new: e
    "
    );
}

#[test]
fn conflicts_show_all_versions_and_only_new_contents_come_along() {
    let fixture = Fixture::new();
    let merged = fixture.merge(
        &[("dir/a", "one\n"), ("z", TEXT)],
        &[("dir/a", "two\n"), ("z", &edited("1", "one"))],
        &[("dir/a", "three\n"), ("z", &edited("9", "nine"))],
    );
    insta::assert_snapshot!(fixture.show(&merged), @"
    dir/a: both changed (base, ours, theirs)
    dir/a: <<<<<<< ours / two / ||||||| base / one / ======= / three / >>>>>>> topic/theirs
    z: one / 2 / 3 / 4 / 5 / 6 / 7 / 8 / nine
    ");
    assert_eq!(merged.new_objects.len(), 2);
}

#[test]
fn a_change_of_what_the_other_side_deleted_is_kept() {
    insta::assert_snapshot!(
        shown(
            &[("a", "1\n"), ("b", "2\n")],
            &[("b", "two\n")],
            &[("a", "one\n")],
        ),
        @"
    a: deleted by us (base, theirs)
    b: deleted by them (base, ours)
    a: one
    b: two
    "
    );
}

#[test]
fn changes_of_a_file_follow_it_to_where_the_other_side_moved_it() {
    insta::assert_snapshot!(
        shown(
            &[("old/a", TEXT), ("b", "x\n")],
            &[("new/a", &edited("1", "one")), ("b", "x\n")],
            &[("old/a", &edited("9", "nine")), ("b", "y\n")],
        ),
        @"
    b: y
    new/a: one / 2 / 3 / 4 / 5 / 6 / 7 / 8 / nine
    "
    );
}

#[test]
fn a_conflict_in_a_file_that_moved_names_both_paths() {
    let shown = shown(
        &[("a", TEXT)],
        &[("b", &edited("9", "ours"))],
        &[("a", &edited("9", "theirs"))],
    );
    insta::assert_snapshot!(shown.replace(" / 2 / 3 / 4 / 5 / 6 / 7 / 8", "–8"), @"
    b: both changed (base, ours, theirs)
    b: 1–8 / <<<<<<< ours:b / ours / ||||||| base:a / 9 / ======= / theirs / >>>>>>> topic/theirs:a
    ");
}

#[test]
fn a_file_that_both_moved_is_at_both_places() {
    insta::assert_snapshot!(
        shown(&[("a", TEXT)], &[("b", TEXT)], &[("c", &edited("9", "nine"))]),
        @"
    a: renamed differently (base)
    b: renamed differently (ours)
    c: renamed differently (theirs)
    b: 1 / 2 / 3 / 4 / 5 / 6 / 7 / 8 / nine
    c: 1 / 2 / 3 / 4 / 5 / 6 / 7 / 8 / nine
    "
    );
}

#[test]
fn a_file_moves_out_of_the_way_of_a_directory() {
    insta::assert_snapshot!(
        shown(&[("x", "1\n")], &[("x", "1\n"), ("a", "file\n")], &[("x", "1\n"), ("a/b", "in\n")]),
        @"
    a~ours: a file and a directory (ours)
    a/b: in
    a~ours: file
    x: 1
    "
    );
    insta::assert_snapshot!(
        shown(&[("x", "1\n")], &[("x", "1\n"), ("a/b", "in\n")], &[("x", "1\n"), ("a", "file\n")]),
        @"
    a~topic_theirs: a file and a directory (theirs)
    a/b: in
    a~topic_theirs: file
    x: 1
    "
    );
}

#[test]
fn files_added_to_a_directory_that_moved_go_along() {
    insta::assert_snapshot!(
        shown(
            &[("old/a", TEXT), ("old/b", "b\n")],
            &[("new/a", TEXT), ("new/b", "b\n")],
            &[("old/a", TEXT), ("old/b", "b\n"), ("old/c", "c\n")],
        ),
        @"
    new/c: in a renamed directory (theirs)
    new/a: 1 / 2 / 3 / 4 / 5 / 6 / 7 / 8 / 9
    new/b: b
    new/c: c
    "
    );
}

#[test]
fn links_modes_and_binary_files_are_not_merged() {
    insta::assert_snapshot!(
        shown(
            &[("@link", "1"), ("binary", "\0a"), ("type", "1\n")],
            &[("@link", "2"), ("binary", "\0b"), ("@type", "2"), ("*mode", "3\n")],
            &[("@link", "3"), ("binary", "\0c"), ("type", "3\n"), ("mode", "3\n")],
        ).replace('\0', "<NUL>"),
        @"
    binary: both changed, not text (base, ours, theirs)
    link: both changed the link (base, ours, theirs)
    mode: both changed the mode (ours, theirs)
    type: a link and a file (ours)
    type~topic_theirs: a link and a file (base, theirs)
    binary: <NUL>b
    @link: 2
    *mode: 3
    @type: 2
    type~topic_theirs: 3
    "
    );
}

#[test]
fn a_missing_object_is_an_error_where_it_is_needed_and_a_withheld_one_a_conflict() {
    let fixture = Fixture::new();
    let tree = |text: &str| {
        let change = Change {
            path: RepoPath::new("a").expect("allowed"),
            entry: Some(Entry {
                kind: EntryKind::File,
                object: ObjectId::of(text.as_bytes()),
            }),
        };
        Tree::empty().apply(&[change]).expect("a tree")
    };
    let objects = &fixture.sandbox.repository.objects;
    let (base, ours, theirs) = (tree("1"), tree("2"), tree("3"));
    let merged = merge_trees(objects, &base, &ours, &base, LABELS).expect("nothing is read");
    assert_eq!(merged.tree.id(), ours.id());
    let refused = merge_trees(objects, &base, &ours, &theirs, LABELS).err();
    assert!(matches!(
        refused,
        Some(MergeError::Repository(RepositoryError::Missing { .. }))
    ));
    let mut locked = fixture.sandbox.repository.lock().expect("free");
    let reason = |text: &str| (ObjectId::of(text.as_bytes()), "order 7".to_owned());
    let withheld = ["1", "2", "3"].map(reason);
    locked.add_withheld(withheld.into()).expect("noted");
    let merged = merge_trees(objects, &base, &ours, &theirs, LABELS).expect("merges");
    assert_eq!(merged.conflicts[0].kind, ConflictKind::Binary);
    assert_eq!(merged.tree.id(), ours.id());
}

#[test]
fn several_bases_are_merged_first() {
    let sandbox = Sandbox::new();
    let base = sandbox.add_commit(&[], &[("a", TEXT)]);
    let one = sandbox.add_commit(&[base], &[("a", &edited("1", "one"))]);
    let two = sandbox.add_commit(&[base], &[("a", &edited("9", "nine"))]);
    let merged = edited("1", "one").replace('9', "nine");
    let ours = sandbox.add_commit(&[one, two], &[("a", &merged.replace('5', "ours"))]);
    let theirs = sandbox.add_commit(&[two, one], &[("a", &merged.replace("one", "first"))]);
    let outcome = merge_commits(&sandbox.repository, ours, theirs, LABELS).expect("merges");
    assert_eq!(outcome.conflicts, []);
    let expected = merged.replace('5', "ours").replace("one", "first");
    let entry = outcome.tree.get("a").expect("merged");
    assert_eq!(outcome.new_objects[&entry.object], expected.as_bytes());
}

#[test]
fn unrelated_histories_have_an_empty_base() {
    let sandbox = Sandbox::new();
    let ours = sandbox.add_commit(&[], &[("a", "1\n"), ("same", "s\n")]);
    let theirs = sandbox.add_commit(&[], &[("a", "2\n"), ("b", "b\n"), ("same", "s\n")]);
    let outcome = merge_commits(&sandbox.repository, ours, theirs, LABELS).expect("merges");
    let conflicts: Vec<_> = outcome
        .conflicts
        .iter()
        .map(|conflict| (conflict.path.as_str(), conflict.kind))
        .collect();
    assert_eq!(conflicts, [("a", ConflictKind::BothAdded)]);
    assert_eq!(outcome.tree.file_count(), 3);
}
