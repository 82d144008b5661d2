//! Edits travel as the difference to what the other side has, and are stored whole.

use std::fs;

use muse_e2e::harness::{Outcome, Scenario, listing};
use muse_e2e::on_both_backends;
use muse_e2e::workload::incompressible;

on_both_backends!(
    an_edit_costs_its_difference_both_ways,
    a_reader_several_pushes_behind_gets_each_difference,
    a_reader_in_the_middle_of_a_push_gets_each_difference,
    a_difference_that_is_lost_costs_bytes_alone,
    what_saves_nothing_is_sent_whole,
    versions_of_a_file_share_its_chunks,
);

const FILE_BYTES: usize = 300_000;

/// Contents that do not compress, with one byte in the middle changed.
fn edited(edit: u8) -> Vec<u8> {
    let mut contents = incompressible(1, FILE_BYTES);
    contents[FILE_BYTES / 2] = edit;
    contents
}

/// A pushed repository with one large-ish file, cloned to `clone`.
fn pair(scenario: &Scenario) {
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    record(scenario, 0);
    scenario.ok("work", "push origin main");
    scenario.muse(".").args(["clone", &url, "clone"]).ok();
}

fn record(scenario: &Scenario, edit: u8) {
    scenario.sandbox().write("work/dir/file", edited(edit));
    scenario.ok("work", &format!("commit -m Edit-{edit}"));
}

fn same_files(scenario: &Scenario) {
    let sandbox = scenario.sandbox();
    assert_eq!(
        listing(&sandbox.path("clone")),
        listing(&sandbox.path("work"))
    );
}

/// The number behind `name=` in the steps that a command printed.
fn figure(outcome: &Outcome, name: &str) -> u64 {
    let (_, rest) = outcome
        .stderr
        .split_once(&format!("{name}="))
        .unwrap_or_else(|| panic!("no {name} in {outcome}"));
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().expect("a number")
}

fn an_edit_costs_its_difference_both_ways(scenario: &Scenario) {
    pair(scenario);
    record(scenario, 1);
    let pushed = scenario.ok("work", "-v push origin main");
    assert_eq!(figure(&pushed, "base_bytes"), FILE_BYTES as u64);
    assert!(figure(&pushed, " size") < 2_000, "{pushed}");
    let pulled = scenario.ok("clone", "-v pull");
    assert!(figure(&pulled, " bytes") < 2_000, "{pulled}");
    same_files(scenario);
    // What is kept is whole: another clone needs nothing else.
    let url = scenario.repo_url("repo");
    scenario.muse(".").args(["clone", &url, "second"]).ok();
    let sandbox = scenario.sandbox();
    assert_eq!(
        listing(&sandbox.path("second")),
        listing(&sandbox.path("work"))
    );
}

fn a_reader_several_pushes_behind_gets_each_difference(scenario: &Scenario) {
    pair(scenario);
    for edit in 1..=20 {
        record(scenario, edit);
        scenario.ok("work", "push origin main");
    }
    let pulled = scenario.ok("clone", "-v pull");
    assert!(figure(&pulled, " bytes") < 40_000, "{pulled}");
    same_files(scenario);
}

fn a_reader_in_the_middle_of_a_push_gets_each_difference(scenario: &Scenario) {
    pair(scenario);
    for edit in 1..=3 {
        record(scenario, edit);
    }
    let url = scenario.create_repo("other");
    scenario.ok("work", &format!("remote add other {url}"));
    scenario.ok("work", "push other main");
    scenario.ok("clone", &format!("remote add other {url}"));
    let pulled = scenario.ok("clone", "-v pull other main");
    assert!(figure(&pulled, " bytes") < 4_000, "{pulled}");
    same_files(scenario);
}

fn a_difference_that_is_lost_costs_bytes_alone(scenario: &Scenario) {
    let Some(blobs) = scenario.server().blobs() else {
        return;
    };
    pair(scenario);
    for edit in 1..=2 {
        record(scenario, edit);
        scenario.ok("work", "push origin main");
    }
    fs::remove_dir_all(blobs.join("thin")).expect("both pushes were thin");
    let pulled = scenario.ok("clone", "-v pull");
    assert!(
        figure(&pulled, " bytes") > 2 * FILE_BYTES as u64,
        "{pulled}"
    );
    same_files(scenario);
}

fn what_saves_nothing_is_sent_whole(scenario: &Scenario) {
    pair(scenario);
    let contents = incompressible(2, FILE_BYTES);
    scenario.sandbox().write("work/dir/file", contents);
    scenario.ok("work", "commit -m Anew");
    let pushed = scenario.ok("work", "-v push origin main");
    assert_eq!(figure(&pushed, "base_bytes"), 0);
    scenario.ok("clone", "pull");
    same_files(scenario);
}

fn versions_of_a_file_share_its_chunks(scenario: &Scenario) {
    const LARGE_BYTES: usize = 24 << 20;
    const FEW_BYTES: u64 = 6 << 20;
    pair(scenario);
    let mut contents = incompressible(3, LARGE_BYTES);
    let sandbox = scenario.sandbox();
    let commit = |contents: &[u8], message: &str| {
        sandbox.write("work/large", contents);
        scenario.ok("work", &format!("commit -m {message}"));
    };
    commit(&contents, "Large");
    scenario.ok("work", "push origin main");
    scenario.ok("clone", "pull");
    let held = || -> u64 {
        let mpacks = fs::read_dir(sandbox.path("work/.muse/mpacks")).expect("it is there");
        let sizes = mpacks.flatten().map(|mpack| mpack.metadata());
        sizes.map(|file| file.expect("it is there").len()).sum()
    };
    for message in ["Changed", "Inserted", "Deleted"] {
        let before = held();
        match message {
            "Changed" => contents[LARGE_BYTES / 2] ^= 1,
            "Inserted" => contents.insert(LARGE_BYTES / 3, 7),
            _ => drop(contents.remove(LARGE_BYTES / 4)),
        }
        commit(&contents, message);
        assert!(held() - before < FEW_BYTES, "{message}");
        let pushed = scenario.ok("work", "-v push origin main");
        assert!(figure(&pushed, " size") < FEW_BYTES, "{message}: {pushed}");
        let pulled = scenario.ok("clone", "-v pull");
        assert!(figure(&pulled, " bytes") < FEW_BYTES, "{message}: {pulled}");
        same_files(scenario);
    }
}
