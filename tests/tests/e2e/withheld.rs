//! An object that was taken down does not make a repository unclonable: the server withholds it,
//! and clients go on without it until it is given again.

use std::fs;

use muse_e2e::harness::{Backend, Outcome, Scenario, listing};
use muse_e2e::on_both_backends;
use muse_e2e::workload::incompressible;
use muse_wire::id::ObjectId;

on_both_backends!(
    a_repository_is_cloned_and_worked_on_without_what_was_taken_down,
    a_clone_gets_what_it_was_denied_once_that_is_given_again,
    who_is_behind_is_told_once,
    versions_of_a_large_file_are_had_without_the_one_that_was_taken_down,
    a_difference_to_what_was_taken_down_is_had_whole,
);

const SECRET: &str = "not for everybody\n";
const LEFT_OUT: &str = "warning: left out of the work tree: dir/secret (withheld by the server: \
                        order 7)";
const WITHHELD: &str =
    "warning: the server withholds 1 object of this history: dir/secret (order 7)";

/// A pushed repository in `work`, with a secret in its first commit, and the secret's id.
fn pushed(scenario: &Scenario) -> (String, ObjectId) {
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    scenario.commit("work", &[("kept", "1\n"), ("dir/secret", SECRET)], "First");
    scenario.ok("work", "push origin main");
    scenario.commit("work", &[("kept", "2\n")], "Second");
    scenario.ok("work", "push origin main");
    (url, ObjectId::of(SECRET.as_bytes()))
}

/// Blocks an object, as an operator does.
fn block(scenario: &Scenario, object: &ObjectId) {
    let object = object.to_hex();
    let block = ["block", "add", &object, "--reason", "order 7"];
    scenario.admin(&block).ok();
}

/// Lifts the block of an object.
fn unblock(scenario: &Scenario, object: &ObjectId) {
    let object = object.to_hex();
    scenario.admin(&["block", "remove", &object]).ok();
}

fn clone(scenario: &Scenario, url: &str, directory: &str) -> Outcome {
    scenario.muse(".").args(["clone", url, directory]).ok()
}

fn read(scenario: &Scenario, path: &str) -> Option<String> {
    fs::read_to_string(scenario.sandbox().path(path)).ok()
}

fn says_once(outcome: &Outcome, line: &str) {
    assert_eq!(outcome.stderr.matches(line).count(), 1, "{outcome}");
}

fn is_clean(scenario: &Scenario, directory: &str) {
    assert_eq!(scenario.ok(directory, "status --short").stdout, "");
}

