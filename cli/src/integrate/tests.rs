use muse_wire::id::CommitId;

use super::*;
use crate::branches::{ExistingBranch, SwitchTarget, switch};
use crate::report::Silent;
use crate::repository::{Action, Head, RepositoryError};
use crate::testing::{Sandbox, committer};
use crate::worktree::{LocalChanges, WorktreeError};

/// A branch `dev` beside `main`, with `main` checked out. Both changed `a`; `dev` has `b`, too.
struct Diverged {
    sandbox: Sandbox,
    base: CommitId,
    main: CommitId,
    dev: CommitId,
}

impl Diverged {
    /// What both make of `a`, whose lines are 1 to 5.
    fn new(main: &str, dev: &str) -> Self {
        let sandbox = Sandbox::new();
        sandbox.write_file("a", "1\n2\n3\n4\n5\n");
        let base = sandbox.commit();
        sandbox.switch_to_new("dev");
        sandbox.write_file("a", dev);
        sandbox.write_file("b", "dev\n");
        let dev = sandbox.commit();
        sandbox.switch_to("main");
        sandbox.write_file("a", main);
        let main = sandbox.commit();
        Self {
            sandbox,
            base,
            main,
            dev,
        }
    }

    /// Both changed the first line.
    fn in_conflict() -> Self {
        Self::new("main\n2\n3\n4\n5\n", "dev\n2\n3\n4\n5\n")
    }

    /// They changed different lines.
    fn without_conflict() -> Self {
        Self::new("main\n2\n3\n4\n5\n", "1\n2\n3\n4\ndev\n")
    }

    fn merge(&self, options: MergeOptions) -> Result<Merging, IntegrateError> {
        let repository = &self.sandbox.repository;
        merge(repository, "dev", options, &committer(), &Silent)
    }

    /// Merges, which stops.
    fn stop(&self) -> Stop {
        match self.merge(MergeOptions::default()) {
            Ok(Merging::Merged(Outcome::Stopped(stop))) => stop,
            other => panic!("{other:?}"),
        }
    }

    fn go_on(&self) -> Result<Outcome, IntegrateError> {
        go_on(&self.sandbox.repository, None, None, &committer(), &Silent)
    }

    fn abort(&self, action: Action) {
        abort(&self.sandbox.repository, action, &Silent).expect("aborted");
    }

    fn head(&self) -> CommitId {
        let head = self.sandbox.repository.refs.head_commit();
        head.expect("readable").expect("committed")
    }

    fn parents(&self, commit: CommitId) -> Vec<CommitId> {
        let commit = self.sandbox.repository.objects.commit(&commit);
        commit.expect("recorded").parents
    }

    fn is_finished(&self) -> bool {
        let refs = self.sandbox.repository.refs.read().expect("readable");
        refs.unfinished().is_none() && *refs.head() == main()
    }
}

impl Sandbox {
    fn switch_to(&self, branch: &str) {
        let target = SwitchTarget::Branch(branch.to_owned());
        switch(&self.repository, &target, LocalChanges::Keep, &Silent).expect("switched");
    }

    fn switch_to_new(&self, branch: &str) {
        let target = SwitchTarget::NewBranch {
            name: branch.to_owned(),
            start: None,
            existing: ExistingBranch::Keep,
        };
        switch(&self.repository, &target, LocalChanges::Keep, &Silent).expect("switched");
    }
}

fn main() -> Head {
    Head::Branch(muse_wire::name::RefName::branch("main").expect("valid"))
}

fn done(outcome: Outcome) -> Applied {
    match outcome {
        Outcome::Done(applied) => applied,
        Outcome::Stopped(stop) => panic!("{stop:?}"),
    }
}

