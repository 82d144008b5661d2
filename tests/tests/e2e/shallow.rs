//! Histories of which a part is here: cloned with a depth, deepened, worked on, pushed.

use muse_e2e::harness::{Backend, Outcome, Sandbox, Scenario, listing};
use muse_e2e::on_both_backends;
use muse_e2e::workload::incompressible;
use muse_wire::api::fetch::{FetchPlan, FetchRequest};
use muse_wire::api::refs::RefsResponse;
use muse_wire::id::{CommitId, ObjectId};

on_both_backends!(
    a_shallow_clone_is_worked_on_pushed_and_deepened,
    a_merge_from_below_the_end_arrives_whole,
    a_depth_counts_from_what_is_tagged,
    what_is_missing_here_is_never_promised_to_an_empty_repository,
    a_fork_that_has_what_is_missing_takes_a_push,
    versions_of_a_large_file_come_without_what_was_before,
    of_blocked_objects_the_rest_comes,
    the_last_commit_comes_again_and_again_in_few_bytes,
    a_depth_that_means_nothing_is_refused,
);

/// `work`, pushed to `repo`: five commits on `main`, of which the second has a child on `side`, and
/// the tag `v2` of the second.
fn history(scenario: &Scenario) -> String {
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    for number in 1..=5 {
        let text = format!("{number}\n");
        let own = format!("file{number}");
        let files = [("same", "same\n"), ("changing", &*text), (&*own, &*text)];
        scenario.commit("work", &files, &format!("Number {number}"));
        if number == 2 {
            scenario.muse("work").args(["tag", "-m", "Two", "v2"]).ok();
            scenario.ok("work", "switch -c side");
            scenario.commit("work", &[("side", "side\n")], "Side");
            scenario.ok("work", "switch main");
        }
        scenario.ok("work", "push origin main");
    }
    scenario.ok("work", "push origin side");
    scenario.ok("work", "push origin v2");
    url
}

fn log(scenario: &Scenario, directory: &str, revision: &str) -> Vec<String> {
    let log = scenario.ok(directory, &format!("--json log {revision}"));
    let subject = |line: &str| -> String {
        let entry: serde_json::Value = serde_json::from_str(line).expect("JSON Lines");
        entry["message"].as_str().expect("a message").to_owned()
    };
    log.stdout.lines().map(subject).collect()
}

/// What every command finds in a repository that is whole down to where its history ends.
fn is_sound(scenario: &Scenario, directory: &str) {
    for command in ["fsck", "verify", "gc --prune NOW", "fsck", "status --short"] {
        scenario.ok(directory, command);
    }
}

fn same_files(scenario: &Scenario, one: &str, other: &str) {
    let listing = |directory: &str| listing(&scenario.sandbox().path(directory));
    assert_eq!(listing(one), listing(other));
}

fn clone(scenario: &Scenario, arguments: &str, url: &str, directory: &str) -> Outcome {
    let command = scenario.muse(".").arg("clone");
    let command = command.args(arguments.split_whitespace());
    command.args([url, directory]).ok()
}

