//! A client that dies at a named point: what it leaves behind is the old state or the new one, and
//! says so.

use muse_e2e::harness::{Outcome, Sandbox};

/// A repository with one commit on `main`.
fn repository() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.muse(".").args(["init", "work"]).ok();
    sandbox.write("work/a", "1\n");
    ok(&sandbox, "commit -m First");
    sandbox
}

fn ok(sandbox: &Sandbox, command_line: &str) -> Outcome {
    sandbox.muse("work").args(command_line.split(' ')).ok()
}

/// Runs a command that dies at `point`.
fn die_at(sandbox: &Sandbox, point: &str, command_line: &str) {
    let command = sandbox.muse("work").args(command_line.split(' '));
    let outcome = command.env(muse::fault::FAULT_VARIABLE, point).run();
    assert_eq!(
        outcome.code, None,
        "{command_line} passes {point}: {outcome}"
    );
}

#[test]
fn a_rename_of_the_current_branch_never_leaves_head_without_its_commit() {
    let sandbox = repository();
    let before = ok(&sandbox, "log --oneline").stdout;
    die_at(&sandbox, "after_refs", "branch -m trunk");
    assert_eq!(
        ok(&sandbox, "log --oneline")
            .stdout
            .replace("trunk", "main"),
        before
    );
    assert_eq!(ok(&sandbox, "branch").stdout, "* trunk\n");
}

#[test]
fn a_new_branch_and_head_move_together() {
    let sandbox = repository();
    die_at(&sandbox, "after_refs", "switch -c topic");
    assert_eq!(ok(&sandbox, "branch").stdout, "  main\n* topic\n");
}