#[test]
fn a_merge_has_both_sides_and_both_parents() {
    let diverged = Diverged::without_conflict();
    let merging = diverged.merge(MergeOptions::default()).expect("merged");
    let Merging::Merged(outcome) = merging else {
        panic!("{merging:?}");
    };
    let applied = done(outcome);
    assert_eq!(diverged.head(), applied.new);
    assert_eq!(diverged.parents(applied.new), [diverged.main, diverged.dev]);
    let commit = diverged.sandbox.repository.objects.commit(&applied.new);
    let commit = commit.expect("recorded");
    assert_eq!(commit.message, "Merge branch 'dev'");
    assert_eq!(commit.author, committer().author);
    assert_eq!(diverged.sandbox.read_file("a"), "main\n2\n3\n4\ndev\n");
    assert_eq!(diverged.sandbox.read_file("b"), "dev\n");
    assert_eq!(diverged.sandbox.changes(), [""; 0]);
    let again = diverged.merge(MergeOptions::default());
    assert_eq!(again.expect("nothing to do"), Merging::UpToDate);
}

#[test]
fn a_squash_has_the_changes_and_one_parent() {
    let diverged = Diverged::without_conflict();
    let options = MergeOptions {
        squash: true,
        message: Some("All of dev".to_owned()),
        ..MergeOptions::default()
    };
    diverged.merge(options).expect("merged");
    assert_eq!(diverged.parents(diverged.head()), [diverged.main]);
    assert_eq!(diverged.sandbox.read_file("b"), "dev\n");
}

#[test]
fn a_branch_without_commits_of_its_own_moves_on_unless_told_otherwise() {
    let diverged = Diverged::without_conflict();
    let repository = &diverged.sandbox.repository;
    let only = MergeOptions {
        fast_forwarding: FastForwarding::Only,
        ..MergeOptions::default()
    };
    let refused = diverged.merge(only.clone());
    assert!(matches!(refused, Err(IntegrateError::NotFastForward)));
    let target = SwitchTarget::NewBranch {
        name: "behind".to_owned(),
        start: Some(diverged.base.to_string()),
        existing: ExistingBranch::Keep,
    };
    switch(repository, &target, LocalChanges::Keep, &Silent).expect("switched");
    let merging = diverged.merge(only).expect("moves on");
    assert!(matches!(merging, Merging::FastForwarded(_)));
    assert_eq!(diverged.head(), diverged.dev);
    crate::undo::undo(repository, &Silent).expect("undone");
    assert_eq!(diverged.head(), diverged.base);
    let never = MergeOptions {
        fast_forwarding: FastForwarding::Never,
        ..MergeOptions::default()
    };
    diverged.merge(never).expect("merged");
    assert_eq!(
        diverged.parents(diverged.head()),
        [diverged.base, diverged.dev]
    );
}

#[test]
fn local_changes_stay_or_stop_a_merge_before_anything_happens() {
    let diverged = Diverged::without_conflict();
    let sandbox = &diverged.sandbox;
    sandbox.write_file("b", "mine\n");
    let refused = diverged.merge(MergeOptions::default());
    assert!(matches!(
        refused,
        Err(IntegrateError::Worktree(WorktreeError::WouldOverwrite(_)))
    ));
    assert_eq!(diverged.head(), diverged.main);
    sandbox.remove_file("b");
    sandbox.write_file("c", "mine\n");
    diverged.merge(MergeOptions::default()).expect("merged");
    assert_eq!(sandbox.changes(), ["+c"]);
}

#[test]
fn new_files_that_were_there_before_are_no_part_of_what_is_settled() {
    let diverged = Diverged::in_conflict();
    let sandbox = &diverged.sandbox;
    sandbox.write_file("scratch/notes", "mine\n");
    diverged.merge(MergeOptions::default()).expect("stops");
    sandbox.write_file("a", "settled\n");
    sandbox.write_file("also", "part of it\n");
    diverged.go_on().expect("settled");
    assert!(diverged.is_finished());
    assert_eq!(sandbox.changes(), ["+scratch/notes"]);
    let tree = sandbox.head_tree();
    assert!(tree.get("also").is_some() && tree.get("scratch/notes").is_none());
}

