//! A client that dies at a named point: what it leaves behind is the old state or the new one, and
//! says so.

use muse_e2e::harness::{Backend, Outcome, Sandbox, Scenario, listing};

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

#[test]
fn what_died_before_it_moved_anything_is_no_operation() {
    let sandbox = repository();
    die_at(&sandbox, "reflog_written", "branch topic");
    assert_eq!(ok(&sandbox, "branch").stdout, "* main\n");
    assert!(!ok(&sandbox, "reflog").stdout.contains("topic"));
    ok(&sandbox, "branch other");
    let undone = ok(&sandbox, "undo").stderr;
    assert!(undone.contains("created other"), "{undone}");
    assert!(!ok(&sandbox, "reflog").stdout.contains("topic"));
}

/// The points between the first file that a checkout touches and the move of `HEAD`.
const IN_A_CHECKOUT: [&str; 4] = [
    "checkout_marked",
    "checkout_removed",
    "checkout_writing",
    "checkout_written",
];

/// `main` is current. `topic` has other contents in some files, lacks one and has one more. One
/// file is changed, another is not tracked.
fn two_branches() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.muse(".").args(["init", "work"]).ok();
    for name in ["a", "b", "deep/c", "gone", "own"] {
        sandbox.write(format!("work/{name}"), format!("{name} on main\n"));
    }
    ok(&sandbox, "commit -m First");
    ok(&sandbox, "switch -c topic");
    std::fs::remove_file(sandbox.path("work/gone")).expect("it is there");
    for name in ["a", "b", "deep/c", "new"] {
        sandbox.write(format!("work/{name}"), format!("{name} on topic\n"));
    }
    ok(&sandbox, "commit -m Second");
    ok(&sandbox, "switch main");
    sandbox.write("work/own", "a change of the user's\n");
    sandbox.write("work/untracked", "a file of the user's\n");
    sandbox
}

#[test]
fn an_interrupted_checkout_is_named_and_never_committed() {
    let sandbox = two_branches();
    let on_main = listing(&sandbox.path("work"));
    ok(&sandbox, "switch topic");
    let on_topic = listing(&sandbox.path("work"));
    ok(&sandbox, "switch main");
    for point in IN_A_CHECKOUT {
        for (way_out, branch, files) in [
            ("switch --abort", "main", &on_main),
            ("switch --continue", "topic", &on_topic),
            ("switch main", "main", &on_main),
            ("switch topic", "topic", &on_topic),
        ] {
            die_at(&sandbox, point, "switch topic");
            let status = ok(&sandbox, "status").stdout;
            assert!(status.contains("A checkout of topic"), "{point}: {status}");
            for command in ["muse switch --continue", "muse switch --abort"] {
                assert!(status.contains(command), "{point}: {status}");
            }
            let commit = sandbox.muse("work").args(["commit", "-m", "Half"]);
            commit
                .fails(1)
                .says("interrupted")
                .says("muse switch --abort");
            ok(&sandbox, way_out);
            assert_eq!(&listing(&sandbox.path("work")), files, "{point}: {way_out}");
            let status = ok(&sandbox, "status").stdout;
            assert!(
                status.starts_with(&format!("On branch {branch}\n")),
                "{status}"
            );
            assert!(!status.contains("interrupted"), "{status}");
            ok(&sandbox, "switch main");
        }
    }
    sandbox
        .muse("work")
        .args(["switch", "--abort"])
        .fails(1)
        .says("no checkout");
}

#[test]
fn neither_way_out_of_a_checkout_loses_what_was_changed_since() {
    let sandbox = two_branches();
    die_at(&sandbox, "checkout_removed", "switch topic");
    sandbox.write("work/a", "changed after the crash\n");
    for way_out in ["--continue", "--abort"] {
        let refused = sandbox.muse("work").args(["switch", way_out]).fails(1);
        refused.says("would be overwritten").says("in the way: a");
    }
    ok(&sandbox, "switch --abort --force");
    assert!(
        ok(&sandbox, "status")
            .stdout
            .starts_with("On branch main\n")
    );
    assert!(sandbox.path("work/gone").exists());
}