fn a_shallow_clone_is_worked_on_pushed_and_deepened(scenario: &Scenario) {
    let url = history(scenario);
    clone(scenario, "--depth 1", &url, "clone");
    same_files(scenario, "clone", "work");
    assert_eq!(log(scenario, "clone", "HEAD"), ["Number 5"]);
    assert_eq!(scenario.ok("clone", "branch -a").stdout.lines().count(), 2);
    is_sound(scenario, "clone");
    let again = scenario.ok("clone", "fetch");
    assert_eq!(again.stderr, "", "nothing is new");

    // What is done here goes back, in few bytes.
    scenario.commit("clone", &[("changing", "six\n")], "Number 6");
    let pushed = scenario.ok("clone", "--json push origin main");
    let pushed: serde_json::Value = serde_json::from_str(pushed.line()).expect("JSON");
    assert!(
        pushed["bytes_sent"].as_u64().expect("a number") < 2_000,
        "{pushed}"
    );
    scenario.ok("work", "pull");
    same_files(scenario, "clone", "work");

    // What is done elsewhere comes.
    scenario.commit("work", &[("changing", "seven\n")], "Number 7");
    scenario.ok("work", "push origin main");
    scenario.ok("clone", "pull");
    same_files(scenario, "clone", "work");
    assert_eq!(
        log(scenario, "clone", "HEAD"),
        ["Number 7", "Number 6", "Number 5"]
    );
    is_sound(scenario, "clone");

    scenario.ok("clone", "fetch --deepen 1");
    assert_eq!(log(scenario, "clone", "HEAD").len(), 4);
    is_sound(scenario, "clone");
    scenario.ok("clone", "fetch --depth 5");
    assert_eq!(log(scenario, "clone", "HEAD").len(), 5);
    scenario.ok("clone", "fetch --depth 1");
    assert_eq!(
        log(scenario, "clone", "HEAD").len(),
        5,
        "what is here stays"
    );
    is_sound(scenario, "clone");
    scenario.ok("clone", "fetch --unshallow");
    assert_eq!(
        log(scenario, "clone", "HEAD"),
        log(scenario, "work", "HEAD")
    );
    assert!(!scenario.sandbox().path("clone/.muse/shallow").exists());
    is_sound(scenario, "clone");
    scenario
        .fails("clone", "fetch --unshallow", 2)
        .says("whole already");
}

fn a_merge_from_below_the_end_arrives_whole(scenario: &Scenario) {
    let url = history(scenario);
    clone(scenario, "--depth 2", &url, "clone");
    scenario.ok("work", "merge side");
    scenario.ok("work", "push origin main");
    scenario.ok("clone", "pull");
    same_files(scenario, "clone", "work");
    let subjects = log(scenario, "clone", "HEAD");
    for subject in ["Number 5", "Number 4", "Side", "Number 2", "Number 1"] {
        assert!(subjects.iter().any(|one| one == subject), "{subjects:?}");
    }
    assert!(
        !subjects.iter().any(|one| one == "Number 3"),
        "{subjects:?}"
    );
    is_sound(scenario, "clone");
    scenario.ok("clone", "fetch --unshallow");
    assert_eq!(
        log(scenario, "clone", "HEAD"),
        log(scenario, "work", "HEAD")
    );
    is_sound(scenario, "clone");
}

fn a_depth_counts_from_what_is_tagged(scenario: &Scenario) {
    let url = history(scenario);
    clone(scenario, "--depth 1 -b v2", &url, "tag");
    assert_eq!(log(scenario, "tag", "HEAD"), ["Number 2"]);
    assert_eq!(scenario.ok("tag", "describe").line(), "v2");
    is_sound(scenario, "tag");
    clone(scenario, "--depth 1 --no-single-branch --bare", &url, "all");
    let branches = scenario.ok("all", "branch").stdout;
    assert_eq!(branches.lines().count(), 2, "{branches}");
    assert_eq!(log(scenario, "all", "main"), ["Number 5"]);
    // Its parent is there because it is tagged.
    assert_eq!(log(scenario, "all", "side"), ["Side", "Number 2"]);
    scenario.ok("all", "fsck");
}

fn what_is_missing_here_is_never_promised_to_an_empty_repository(scenario: &Scenario) {
    let url = history(scenario);
    clone(scenario, "--depth 1", &url, "clone");
    let empty = scenario.create_repo("empty");
    scenario.commit("clone", &[("changing", "six\n")], "Number 6");
    scenario.ok("clone", &format!("remote add other {empty}"));
    for command in ["push other main", "push --dry-run other main"] {
        scenario
            .fails("clone", command, 5)
            .says("the history here ends at")
            .says("muse fetch --unshallow");
    }
    let refs: RefsResponse = scenario.api("empty").get("refs").json();
    assert_eq!(refs.refs, []);
    is_sound(scenario, "clone");
    scenario.ok("clone", "fetch --unshallow origin");
    scenario.ok("clone", "push other main");
    clone(scenario, "", &empty, "copy");
    same_files(scenario, "copy", "clone");
    assert_eq!(log(scenario, "copy", "HEAD").len(), 6);
}

