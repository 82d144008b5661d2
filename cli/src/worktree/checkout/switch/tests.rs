//! What a checkout leaves out, where the file system folds names and where it does not.

use std::fs;
use std::io;

use muse_wire::id::CommitId;
use muse_wire::path::fold_file_name;

use super::*;
use crate::testing::{Sandbox, Warnings};
use crate::worktree::WorktreeError;
use crate::worktree::absolute_path::absolute_bytes;

/// A file system that folds all names.
struct Folding;

impl NameProbe for Folding {
    fn is_one(&self, one: &str, other: &str) -> io::Result<bool> {
        Ok(fold_file_name(one) == fold_file_name(other))
    }
}

/// A file system that takes `é` and `e` with an accent for one, and tells case apart.
struct Normalising;

impl NameProbe for Normalising {
    fn is_one(&self, one: &str, other: &str) -> io::Result<bool> {
        let composed = |name: &str| name.replace("e\u{301}", "\u{e9}");
        Ok(composed(one) == composed(other))
    }
}

/// Where a test switches from and to, and how.
struct Step {
    from: Option<CommitId>,
    start: Start,
    to: Option<CommitId>,
    local_changes: LocalChanges,
}

impl Step {
    fn new(from: impl Into<Option<CommitId>>, to: impl Into<Option<CommitId>>) -> Self {
        Self {
            from: from.into(),
            start: Start::Finished,
            to: to.into(),
            local_changes: LocalChanges::Keep,
        }
    }

    fn discarding(self) -> Self {
        Self {
            local_changes: LocalChanges::Discard,
            ..self
        }
    }

    fn interrupted(self) -> Self {
        Self {
            start: Start::Interrupted,
            ..self
        }
    }

    /// Switches as on a file system of this kind, and moves the branch; returns the warnings.
    fn run(self, sandbox: &Sandbox, probe: &dyn NameProbe) -> Result<Vec<String>> {
        let tree = |commit: Option<CommitId>| match commit {
            Some(commit) => sandbox.tree(&commit),
            None => Tree::empty(),
        };
        let (from, to) = (tree(self.from), tree(self.to));
        let said = Warnings::default();
        let mut locked = sandbox.repository.lock().expect("no other process uses it");
        let local_changes = self.local_changes;
        let switch = Switch::plan_with(
            &locked,
            &from,
            self.start,
            &to,
            Lose::of(local_changes),
            probe,
        )?;
        switch.run(&mut locked, PreparedFiles::default(), &said)?;
        drop(locked);
        if let Some(to) = self.to {
            sandbox.set_ref("refs/heads/main", to);
        }
        Ok(said.all())
    }
}

/// All files of the work tree but those of `.muse`, with their contents.
fn files(sandbox: &Sandbox) -> Vec<String> {
    fn list(directory: &std::path::Path, prefix: &str, found: &mut Vec<String>) {
        for entry in directory.read_dir().expect("readable").flatten() {
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if name != ".muse" {
                    list(&entry.path(), &format!("{name}/"), found);
                }
            } else {
                let text = fs::read_to_string(entry.path()).expect("text");
                found.push(format!("{name}: {text}"));
            }
        }
    }
    let mut found = Vec::new();
    list(sandbox.repository.layout.root(), "", &mut found);
    found.sort();
    found
}

fn left_out(sandbox: &Sandbox) -> Vec<String> {
    let paths = sandbox.reopen().left_out.read().expect("readable");
    paths.iter().map(|path| path.as_str().to_owned()).collect()
}