#[test]
fn an_interrupted_pull_is_finished_without_a_server() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("repo");
    scenario.init("theirs", &url);
    scenario.commit("theirs", &[("a", "1"), ("b", "1")], "First");
    scenario.ok("theirs", "push origin main");
    scenario.muse(".").args(["clone", &url, "work"]).ok();
    for (round, way_out) in (0..).zip(["switch --continue", "pull"]) {
        let text = format!("round {round}");
        scenario.commit("theirs", &[("a", &text), ("b", &text)], "More");
        scenario.ok("theirs", "push origin main");
        let before = scenario.revision("work", "main");
        die_at(scenario.sandbox(), "checkout_writing", "pull");
        assert_eq!(scenario.revision("work", "main"), before);
        scenario.ok("work", way_out);
        assert_eq!(
            scenario.revision("work", "main"),
            scenario.revision("theirs", "main")
        );
        assert_eq!(scenario.ok("work", "status --short").stdout, "");
    }
}

#[test]
fn an_interrupted_import_moves_no_ref_and_leaves_a_mark() {
    let sandbox = Sandbox::new();
    sandbox
        .git(".")
        .args(["init", "-q", "-b", "main", "git"])
        .ok();
    for name in ["a", "b"] {
        sandbox.write(format!("git/{name}"), name);
    }
    sandbox.git("git").args(["add", "."]).ok();
    sandbox.git("git").args(["commit", "-qm", "First"]).ok();
    sandbox.muse(".").args(["init", "work"]).ok();
    die_at(&sandbox, "checkout_writing", "import git ../git");
    let status = ok(&sandbox, "status").stdout;
    assert!(
        status.contains("No commits yet") && status.contains("interrupted"),
        "{status}"
    );
    sandbox
        .muse("work")
        .args(["import", "git", "../git"])
        .fails(1)
        .says("interrupted");
    ok(&sandbox, "switch --continue");
    assert_eq!(ok(&sandbox, "status --short").stdout, "");
    assert_eq!(listing(&sandbox.path("work")).len(), 2);
}

#[test]
fn what_an_interrupted_clone_left_is_never_committed() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("repo");
    scenario.init("theirs", &url);
    scenario.commit("theirs", &[("a", "1")], "First");
    scenario.ok("theirs", "push origin main");
    let clone = || scenario.muse(".").args(["clone", &url, "work"]);
    let killed = clone().env(muse::fault::FAULT_VARIABLE, "after_refs").run();
    assert_eq!(killed.code, None, "{killed}");
    // Its first file is half written.
    scenario.sandbox().write("work/a", "");
    scenario.sandbox().write("work/b", "1");
    let status = scenario.ok("work", "status").stdout;
    let expected = format!(
        "This is an unfinished clone of {url}: files are missing or half written\n\
         \x20 `muse clone {url} [ROOT]/work` finishes it\n"
    );
    assert_eq!(status, expected);
    let short = scenario.ok("work", "status --short");
    assert_eq!(short.stdout, "");
    short.says("`muse clone ");
    let status = scenario.ok("work", "--json status").stdout;
    let status: serde_json::Value = serde_json::from_str(&status).expect("one document");
    assert_eq!(status["unfinished_clone"], url);
    assert_eq!(status["files"], serde_json::json!([]));
    std::fs::remove_file(scenario.sandbox().path("work/b")).expect("there");
    let commit = scenario
        .muse("work")
        .args(["commit", "-m", "Half", "--allow-empty"]);
    commit
        .fails(1)
        .says("unfinished clone")
        .says("hint: `muse clone ");
    clone().ok();
    assert_eq!(scenario.ok("work", "status --short").stdout, "");
}
