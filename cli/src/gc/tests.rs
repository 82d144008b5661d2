//! What a collection keeps, and what it drops when.

use std::time::Duration;

use muse_wire::name::RefName;

use super::*;
use crate::fsck::check;
use crate::report::Silent;
use crate::repository::{Expected, RefEdit};
use crate::testing::Sandbox;

fn run(sandbox: &Sandbox, keep_since: SystemTime, dry_run: bool) -> Collected {
    let repository = sandbox.reopen();
    let mut locked = repository.lock().expect("free");
    let options = GcOptions {
        keep_since,
        dry_run,
    };
    collect_garbage(&mut locked, options, &Silent).expect("sound")
}

/// Drops all that is not reached.
fn prune(sandbox: &Sandbox) -> Collected {
    run(sandbox, later(), false)
}

/// After everything that was done.
fn later() -> SystemTime {
    SystemTime::now() + Duration::from_secs(3600)
}

/// Before everything that was done.
fn earlier() -> SystemTime {
    SystemTime::now() - Duration::from_secs(3600)
}

fn delete(sandbox: &Sandbox, branch: &str) {
    let edit = RefEdit {
        name: RefName::branch(branch).expect("valid"),
        expected: Expected::Any,
        new: None,
    };
    let mut locked = sandbox.repository.lock().expect("free");
    locked.update_refs(&[edit], "test").expect("moves");
}

/// `main` with some commits, and a branch `other` with a large file that is deleted.
fn history() -> (Sandbox, CommitId, CommitId) {
    let sandbox = Sandbox::new();
    for round in 0..5 {
        sandbox.write_file("src/a", format!("round {round}\n").repeat(100));
        sandbox.write_file(&format!("b/{round}"), "new");
        sandbox.commit();
    }
    let main = sandbox.repository.refs.head_commit().expect("readable");
    let main = main.expect("a commit");
    let large: Vec<u8> = (0..5_u32 << 18).flat_map(u32::to_le_bytes).collect();
    sandbox.write_file("large", &large);
    let other = sandbox.commit();
    sandbox.set_ref("refs/heads/other", other);
    sandbox.set_ref("refs/heads/main", main);
    sandbox.remove_file("large");
    (sandbox, main, other)
}

fn assert_sound(sandbox: &Sandbox) {
    let findings = check(&sandbox.reopen(), &Silent).expect("readable");
    assert!(findings.is_sound(), "{findings:?}");
}

#[test]
fn what_is_reached_is_packed_and_nothing_else_changes() {
    let (sandbox, main, other) = history();
    let collected = prune(&sandbox);
    assert_eq!(collected.dropped, Dropped::default());
    assert_eq!((collected.before.mpacks, collected.after.mpacks), (6, 1));
    assert!(collected.after.bytes < collected.before.bytes);
    assert_sound(&sandbox);
    let repository = sandbox.reopen();
    for commit in [main, other] {
        let tree = repository.objects.commit_tree(Some(&commit)).expect("here");
        assert_eq!(tree.entries(), sandbox.tree(&commit).entries());
    }
    let again = prune(&sandbox);
    assert_eq!(again.before, again.after, "there is nothing to do");
}

#[test]
fn what_nothing_reaches_goes_after_a_while() {
    let (sandbox, _, other) = history();
    delete(&sandbox, "other");
    let kept = run(&sandbox, earlier(), false);
    assert_eq!(kept.dropped, Dropped::default(), "the reflog names it");
    assert!(
        sandbox
            .reopen()
            .objects
            .has_commit(&other)
            .expect("readable")
    );
    let planned = run(&sandbox, later(), true);
    assert_eq!(planned.dropped.commits, 1);
    assert_eq!(planned.before, planned.after);
    let pruned = prune(&sandbox);
    assert_eq!(pruned.dropped, planned.dropped);
    assert_eq!(pruned.dropped.object_bytes, 5 << 20);
    assert!(pruned.after.bytes < pruned.before.bytes);
    assert!(
        !sandbox
            .reopen()
            .objects
            .has_commit(&other)
            .expect("readable")
    );
    assert_sound(&sandbox);
}