fn a_fork_that_has_what_is_missing_takes_a_push(scenario: &Scenario) {
    let url = history(scenario);
    let fork = scenario.create_repo("fork");
    scenario.ok("work", &format!("remote add fork {fork}"));
    scenario.ok("work", "push fork main~1:refs/heads/main");
    clone(scenario, "--depth 1", &url, "clone");
    scenario.commit("clone", &[("changing", "six\n")], "Number 6");
    scenario.ok("clone", &format!("remote add fork {fork}"));
    scenario.ok("clone", "push fork HEAD:refs/heads/topic");
    clone(scenario, "-b topic", &fork, "copy");
    same_files(scenario, "copy", "clone");
    assert_eq!(log(scenario, "copy", "HEAD").len(), 6);
    is_sound(scenario, "copy");
}

fn versions_of_a_large_file_come_without_what_was_before(scenario: &Scenario) {
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    let mut large = incompressible(1, 12 << 20);
    for byte in [b'x', b'y', b'z'] {
        large[6 << 20] = byte;
        scenario.sandbox().write("work/large", &large);
        scenario.commit("work", &[("small", &format!("{byte}"))], "Changed");
        scenario.ok("work", "push origin main");
    }
    clone(scenario, "--depth 1", &url, "clone");
    same_files(scenario, "clone", "work");
    is_sound(scenario, "clone");
    scenario.ok("clone", "fetch --deepen 1");
    is_sound(scenario, "clone");
    scenario.ok("clone", "fetch --unshallow");
    is_sound(scenario, "clone");
    scenario.ok("clone", "switch --detach HEAD~2");
    scenario.ok("work", "switch --detach HEAD~2");
    same_files(scenario, "clone", "work");
}

fn of_blocked_objects_the_rest_comes(scenario: &Scenario) {
    let url = history(scenario);
    for contents in ["1\n", "4\n"] {
        let object = ObjectId::of(contents.as_bytes()).to_hex();
        let block = ["block", "add", &object, "--reason", "order 7"];
        scenario.admin(&block).ok();
    }
    clone(scenario, "--depth 1", &url, "clone").says("withholds 2 objects");
    let there = |file: &str| scenario.sandbox().path("clone").join(file).exists();
    assert!(there("file3") && !there("file1") && !there("file4"));
    is_sound(scenario, "clone");
    scenario.ok("clone", "fetch --unshallow");
    assert_eq!(log(scenario, "clone", "HEAD").len(), 5);
    is_sound(scenario, "clone");
}

fn the_last_commit_comes_again_and_again_in_few_bytes(scenario: &Scenario) {
    let large = String::from_utf8_lossy(&incompressible(2, 200_000)).into_owned();
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    scenario.commit("work", &[("large", &large), ("small", "0")], "Number 0");
    scenario.ok("work", "push origin main");
    clone(scenario, "--depth 1", &url, "clone");
    for number in 1..=2 {
        for half in ["a", "b"] {
            let changed = format!("{large}{number}{half}");
            scenario.commit("work", &[("large", &changed), ("small", half)], half);
            scenario.ok("work", "push origin main");
        }
        let fetched = scenario.ok("clone", "--json fetch --depth 1");
        let fetched: serde_json::Value = serde_json::from_str(fetched.line()).expect("JSON");
        let bytes = fetched[0]["bytes_received"].as_u64().expect("a number");
        assert!(bytes < 2_000, "{fetched}");
        assert_eq!(log(scenario, "clone", "origin/main"), ["b"]);
        is_sound(scenario, "clone");
    }
    scenario.ok("clone", "switch --detach origin/main");
    same_files(scenario, "clone", "work");
}

fn a_depth_that_means_nothing_is_refused(scenario: &Scenario) {
    history(scenario);
    let too_many = vec![CommitId::from_bytes([1; 32]); 20_001];
    for request in [
        (Some(0), None, vec![]),
        (None, Some(2_147_483_648), vec![]),
        (Some(1), Some(1), vec![]),
        (None, None, too_many),
    ] {
        let (depth, deepen, shallow) = request;
        let request = FetchRequest {
            depth,
            deepen,
            shallow,
            ..FetchRequest::default()
        };
        let answer = scenario.api("repo").post("fetch/mpack", &request);
        assert_eq!(answer.problem_code(), "bad_request", "{depth:?} {deepen:?}");
    }
    let possible = FetchRequest {
        deepen: Some(2_147_483_647),
        shallow: vec![CommitId::from_bytes([1; 32])],
        ..FetchRequest::default()
    };
    let plan: FetchPlan = scenario.api("repo").post("fetch/mpack", &possible).json();
    assert_eq!((plan.mpacks, plan.unshallow), (vec![], vec![]));
    let command = scenario
        .muse(".")
        .args(["clone", "--depth", "0", "nowhere"]);
    command.fails(2).says("--depth");
}

