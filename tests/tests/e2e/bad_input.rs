//! Every command, where it cannot work: one clear line, the documented code, nothing damaged.

mod aftermath;
mod base;
mod closed_pipe;
pub(super) mod commands;
mod damage;
mod full_disk;
mod interruption;
mod lock;
mod read_only;
mod revisions;
mod starts;
mod state;
mod surroundings;
mod trial;
mod verdict;
mod work_tree;
mod world;

use muse_e2e::harness::Sandbox;

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
