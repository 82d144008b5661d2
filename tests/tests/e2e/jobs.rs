//! `muse job`: what the server works on, by a whole id or its beginning.

use muse_e2e::harness::{Backend, Scenario};
use muse_e2e::on_both_backends;
use serde_json::Value;

on_both_backends!(jobs_are_listed_and_named_by_their_beginning);

fn jobs_are_listed_and_named_by_their_beginning(scenario: &Scenario) {
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    assert_eq!(scenario.ok("work", "job list").stdout, "");
    scenario.commit("work", &[("a", "1")], "One");
    scenario.ok("work", "push --transfer presign origin main");
    scenario.commit("work", &[("b", "2")], "Two");
    scenario.ok("work", "tag v1");
    let detached = "push --transfer presign --detach origin main HEAD:topic v1";
    let detached = scenario.ok("work", &format!("--json {detached}"));
    let detached: Value = serde_json::from_str(&detached.stdout).expect("JSON");
    let id = detached["job_id"].as_str().expect("an id").to_owned();
    let waited = scenario.ok("work", &format!("job wait {id}"));
    assert_eq!(
        waited.stdout,
        format!("{id} done\n1 commit, 1 object written\n")
    );
    let waited = waited.says(&format!("To {url}"));
    waited.says(" * [new tag]        v1 -> v1");

    let listed = scenario.ok("work", "job list");
    let lines: Vec<&str> = listed.stdout.lines().collect();
    let [last, first] = lines[..] else {
        panic!("{listed}");
    };
    assert!(
        last.starts_with(&id[..13]) && last.contains("  done "),
        "{listed}"
    );
    assert!(last.ends_with("  ada  main, topic, v1"), "{listed}");
    assert!(first.ends_with("  ada  main"), "{listed}");
    let json = scenario.ok("work", "--json job list");
    let json: Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(json[0]["job"]["job_id"], id.as_str());
    assert_eq!(json[0]["updates"][2]["ref"], "refs/tags/v1");

    let upper = id[..30].to_uppercase();
    let status = scenario.ok("work", &format!("job status {upper}"));
    assert!(
        status.stdout.starts_with(&format!("{id} done\n")),
        "{status}"
    );
    let several = scenario.fails("work", "job status 0", 2);
    several
        .says("several jobs begin with 0")
        .says(&format!("it may be {id}"));
    for unknown in ["ffff", "main", "%", "'"] {
        let refused = scenario.muse("work").args(["job", "status", unknown]);
        let refused = refused.fails(4).says("the server has no job");
        refused.says("`muse job list` shows");
    }
}

/// Who may not push learns where a job stands, and not what it moves.
#[test]
fn who_may_only_read_gets_no_list() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "One");
    scenario.ok("work", "push --transfer presign origin main");
    let listed = scenario.ok("work", "--json job list");
    let listed: Value = serde_json::from_str(&listed.stdout).expect("JSON");
    let id = listed[0]["job"]["job_id"].as_str().expect("an id");
    let as_stranger = |arguments: &[&str]| {
        let muse = scenario.muse("work").arg("job").args(arguments);
        muse.without_env("MUSE_TOKEN")
    };
    as_stranger(&["list"]).fails(3);
    let status = as_stranger(&["status", id]).ok();
    assert!(
        status.stdout.starts_with(&format!("{id} done\n")),
        "{status}"
    );
    assert!(!status.stderr.contains("To "), "{status}");
}