#[test]
fn a_conflict_is_not_mixed_with_local_changes() {
    let diverged = Diverged::in_conflict();
    let sandbox = &diverged.sandbox;
    sandbox.write_file("a", "mine\n");
    let refused = diverged.merge(MergeOptions::default());
    assert!(matches!(refused, Err(IntegrateError::LocalChanges(paths)) if paths.len() == 1));
    assert!(diverged.is_finished());
    assert_eq!(sandbox.changes(), ["~a"]);
    sandbox.write_file("a", "main\n2\n3\n4\n5\n");
    sandbox.write_file("b", "the merge brings another one\n");
    let refused = diverged.merge(MergeOptions::default());
    assert!(matches!(
        refused,
        Err(IntegrateError::Worktree(WorktreeError::WouldOverwrite(_)))
    ));
    assert!(diverged.is_finished());
    assert_eq!(sandbox.changes(), ["+b"]);
}

#[test]
fn a_conflict_is_shown_settled_and_committed() {
    let diverged = Diverged::in_conflict();
    let sandbox = &diverged.sandbox;
    let stop = diverged.stop();
    assert_eq!(stop.conflicts.len(), 1);
    assert_eq!(
        sandbox.read_file("a"),
        "<<<<<<< HEAD\nmain\n||||||| merged common ancestors\n1\n=======\ndev\n>>>>>>> dev\n\
         2\n3\n4\n5\n"
    );
    assert!(matches!(diverged.go_on(), Err(IntegrateError::Unsettled(paths)) if paths.len() == 1));
    // Nothing else may be done before.
    let other = sandbox.try_commit();
    assert!(matches!(
        other,
        Err(WorktreeError::Repository(RepositoryError::Unfinished(
            Action::Merge
        )))
    ));
    assert!(diverged.merge(MergeOptions::default()).is_err());
    sandbox.write_file("a", "both\n2\n3\n4\n5\n");
    let applied = done(diverged.go_on().expect("settled"));
    assert_eq!(diverged.parents(applied.new), [diverged.main, diverged.dev]);
    assert_eq!(sandbox.changes(), [""; 0]);
    assert!(diverged.is_finished());
}

#[test]
fn one_side_can_be_taken() {
    for (side, expected) in [(Side::Ours, "main\n"), (Side::Theirs, "dev\n")] {
        let diverged = Diverged::in_conflict();
        diverged.stop();
        let repository = &diverged.sandbox.repository;
        let settle_at = |path: &str| settle(repository, &[path.to_owned()], side, &Silent);
        assert!(matches!(
            settle_at("b"),
            Err(IntegrateError::NotInConflict(_))
        ));
        assert_eq!(settle_at("a").expect("in conflict").len(), 1);
        assert!(diverged.sandbox.read_file("a").starts_with(expected));
        done(diverged.go_on().expect("settled"));
    }
}

#[test]
fn a_deleted_file_is_settled_by_any_decision() {
    let deleted = || {
        let sandbox = Sandbox::new();
        sandbox.write_file("a", "1\n");
        sandbox.write_file("other", "1\n");
        let base = sandbox.commit();
        sandbox.switch_to_new("dev");
        sandbox.write_file("a", "dev\n");
        let dev = sandbox.commit();
        sandbox.switch_to("main");
        sandbox.remove_file("a");
        let main = sandbox.commit();
        Diverged {
            sandbox,
            base,
            main,
            dev,
        }
    };
    for side in [Side::AsItIs, Side::Ours, Side::Theirs] {
        let diverged = deleted();
        diverged.stop();
        assert_eq!(diverged.sandbox.read_file("a"), "dev\n");
        assert!(matches!(
            diverged.go_on(),
            Err(IntegrateError::Unsettled(_))
        ));
        let repository = &diverged.sandbox.repository;
        settle(repository, &["a".to_owned()], side, &Silent).expect("in conflict");
        done(diverged.go_on().expect("settled"));
        let is_there = diverged.sandbox.path("a").exists();
        assert_eq!(is_there, side != Side::Ours);
    }
    let diverged = deleted();
    diverged.stop();
    diverged.sandbox.remove_file("a");
    done(diverged.go_on().expect("settled"));
}

