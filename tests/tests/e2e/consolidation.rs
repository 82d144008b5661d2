//! Mpacks that are merged in the background: nobody notices, whatever happens to the server.

use std::time::{Duration, Instant};

use muse_e2e::harness::{Scenario, ServerOptions, listing};
use muse_e2e::on_both_backends;

on_both_backends!(
    mut dies_before_it_takes_the_place,
    dies_after_it_took_the_place,
    what_a_deleted_branch_brought_is_not_given_any_more,
    a_deleted_branch_comes_back_with_what_another_one_brought,
    a_branch_that_was_collected_in_part_comes_back_whole,
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

/// Waits until all jobs are done.
fn settle(scenario: &Scenario) {
    wait_until(scenario, "jobs WHERE finished_at_ms IS NULL", 0);
}

fn days_go_by(scenario: &Scenario, days: u64) {
    let server = scenario.server();
    server.execute("DELETE FROM fetch_plans");
    let ms = days * 24 * 60 * 60 * 1000;
    server.execute(&format!(
        "UPDATE mpacks SET retired_at_ms = retired_at_ms - {ms} WHERE retired_at_ms IS NOT NULL"
    ));
}

/// A clone that has all of a branch.
fn has_branch(scenario: &Scenario, url: &str, directory: &str, branch: &str) {
    scenario.muse(".").args(["clone", url, directory]).ok();
    scenario.ok(directory, &format!("switch {branch}"));
    scenario.ok(directory, "fsck");
    assert_eq!(
        scenario.revision(directory, branch),
        scenario.revision("work", branch)
    );
}

fn a_deleted_branch_comes_back_with_what_another_one_brought(scenario: &mut Scenario) {
    let url = pushed(scenario, 1);
    scenario.ok("work", "switch -c other");
    scenario.commit("work", &[("shared", "of both\n")], "Other");
    scenario.ok("work", "push origin other");
    scenario.ok("work", "switch main");
    scenario.ok("work", "switch -c topic");
    scenario.commit("work", &[("same", "of both\n"), ("own", "1\n")], "Topic");
    scenario.ok("work", "push origin topic");
    scenario.ok("work", "push origin --delete topic --delete other");
    settle(scenario);
    scenario.ok("work", "push origin topic");
    has_branch(scenario, &url, "clone", "topic");
    settle(scenario);
    days_go_by(scenario, 15);
    scenario.admin(&["gc"]).ok();
    has_branch(scenario, &url, "later", "topic");
}

fn a_branch_that_was_collected_in_part_comes_back_whole(scenario: &mut Scenario) {
    let url = pushed(scenario, 1);
    scenario.ok("work", "switch -c topic");
    scenario.commit("work", &[("parent", "first\n")], "Parent");
    scenario.ok("work", "push origin topic");
    scenario.commit("work", &[("child", "second\n")], "Child");
    scenario.ok("work", "push origin topic");
    scenario.muse(".").args(["clone", &url, "behind"]).ok();
    scenario.ok("behind", "switch topic");
    scenario.ok("work", "push origin --delete topic");
    settle(scenario);
    days_go_by(scenario, 13);
    // What the child brought is needed again, and so is not collected along with its parent.
    scenario.ok("work", "switch main");
    scenario.ok("work", "switch -c other");
    scenario.commit("work", &[("copy", "second\n")], "Copy");
    scenario.ok("work", "push origin other");
    settle(scenario);
    days_go_by(scenario, 2);
    scenario.admin(&["gc"]).ok();
    // Who still has it fetches, merging goes on, and the branch can be had again.
    scenario.ok("behind", "fetch");
    scenario.ok("work", "switch main");
    for number in 1..5 {
        push(scenario, number);
    }
    settle(scenario);
    scenario.ok("work", "push origin topic");
    has_branch(scenario, &url, "clone", "topic");
    scenario.ok("work", "push origin --delete other --delete topic");
    settle(scenario);
    is_cloned_whole(scenario, &url, "at_last");
    let log = scenario.server().log();
    assert!(!log.contains(" ERROR "), "{log}");
}