#[test]
fn the_first_of_twins_is_written_and_the_others_are_named_and_stay_in_the_history() {
    let sandbox = Sandbox::new();
    let twins = [
        ("Doc/a", "1"),
        ("README", "2"),
        ("doc/README", "3"),
        ("doc/b", "4"),
        ("plain", "5"),
        ("readme", "6"),
    ];
    let one = sandbox.add_commit(&[], &twins);
    let two = sandbox.add_commit(&[one], &[("plain", "7"), ("readme", "8")]);
    let said = Step::new(None, one).run(&sandbox, &Folding);
    assert_eq!(
        said.expect("nothing in the way"),
        [
            "left out of the work tree: doc/README (the same name as Doc here), \
             doc/b (the same name as Doc here), readme (the same name as README here)"
        ]
    );
    assert_eq!(files(&sandbox), ["Doc/a: 1", "README: 2", "plain: 5"]);
    assert_eq!(left_out(&sandbox), ["doc/README", "doc/b", "readme"]);
    assert_eq!(sandbox.changes(), [""; 0]);

    let again = Step::new(one, two).run(&sandbox, &Folding);
    assert_eq!(
        again.expect("nothing in the way"),
        [""; 0],
        "they are known"
    );
    assert_eq!(files(&sandbox), ["Doc/a: 1", "README: 2", "plain: 7"]);
    assert_eq!(sandbox.changes(), [""; 0]);

    sandbox.write_file("plain", "9");
    sandbox.remove_file("README");
    assert_eq!(sandbox.changes(), ["-README", "~plain"]);
    let tree = sandbox.tree(&sandbox.commit());
    let paths: Vec<_> = tree.entries().into_iter().map(|(path, _)| path).collect();
    let paths: Vec<_> = paths.iter().map(|path| path.as_str()).collect();
    assert_eq!(paths, ["Doc/a", "doc/README", "doc/b", "plain", "readme"]);
    assert_eq!(tree.get("readme"), sandbox.tree(&two).get("readme"));
}

#[test]
fn where_nothing_folds_all_twins_are_written() {
    let sandbox = Sandbox::new();
    let twins = [
        ("README", "1"),
        ("readme", "2"),
        ("e\u{301}", "3"),
        ("\u{e9}", "4"),
    ];
    let commit = sandbox.add_commit(&[], &twins);
    let mut locked = sandbox.repository.lock().expect("no other process uses it");
    let (said, tree) = (Warnings::default(), sandbox.tree(&commit));
    let keep = LocalChanges::Keep;
    let stats = switch_tree(&mut locked, &Tree::empty(), &tree, keep, &said);
    let stats = stats.expect("nothing in the way");
    drop(locked);
    // It is so where tests usually run; elsewhere some are left out, and all are accounted for.
    assert_eq!(stats.written + stats.left_out, 4);
    assert_eq!(left_out(&sandbox).len() as u64, stats.left_out);
    assert_eq!(said.all().is_empty(), stats.left_out == 0);
    sandbox.set_ref("refs/heads/main", commit);
    assert_eq!(sandbox.changes(), [""; 0]);
}

#[test]
fn only_names_that_are_one_here_are_twins() {
    let sandbox = Sandbox::new();
    let names = [
        ("E\u{301}", "1"),
        ("\u{e9}", "2"),
        ("e\u{301}", "3"),
        ("A", "4"),
        ("a", "5"),
    ];
    let commit = sandbox.add_commit(&[], &names);
    let said = Step::new(None, commit).run(&sandbox, &Normalising);
    assert_eq!(
        said.expect("nothing in the way"),
        ["left out of the work tree: \u{e9} (the same name as e\u{301} here)"]
    );
    assert_eq!(
        files(&sandbox),
        ["A: 4", "E\u{301}: 1", "a: 5", "e\u{301}: 3"]
    );
}

/// `one` has `readme`; `two` has `README` before it, too; `three` has another `readme` alone.
fn three_commits(sandbox: &Sandbox) -> [CommitId; 3] {
    let one = sandbox.add_commit(&[], &[("readme", "1"), ("plain", "p")]);
    let two = sandbox.add_commit(&[one], &[("README", "2")]);
    let changes: [(&str, Option<&[u8]>); 2] = [("README", None), ("readme", Some(b"3"))];
    [one, two, sandbox.add_changes(&[two], &changes)]
}

