//! Merges, rebases and stashes as people run them, and what is left when one dies in the middle.

use std::fs;

use muse_e2e::harness::{Backend, Outcome, Sandbox, Scenario, listing};

fn ok(sandbox: &Sandbox, command_line: &str) -> Outcome {
    sandbox.muse("work").args(command_line.split(' ')).ok()
}

fn commit(sandbox: &Sandbox, files: &[(&str, &str)], message: &str) {
    for (name, text) in files {
        sandbox.write(format!("work/{name}"), text);
    }
    sandbox.muse("work").args(["commit", "-m", message]).ok();
}

/// `main` is current. It and `topic` have changed the same line of `a`; `topic` has more, too.
fn in_conflict() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.muse(".").args(["init", "work"]).ok();
    let files = [("a", "1\n2\n3\n"), ("b", "b\n"), ("gone", "gone\n")];
    commit(&sandbox, &files, "Base");
    ok(&sandbox, "switch -c topic");
    std::fs::remove_file(sandbox.path("work/gone")).expect("it is there");
    let files = [("a", "topic\n2\n3\n"), ("b", "topic\n"), ("new", "new\n")];
    commit(&sandbox, &files, "Topic");
    ok(&sandbox, "switch main");
    commit(&sandbox, &[("a", "main\n2\n3\n")], "Main");
    sandbox
}

/// The commands that stop at the conflict, and what aborts each.
const STOPS: [(&str, &str); 3] = [
    ("merge topic", "merge --abort"),
    ("rebase topic", "rebase --abort"),
    ("cherry-pick topic", "cherry-pick --abort"),
];

/// The points from the first note of a conflict to the end of the stop.
const IN_A_STOP: [&str; 6] = [
    "conflict_noted",
    "checkout_removed",
    "checkout_writing",
    "checkout_written",
    "conflict_written",
    "after_refs",
];

#[test]
fn a_stop_that_was_killed_is_named_and_can_be_aborted() {
    let sandbox = in_conflict();
    let before = listing(&sandbox.path("work"));
    for (command, abort) in STOPS {
        for point in IN_A_STOP {
            let command = sandbox.muse("work").args(command.split(' '));
            let killed = command.env(muse::fault::FAULT_VARIABLE, point).run();
            assert_eq!(killed.code, None, "{point}: {killed}");
            let status = ok(&sandbox, "status").stdout;
            let is_named = ["is unfinished", "was interrupted"].map(|text| status.contains(text));
            assert!(is_named.contains(&true), "{point}: {status}");
            let other = sandbox.muse("work").args(["commit", "-m", "Half"]).run();
            assert!(matches!(other.code, Some(1 | 12)), "{point}: {other}");
            ok(&sandbox, abort);
            assert_eq!(listing(&sandbox.path("work")), before, "{point}");
            let status = ok(&sandbox, "status").stdout;
            let clean = "On branch main\nNothing to commit, the files are as in the last commit\n";
            assert_eq!(status, clean, "{point}");
        }
    }
}

#[test]
fn an_abort_that_was_killed_can_be_run_again() {
    let sandbox = in_conflict();
    let before = listing(&sandbox.path("work"));
    for (command, abort) in STOPS {
        for point in ["checkout_removed", "checkout_writing", "conflict_put_back"] {
            sandbox.muse("work").args(command.split(' ')).fails(12);
            let killed = sandbox.muse("work").args(abort.split(' '));
            let killed = killed.env(muse::fault::FAULT_VARIABLE, point).run();
            assert_eq!(killed.code, None, "{point}: {killed}");
            ok(&sandbox, abort);
            assert_eq!(listing(&sandbox.path("work")), before, "{point}");
        }
    }
}

#[test]
fn a_rebase_that_was_killed_goes_on() {
    let sandbox = in_conflict();
    commit(&sandbox, &[("c", "main\n")], "More");
    sandbox.muse("work").args(["rebase", "topic"]).fails(12);
    sandbox.write("work/a", "both\n2\n3\n");
    // The first commit is made, and the rest is not.
    let going_on = sandbox.muse("work").args(["rebase", "--continue"]);
    let killed = going_on
        .env(muse::fault::FAULT_VARIABLE, "after_refs")
        .run();
    assert_eq!(killed.code, None, "{killed}");
    ok(&sandbox, "rebase --continue");
    let log = ok(&sandbox, "log --oneline").stdout;
    assert_eq!(log.lines().count(), 4, "{log}");
    assert!(log.contains("(HEAD -> main) More"), "{log}");
    assert_eq!(ok(&sandbox, "status --short").stdout, "");
}