#[test]
fn an_aborted_merge_leaves_everything_as_it_was() {
    let diverged = Diverged::in_conflict();
    let sandbox = &diverged.sandbox;
    diverged.stop();
    sandbox.write_file("a", "half settled\n");
    sandbox.write_file("new", "mine\n");
    diverged.abort(Action::Merge);
    assert_eq!(diverged.head(), diverged.main);
    assert!(diverged.is_finished());
    // What the merge has not touched is none of its business.
    assert_eq!(sandbox.changes(), ["+new"]);
    assert!(!sandbox.path("b").exists());
    let nothing = abort(&sandbox.repository, Action::Merge, &Silent);
    assert!(matches!(nothing, Err(IntegrateError::NothingUnfinished(_))));
}

#[test]
fn an_interrupted_stop_can_only_be_aborted() {
    let diverged = Diverged::in_conflict();
    let sandbox = &diverged.sandbox;
    diverged.stop();
    let mut locked = sandbox.repository.lock().expect("free");
    let refs = locked.refs.read().expect("readable");
    let mut unfinished = refs.unfinished().expect("stopped").clone();
    unfinished.is_written = false;
    locked.set_unfinished(Some(&unfinished)).expect("writable");
    drop(locked);
    // One of its files was not written yet.
    sandbox.remove_file("b");
    assert!(matches!(
        diverged.go_on(),
        Err(IntegrateError::NotWritten(Action::Merge))
    ));
    diverged.abort(Action::Merge);
    assert_eq!(sandbox.changes(), [""; 0]);
    assert!(diverged.is_finished());
}

#[test]
fn a_picked_commit_keeps_its_author_and_a_reverted_one_is_named() {
    let diverged = Diverged::without_conflict();
    let repository = &diverged.sandbox.repository;
    let picked = cherry_pick(repository, vec![diverged.dev], None, &committer(), &Silent);
    let picked = done(picked.expect("picked"));
    assert_eq!(diverged.parents(picked.new), [diverged.main]);
    let commit = |id| repository.objects.commit(&id).expect("recorded");
    assert_eq!(commit(picked.new).author, commit(diverged.dev).author);
    assert_eq!(diverged.sandbox.read_file("a"), "main\n2\n3\n4\ndev\n");
    let again = cherry_pick(repository, vec![diverged.dev], None, &committer(), &Silent);
    assert_eq!(done(again.expect("nothing to do")).skipped, [diverged.dev]);
    let reverted = revert(repository, vec![picked.new], None, &committer(), &Silent);
    let reverted = done(reverted.expect("reverted"));
    let text = format!("Revert \"Try\"\n\nThis reverts {}.", picked.new);
    assert_eq!(commit(reverted.new).message, text);
    assert_eq!(
        diverged.sandbox.head_tree().id(),
        diverged.sandbox.tree(&diverged.main).id()
    );
}

#[test]
fn a_merge_is_picked_against_one_parent() {
    let diverged = Diverged::without_conflict();
    diverged.merge(MergeOptions::default()).expect("merged");
    let merge = diverged.head();
    let repository = &diverged.sandbox.repository;
    let target = SwitchTarget::Commit(diverged.main.to_string());
    switch(repository, &target, LocalChanges::Keep, &Silent).expect("switched");
    let pick = |mainline| cherry_pick(repository, vec![merge], mainline, &committer(), &Silent);
    assert!(matches!(pick(None), Err(IntegrateError::IsMerge(_))));
    for number in [0, 3] {
        let none = pick(Some(number));
        assert!(matches!(none, Err(IntegrateError::NoSuchParent { .. })));
    }
    done(pick(Some(1)).expect("picked"));
    assert_eq!(diverged.sandbox.read_file("b"), "dev\n");
    let root = revert(repository, vec![diverged.base], None, &committer(), &Silent);
    assert!(matches!(root, Err(IntegrateError::NoParent(_))));
}