fn a_repository_is_cloned_and_worked_on_without_what_was_taken_down(scenario: &Scenario) {
    let (url, secret) = pushed(scenario);
    block(scenario, &secret);
    let cloned = clone(scenario, &url, "clone");
    says_once(&cloned, LEFT_OUT);
    says_once(&cloned, WITHHELD);
    assert_eq!(read(scenario, "clone/kept").as_deref(), Some("2\n"));
    assert_eq!(read(scenario, "clone/dir/secret"), None);
    is_clean(scenario, "clone");
    let status = scenario.ok("clone", "status").stdout;
    let section = "\nLeft out of the work tree, and kept in commits: 1 file\n\
                   \x20 dir/secret (withheld by the server: order 7)\n";
    assert!(status.ends_with(section), "{status}");
    let status = scenario.ok("clone", "--json status").stdout;
    let status: serde_json::Value = serde_json::from_str(&status).expect("one document");
    assert_eq!(
        status["left_out"],
        serde_json::json!([{
            "path": "dir/secret",
            "kind": "withheld",
            "reason": "withheld by the server: order 7",
        }])
    );
    scenario
        .fails("clone", "show HEAD:dir/secret", 4)
        .says("is withheld by the server: order 7")
        .says("hint: `muse fetch`");
    let shown = scenario.ok("clone", "show HEAD~1").stdout;
    assert!(
        shown.contains("dir/secret") && !shown.contains(SECRET.trim()),
        "{shown}"
    );
    let withheld = "\nThe contents of b/dir/secret are withheld by the server: order 7\n";
    assert!(shown.contains(withheld), "{shown}");
    assert!(!shown.contains("Binary"), "{shown}");

    // It stays in the history; commits on top are pushed, and nothing is said again.
    scenario.ok("clone", "switch --detach HEAD~1");
    assert_eq!(
        scenario
            .ok("clone", "switch main")
            .stderr
            .matches("left out")
            .count(),
        0
    );
    scenario.commit("clone", &[("kept", "3\n"), ("dir/new", "new\n")], "Third");
    let changed = scenario.ok("clone", "show --name-only HEAD").stdout;
    assert!(changed.ends_with("\n\ndir/new\nkept\n"), "{changed}");
    is_clean(scenario, "clone");
    scenario.ok("clone", "push origin main");
    scenario.ok("clone", "push origin HEAD~2:old");
    let pulled = scenario.ok("work", "pull");
    assert_eq!(pulled.stderr.matches("warning").count(), 0, "{pulled}");
    assert_eq!(read(scenario, "work/dir/secret").as_deref(), Some(SECRET));
    is_clean(scenario, "work");
    scenario.commit("work", &[("kept", "4\n")], "Fourth");
    scenario.ok("work", "push origin main");
    let pulled = scenario.ok("clone", "pull");
    assert_eq!(pulled.stderr.matches("warning").count(), 0, "{pulled}");
    is_clean(scenario, "clone");

    // A new version is a file like any other.
    scenario.commit("work", &[("dir/secret", "for everybody\n")], "Fifth");
    scenario.ok("work", "push origin main");
    scenario.ok("clone", "pull");
    assert_eq!(
        read(scenario, "clone/dir/secret").as_deref(),
        Some("for everybody\n")
    );
    assert!(!scenario.sandbox().path("clone/.muse/left-out").exists());
}

fn a_clone_gets_what_it_was_denied_once_that_is_given_again(scenario: &Scenario) {
    let (url, secret) = pushed(scenario);
    block(scenario, &secret);
    clone(scenario, &url, "clone");
    clone(scenario, &url, "later");
    assert_eq!(
        scenario.ok("clone", "fetch").stderr,
        "",
        "there is nothing new to say"
    );
    unblock(scenario, &secret);
    scenario
        .ok("clone", "fetch")
        .says("1 object received that had been withheld; `muse switch main` writes the files");
    is_clean(scenario, "clone");
    let status = scenario.ok("clone", "status").stdout;
    let section = "\nLeft out of the work tree, and kept in commits (`muse switch main` writes \
                   what is here by now): 1 file\n\
                   \x20 dir/secret (it was withheld by the server, and is here by now)\n";
    assert!(status.ends_with(section), "{status}");
    assert_eq!(scenario.ok("clone", "fetch").stderr, "", "it is told once");
    scenario.ok("clone", "switch main");
    scenario.commit("work", &[("kept", "3\n")], "Third");
    scenario.ok("work", "push origin main");
    // A pull that brings more writes the file on the way.
    for directory in ["clone", "later"] {
        scenario.ok(directory, "pull");
        let sandbox = scenario.sandbox();
        assert_eq!(
            listing(&sandbox.path(directory)),
            listing(&sandbox.path("work"))
        );
        for file in ["left-out", "withheld"] {
            assert!(!sandbox.path(directory).join(".muse").join(file).exists());
        }
        is_clean(scenario, directory);
        assert_eq!(scenario.ok(directory, "fetch").stderr, "");
    }
    clone(scenario, &url, "fresh");
    assert_eq!(read(scenario, "fresh/dir/secret").as_deref(), Some(SECRET));
}

