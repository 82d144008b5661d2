//! What a forced push may lose: with a lease, only what this repository has seen.

use std::process::Stdio;

use muse_e2e::harness::{Backend, Scenario};
use muse_e2e::on_both_backends;
use muse_wire::api::refs::RefsResponse;

on_both_backends!(
    with_a_lease_only_what_was_seen_is_lost,
    a_lease_may_name_the_commit,
    of_racing_forced_pushes_one_wins,
    without_a_remote_the_followed_one_is_pushed_to,
    the_default_branch_is_deleted_on_request_only,
);

/// Two repositories with one pushed commit, and one more in each, of which `clone`'s is pushed.
fn diverged(scenario: &Scenario) {
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1\n")], "First");
    scenario.ok("work", "push origin main");
    scenario.muse(".").args(["clone", &url, "clone"]).ok();
    scenario.commit("clone", &[("a", "theirs\n")], "Theirs");
    scenario.ok("clone", "push origin main");
    scenario.commit("work", &[("a", "ours\n")], "Ours");
}

fn at_server(scenario: &Scenario, branch: &str) -> Option<String> {
    let refs: RefsResponse = scenario.api("repo").get("refs").json();
    let entry = refs.refs.iter().find(|entry| entry.name.short() == branch);
    entry.map(|entry| entry.target.to_string())
}

fn with_a_lease_only_what_was_seen_is_lost(scenario: &Scenario) {
    diverged(scenario);
    let theirs = at_server(scenario, "main");
    for push in [
        "push --force-with-lease origin main",
        "push --force-with-lease=main origin main",
        "push origin +main",
        "push --force-with-lease --delete main origin",
    ] {
        let refused = scenario.fails("work", push, 5);
        refused.says("last seen").says("muse fetch");
        assert_eq!(at_server(scenario, "main"), theirs);
    }
    // Without a tracking ref, the server's branch was never seen.
    scenario.ok("clone", "push origin main:other");
    scenario.fails("work", "push origin +main:other", 5);
    scenario.ok("work", "push origin +main:new");
    // Once it was seen, it may be lost, but only as a forced push.
    scenario.ok("work", "fetch");
    scenario.fails("work", "push origin main", 5);
    scenario.ok("work", "push origin +main");
    let ours = scenario.revision("work", "HEAD");
    assert_eq!(at_server(scenario, "main"), Some(ours));
    // Whatever is there is for --force.
    scenario.ok("clone", "push --force origin main");
    assert_eq!(at_server(scenario, "main"), theirs);
    scenario.fails("work", "push --force --force-with-lease origin main", 2);
}

fn a_lease_may_name_the_commit(scenario: &Scenario) {
    diverged(scenario);
    let theirs = at_server(scenario, "main").expect("it is there");
    let ours = scenario.revision("work", "HEAD");
    let seen = scenario.revision("work", "HEAD~1");
    let push = |lease: &str| format!("push --force-with-lease={lease} origin main");
    scenario.fails("work", &push(&format!("main:{seen}")), 5);
    scenario.fails("work", &push("main:"), 5);
    scenario.fails("work", &push(&format!("other:{seen}")), 2);
    assert_eq!(at_server(scenario, "main"), Some(theirs.clone()));
    scenario.fails("work", &push("main:nothing"), 4);
    scenario.ok("work", &push(&format!("main:{theirs}")));
    assert_eq!(at_server(scenario, "main"), Some(ours));
    scenario.ok("work", "push --force-with-lease=new: origin main:new");
    scenario.fails("clone", "push --force-with-lease=new: origin main:new", 5);
}

fn of_racing_forced_pushes_one_wins(scenario: &Scenario) {
    diverged(scenario);
    scenario.ok("work", "fetch");
    for round in 0..3 {
        for directory in ["work", "clone"] {
            scenario.ok(directory, "fetch");
            scenario.commit(
                directory,
                &[("a", &format!("{directory} {round}"))],
                directory,
            );
        }
        let mut running = ["work", "clone"].map(|directory| {
            let push = ["push", "--force-with-lease", "origin", "main"];
            let mut command = scenario.muse(directory).args(push).into_command();
            let command = command.stdin(Stdio::null()).stdout(Stdio::null());
            command.stderr(Stdio::null()).spawn().expect("muse starts")
        });
        let codes = running
            .each_mut()
            .map(|child| child.wait().expect("it ends").code());
        let winner = match codes {
            [Some(0), Some(5)] => "work",
            [Some(5), Some(0)] => "clone",
            _ => panic!("one push wins, the other has not seen what it would lose: {codes:?}"),
        };
        let head = scenario.revision(winner, "HEAD");
        assert_eq!(at_server(scenario, "main"), Some(head));
    }
}

fn without_a_remote_the_followed_one_is_pushed_to(scenario: &Scenario) {
    diverged(scenario);
    let second = scenario.create_repo("second");
    scenario.ok("work", &format!("remote add second {second}"));
    scenario.ok("work", "push -u second main");
    scenario.commit("work", &[("a", "2\n")], "Second");
    scenario.ok("work", "push").says("/second");
    let refs: RefsResponse = scenario.api("second").get("refs").json();
    assert_eq!(
        refs.refs[0].target.to_string(),
        scenario.revision("work", "HEAD")
    );
}

fn the_default_branch_is_deleted_on_request_only(scenario: &Scenario) {
    diverged(scenario);
    scenario.ok("clone", "push origin main:other");
    let there = at_server(scenario, "main");
    let refused = scenario.fails("clone", "push --delete main origin", 2);
    refused.says("main is the default branch").says("`--yes`");
    scenario.fails("clone", "--json push --force --delete main origin", 2);
    scenario.ok("clone", "push --dry-run --delete main origin");
    assert_eq!(at_server(scenario, "main"), there);
    // One value for each option, so `-d a b` does not delete `a` and push `b`.
    scenario.fails("clone", "push origin --delete gone main", 2);
    // Another branch needs no permission.
    scenario.ok("clone", "push origin main:gone");
    scenario.ok("clone", "push --delete gone origin");
    scenario.ok("clone", "push --delete main --yes origin");
    assert_eq!(at_server(scenario, "main"), None);
}

#[test]
fn at_a_terminal_the_default_branch_is_asked_for() {
    let scenario = Scenario::new(Backend::Embedded);
    diverged(&scenario);
    let there = at_server(&scenario, "main");
    let answer = |text: &str| {
        let push = ["push", "--delete", "main", "origin"];
        let push = scenario.muse("clone").args(push);
        let asked = push.on_terminal().stdin(text).run();
        assert!(asked.stdout.contains("Delete it? [y/N]"), "{asked}");
        asked.code
    };
    assert_eq!(answer("n\n"), Some(2));
    assert_eq!(at_server(&scenario, "main"), there);
    assert_eq!(answer("y\n"), Some(0));
    assert_eq!(at_server(&scenario, "main"), None);
}