/// `main` with three commits of its own, of which the second changes the line that `dev` changes.
fn to_rebase() -> (Diverged, Vec<CommitId>) {
    let diverged = Diverged::new("1\n2\n3\n4\nmain\n", "dev\n2\n3\n4\n5\n");
    let sandbox = &diverged.sandbox;
    let mut commits = vec![diverged.main];
    sandbox.write_file("a", "main\n2\n3\n4\nmain\n");
    commits.push(sandbox.commit());
    sandbox.write_file("c", "main\n");
    commits.push(sandbox.commit());
    (diverged, commits)
}

#[test]
fn a_rebase_stops_goes_on_and_moves_its_branch_at_the_end() {
    let (diverged, commits) = to_rebase();
    let sandbox = &diverged.sandbox;
    let repository = &sandbox.repository;
    let started = rebase(repository, diverged.dev, None, &committer(), &Silent);
    let Ok(Rebasing::Rebased(Outcome::Stopped(stop))) = started else {
        panic!("{started:?}");
    };
    assert_eq!((stop.step, stop.left), (commits[1], 1));
    assert_eq!(repository.resolve("main").expect("there"), commits[2]);
    sandbox.write_file("a", "both\n2\n3\n4\nmain\n");
    let applied = done(diverged.go_on().expect("settled"));
    assert_eq!(applied.made.len(), 2);
    assert!(diverged.is_finished());
    assert_eq!(repository.resolve("main~3").expect("there"), diverged.dev);
    assert_eq!(sandbox.read_file("c"), "main\n");
    assert_eq!(sandbox.changes(), [""; 0]);
    let again = rebase(repository, diverged.dev, None, &committer(), &Silent);
    assert_eq!(again.expect("nothing to do"), Rebasing::UpToDate);
}

#[test]
fn a_rebase_is_aborted_or_leaves_a_commit_out() {
    let (diverged, commits) = to_rebase();
    let sandbox = &diverged.sandbox;
    let repository = &sandbox.repository;
    let start = || rebase(repository, diverged.dev, None, &committer(), &Silent);
    sandbox.write_file("c", "mine\n");
    assert!(matches!(start(), Err(IntegrateError::NotClean(_))));
    sandbox.write_file("c", "main\n");
    start().expect("stops");
    diverged.abort(Action::Rebase);
    assert_eq!(diverged.head(), commits[2]);
    assert!(diverged.is_finished());
    assert_eq!(sandbox.changes(), [""; 0]);
    start().expect("stops");
    let other = abort(repository, Action::Merge, &Silent);
    assert!(matches!(
        other,
        Err(IntegrateError::OtherUnfinished(Action::Rebase))
    ));
    let skipped = skip(repository, Action::Rebase, &committer(), &Silent);
    done(skipped.expect("left out"));
    assert!(diverged.is_finished());
    assert_eq!(sandbox.read_file("a"), "dev\n2\n3\n4\nmain\n");
    assert_eq!(sandbox.changes(), [""; 0]);
}

#[test]
fn a_commit_of_which_nothing_is_left_is_passed_over() {
    let (diverged, _) = to_rebase();
    let sandbox = &diverged.sandbox;
    let started = rebase(
        &sandbox.repository,
        diverged.dev,
        None,
        &committer(),
        &Silent,
    );
    started.expect("stops");
    // Their line, and nothing of the commit's own.
    sandbox.write_file("a", "dev\n2\n3\n4\nmain\n");
    let applied = done(diverged.go_on().expect("settled"));
    assert_eq!((applied.made.len(), applied.skipped.len()), (1, 1));
    assert!(diverged.is_finished());
}

#[test]
fn histories_without_a_common_commit_are_merged_only_when_told() {
    let sandbox = Sandbox::new();
    sandbox.write_file("a", "main\n");
    sandbox.commit();
    let other = sandbox.add_commit(&[], &[("b", "other")]);
    sandbox.set_ref("refs/heads/other", other);
    let merge_other = |allow_unrelated| {
        let options = MergeOptions {
            allow_unrelated,
            ..MergeOptions::default()
        };
        merge(&sandbox.repository, "other", options, &committer(), &Silent)
    };
    assert!(matches!(merge_other(false), Err(IntegrateError::Unrelated)));
    merge_other(true).expect("merged");
    assert_eq!(sandbox.read_file("b"), "other");
}

