use super::*;
use crate::integrate::{Side, abort, settle};
use crate::report::Silent;
use crate::repository::Action;
use crate::testing::{Sandbox, committer};

/// `a` and `b` are committed; `a` is changed, `b` gone and `c` new.
fn changed() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write_file("a", "1\n2\n3\n");
    sandbox.write_file("b", "b\n");
    sandbox.commit();
    sandbox.write_file("a", "mine\n2\n3\n");
    sandbox.remove_file("b");
    sandbox.write_file("c", "new\n");
    sandbox
}

fn put_aside(sandbox: &Sandbox) -> CommitId {
    let pushed = push(&sandbox.repository, None, &committer(), &Silent);
    pushed.expect("there are changes").id
}

fn bring_back(sandbox: &Sandbox, number: usize) -> Result<Popped, StashError> {
    pop(&sandbox.repository, number, false, &committer(), &Silent)
}

fn count(sandbox: &Sandbox) -> usize {
    sandbox.repository.stash.read().expect("readable").len()
}

#[test]
fn all_changes_go_and_come_back() {
    let sandbox = changed();
    put_aside(&sandbox);
    assert_eq!(sandbox.changes(), [""; 0]);
    assert!(!sandbox.path("c").exists());
    let nothing = push(&sandbox.repository, None, &committer(), &Silent);
    assert!(matches!(nothing, Err(StashError::NothingToStash)));
    assert!(matches!(bring_back(&sandbox, 0), Ok(Popped::Done { .. })));
    assert_eq!(sandbox.changes(), ["~a", "-b", "+c"]);
    assert_eq!(count(&sandbox), 0);
    assert!(matches!(bring_back(&sandbox, 0), Err(StashError::NoStash)));
}

#[test]
fn changes_come_back_onto_another_commit() {
    let sandbox = changed();
    put_aside(&sandbox);
    sandbox.write_file("a", "1\n2\nother\n");
    sandbox.commit();
    bring_back(&sandbox, 0).expect("no conflict");
    assert_eq!(sandbox.read_file("a"), "mine\n2\nother\n");
    assert_eq!(sandbox.changes(), ["~a", "-b", "+c"]);
}

#[test]
fn a_stash_in_conflict_is_kept_until_it_is_settled() {
    let sandbox = changed();
    put_aside(&sandbox);
    sandbox.write_file("a", "other\n2\n3\n");
    sandbox.commit();
    let stopped = bring_back(&sandbox, 0);
    assert!(matches!(stopped, Ok(Popped::Stopped(stop)) if stop.conflicts.len() == 1));
    assert_eq!(count(&sandbox), 1);
    assert!(finish_pop(&sandbox.repository).is_err());
    abort(&sandbox.repository, Action::Stash, &Silent).expect("aborted");
    assert_eq!(sandbox.changes(), [""; 0]);
    bring_back(&sandbox, 0).expect("stops again");
    let paths = ["a".to_owned()];
    settle(&sandbox.repository, &paths, Side::Theirs, &Silent).expect("in conflict");
    finish_pop(&sandbox.repository).expect("settled");
    assert_eq!(count(&sandbox), 0);
    assert_eq!(sandbox.read_file("a"), "mine\n2\n3\n");
    assert_eq!(sandbox.changes(), ["~a", "-b", "+c"]);
}

#[test]
fn the_newest_is_the_first_and_any_can_be_dropped() {
    let sandbox = changed();
    let first = put_aside(&sandbox);
    sandbox.write_file("a", "second\n");
    let second = put_aside(&sandbox);
    let listed = sandbox.repository.stash.read().expect("readable");
    assert_eq!(listed, [second, first]);
    let dropped = drop_stash(&sandbox.repository, 1).expect("there");
    assert_eq!(dropped, first);
    bring_back(&sandbox, 0).expect("no conflict");
    assert_eq!(sandbox.read_file("a"), "second\n");
}