/// What dies while it takes in a part of the history leaves a repository that works and can go on.
#[test]
fn a_killed_fetch_leaves_a_history_that_ends_somewhere() {
    let scenario = &Scenario::new(Backend::Embedded);
    let url = history(scenario);
    let die_at = |point: &str, directory: &str, command_line: &str| {
        let command = scenario.muse(directory).args(command_line.split(' '));
        let outcome = command.env(muse::fault::FAULT_VARIABLE, point).run();
        assert_eq!(
            outcome.code, None,
            "{command_line} passes {point}: {outcome}"
        );
    };
    for point in ["shallow_adopted", "shallow_noted"] {
        let own = |name: &str| format!("{name}_{point}");

        // A clone is finished by the same command, and by one of the whole history.
        for (again, count) in [("--depth 2", 2), ("", 5)] {
            let directory = own(&format!("clone{count}"));
            die_at(point, ".", &format!("clone --depth 2 {url} {directory}"));
            clone(scenario, again, &url, &directory);
            assert_eq!(log(scenario, &directory, "HEAD").len(), count);
            is_sound(scenario, &directory);
        }

        // Deepening: what was there before works on, and the command can be repeated.
        let directory = own("deepen");
        clone(scenario, "--depth 1", &url, &directory);
        die_at(point, &directory, "fetch --deepen 2");
        let there = if point == "shallow_noted" { 3 } else { 1 };
        assert_eq!(log(scenario, &directory, "HEAD").len(), there);
        for command in ["fsck", "fetch", "status"] {
            scenario.ok(&directory, command);
        }
        scenario.ok(&directory, "fetch --depth 3");
        assert_eq!(log(scenario, &directory, "HEAD").len(), 3);
        die_at(point, &directory, "fetch --unshallow");
        is_sound(scenario, &directory);
        scenario.ok(&directory, "fetch --depth 5");
        assert_eq!(log(scenario, &directory, "HEAD").len(), 5);
        is_sound(scenario, &directory);

        // A repository with a whole history stays so.
        let directory = own("whole");
        clone(scenario, "--single-branch -b side", &url, &directory);
        die_at(point, &directory, "fetch --depth 1 origin main");
        assert_eq!(log(scenario, &directory, "HEAD").len(), 3);
        is_sound(scenario, &directory);
        scenario.ok(&directory, "fetch --depth 1 origin main");
        assert_eq!(log(scenario, &directory, "origin/main").len(), 1);
        is_sound(scenario, &directory);
        scenario.ok(&directory, "fetch --unshallow");
        assert_eq!(log(scenario, &directory, "origin/main").len(), 5);
        is_sound(scenario, &directory);
    }
}

/// Five commits on `main` in `work`, without a server.
fn without_server() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.muse(".").args(["init", "work"]).ok();
    for number in 1..=5 {
        sandbox.write("work/a", format!("same\n{number}\n"));
        sandbox.write("work/b", "same\n");
        let message = format!("Number {number}");
        sandbox.muse("work").args(["commit", "-m", &message]).ok();
    }
    sandbox
}

fn run(sandbox: &Sandbox, directory: &str, command_line: &str) -> Outcome {
    sandbox.muse(directory).args(command_line.split(' ')).run()
}

fn ok(sandbox: &Sandbox, directory: &str, command_line: &str) -> Outcome {
    run(sandbox, directory, command_line).expect_code(0)
}

fn count(sandbox: &Sandbox, directory: &str) -> usize {
    ok(sandbox, directory, "log --oneline")
        .stdout
        .lines()
        .count()
}