#[test]
fn all_steps_of_an_operation_are_undone_together() {
    let (diverged, commits) = to_rebase();
    let sandbox = &diverged.sandbox;
    let repository = &sandbox.repository;
    rebase(repository, diverged.dev, None, &committer(), &Silent).expect("stops");
    sandbox.write_file("a", "both\n2\n3\n4\nmain\n");
    done(diverged.go_on().expect("settled"));
    crate::undo::undo(repository, &Silent).expect("undone");
    assert_eq!(diverged.head(), commits[2]);
    assert!(diverged.is_finished());
    assert_eq!(sandbox.changes(), [""; 0]);
    crate::undo::undo(repository, &Silent).expect("the commit before it");
    assert_eq!(diverged.head(), commits[1]);
}

#[test]
fn a_settled_merge_is_undone_with_its_files() {
    let diverged = Diverged::in_conflict();
    diverged.stop();
    diverged.sandbox.write_file("a", "both\n2\n3\n4\n5\n");
    done(diverged.go_on().expect("settled"));
    crate::undo::undo(&diverged.sandbox.repository, &Silent).expect("undone");
    assert_eq!(diverged.head(), diverged.main);
    assert_eq!(diverged.sandbox.changes(), [""; 0]);
}

#[test]
fn an_aborted_rebase_is_nothing_to_undo() {
    let (diverged, commits) = to_rebase();
    let repository = &diverged.sandbox.repository;
    rebase(repository, diverged.dev, None, &committer(), &Silent).expect("stops");
    diverged.abort(Action::Rebase);
    crate::undo::undo(repository, &Silent).expect("undone");
    assert_eq!(diverged.head(), commits[1], "the commit before the rebase");
}

#[test]
fn a_discarding_reset_takes_what_the_merge_brought() {
    let diverged = Diverged::in_conflict();
    diverged.stop();
    let discard = crate::undo::FilesOnReset::Discard;
    let repository = &diverged.sandbox.repository;
    let reset = crate::undo::reset(repository, diverged.main, discard, &Silent);
    assert_eq!(reset.expect("moves").ended, Some(Action::Merge));
    assert!(diverged.is_finished());
    assert_eq!(diverged.sandbox.changes(), [""; 0]);
}

#[test]
fn a_settled_conflict_can_be_settled_otherwise() {
    let diverged = Diverged::in_conflict();
    diverged.stop();
    let repository = &diverged.sandbox.repository;
    for (side, expected) in [
        (Side::Theirs, "dev"),
        (Side::Ours, "main"),
        (Side::Theirs, "dev"),
    ] {
        settle(repository, &["a".to_owned()], side, &Silent).expect("in conflict");
        assert!(diverged.sandbox.read_file("a").starts_with(expected));
    }
    done(diverged.go_on().expect("settled"));
}

#[test]
fn the_branch_of_an_unfinished_operation_keeps_its_name() {
    let (diverged, _) = to_rebase();
    let repository = &diverged.sandbox.repository;
    rebase(repository, diverged.dev, None, &committer(), &Silent).expect("stops");
    let renamed = crate::branches::rename_branch(repository, Some("main"), "trunk");
    assert!(renamed.is_err());
    let deleted = crate::branches::delete_branches(repository, &["main".to_owned()], true);
    assert!(deleted.is_err());
    crate::branches::rename_branch(repository, Some("dev"), "other").expect("not its branch");
}

/// `main` and `dev` with the files that each makes of `base`; the merge has stopped.
fn stopped(base: &dyn Fn(&Sandbox), main: &dyn Fn(&Sandbox), dev: &dyn Fn(&Sandbox)) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write_file("other", "1\n");
    base(&sandbox);
    sandbox.commit();
    sandbox.switch_to_new("dev");
    dev(&sandbox);
    sandbox.commit();
    sandbox.switch_to("main");
    main(&sandbox);
    sandbox.commit();
    let options = MergeOptions::default();
    let merging = merge(&sandbox.repository, "dev", options, &committer(), &Silent);
    assert!(matches!(merging, Ok(Merging::Merged(Outcome::Stopped(_)))));
    sandbox
}