#[test]
fn a_twin_comes_and_goes_with_its_twin() {
    for how in [Step::new, |from, to| Step::new(from, to).discarding()] {
        let sandbox = Sandbox::new();
        let [one, two, three] = three_commits(&sandbox);
        let go = |from: Option<CommitId>, to: CommitId| {
            how(from, Some(to))
                .run(&sandbox, &Folding)
                .expect("nothing in the way");
            assert_eq!(sandbox.changes(), [""; 0]);
            (files(&sandbox), left_out(&sandbox))
        };
        let alone = |text: &str| {
            (
                vec!["plain: p".to_owned(), format!("readme: {text}")],
                vec![],
            )
        };
        let twin = || {
            let files = vec!["README: 2".to_owned(), "plain: p".to_owned()];
            (files, vec!["readme".to_owned()])
        };
        assert_eq!(go(None, one), alone("1"));
        assert_eq!(go(Some(one), two), twin());
        assert_eq!(go(Some(two), three), alone("3"));
        assert_eq!(go(Some(three), two), twin());
        assert_eq!(go(Some(two), one), alone("1"));
    }
}

#[test]
fn a_local_change_does_not_make_room_for_a_twin() {
    let sandbox = Sandbox::new();
    let [one, two, _] = three_commits(&sandbox);
    let run = |step: Step| step.run(&sandbox, &Folding);
    run(Step::new(None, one)).expect("nothing in the way");
    sandbox.write_file("readme", "mine");
    let before = files(&sandbox);
    let refused = run(Step::new(one, two));
    assert!(
        matches!(&refused, Err(WorktreeError::WouldOverwrite(paths)) if paths.len() == 1),
        "{refused:?}"
    );
    assert_eq!((files(&sandbox), left_out(&sandbox)), (before, vec![]));
}

#[test]
fn what_somebody_creates_is_not_left_out_any_more() {
    let sandbox = Sandbox::new();
    let [_, two, three] = three_commits(&sandbox);
    let run = |step: Step| step.run(&sandbox, &Folding);
    let save = || {
        let scan = sandbox.scan();
        let mut locked = sandbox.repository.lock().expect("no other process uses it");
        scan.save(&mut locked).expect("writable");
    };
    run(Step::new(None, two)).expect("nothing in the way");
    assert_eq!(left_out(&sandbox), ["readme"]);
    sandbox.write_file("readme", "mine");
    assert_eq!(sandbox.changes(), ["~readme"]);
    // Both commits have the same twin, so it is as a changed file that no checkout touches.
    let other = sandbox.add_commit(&[two], &[("plain", "q")]);
    struct Plain;
    impl NameProbe for Plain {
        fn is_one(&self, _: &str, _: &str) -> io::Result<bool> {
            Ok(false)
        }
    }
    Step::new(two, other)
        .run(&sandbox, &Plain)
        .expect("it is left alone");
    assert_eq!(files(&sandbox), ["README: 2", "plain: q", "readme: mine"]);
    assert_eq!(left_out(&sandbox), [""; 0]);
    let refused = Step::new(other, three).run(&sandbox, &Plain);
    assert!(
        matches!(refused, Err(WorktreeError::WouldOverwrite(_))),
        "{refused:?}"
    );

    run(Step::new(other, two).discarding()).expect("nothing stops it");
    assert_eq!(left_out(&sandbox), ["readme"]);
    sandbox.write_file("readme", "1");
    assert_eq!(sandbox.changes(), [""; 0]);
    save();
    assert_eq!(left_out(&sandbox), [""; 0]);
    sandbox.remove_file("readme");
    assert_eq!(sandbox.changes(), ["-readme"]);
}