#[test]
fn paths_are_cloned_deepened_and_pushed_to_without_a_server() {
    let sandbox = &without_server();
    for (depth, url) in [(1, "work"), (2, "file://WORK")] {
        let url = url.replace("WORK", &sandbox.path("work").display().to_string());
        let directory = format!("clone{depth}");
        ok(
            sandbox,
            ".",
            &format!("clone --depth {depth} {url} {directory}"),
        );
        assert_eq!(count(sandbox, &directory), depth);
        ok(sandbox, &directory, "fsck");
    }
    ok(sandbox, "clone1", "fetch --deepen 1");
    assert_eq!(count(sandbox, "clone1"), 2);
    ok(sandbox, "clone1", "fsck");
    ok(sandbox, "clone1", "switch -c topic");
    sandbox.write("clone1/c", "new\n");
    ok(sandbox, "clone1", "commit -m Topic");
    ok(sandbox, "clone1", "push origin topic");
    assert_eq!(
        ok(sandbox, "work", "log --oneline topic")
            .stdout
            .lines()
            .count(),
        6
    );
    ok(sandbox, "work", "fsck");

    // A clone of a clone is as shallow; what is whole is not made shallow by it.
    ok(sandbox, ".", "clone clone1 second");
    assert_eq!(count(sandbox, "second"), 3);
    ok(sandbox, "second", "fsck");
    ok(sandbox, ".", "init --bare empty");
    run(sandbox, "second", "push ../empty topic").expect_code(4);
    ok(sandbox, "second", "remote add empty ../empty");
    run(sandbox, "second", "push empty topic")
        .expect_code(5)
        .says("the history here ends at");
    ok(sandbox, ".", "init other");
    sandbox.write("other/x", "x\n");
    ok(sandbox, "other", "commit -m Own");
    ok(sandbox, "other", "remote add second ../second");
    run(sandbox, "other", "fetch second")
        .expect_code(1)
        .says("does not have the whole history either");
    ok(sandbox, "other", "fsck");

    // From where all of it is, all of it comes.
    ok(sandbox, "clone1", "fetch --unshallow");
    ok(sandbox, "second", "fetch --unshallow");
    assert_eq!(count(sandbox, "second"), 6);
    ok(sandbox, "second", "fsck");
    ok(sandbox, "second", "push empty topic");
    ok(sandbox, "empty", "fsck");
    assert!(!sandbox.path("second/.muse/shallow").exists());
}

#[test]
fn what_needs_more_than_is_here_says_so() {
    let sandbox = &without_server();
    ok(sandbox, ".", "clone --depth 2 work clone");
    let ends = "the history here ends at";
    for (command, code) in [
        ("log HEAD~2", 4),
        ("switch --detach HEAD~2", 4),
        ("bundle create out.bundle main", 4),
        ("export git ../out.git", 4),
        ("cherry-pick HEAD~1", 4),
        ("revert HEAD~1", 4),
    ] {
        run(sandbox, "clone", command).expect_code(code).says(ends);
    }
    let logged = ok(sandbox, "clone", "log --oneline").stdout;
    let last = logged.lines().last().expect("two lines");
    assert!(last.contains("(shallow)"), "{logged}");
    let blamed = ok(sandbox, "clone", "blame a").stdout;
    assert_eq!(blamed.lines().count(), 2, "{blamed}");
    ok(sandbox, "clone", "show HEAD~1");
    ok(sandbox, "clone", "bundle create out.bundle HEAD~1..main");
    ok(sandbox, "clone", "bundle verify out.bundle");
    run(sandbox, ".", "clone --depth 1 clone/out.bundle there")
        .expect_code(2)
        .says("a bundle is taken as a whole");
    ok(sandbox, "clone", "switch --detach HEAD~1");
    run(sandbox, "clone", "commit --amend -m Again")
        .expect_code(4)
        .says(ends);
    ok(sandbox, "clone", "switch main");

    // Of two lines, what they have in common may not be here.
    ok(sandbox, "work", "switch -c side HEAD~4");
    sandbox.write("work/side", "side\n");
    ok(sandbox, "work", "commit -m Side");
    ok(sandbox, "clone", "fetch --depth 1 origin side");
    for command in ["merge origin/side", "rebase origin/side"] {
        run(sandbox, "clone", command)
            .expect_code(4)
            .says("muse fetch --");
    }
    ok(sandbox, "clone", "fetch --unshallow");
    ok(sandbox, "clone", "merge origin/side");
    ok(sandbox, "clone", "fsck");
}