#[test]
fn a_merge_that_was_killed_has_happened_or_not() {
    let sandbox = in_conflict();
    ok(&sandbox, "switch -c other HEAD~1");
    let before = ok(&sandbox, "log --oneline").stdout;
    for (point, way_out) in [
        ("checkout_writing", "switch --abort"),
        ("checkout_written", "switch --continue"),
    ] {
        commit(&sandbox, &[(point, "own\n")], "Own");
        let merge = sandbox.muse("work").args(["merge", "topic"]);
        let killed = merge.env(muse::fault::FAULT_VARIABLE, point).run();
        assert_eq!(killed.code, None, "{killed}");
        ok(&sandbox, way_out);
        assert_eq!(ok(&sandbox, "status --short").stdout, "");
        let is_merged = sandbox.path("work/new").exists();
        assert_eq!(is_merged, way_out == "switch --continue");
    }
    assert_ne!(ok(&sandbox, "log --oneline").stdout, before);
}

#[test]
fn everything_is_said_as_json_too() {
    let sandbox = in_conflict();
    let stopped = sandbox.muse("work").args(["--json", "merge", "topic"]);
    let stopped = stopped.fails(12);
    let json: serde_json::Value = serde_json::from_str(&stopped.stdout).expect("one document");
    assert_eq!(json["conflicts"][0]["path"], "a");
    assert!(
        stopped.stderr.contains("\"kind\":\"conflict\""),
        "{stopped}"
    );
    let status = ok(&sandbox, "--json status").stdout;
    let status: serde_json::Value = serde_json::from_str(&status).expect("one document");
    assert_eq!(status["unfinished"]["action"], "merge");
    assert_eq!(status["files"][0]["change"], "conflict");
    assert_eq!(
        ok(&sandbox, "status --porcelain").stdout,
        " U a\n M b\n D gone\n A new\n"
    );
}

/// Both sides have a commit of their own; they agree on what is to be done with it.
fn both_pushed(scenario: &Scenario) {
    let url = scenario.create_repo("repo");
    scenario.init("theirs", &url);
    scenario.commit("theirs", &[("a", "1\n2\n3\n")], "First");
    scenario.ok("theirs", "push origin main");
    scenario.muse(".").args(["clone", &url, "work"]).ok();
    scenario.commit("theirs", &[("a", "theirs\n2\n3\n")], "Theirs");
    scenario.ok("theirs", "push origin main");
    scenario.commit("work", &[("a", "1\n2\nours\n")], "Ours");
}

#[test]
fn a_pull_merges_or_rebases_and_the_result_can_be_pushed() {
    for (pull, subject) in [
        ("pull", "Merge remote-tracking branch 'origin/main'"),
        ("pull --rebase", "Ours"),
    ] {
        let scenario = Scenario::new(Backend::Embedded);
        both_pushed(&scenario);
        scenario.ok("work", pull);
        let log = scenario.ok("work", "log --oneline -n 1").stdout;
        assert!(log.trim_end().ends_with(subject), "{log}");
        let merged = std::fs::read(scenario.sandbox().path("work/a"));
        assert_eq!(merged.expect("it is there"), b"theirs\n2\nours\n");
        scenario.ok("work", "push origin main");
        scenario.ok("theirs", "pull");
        assert_eq!(
            scenario.revision("theirs", "main"),
            scenario.revision("work", "main")
        );
    }
}

#[test]
fn the_setting_says_what_a_pull_does() {
    let scenario = Scenario::new(Backend::Embedded);
    both_pushed(&scenario);
    scenario.ok("work", "config set pull.mode ff-only");
    scenario.muse("work").arg("pull").fails(5).says("diverged");
    let config = scenario.sandbox().path("work/.muse/config.toml");
    let settings = fs::read_to_string(&config).expect("readable");
    let sideways = settings.replace("ff-only", "sideways");
    fs::write(&config, sideways).expect("writable");
    scenario.muse("work").arg("pull").fails(2).says("sideways");
    scenario.ok("work", "config set pull.mode rebase");
    scenario.ok("work", "pull");
    assert_eq!(
        scenario.revision("work", "HEAD~1"),
        scenario.revision("theirs", "main")
    );
}

#[test]
fn a_conflict_is_brought_back_with_its_markers() {
    let sandbox = in_conflict();
    sandbox.muse("work").args(["merge", "topic"]).fails(12);
    let marked = std::fs::read_to_string(sandbox.path("work/a")).expect("written");
    ok(&sandbox, "restore --ours a");
    let back = ok(&sandbox, "restore --merge a");
    assert_eq!(back.stderr, "Brought back 1 conflict, to be settled\n");
    let text = std::fs::read_to_string(sandbox.path("work/a"));
    assert_eq!(text.expect("written"), marked);
    sandbox.muse("work").args(["merge", "--continue"]).fails(12);
    ok(&sandbox, "restore --theirs a");
    ok(&sandbox, "merge --continue");
    sandbox
        .muse("work")
        .args(["restore", "-m", "a"])
        .fails(4)
        .says("nothing is in conflict at a");
}
