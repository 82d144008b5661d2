//! Every command, where it cannot work: one clear line, the documented code, nothing damaged.

use muse_e2e::harness::{Sandbox, listing};

/// Commands that take a revision, with one that does not exist.
const UNKNOWN_REVISION: &[&str] = &[
    "log nowhere",
    "show nowhere",
    "diff nowhere HEAD",
    "blame nowhere a",
    "grep text nowhere",
    "describe nowhere",
    "shortlog nowhere",
    "branch new nowhere",
    "branch --merged nowhere",
    "branch --contains nowhere",
    "tag new nowhere",
    "switch nowhere",
    "switch --detach nowhere",
    "switch -c new nowhere",
    "merge nowhere",
    "rebase nowhere",
    "rebase HEAD --onto nowhere",
    "cherry-pick nowhere",
    "cherry-pick nowhere..HEAD",
    "revert nowhere",
    "restore --source nowhere a",
    "reset nowhere",
    "reset --hard nowhere",
    "reset main@{99}",
    "bisect start nowhere",
    "bisect start HEAD nowhere",
    "reflog nowhere",
];

/// Commands that work in a repository and take no revision.
const OTHERS: &[&str] = &[
    "status",
    "commit -m Text",
    "commit --amend --no-edit",
    "log",
    "show",
    "diff",
    "blame a",
    "grep text",
    "describe",
    "shortlog",
    "branch",
    "tag",
    "stash",
    "stash list",
    "stash pop",
    "stash drop",
    "merge --continue",
    "merge --abort",
    "rebase --continue",
    "rebase --abort",
    "rebase --skip",
    "cherry-pick --continue",
    "cherry-pick --abort",
    "revert --continue",
    "revert --abort",
    "resolve a",
    "restore a",
    "restore --ours a",
    "reset",
    "undo",
    "reflog",
    "bisect good",
    "bisect run true",
    "bisect reset",
    "clean -n",
    "check-ignore a",
    "fsck",
    "verify",
    "gc",
    "remote",
    "fetch",
    "pull",
    "push",
];

/// Those of them that work without refs, or find no remote before they read them.
const WITHOUT_REFS: &[&str] = &[
    "remote",
    "clean -n",
    "check-ignore a",
    "stash list",
    "stash drop",
    "reflog",
    "bisect run true",
    "bisect reset",
    "fetch",
    "pull",
    "push",
];

/// Commands that find nothing to go on with, to undo or to bring back in a new repository.
const NOTHING_THERE: &[(&str, i32)] = &[
    ("commit -m Text", 1),
    ("stash", 1),
    ("stash pop", 4),
    ("stash drop", 4),
    ("stash pop --continue", 4),
    ("merge --continue", 4),
    ("merge --abort", 4),
    ("rebase --abort", 4),
    ("rebase --skip", 4),
    ("cherry-pick --abort", 4),
    ("revert --continue", 4),
    ("resolve a", 4),
    ("restore --theirs a", 4),
    ("restore missing", 4),
    ("blame missing", 4),
    ("bisect good", 1),
    ("bisect run true", 1),
    ("bisect reset", 1),
    ("switch -", 1),
    ("tag -d missing", 4),
    ("branch -d missing", 4),
    ("revert HEAD", 1),
];

/// One commit, of the file `a`.
fn repository() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.muse(".").args(["init", "work"]).ok();
    sandbox.write("work/a", "text\n");
    sandbox.muse("work").args(["commit", "-m", "First"]).ok();
    sandbox
}

/// Runs a command that must fail with this code, and says one line of what is wrong.
fn fails(sandbox: &Sandbox, place: &str, command: &str, code: i32) {
    let outcome = sandbox.muse(place).args(command.split(' ')).run();
    assert_eq!(outcome.code, Some(code), "{command}: {outcome}");
    let errors = outcome.stderr.lines();
    let errors = errors.filter(|line| line.starts_with("error: ")).count();
    assert_eq!(errors, 1, "{command}: {outcome}");
}

#[test]
fn outside_of_a_repository_every_command_says_so() {
    let sandbox = Sandbox::new();
    for command in OTHERS.iter().chain(UNKNOWN_REVISION) {
        fails(&sandbox, ".", command, 4);
    }
}

#[test]
fn an_unknown_revision_changes_nothing() {
    let sandbox = repository();
    let before = listing(&sandbox.path("work"));
    let refs = std::fs::read(sandbox.path("work/.muse/refs")).expect("it is there");
    for command in UNKNOWN_REVISION {
        fails(&sandbox, "work", command, 4);
        assert_eq!(listing(&sandbox.path("work")), before, "{command}");
        let after = std::fs::read(sandbox.path("work/.muse/refs")).expect("it is there");
        assert_eq!(after, refs, "{command}");
    }
}

#[test]
fn damaged_refs_are_named_by_every_command() {
    let sandbox = repository();
    sandbox.write("work/.muse/refs", "no refs\n");
    for command in OTHERS.iter().filter(|name| !WITHOUT_REFS.contains(*name)) {
        fails(&sandbox, "work", command, 9);
    }
    let after = std::fs::read(sandbox.path("work/.muse/refs")).expect("it is there");
    assert_eq!(after, b"no refs\n");
}

#[test]
fn where_there_is_nothing_to_do_it_is_said() {
    let sandbox = repository();
    for (command, code) in NOTHING_THERE {
        fails(&sandbox, "work", command, *code);
    }
}

#[test]
fn while_a_merge_is_unfinished_nothing_else_moves_a_branch() {
    let sandbox = repository();
    let muse = |command: &str| sandbox.muse("work").args(command.split(' '));
    muse("switch -c topic").ok();
    sandbox.write("work/a", "topic\n");
    muse("commit -m Topic").ok();
    muse("switch main").ok();
    sandbox.write("work/a", "main\n");
    muse("commit -m Main").ok();
    muse("merge topic").fails(12);
    for command in [
        "merge topic",
        "rebase topic",
        "cherry-pick topic",
        "revert HEAD",
        "switch topic",
        "stash",
        "stash pop",
        "undo",
        "bisect start",
        "restore a",
        "commit --amend --no-edit",
        "rebase --continue",
    ] {
        fails(&sandbox, "work", command, 1);
    }
    for command in ["commit -m Text", "merge --continue"] {
        fails(&sandbox, "work", command, 12);
    }
    muse("merge --abort").ok();
    assert_eq!(muse("status --short").ok().stdout, "");
}