fn who_is_behind_is_told_once(scenario: &Scenario) {
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    scenario.commit("work", &[("kept", "1\n")], "First");
    scenario.ok("work", "push origin main");
    clone(scenario, &url, "clone");
    scenario.commit("work", &[("dir/secret", SECRET)], "Second");
    scenario.ok("work", "push origin main");
    let secret = ObjectId::of(SECRET.as_bytes());
    block(scenario, &secret);
    // A fetch that dies has told it, too, and leaves nothing that the next one trips over.
    let killed = scenario.muse("clone").args(["--json", "fetch"]);
    let killed = killed
        .env(muse::fault::FAULT_VARIABLE, "withheld_noted")
        .run();
    assert_eq!(killed.code, None, "{killed}");
    let fetched = scenario.ok("clone", "--json fetch").stdout;
    assert!(fetched.contains("\"commits\":1"), "{fetched}");
    let pulled = scenario.ok("clone", "pull");
    says_once(&pulled, LEFT_OUT);
    is_clean(scenario, "clone");
    scenario.commit("work", &[("kept", "2\n")], "Third");
    scenario.ok("work", "push origin main");
    let pulled = scenario.ok("clone", "pull");
    assert_eq!(pulled.stderr.matches("warning").count(), 0, "{pulled}");
    // Who writes a file in its place keeps it.
    scenario.sandbox().write("clone/dir/secret", "mine");
    assert_eq!(
        scenario.ok("clone", "status --short").stdout,
        "M dir/secret\n"
    );
}

fn versions_of_a_large_file_are_had_without_the_one_that_was_taken_down(scenario: &Scenario) {
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    let mut contents = incompressible(1, 12 << 20);
    let large = ObjectId::of(&contents);
    let commit = |contents: &[u8], message: &str| {
        scenario.sandbox().write("work/large", contents);
        scenario.ok("work", &format!("commit -m {message}"));
        scenario.ok("work", "push origin main");
    };
    commit(&contents, "First");
    block(scenario, &large);
    let cloned = clone(scenario, &url, "clone");
    assert!(cloned.stderr.contains("large (order 7)"), "{cloned}");
    assert!(!scenario.sandbox().path("clone/large").exists());
    clone(scenario, &url, "other");
    contents[6 << 20] ^= 1;
    commit(&contents, "Second");
    let same = |directory: &str| {
        let sandbox = scenario.sandbox();
        assert_eq!(
            listing(&sandbox.path(directory)),
            listing(&sandbox.path("work"))
        );
    };
    scenario.ok("clone", "pull");
    same("clone");
    unblock(scenario, &large);
    scenario.ok("other", "pull");
    same("other");
    for directory in ["clone", "other"] {
        scenario.ok(directory, "fetch");
        scenario.ok(directory, "switch --detach HEAD~1");
        assert!(scenario.sandbox().path(directory).join("large").exists());
        is_clean(scenario, directory);
    }
}

fn a_difference_to_what_was_taken_down_is_had_whole(scenario: &Scenario) {
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    let mut contents = incompressible(1, 300_000);
    let first = ObjectId::of(&contents);
    let record = |contents: &[u8], message: &str| {
        scenario.sandbox().write("work/file", contents);
        scenario.ok("work", &format!("commit -m {message}"));
        scenario.ok("work", "push origin main");
    };
    record(&contents, "First");
    block(scenario, &first);
    clone(scenario, &url, "clone");
    contents[150_000] ^= 1;
    record(&contents, "Second");
    scenario.ok("clone", "pull");
    let sandbox = scenario.sandbox();
    assert_eq!(
        listing(&sandbox.path("clone")),
        listing(&sandbox.path("work"))
    );
    is_clean(scenario, "clone");
}

#[test]
fn a_push_to_a_server_that_lacks_it_too_is_refused() {
    let scenario = Scenario::new(Backend::Embedded);
    let (url, secret) = pushed(&scenario);
    block(&scenario, &secret);
    clone(&scenario, &url, "clone");
    let mirror = scenario.create_repo("mirror");
    scenario
        .muse("clone")
        .args(["remote", "add", "mirror", &mirror])
        .ok();
    scenario
        .fails("clone", "push mirror main", 8)
        .says(&secret.to_string());
    scenario
        .muse("work")
        .args(["remote", "add", "mirror", &mirror])
        .ok();
    scenario
        .fails("work", "push mirror main", 8)
        .says("blocked");
}