#[test]
fn what_passes_for_git_is_neither_written_nor_removed() {
    for how in [Step::new, |from, to| Step::new(from, to).discarding()] {
        let sandbox = Sandbox::new();
        let bad = [
            (".git/config", "obey"),
            ("ok", "1"),
            ("sub/GIT~1/hooks/post-checkout", "obey"),
        ];
        let one = sandbox.add_commit(&[], &bad);
        let gone: Vec<(&str, Option<&[u8]>)> = vec![
            (".git/config", None),
            ("ok", Some(b"2")),
            ("sub/GIT~1/hooks/post-checkout", None),
        ];
        let two = sandbox.add_changes(&[one], &gone);
        sandbox.write_file(".git/config", "mine");
        let go = |from: Option<CommitId>, to: CommitId| {
            let run = how(from, Some(to)).run(&sandbox, &Folding);
            run.expect("nothing in the way")
        };
        let why = "other programs could take it for `.git` and obey it";
        assert_eq!(
            go(None, one),
            [format!(
                "left out of the work tree: .git/config ({why}), sub/GIT~1/hooks/post-checkout \
                 ({why})"
            )]
        );
        assert_eq!(files(&sandbox), [".git/config: mine", "ok: 1"]);
        assert_eq!(sandbox.changes(), [""; 0]);
        go(Some(one), two);
        assert_eq!(files(&sandbox), [".git/config: mine", "ok: 2"]);
        go(Some(two), one);
        // Even where nothing is noted, as after a copy without `.muse/left-out`.
        let mut locked = sandbox.repository.lock().expect("no other process uses it");
        locked.write_left_out(BTreeSet::new()).expect("writable");
        drop(locked);
        assert_eq!(sandbox.changes(), [""; 0]);
        go(Some(one), two);
        assert_eq!(files(&sandbox), [".git/config: mine", "ok: 2"]);
    }
}

#[test]
fn what_is_too_long_below_this_directory_is_left_out() {
    let sandbox = Sandbox::new();
    let deep = format!("{}/file", vec!["d".repeat(255); 15].join("/"));
    let long = format!("{deep}{}", "x".repeat(4095 - deep.len()));
    let commit = sandbox.add_commit(&[], &[("fine", "1"), (&deep, "2"), (&long, "3")]);
    let said = Step::new(None, commit)
        .run(&sandbox, &Folding)
        .expect("nothing in the way");
    let bytes = absolute_bytes(sandbox.repository.layout.root(), &long);
    let reason =
        format!("(too long below this directory: {bytes} bytes; the system opens at most 4095)");
    assert!(said[0].ends_with(&reason), "{said:?}");
    assert_eq!(left_out(&sandbox), [long]);
    assert_eq!(sandbox.read_file(&deep), "2");
    assert_eq!(sandbox.changes(), [""; 0]);
}

#[test]
fn an_interrupted_checkout_of_twins_is_finished_or_undone() {
    // As a process leaves it that is killed before, between and after its steps.
    type Killed = fn(&Sandbox);
    let removed: Killed = |sandbox| sandbox.remove_file("readme");
    let written: Killed = |sandbox| {
        sandbox.remove_file("readme");
        sandbox.write_file("README", "2");
    };
    let noted: Killed = |sandbox| {
        sandbox.remove_file("readme");
        sandbox.write_file("README", "2");
        let path = RepoPath::new("readme").expect("allowed");
        let mut locked = sandbox.repository.lock().expect("no other process uses it");
        locked.write_left_out([path].into()).expect("writable");
    };
    for killed in [|_: &Sandbox| {}, removed, written, noted] {
        for undo in [false, true] {
            let sandbox = Sandbox::new();
            let [one, two, _] = three_commits(&sandbox);
            Step::new(None, one)
                .run(&sandbox, &Folding)
                .expect("nothing in the way");
            killed(&sandbox);
            let step = match undo {
                true => Step::new(two, one).interrupted(),
                false => Step::new(one, two),
            };
            step.run(&sandbox, &Folding).expect("it can be run again");
            let (expected, expected_left_out) = match undo {
                true => (["plain: p", "readme: 1"], vec![]),
                false => (["README: 2", "plain: p"], vec!["readme"]),
            };
            assert_eq!(files(&sandbox), expected);
            assert_eq!(left_out(&sandbox), expected_left_out);
            assert_eq!(sandbox.changes(), [""; 0]);
        }
    }
}