#[test]
fn what_is_young_stays_though_nothing_names_it() {
    let (sandbox, main, _) = history();
    // As a process leaves it that has not moved its ref yet.
    let unnamed = sandbox.add_commit(&[main], &[("unnamed", "new")]);
    let collected = run(&sandbox, earlier(), false);
    assert_eq!(collected.dropped, Dropped::default());
    assert_eq!(collected.after.mpacks, 2, "it stays as it is");
    let repository = sandbox.reopen();
    let tree = repository
        .objects
        .commit_tree(Some(&unnamed))
        .expect("whole");
    let object = tree.get("unnamed").expect("there").object;
    assert_eq!(
        repository.objects.read_object(&object).expect("here"),
        b"new"
    );
    assert_eq!(prune(&sandbox).dropped.commits, 1);
    assert_sound(&sandbox);
}

#[test]
fn the_young_rest_of_a_mixed_mpack_keeps_its_age() {
    let (sandbox, _, other) = history();
    prune(&sandbox);
    delete(&sandbox, "other");
    std::fs::remove_file(sandbox.repository.layout.muse_dir().join("reflog")).expect("there");
    let stored = sandbox.reopen().objects.stored_mpacks().expect("readable");
    let written = std::fs::metadata(&stored[0].path).and_then(|file| file.modified());
    let collected = run(&sandbox, earlier(), false);
    assert_eq!(collected.after.mpacks, 2);
    let repository = sandbox.reopen();
    assert!(repository.objects.has_commit(&other).expect("readable"));
    let stored = repository.objects.stored_mpacks().expect("readable");
    let holds = |mpack: &&StoredMpack| mpack.mpack.tables().find_commit(&other).is_some();
    let rest = stored.iter().find(holds).expect("it is in one");
    assert_eq!(rest.mpack.tables().commit_count(), 1);
    let kept = std::fs::metadata(&rest.path).and_then(|file| file.modified());
    assert_eq!(kept.expect("there"), written.expect("there"));
    assert_sound(&sandbox);
    let tree = repository.objects.commit_tree(Some(&other)).expect("whole");
    let object = tree.get("large").expect("there").object;
    assert_eq!(
        repository.objects.read_object(&object).expect("here").len(),
        5 << 20
    );
}

#[test]
fn a_repository_with_a_gap_is_left_alone() {
    let (sandbox, ..) = history();
    let stored = sandbox.reopen().objects.stored_mpacks().expect("readable");
    std::fs::remove_file(&stored[2].path).expect("there");
    let repository = sandbox.reopen();
    let mut locked = repository.lock().expect("free");
    let options = GcOptions {
        keep_since: later(),
        dry_run: false,
    };
    assert!(collect_garbage(&mut locked, options, &Silent).is_err());
    assert_eq!(
        repository.objects.stored_mpacks().expect("readable").len(),
        5
    );
}

#[test]
fn what_is_young_stays_with_all_that_it_builds_on() {
    let (sandbox, main, _) = history();
    let old = sandbox.add_commit(&[main], &[("old", "needed")]);
    let other = sandbox.add_commit(&[main], &[("other", "needed by nobody")]);
    let young = sandbox.add_commit(&[old], &[("young", "new")]);
    let stored = sandbox.reopen().objects.stored_mpacks().expect("readable");
    let of = |commit: &CommitId| {
        let mut stored = stored.iter();
        let found = stored.find(|mpack| mpack.mpack.tables().find_commit(commit).is_some());
        fs::File::open(&found.expect("written").path).expect("there")
    };
    let file = of(&young);
    file.set_modified(later() + Duration::from_secs(1))
        .expect("sets");
    run(&sandbox, later(), false);
    let objects = sandbox.reopen().objects;
    let is_here = |commit: &CommitId| objects.has_commit(commit).expect("readable");
    assert!(is_here(&young) && is_here(&old) && !is_here(&other));
    sandbox.set_ref("refs/heads/young", young);
    assert_sound(&sandbox);
}
