//! Mpacks that are merged in the background: nobody notices, whatever happens to the server.

use std::time::{Duration, Instant};

use muse_e2e::harness::{Scenario, ServerOptions, listing};
use muse_e2e::on_both_backends;

on_both_backends!(
    mut dies_before_it_takes_the_place,
    dies_after_it_took_the_place,
    what_a_deleted_branch_brought_is_not_given_any_more,
);

/// How long merging may take, with a lease that has to run out before.
const PATIENCE: Duration = Duration::from_secs(60);

fn wait_until(scenario: &Scenario, table: &str, rows: u64) {
    let started = Instant::now();
    while scenario.server().row_count(table) != rows {
        assert!(started.elapsed() < PATIENCE, "there are not {rows} {table}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A repository of so many pushes.
fn pushed(scenario: &Scenario, count: u32) -> String {
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    for number in 0..count {
        push(scenario, number);
    }
    url
}

fn push(scenario: &Scenario, number: u32) {
    commit(scenario, number);
    scenario.ok("work", "push origin main");
}

fn commit(scenario: &Scenario, number: u32) {
    let file = format!("file{number}");
    scenario.commit("work", &[(&file, &format!("{number}\n"))], "Next");
}

fn is_cloned_whole(scenario: &Scenario, url: &str, directory: &str) {
    let clone = ["clone", url, directory];
    scenario.muse(".").args(clone).ok();
    let sandbox = scenario.sandbox();
    assert_eq!(
        listing(&sandbox.path(directory)),
        listing(&sandbox.path("work"))
    );
    scenario.ok(directory, "fsck");
}

/// Starts the server again, where the client finds it.
fn restart(scenario: &mut Scenario, options: &ServerOptions) {
    scenario.restart(options);
    let url = scenario.repo_url("repo");
    scenario.ok("work", &format!("remote set-url origin {url}"));
}

fn dies_at(scenario: &mut Scenario, point: &str) {
    pushed(scenario, 3);
    let environment = vec![(musehub::fault::FAULT_VARIABLE.to_owned(), point.to_owned())];
    let faulty = ServerOptions {
        environment,
        ..ServerOptions::default()
    };
    restart(scenario, &faulty);
    commit(scenario, 3);
    // The server may be dead before it has answered.
    scenario.muse("work").args(["push", "origin", "main"]).run();
    scenario.wait_for_server_death();
    restart(scenario, &ServerOptions::default());
    is_cloned_whole(scenario, &scenario.repo_url("repo"), "before");
    wait_until(scenario, "jobs WHERE finished_at_ms IS NULL", 0);
    wait_until(scenario, "mpacks WHERE merged_into IS NULL", 1);
    is_cloned_whole(scenario, &scenario.repo_url("repo"), "after");
    // Those who followed the branch go on.
    push(scenario, 4);
    scenario.ok("before", "pull");
    assert_eq!(
        scenario.revision("before", "HEAD"),
        scenario.revision("work", "HEAD")
    );
    scenario.admin(&["doctor", "--hash"]).ok();
}

fn dies_before_it_takes_the_place(scenario: &mut Scenario) {
    dies_at(scenario, "before_consolidate");
}

fn dies_after_it_took_the_place(scenario: &mut Scenario) {
    dies_at(scenario, "after_consolidate");
}

#[test]
fn every_point_has_its_test() {
    let tested = ["before_consolidate", "after_consolidate"];
    assert_eq!(musehub::fault::CONSOLIDATION_POINTS, tested);
}

fn what_a_deleted_branch_brought_is_not_given_any_more(scenario: &mut Scenario) {
    let url = pushed(scenario, 3);
    scenario.ok("work", "switch -c topic");
    scenario.commit("work", &[("secret", "of the topic\n")], "Topic");
    scenario.ok("work", "push origin topic");
    let tip = scenario.revision("work", "topic");
    scenario.ok("work", "switch main");
    wait_until(
        scenario,
        "mpacks WHERE merged_into IS NULL AND lane = 'trunk'",
        1,
    );
    scenario.ok("work", "push origin --delete topic");
    wait_until(scenario, "mpacks WHERE lane = 'lost'", 1);
    is_cloned_whole(scenario, &url, "clone");
    scenario.fails("clone", &format!("show {tip}"), 4);
    // It comes back with whoever pushes it again.
    scenario.ok("work", "push origin topic");
    scenario.ok("clone", "fetch");
    scenario.ok("clone", &format!("show {tip}"));
}