/// Takes one side after the other at `path` and brings the conflict back between, then expects that
/// the work tree is as each side has it, and an abort clean.
fn take_sides(sandbox: &Sandbox, path: &str, ours: &[&str], theirs: &[&str]) {
    let at_first = sandbox.changes();
    let repository = &sandbox.repository;
    let steps = [
        (Side::Ours, ours),
        (Side::Theirs, theirs),
        (
            Side::Unsettled,
            &at_first.iter().map(String::as_str).collect::<Vec<_>>(),
        ),
        (Side::Theirs, theirs),
        (Side::Ours, ours),
    ];
    for (side, expected) in steps {
        settle(repository, &[path.to_owned()], side, &Silent).expect("in conflict");
        assert_eq!(sandbox.changes(), expected, "{side:?}");
        let refs = repository.refs.read().expect("readable");
        let open = unsettled(repository, refs.unfinished().expect("stopped"));
        assert_eq!(open.expect("readable").is_empty(), side != Side::Unsettled);
    }
    settle(repository, &[path.to_owned()], Side::Theirs, &Silent).expect("in conflict");
    abort(repository, Action::Merge, &Silent).expect("aborted");
    assert_eq!(sandbox.changes(), [""; 0]);
}

#[test]
fn a_link_and_a_file_are_settled_together() {
    let sandbox = stopped(
        &|sandbox| sandbox.write_file("t", "base\n"),
        &|sandbox| sandbox.write_file("t", "main\n"),
        &|sandbox| {
            sandbox.remove_file("t");
            sandbox.link("t", "other");
        },
    );
    assert_eq!(sandbox.changes(), ["~t", "+t~HEAD"]);
    for path in ["t", "t~HEAD"] {
        settle(&sandbox.repository, &[path.to_owned()], Side::Ours, &Silent).expect("settled");
        assert_eq!(sandbox.read_file("t"), "main\n");
        let again = settle(
            &sandbox.repository,
            &[path.to_owned()],
            Side::Unsettled,
            &Silent,
        );
        assert_eq!(again.expect("brought back").len(), 2);
    }
    take_sides(&sandbox, "t", &[], &["~t"]);
}

#[test]
fn a_file_and_a_directory_are_settled_together() {
    let sandbox = stopped(
        &|_| {},
        &|sandbox| sandbox.write_file("d", "main\n"),
        &|sandbox| sandbox.write_file("d/x", "dev\n"),
    );
    assert_eq!(sandbox.changes(), ["-d", "+d/x", "+d~HEAD"]);
    take_sides(&sandbox, "d", &[], &["-d", "+d/x"]);
}

#[test]
fn a_file_in_a_renamed_directory_goes_where_a_side_has_it() {
    let sandbox = stopped(
        &|sandbox| sandbox.write_file("old/a", "1\n2\n3\n4\n5\n"),
        &|sandbox| {
            sandbox.write_file("new/a", "1\n2\n3\n4\n5\n");
            sandbox.remove_file("old/a");
        },
        &|sandbox| sandbox.write_file("old/b", "dev\n"),
    );
    assert_eq!(sandbox.changes(), ["+new/b"]);
    take_sides(&sandbox, "new/b", &[], &["+old/b"]);
}

#[test]
fn a_conflict_comes_back_with_its_markers_whatever_was_made_of_it() {
    let diverged = Diverged::in_conflict();
    diverged.stop();
    let sandbox = &diverged.sandbox;
    let marked = sandbox.read_file("a");
    for spoiled in ["spoiled\n", "dev\n2\n3\n4\n5\n"] {
        sandbox.write_file("a", spoiled);
        let back = settle(
            &sandbox.repository,
            &["a".to_owned()],
            Side::Unsettled,
            &Silent,
        );
        assert_eq!(back.expect("in conflict").len(), 1);
        assert_eq!(sandbox.read_file("a"), marked);
        assert!(matches!(
            diverged.go_on(),
            Err(IntegrateError::Unsettled(_))
        ));
    }
}
